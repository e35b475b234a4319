/** RFC 3261 section 20.42, RFC 3581 and RFC 5118 section 4.5: Via. */
import { type AbnfCase, bytesCase, lineCase, requestCase } from "../../../support/abnf-case.ts";
import { request, requestOf, response } from "../../../support/message-bytes.ts";
import {
  answer,
  anyOf,
  drop,
  refused,
  type Verdict,
  type ViaFacts,
  valid,
} from "../../../support/message-facts.ts";

function good(value: string, rule: string, facts: ViaFacts): AbnfCase {
  return lineCase("Via", `Via: ${value}`, rule, valid({ topVia: facts }));
}

function via(value: string, rule: string, expect: Verdict): AbnfCase {
  return lineCase("Via", `Via: ${value}`, rule, expect);
}

/** A fault behind a sent-by that can be read: there is somewhere to send the answer. */
const BAD = answer(400, "Via");
/** A fault in what the answer would be sent by. */
const UNUSABLE = anyOf(drop("Via"), BAD);

export const VIA_CASES: readonly AbnfCase[] = [
  good("SIP/2.0/UDP h", "via-parm without parameters", {
    transport: "UDP",
    host: "h",
    port: undefined,
    branch: undefined,
    isRfc3261Branch: false,
    received: undefined,
    hasRport: false,
    rport: undefined,
    hasAlias: false,
    maddr: undefined,
  }),
  good("sip/2.0/udp HOST.Example.com:5060;BRANCH=z9hG4bKx", "tokens have no case", {
    transport: "UDP",
    host: "host.example.com",
    port: 5060,
    branch: "z9hG4bKx",
  }),
  good("SIP / 2.0 / TCP h : 5060 ; branch = z9hG4bKx ; rport", "SLASH, COLON, SEMI, EQUAL take LWS", {
    transport: "TCP",
    host: "h",
    port: 5060,
    branch: "z9hG4bKx",
    hasRport: true,
    rport: undefined,
  }),
  good("SIP\t/\t2.0\t/\tTLS\th", "SWS may be HTAB", { transport: "TLS", host: "h" }),
  good("SIP/2.0/SCTP h", "transport", { transport: "SCTP" }),
  good("SIP/2.0/TLS-SCTP h", "RFC 4168", { transport: "TLS-SCTP" }),
  good("SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks", "RFC 7118", {
    transport: "WSS",
    host: "df7jal23ls0d.invalid",
  }),
  good("SIP/2.0/ws h.invalid;rport;alias", "RFC 7118, RFC 5923", {
    transport: "WS",
    hasRport: true,
    hasAlias: true,
  }),
  good("SIP/2.0/X-new.one h", "other-transport", { transport: "X-NEW.ONE" }),
  good("SIP/2.0/UDP 192.0.2.1:1;branch=z9hG4bK1", "IPv4address, port", { host: "192.0.2.1", port: 1 }),
  good("SIP/2.0/UDP h:65535", "port", { port: 65535 }),
  good("SIP/2.0/UDP h:05060", "port = 1*DIGIT", { port: 5060 }),
  good("SIP/2.0/UDP [2001:DB8::1]", "IPv6reference", { host: "[2001:db8::1]", port: undefined }),
  good("SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bK1", "IPv6reference", {
    host: "[2001:db8::1]",
    port: 5062,
  }),
  good("SIP/2.0/UDP [::ffff:192.0.2.1]", "IPv6address with an IPv4 tail", { host: "[::ffff:192.0.2.1]" }),
  good("SIP/2.0/UDP host.example.com.;branch=z9hG4bK1", "hostname may end in a dot", { branch: "z9hG4bK1" }),
  good("SIP/2.0/UDP h;branch=z9hG4bK", "§8.1.1.7 the cookie alone identifies nothing", {
    branch: "z9hG4bK",
    isRfc3261Branch: false,
  }),
  good("SIP/2.0/UDP h;branch=Z9HG4BKabc", "tokens have no case", {
    branch: "Z9HG4BKabc",
    isRfc3261Branch: true,
  }),
  good("SIP/2.0/UDP h;branch=1", "RFC 2543 branch", { branch: "1", isRfc3261Branch: false }),
  good("SIP/2.0/UDP h;branch=xz9hG4bKabc", "§8.1.1.7 the cookie comes first", { isRfc3261Branch: false }),
  good("SIP/2.0/UDP h;branch=z9hG4bK-.!%*_+`'~", "branch is a token", {
    branch: "z9hG4bK-.!%*_+`'~",
    isRfc3261Branch: true,
  }),
  good("SIP/2.0/UDP h;received=192.0.2.9;branch=z9hG4bK1", "via-received", { received: "192.0.2.9" }),
  good("SIP/2.0/UDP h;received=2001:db8::9;branch=z9hG4bK1", "RFC 5118 §4.5", {
    received: "2001:db8::9",
    branch: "z9hG4bK1",
  }),
  good("SIP/2.0/UDP h;received=[2001:db8::9];branch=z9hG4bK1", "RFC 5118 §4.5", {
    received: "2001:db8::9",
    branch: "z9hG4bK1",
  }),
  good("SIP/2.0/UDP h;Received=192.0.2.9;RPort=5070", "RFC 3581, tokens have no case", {
    received: "192.0.2.9",
    hasRport: true,
    rport: 5070,
  }),
  good("SIP/2.0/UDP h;rport;branch=z9hG4bK1", "RFC 3581 §3", {
    hasRport: true,
    rport: undefined,
    branch: "z9hG4bK1",
  }),
  good("SIP/2.0/UDP h;maddr=224.2.0.1;ttl=16", "via-maddr, via-ttl", { maddr: "224.2.0.1" }),
  good("SIP/2.0/UDP h;maddr=[2001:db8::2]", "via-maddr is a host", { maddr: "[2001:db8::2]" }),
  good("SIP/2.0/UDP h;ttl=0", "ttl", { host: "h" }),
  good("SIP/2.0/UDP h;ttl=255", "ttl", { host: "h" }),
  good('SIP/2.0/UDP h;x;y=z;w="q;,\\"";branch=z9hG4bK1', "via-extension", { branch: "z9hG4bK1" }),
  good('SIP/2.0/UDP h;keep;oc;oc-algo="loss";branch=z9hG4bK1', "RFC 6223, RFC 7339", { branch: "z9hG4bK1" }),
  good('SIP/2.0/UDP h;comp=sigcomp;sigcomp-id="<urn:uuid:0>"', "RFC 5049", { host: "h" }),
  good("SIP/2.0/UDP h;__proto__=x;branch=z9hG4bK1", "via-extension", { branch: "z9hG4bK1" }),
  requestCase(
    "Vias in one line and in several",
    "§7.3.1 a list may be split over lines",
    {
      replace: {
        Via: [
          "Via: SIP/2.0/UDP one;branch=z9hG4bK1,SIP/2.0/TCP two;branch=z9hG4bK2",
          'v:  SIP/2.0/TLS three ;x="," , SIP/2.0/WS four',
        ],
      },
    },
    valid({
      vias: [{ host: "one" }, { host: "two", transport: "TCP" }, { host: "three" }, { host: "four" }],
    }),
  ),
  requestCase(
    "lines of another header between Vias",
    "§7.3.1 the order of one name's lines is kept",
    {
      replace: { Via: ["Via: SIP/2.0/UDP one", "Subject: x", "Via: SIP/2.0/UDP two"] },
      extra: ["Via: SIP/2.0/UDP three"],
    },
    valid({ vias: [{ host: "one" }, { host: "two" }, { host: "three" }] }),
  ),
  via("SIP/2.0/UDP h;ttl=256", "ttl = 1*3DIGIT, 0 to 255", anyOf(valid(), BAD)),
  via("SIP/2.0/UDP h;rport=70000", "RFC 3581: no port", anyOf(valid(), BAD)),
  via("SIP/2.0/UDP h;rport=", "RFC 3581 response-port = 1*DIGIT", anyOf(valid(), BAD)),
  via("SIP/2.0/UDP h;received=host.example.com", "via-received is an address", anyOf(valid(), BAD)),
  via('SIP/2.0/UDP h;branch="z9hG4bK1"', "via-branch is a token", anyOf(valid(), BAD)),
  via("SIP/2.0/UDP h;branch=", "via-branch", BAD),
  via("SIP/2.0/UDP h;branch=z9hG4bK1;branch=z9hG4bK2", "§7.3.1 no parameter twice", BAD),
  ...["rport;rport=5", "rport=5;rport", "rport=5;rport=6", "rport=5;RPORT=x", "rport;rport=0"].map(
    (parameters) => via(`SIP/2.0/UDP h;${parameters}`, "§7.3.1 no parameter twice", BAD),
  ),
  via("SIP/2.0/UDP h;received=192.0.2.1;received=192.0.2.2", "§7.3.1 no parameter twice", BAD),
  via("SIP/2.0/UDP h;maddr=192.0.2.1;maddr=192.0.2.2", "§7.3.1 no parameter twice", BAD),
  good("SIP/2.0/UDP h;rport;branch=z9hG4bK1;RPort", "twice, but the same", {
    hasRport: true,
    rport: undefined,
    branch: "z9hG4bK1",
  }),
  good("SIP/2.0/UDP h;rport=5;branch=z9hG4bK1;branch=z9hG4bK1;rport=5", "twice, but the same", {
    rport: 5,
    branch: "z9hG4bK1",
  }),
  good("SIP/2.0/UDP h;received=2001:db8::9;maddr=g;received=[2001:db8::9];maddr=g", "twice, but the same", {
    received: "2001:db8::9",
    maddr: "g",
  }),
  via("SIP/2.0/UDP h;branch=a b", "via-branch is a token", BAD),
  via("SIP/2.0/UDP h;branch=a@b", "via-branch is a token", BAD),
  via("SIP/2.0/UDP h;", "via-params", BAD),
  via("SIP/2.0/UDP h;;branch=z9hG4bK1", "via-params", BAD),
  via("SIP/2.0/UDP h;=x", "via-extension", BAD),
  via('SIP/2.0/UDP h;x="y', "quoted-string", BAD),
  via("SIP/2.0/UDP h,", "Via: no empty element", BAD),
  via("SIP/2.0/UDP h,,SIP/2.0/UDP i", "Via: no empty element", BAD),
  via("SIP/2.0/UDP h, rubbish", "via-parm of the second value", BAD),
  via("SIP/2.0/UDP h, SIP/2.0/UDP", "via-parm of the second value", BAD),
  via("SIP/2.0/UDP h, SIP/2.0/UDP i;branch=", "via-parm of the second value", BAD),
  requestCase(
    "a malformed Via in the second line",
    "via-parm of the second value",
    { replace: { Via: ["Via: SIP/2.0/UDP h;branch=z9hG4bK1", "Via: rubbish"] } },
    BAD,
  ),
  via(", SIP/2.0/UDP h", "Via: no empty element", UNUSABLE),
  via("", "Via is not empty", drop("Via")),
  via("   ", "Via is not empty", drop("Via")),
  via("SIP/2.0/UDP", "sent-by", drop("Via")),
  via("SIP/2.0/UDP ;branch=z9hG4bK1", "sent-by", UNUSABLE),
  via("SIP/2.0 h", "sent-protocol", UNUSABLE),
  via("SIP/2.0/ h", "transport", UNUSABLE),
  via("SIP/2.0/UDPh", "sent-protocol LWS sent-by", UNUSABLE),
  via("SIP/2.0/UDP h:", "port", UNUSABLE),
  via("SIP/2.0/UDP h:x", "port", UNUSABLE),
  via("SIP/2.0/UDP h:65536", "port", UNUSABLE),
  via("SIP/2.0/UDP h:0", "port", anyOf(valid(), UNUSABLE)),
  via("SIP/2.0/UDP u@h", "sent-by", UNUSABLE),
  via("SIP/2.0/UDP h i", "sent-by", UNUSABLE),
  via("SIP/2.0/UDP 2001:db8::1;branch=z9hG4bK1", "IPv6reference", UNUSABLE),
  via("SIP/2.0/UDP [2001:db8::1;branch=z9hG4bK1", "IPv6reference", UNUSABLE),
  via("SIP/2.0/UDP [2001:zz::1];branch=z9hG4bK1", "IPv6address", UNUSABLE),
  via("SIP/2.0/UDP [];branch=z9hG4bK1", "IPv6address", UNUSABLE),
  via("SIP/2.0/UDP h\xc3\xa9", "host is ASCII", UNUSABLE),
  via("SIP/2.0/UDP h\x00", "host", anyOf(drop(), answer(400))),
  via("HTTP/1.1/TCP h", "protocol-name may be another token", anyOf(valid(), UNUSABLE)),
  via("SIP/3.0/UDP h", "protocol-version is a token", anyOf(valid(), BAD, answer(505))),
  requestCase("Via is missing", "§8.1.1 a mandatory header", { replace: { Via: [] } }, drop("Via")),
  bytesCase("Via is missing in a response", "§8.1.1", response({ replace: { Via: [] } }), drop("Via")),
  bytesCase(
    "a response with a broken second Via",
    "via-parm",
    response({ replace: { Via: "Via: SIP/2.0/UDP h, x" } }),
    drop("Via"),
  ),
  bytesCase(
    "an ACK with a broken Via parameter",
    "§17 an ACK is never answered",
    requestOf("ACK", { replace: { Via: "Via: SIP/2.0/UDP h;;" } }),
    drop("Via"),
  ),
  bytesCase(
    "1,000 Vias in one line",
    "limits, and no worse than linear",
    request({ replace: { Via: `Via: ${Array<string>(1000).fill("SIP/2.0/UDP h").join(",")}` } }),
    anyOf(valid({ viaCount: 1000 }), refused()),
  ),
];
