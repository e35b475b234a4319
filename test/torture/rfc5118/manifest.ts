/**
 * The messages of RFC 5118 section 4 with the verdict of a proxy's message
 * layer on each. The Content-Length of three of them is wrong in print (268,
 * 181 and 236 for bodies of 251, 189 and 245 bytes): each is here twice, with
 * the length that the section means it to have and as printed.
 */
import { answer, type MessageFacts, valid } from "../../support/message-facts.ts";
import type { TortureCase } from "../../support/torture-case.ts";

const REGISTER: MessageFacts = {
  isRequest: true,
  method: "REGISTER",
  callId: "SSG9559905523997077@hlau_4100",
  cseq: 98176,
  fromTag: "81x2",
  toTag: undefined,
  maxForwards: 70,
  contentLength: 0,
  from: { user: "user", host: "example.com" },
  to: { user: "user", host: "example.com" },
  contact: { displayName: "Caller", user: "caller", host: "[2001:db8::1]", port: undefined },
  topVia: { transport: "UDP", host: "[2001:db8::9:1]", port: undefined, branch: "z9hG4bKas3-111" },
};

const SDP_INVITE: MessageFacts = {
  method: "INVITE",
  cseq: 8612,
  requestUri: "sip:user@[2001:db8::10]",
  ruri: { user: "user", host: "[2001:db8::10]" },
  to: { user: "user", host: "[2001:db8::10]" },
  contact: { user: "caller", host: "[2001:db8::20]" },
  topVia: { host: "[2001:db8::20]" },
};

const TWO_ADDRESS_SDP: MessageFacts = {
  method: "INVITE",
  cseq: 8912,
  ruri: { user: "user", host: "[2001:db8::10]" },
  contact: { user: "caller", host: "[2001:db8::9:1]" },
};

const MAPPED: MessageFacts = {
  method: "INVITE",
  cseq: 612,
  ruri: { user: "user", host: "example.com" },
  from: { user: "user", host: "east.example.com" },
  contact: { displayName: "T. desk phone", user: "ted", host: "[::ffff:192.0.2.2]" },
  vias: [
    { transport: "UDP", host: "[::ffff:192.0.2.10]", port: 19823, branch: "z9hG4bKbh19" },
    { transport: "UDP", host: "[::ffff:192.0.2.2]", port: undefined, branch: "z9hG4bKas3-111" },
  ],
};

export const RFC5118: readonly TortureCase[] = [
  {
    file: "ipv6-good.dat",
    section: "4.1",
    prose: "IPv6 references in the Request-URI, Via and Contact: well formed.",
    headerLines: 8,
    verdict: valid({
      ...REGISTER,
      requestUri: "sip:[2001:db8::10]",
      ruri: { host: "[2001:db8::10]", port: undefined },
    }),
  },
  {
    file: "ipv6-bad.dat",
    section: "4.2",
    prose: "An IPv6 address in the Request-URI without its brackets should be answered 400.",
    headerLines: 8,
    verdict: answer(400),
  },
  {
    file: "port-ambiguous.dat",
    section: "4.3",
    prose: "What looks like a port stands inside the brackets: well formed, and part of the address.",
    headerLines: 8,
    verdict: valid({ ...REGISTER, ruri: { host: "[2001:db8::10:5070]", port: undefined } }),
  },
  {
    file: "port-unambiguous.dat",
    section: "4.4",
    prose: "The port stands outside the brackets: well formed.",
    headerLines: 8,
    verdict: valid({
      ...REGISTER,
      requestUri: "sip:[2001:db8::10]:5070",
      ruri: { host: "[2001:db8::10]", port: 5070 },
    }),
  },
  {
    file: "via-received-param-with-delim.dat",
    section: "4.5",
    prose: "Brackets in the received parameter break the grammar; a robust parser goes on all the same.",
    headerLines: 7,
    note: "The address is read without the brackets, as the grammar would write it.",
    verdict: valid({
      method: "BYE",
      cseq: 321,
      toTag: "bd76ya",
      topVia: { host: "[2001:db8::9:1]", received: "2001:db8::9:255", branch: "z9hG4bKas3-111" },
    }),
  },
  {
    file: "via-received-param-no-delim.dat",
    section: "4.5",
    prose: "A received parameter without brackets is what the grammar says.",
    headerLines: 8,
    verdict: valid({
      method: "OPTIONS",
      cseq: 921,
      topVia: { host: "[2001:db8::9:1]", received: "2001:db8::9:255", branch: "z9hG4bKas3" },
    }),
  },
  {
    file: "ipv6-in-sdp.dat",
    section: "4.6",
    prose: "IPv6 addresses in SDP have no brackets: well formed.",
    headerLines: 9,
    verdict: valid({ ...SDP_INVITE, bodyLength: 251 }),
  },
  {
    file: "ipv6-in-sdp-as-printed.dat",
    section: "4.6",
    prose: "As printed: Content-Length beyond the end of the datagram (RFC 3261 section 18.3).",
    headerLines: 9,
    verdict: answer(400, "Content-Length"),
    stream: [],
  },
  {
    file: "mult-ip-in-header.dat",
    section: "4.7",
    prose: "IPv4 addresses and IPv6 references mixed in the Vias: well formed.",
    headerLines: 9,
    verdict: valid({
      method: "BYE",
      cseq: 89187,
      toTag: "9817--94",
      vias: [
        { transport: "UDP", host: "[2001:db8::9:1]", port: 6050, branch: "z9hG4bKas3-111" },
        { transport: "UDP", host: "192.0.2.1", port: undefined, branch: "z9hG4bKjhja8781hjuaij65144" },
        { transport: "TCP", host: "[2001:db8::9:255]", received: "192.0.2.200", branch: "z9hG4bK451jj" },
      ],
    }),
  },
  {
    file: "mult-ip-in-sdp.dat",
    section: "4.8",
    prose: "Media lines with addresses of both families: well formed.",
    headerLines: 9,
    verdict: valid({ ...TWO_ADDRESS_SDP, bodyLength: 189 }),
  },
  {
    file: "mult-ip-in-sdp-as-printed.dat",
    section: "4.8",
    prose: "As printed: Content-Length before the end, so that the last eight bytes are noise in a datagram.",
    headerLines: 9,
    messageBytes: 522,
    verdict: valid({ ...TWO_ADDRESS_SDP, bodyLength: 181 }),
  },
  {
    file: "ipv4-mapped-ipv6.dat",
    section: "4.9",
    prose: "IPv4-mapped IPv6 addresses in Via, Contact and SDP: well formed.",
    headerLines: 10,
    verdict: valid({ ...MAPPED, bodyLength: 245 }),
  },
  {
    file: "ipv4-mapped-ipv6-as-printed.dat",
    section: "4.9",
    prose: "As printed: Content-Length nine bytes before the end.",
    headerLines: 10,
    messageBytes: 648,
    verdict: valid({ ...MAPPED, bodyLength: 236 }),
  },
  {
    file: "ipv6-bug-abnf-3-colons.dat",
    section: "4.10",
    prose: "Three colons come of a slip in RFC 3261's grammar; an implementation may forgive them.",
    headerLines: 7,
    verdict: answer(400),
    note: "RFC 5954 section 3 mends the grammar, and without it the address means nothing to the resolver.",
  },
  {
    file: "ipv6-correct-abnf-2-colons.dat",
    section: "4.10",
    prose: "The same address as it should be written.",
    headerLines: 7,
    verdict: valid({
      method: "OPTIONS",
      requestUri: "sip:user@[2001:db8::192.0.2.1]",
      ruri: { user: "user" },
      cseq: 689,
      fromTag: "810x2",
    }),
  },
];
