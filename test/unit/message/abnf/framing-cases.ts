/** RFC 3261 sections 7.5 and 18.3: where a message in a datagram begins and ends. */
import { type AbnfCase, bytesCase, requestCase } from "../../../support/abnf-case.ts";
import { request, response } from "../../../support/message-bytes.ts";
import { anyOf, drop, notSip, refused, valid } from "../../../support/message-facts.ts";

function raw(text: string, rule: string, expect: AbnfCase["expect"]): AbnfCase {
  return bytesCase(
    `datagram ${JSON.stringify(text.slice(0, 40))}`,
    rule,
    Buffer.from(text, "latin1"),
    expect,
  );
}

const NOTHING = anyOf(notSip(), drop());
const BASE = request().toString("latin1");

export const FRAMING_CASES: readonly AbnfCase[] = [
  requestCase("a CRLF in front", "§7.5", { prefix: "\r\n" }, valid({ method: "INVITE" })),
  requestCase("nine CRLFs in front", "§7.5", { prefix: "\r\n".repeat(9) }, valid({ method: "INVITE" })),
  requestCase("an LF in front", "§7.5 CRLF only", { prefix: "\n" }, refused()),
  requestCase("an SP in front", "§7.5 CRLF only", { prefix: " " }, refused()),
  requestCase("a byte order mark in front", "§7.5 CRLF only", { prefix: "\xef\xbb\xbf" }, refused()),
  requestCase(
    "no Content-Length, no body",
    "§18.3",
    { replace: { "Content-Length": [] } },
    valid({ contentLength: undefined, bodyLength: 0 }),
  ),
  requestCase(
    "no Content-Length: the body goes to the end",
    "§18.3",
    { replace: { "Content-Length": [] }, body: "abc\r\n\r\ndef" },
    valid({ contentLength: undefined, body: "abc\r\n\r\ndef" }),
  ),
  requestCase(
    "a body of every byte",
    "message-body",
    {
      replace: { "Content-Length": "Content-Length: 256" },
      body: Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(""),
    },
    valid({ bodyLength: 256 }),
  ),
  requestCase("CRLFs behind the message", "§18.3", { body: "\r\n\r\n" }, valid({ bodyLength: 0 })),
  bytesCase("bytes behind a response", "§18.3", response({ body: "xyz" }), valid({ bodyLength: 0 })),
  bytesCase(
    "a response shorter than its Content-Length",
    "§18.3 a response is discarded",
    response({ replace: { "Content-Length": "Content-Length: 5" }, body: "1234" }),
    drop("Content-Length"),
  ),
  raw(BASE.slice(0, -2), "the empty line is missing", refused()),
  raw(BASE.slice(0, -4), "the last line end is missing", refused()),
  raw(BASE.slice(0, -1), "half of the empty line", refused()),
  raw("INVITE sip:bob@example.com SIP/2.0\r\n\r\n", "a start line only", drop()),
  raw("SIP/2.0 200 OK\r\n\r\n", "a status line only", drop()),
  raw("", "an empty datagram", NOTHING),
  raw("\r\n", "a keep-alive", NOTHING),
  raw("\r\n\r\n", "a keep-alive", NOTHING),
  raw("\x00", "a keep-alive of some peers", NOTHING),
  raw("\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl", "a STUN request", NOTHING),
  raw("hello world\r\n\r\n", "no SIP", notSip()),
  raw("jaK", "a keep-alive of some peers", NOTHING),
  raw("INVITE", "a truncated start line", NOTHING),
  raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "a TLS ClientHello", NOTHING),
];
