/** RFC 3261 section 19.1.1 and the grammar of SIP-URI and absoluteURI, in the Request-URI. */
import { type AbnfCase, bytesCase } from "../../../support/abnf-case.ts";
import { request } from "../../../support/message-bytes.ts";
import { type AddressFacts, answer, anyOf, type Verdict, valid } from "../../../support/message-facts.ts";

function uri(text: string, rule: string, expect: Verdict): AbnfCase {
  const bytes = request({ startLine: `INVITE ${text} SIP/2.0` });

  return bytesCase(`Request-URI ${JSON.stringify(text)}`, rule, bytes, expect);
}

function good(text: string, rule: string, facts: AddressFacts): AbnfCase {
  return uri(text, rule, valid({ requestUri: text, ruri: facts }));
}

const BAD_REQUEST = answer(400);
/** Names that the grammar refuses and that are seen all the same. */
const LENIENT = anyOf(valid(), BAD_REQUEST);

export const REQUEST_URI_CASES: readonly AbnfCase[] = [
  good("sip:example.com", "SIP-URI", {
    scheme: "sip",
    user: undefined,
    host: "example.com",
    port: undefined,
  }),
  good("sips:bob@example.com", "SIPS-URI", { scheme: "sips", user: "bob" }),
  good("SIP:Bob@EXAMPLE.com", "§19.1.4 scheme and host have no case", {
    scheme: "sip",
    user: "Bob",
    host: "example.com",
  }),
  good("sip:bob@example.com:5061", "hostport", { host: "example.com", port: 5061 }),
  good("sip:bob@192.0.2.1", "IPv4address", { host: "192.0.2.1" }),
  good("sip:bob@[2001:db8::1]:5070", "IPv6reference", { host: "[2001:db8::1]", port: 5070 }),
  good("sip:[::1]", "IPv6reference", { host: "[::1]" }),
  good("sip:bob@[::ffff:192.0.2.1]", "IPv6address with an IPv4 tail", { host: "[::ffff:192.0.2.1]" }),
  good("sip:bob:secret@example.com", "password", { user: "bob", host: "example.com" }),
  good("sip:bob:@example.com", "password may be empty", { user: "bob", host: "example.com" }),
  good("sip:b%6Fb@example.com", "escaped", { user: "bob" }),
  good("sip:%40@example.com", "escaped", { user: "@", host: "example.com" }),
  good("sip:;x@example.com", "user-unreserved", { user: ";x", host: "example.com" }),
  good("sip:a?b/c;d&e=f+g$h,i@example.com", "user-unreserved", { user: "a?b/c;d&e=f+g$h,i" }),
  good("sip:+12015550123;phone-context=x@example.com;user=phone", "telephone-subscriber", {
    user: "+12015550123;phone-context=x",
    host: "example.com",
    uriParams: [
      ["user", "phone"],
      ["phone-context", undefined],
    ],
  }),
  good("sip:bob@example.com;transport=TCP;lr;Method=BYE", "uri-parameters", {
    uriParams: [
      ["TRANSPORT", "TCP"],
      ["lr", null],
      ["method", "BYE"],
    ],
  }),
  good("sip:bob@example.com;x=%20y", "paramchar: escaped", { uriParams: [["x", " y"]] }),
  good("sip:bob@example.com;x=[]/:&+$", "param-unreserved", { uriParams: [["x", "[]/:&+$"]] }),
  good("sip:bob@example.com.", "hostname may end in a dot", { user: "bob" }),
  good("sip:bob@a-b.c1.example", "domainlabel", { host: "a-b.c1.example" }),
  good("sip:bob@localhost", "toplabel alone", { host: "localhost" }),
  good("sip:__proto__@example.com;__proto__=x", "user, uri-parameter", {
    user: "__proto__",
    uriParams: [
      ["__proto__", "x"],
      ["constructor", undefined],
    ],
  }),
  good("tel:+1-201-555-0123", "RFC 3966", { scheme: "tel" }),
  good("urn:service:sos", "absoluteURI", { scheme: "urn" }),
  good("http://example.com/x?y=z", "absoluteURI", { scheme: "http" }),
  good("x-y+z.1:opaque", "scheme", { scheme: "x-y+z.1" }),
  uri("sip:", "hostport", BAD_REQUEST),
  uri("sip:@example.com", "userinfo: user is not empty", BAD_REQUEST),
  uri("sip:bob@", "hostport", BAD_REQUEST),
  uri("sip:bob@:5060", "hostport", BAD_REQUEST),
  uri("bob@example.com", "Request-URI: a scheme", BAD_REQUEST),
  uri("example.com", "Request-URI: a scheme", BAD_REQUEST),
  uri("*", "Request-URI", BAD_REQUEST),
  uri(":bob@example.com", "scheme", BAD_REQUEST),
  uri("1sip:bob", "scheme begins with ALPHA", BAD_REQUEST),
  uri("sip:bob@example.com:", "port", BAD_REQUEST),
  uri("sip:bob@example.com:http", "port", BAD_REQUEST),
  uri("sip:bob@example.com:65536", "port", BAD_REQUEST),
  uri("sip:bob@example.com:99999999999", "port", BAD_REQUEST),
  uri("sip:bob@example.com:-1", "port", BAD_REQUEST),
  uri("sip:bob@exa%6Dple.com", "host has no escapes", BAD_REQUEST),
  uri("sip:bob@exam/ple.com", "host", BAD_REQUEST),
  uri("sip:bob@@example.com", "user", BAD_REQUEST),
  uri("sip:b%zzb@example.com", "escaped", BAD_REQUEST),
  uri("sip:b%4@example.com", "escaped", BAD_REQUEST),
  uri("sip:b<o>b@example.com", "user", BAD_REQUEST),
  uri('sip:"bob"@example.com', "user", BAD_REQUEST),
  uri("sip:b\xc3\xb6b@example.com", "user is ASCII", BAD_REQUEST),
  uri("sip:b\x01b@example.com", "user", BAD_REQUEST),
  uri("sip:bob@example.com\x7f", "host", BAD_REQUEST),
  uri("sip:bob@[2001:db8::1", "IPv6reference", BAD_REQUEST),
  uri("sip:bob@2001:db8::1", "IPv6reference", BAD_REQUEST),
  uri("sip:bob@[2001:db8::1]x", "hostport", BAD_REQUEST),
  uri("sip:bob@[gggg::1]", "IPv6address", BAD_REQUEST),
  uri("sip:bob@[1:2:3:4:5:6:7:8:9]", "RFC 5954 IPv6address", BAD_REQUEST),
  uri("sip:bob@[1::2::3]", "RFC 5954 IPv6address", BAD_REQUEST),
  uri("sip:bob@[]", "IPv6address", BAD_REQUEST),
  uri("sip:bob@example.com;", "uri-parameters", BAD_REQUEST),
  uri("sip:bob@example.com;;lr", "uri-parameters", BAD_REQUEST),
  uri("sip:bob@example.com;=x", "pname", BAD_REQUEST),
  uri('sip:bob@example.com;x="y"', "pvalue", BAD_REQUEST),
  uri("sip:bob@example.com?Subject=x", "§19.1.1 no headers in a Request-URI", BAD_REQUEST),
  uri("<sip:bob@example.com>", "§7.1 no angle brackets", BAD_REQUEST),
  uri("sip:bob@-example.com", "domainlabel", LENIENT),
  uri("sip:bob@exa_mple.com", "domainlabel", LENIENT),
  uri("sip:bob@example..com", "hostname", LENIENT),
  uri("sip:bob@256.0.0.1", "IPv4address", LENIENT),
];
