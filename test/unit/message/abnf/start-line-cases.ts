/** RFC 3261 sections 7.1 and 7.2: Request-Line and Status-Line. */
import { type AbnfCase, bytesCase } from "../../../support/abnf-case.ts";
import { request, requestOf, response } from "../../../support/message-bytes.ts";
import { answer, drop, notSip, refused, type Verdict, valid } from "../../../support/message-facts.ts";

function requestLine(startLine: string, rule: string, expect: Verdict): AbnfCase {
  return bytesCase(`request line ${JSON.stringify(startLine)}`, rule, request({ startLine }), expect);
}

function statusLine(startLine: string, rule: string, expect: Verdict): AbnfCase {
  return bytesCase(`status line ${JSON.stringify(startLine)}`, rule, response({ startLine }), expect);
}

function method(name: string, rule: string, expect: Verdict): AbnfCase {
  return bytesCase(`method ${JSON.stringify(name)}`, rule, requestOf(name), expect);
}

export const START_LINE_CASES: readonly AbnfCase[] = [
  bytesCase(
    "the base INVITE",
    "Request",
    request(),
    valid({
      isRequest: true,
      method: "INVITE",
      requestUri: "sip:bob@example.com",
      cseq: 1,
      callId: "base@client.example.org",
      fromTag: "from1",
      toTag: undefined,
      maxForwards: 70,
      contentLength: 0,
      viaCount: 1,
      topVia: { transport: "UDP", host: "client.example.org", port: 5062, branch: "z9hG4bKbase" },
    }),
  ),
  bytesCase(
    "the base 200",
    "Response",
    response(),
    valid({
      isRequest: false,
      method: "INVITE",
      statusCode: 200,
      reasonPhrase: "OK",
      toTag: "to1",
      viaCount: 2,
      topVia: { host: "proxy.example.com", port: undefined },
      maxForwards: undefined,
    }),
  ),
  requestLine(
    "INVITE sip:bob@example.com sip/2.0",
    "§7.1 SIP-Version is case-insensitive",
    valid({ method: "INVITE" }),
  ),
  requestLine(
    "INVITE sip:bob@example.com SiP/2.0",
    "§7.1 SIP-Version is case-insensitive",
    valid({ method: "INVITE" }),
  ),
  requestLine("INVITE sip:bob@example.com SIP/2.1", "§21.5.6 version not supported", answer(505)),
  requestLine("INVITE sip:bob@example.com SIP/3.0", "§21.5.6 version not supported", answer(505)),
  requestLine("INVITE sip:bob@example.com SIP/1.0", "§21.5.6 version not supported", answer(505)),
  requestLine("INVITE sip:bob@example.com SIP/20.0", "§21.5.6 version not supported", answer(505)),
  requestLine("INVITE sip:bob@example.com SIP/02.0", "§7.1 the version is a literal string", answer(505)),
  requestLine("INVITE sip:bob@example.com SIP/2.00", "§7.1 the version is a literal string", answer(505)),
  requestLine("INVITE sip:bob@example.com SIP/2", "SIP-Version", refused()),
  requestLine("INVITE sip:bob@example.com SIP/2.", "SIP-Version", refused()),
  requestLine("INVITE sip:bob@example.com SIP/2.x", "SIP-Version", refused()),
  requestLine("INVITE sip:bob@example.com SIP2.0", "SIP-Version", refused()),
  requestLine("INVITE sip:bob@example.com SIP / 2.0", "Request-Line: one SP between its parts", refused()),
  requestLine("INVITE sip:bob@example.com HTTP/1.1", "SIP-Version", notSip()),
  requestLine("GET / HTTP/1.1", "SIP-Version", notSip()),
  requestLine("GET /chat HTTP/2.0", "SIP-Version", notSip()),
  requestLine("INVITE sip:bob@example.com", "Request-Line", refused()),
  requestLine("INVITE SIP/2.0", "Request-Line", refused()),
  requestLine("INVITE  SIP/2.0", "Request-Line: an empty Request-URI", answer(400)),
  requestLine("SIP/2.0", "Start-Line", refused()),
  requestLine("INVITE", "Start-Line", notSip()),
  requestLine(" INVITE sip:bob@example.com SIP/2.0", "Method", refused()),
  requestLine("INVITE\tsip:bob@example.com\tSIP/2.0", "Request-Line: SP, not HTAB", refused()),
  requestLine("INVITE sip:bob@example.com SIP/2.0 ", "Request-Line", answer(400)),
  requestLine("INVITE sip:bob@example.com SIP/2.0 x", "Request-Line", refused()),
  requestLine("INVITE sip:bob@example.com x SIP/2.0", "§7.1 no spaces in the Request-URI", answer(400)),
  requestLine("INVITE sip:bob@example.com\r\n SIP/2.0", "§7.1 no folding in the start line", refused()),
  requestLine("INV(ITE sip:bob@example.com SIP/2.0", "Method is a token", answer(400)),
  requestLine("INVITE: sip:bob@example.com SIP/2.0", "Method is a token", answer(400)),
  requestLine("\xc3\x89 sip:bob@example.com SIP/2.0", "Method is a token", refused()),
  requestLine(
    "BYE sip:bob@example.com SIP/2.0",
    "§8.1.1.5 the method of CSeq is that of the request",
    answer(400, "CSeq"),
  ),
  method("FOO", "extension-method", valid({ method: "FOO" })),
  method("invite", "§7.1 method names are case-sensitive", valid({ method: "invite" })),
  method("Invite", "§7.1 method names are case-sensitive", valid({ method: "Invite" })),
  method("A", "extension-method", valid({ method: "A" })),
  method("-.!%*_+`'~0", "extension-method is a token", valid({ method: "-.!%*_+`'~0" })),
  method("SIP", "extension-method", valid({ method: "SIP" })),
  method("__proto__", "extension-method", valid({ method: "__proto__" })),
  method("constructor", "extension-method", valid({ method: "constructor" })),
  method("ACK", "Method", valid({ method: "ACK" })),
  method("PRACK", "Method of RFC 3262", valid({ method: "PRACK" })),
  statusLine("SIP/2.0 100 Trying", "Status-Code", valid({ statusCode: 100, reasonPhrase: "Trying" })),
  statusLine("SIP/2.0 699 Odd", "Status-Code", valid({ statusCode: 699 })),
  statusLine("SIP/2.0 299 Odd", "extension-code", valid({ statusCode: 299, reasonPhrase: "Odd" })),
  statusLine("SIP/2.0 099 Odd", "§7.2 the first digit is a class, 1 to 6", drop()),
  statusLine("SIP/2.0 000 Odd", "§7.2 the first digit is a class, 1 to 6", drop()),
  statusLine("SIP/2.0 700 Odd", "§7.2 the first digit is a class, 1 to 6", drop()),
  statusLine("SIP/2.0 999 Odd", "§7.2 the first digit is a class, 1 to 6", drop()),
  statusLine("SIP/2.0 99 Odd", "Status-Code is 3DIGIT", drop()),
  statusLine("SIP/2.0 1000 Odd", "Status-Code is 3DIGIT", drop()),
  statusLine("SIP/2.0 2x0 OK", "Status-Code is 3DIGIT", drop()),
  statusLine("SIP/2.0 +20 OK", "Status-Code is 3DIGIT", drop()),
  statusLine("SIP/2.0  200 OK", "Status-Line: one SP", drop()),
  statusLine("SIP/2.0 ", "Status-Line", refused()),
  statusLine("SIP/2.0 200 ", "Reason-Phrase may be empty", valid({ statusCode: 200, reasonPhrase: "" })),
  statusLine(
    "SIP/2.0 200",
    "Reason-Phrase may be empty, and its SP is not always there",
    valid({ statusCode: 200, reasonPhrase: "" }),
  ),
  statusLine(
    "SIP/2.0 200 \xd0\x94\xd0\xb0 OK",
    "Reason-Phrase: UTF8-NONASCII",
    valid({ reasonPhrase: "Да OK" }),
  ),
  statusLine("SIP/2.0 200 a%20b", "Reason-Phrase: escapes are not undone", valid({ reasonPhrase: "a%20b" })),
  statusLine("SIP/2.0 200 a\tb", "Reason-Phrase: HTAB", valid({ reasonPhrase: "a\tb" })),
  statusLine("SIP/2.0 200 a\x00b", "Reason-Phrase", drop()),
  statusLine("SIP/2.0 200 a\nb", "Reason-Phrase", refused()),
  statusLine("sip/2.0 200 OK", "§7.1 SIP-Version is case-insensitive", valid({ statusCode: 200 })),
  statusLine("SIP/3.0 200 OK", "§7.2 a response is never answered", drop()),
  statusLine("SIP/2.1 200 OK", "§7.2 a response is never answered", drop()),
  statusLine("HTTP/1.1 200 OK", "SIP-Version", notSip()),
  statusLine("ICY 200 OK", "SIP-Version", notSip()),
];
