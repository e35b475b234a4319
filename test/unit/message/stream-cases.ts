/**
 * Byte streams and what a framer is to report for each, in order, whatever
 * the chunks (RFC 3261 sections 7.5, 18.3 and 20.14, RFC 5626 section 4.4.1).
 * Text is latin1, one character a byte.
 */
import { request, requestOf, response } from "../../support/message-bytes.ts";

/** One expected report. A failure without further keys may be of any kind. */
export type StreamEvent =
  | { readonly type: "message"; readonly bytes: string }
  | { readonly type: "crlf" }
  | { readonly type: "double-crlf" }
  | {
      readonly type: "failure" | "refusal";
      readonly disposition?: "answer" | "drop" | "not-sip";
      readonly statusCode?: number;
    };

export interface StreamCase {
  readonly name: string;
  readonly bytes: string;
  readonly events: readonly StreamEvent[];
}

const CRLF: StreamEvent = { type: "crlf" };
const DOUBLE: StreamEvent = { type: "double-crlf" };
const FAILURE: StreamEvent = { type: "failure" };
const BAD_REQUEST: StreamEvent = { type: "failure", disposition: "answer", statusCode: 400 };
const DROP: StreamEvent = { type: "failure", disposition: "drop" };

const INVITE = request().toString("latin1");
const OPTIONS = requestOf("OPTIONS", {
  replace: { "Content-Length": "l: 5" },
  body: "hello",
}).toString("latin1");
const OK = response().toString("latin1");

function message(bytes: string): StreamEvent {
  return { type: "message", bytes };
}

function withBody(body: string, contentLength = `Content-Length: ${body.length}`): string {
  return request({ replace: { "Content-Length": contentLength }, body }).toString("latin1");
}

/** A request with this in place of Content-Length, and a good request behind it that must not be read. */
function brokenLength(name: string, line: string | readonly string[], event = BAD_REQUEST): StreamCase {
  const broken = request({ replace: { "Content-Length": line } }).toString("latin1");

  return { name, bytes: broken + INVITE, events: [event] };
}

function keepAlives(count: number, events: readonly StreamEvent[]): StreamCase {
  return { name: `${count} CRLF and nothing else`, bytes: "\r\n".repeat(count), events };
}

const LOOK_ALIKE = `\r\n\r\n${INVITE}\r\n\r\n`;
const EVERY_BYTE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");

export const STREAM_CASES: readonly StreamCase[] = [
  { name: "nothing", bytes: "", events: [] },
  { name: "one request", bytes: INVITE, events: [message(INVITE)] },
  { name: "one request with a body", bytes: OPTIONS, events: [message(OPTIONS)] },
  { name: "one response", bytes: OK, events: [message(OK)] },
  {
    name: "three messages without anything between",
    bytes: INVITE + OPTIONS + OK,
    events: [message(INVITE), message(OPTIONS), message(OK)],
  },
  {
    name: "fifty messages",
    bytes: (OPTIONS + INVITE).repeat(25),
    events: Array.from({ length: 25 }, () => [message(OPTIONS), message(INVITE)]).flat(),
  },
  keepAlives(1, [CRLF]),
  keepAlives(2, [CRLF, DOUBLE]),
  keepAlives(3, [CRLF, DOUBLE, CRLF]),
  keepAlives(4, [CRLF, DOUBLE, CRLF, DOUBLE]),
  keepAlives(301, [...Array.from({ length: 150 }, () => [CRLF, DOUBLE]).flat(), CRLF]),
  { name: "a CRLF before a message", bytes: `\r\n${INVITE}`, events: [CRLF, message(INVITE)] },
  { name: "a ping before a message", bytes: `\r\n\r\n${INVITE}`, events: [CRLF, DOUBLE, message(INVITE)] },
  { name: "a CRLF behind a message", bytes: `${INVITE}\r\n`, events: [message(INVITE), CRLF] },
  {
    name: "a CRLF on each side of a message is no pair",
    bytes: `\r\n${INVITE}\r\n`,
    events: [CRLF, message(INVITE), CRLF],
  },
  {
    name: "a ping between messages",
    bytes: `${OPTIONS}\r\n\r\n${INVITE}\r\n\r\n\r\n${OK}`,
    events: [message(OPTIONS), CRLF, DOUBLE, message(INVITE), CRLF, DOUBLE, CRLF, message(OK)],
  },
  {
    name: "a body that looks like messages and keep-alives",
    bytes: withBody(LOOK_ALIKE) + INVITE,
    events: [message(withBody(LOOK_ALIKE)), message(INVITE)],
  },
  {
    name: "a body of every byte",
    bytes: withBody(EVERY_BYTE) + OK,
    events: [message(withBody(EVERY_BYTE)), message(OK)],
  },
  {
    name: "a body of CRLFs",
    bytes: `${withBody("\r\n\r\n")}\r\n`,
    events: [message(withBody("\r\n\r\n")), CRLF],
  },
  {
    name: "Content-Length with leading zeros is decimal",
    bytes: withBody("0123456789", "Content-Length: 010") + INVITE,
    events: [message(withBody("0123456789", "Content-Length: 010")), message(INVITE)],
  },
  {
    name: "Content-Length folded, in compact form and odd case",
    bytes: withBody("abc", "L\t :\r\n 3\r\n ") + INVITE,
    events: [message(withBody("abc", "L\t :\r\n 3\r\n ")), message(INVITE)],
  },
  {
    name: "a folded line that looks like a Content-Length",
    bytes: request({ extra: ["Subject: x\r\n Content-Length: 99"] }).toString("latin1") + INVITE,
    events: [
      message(request({ extra: ["Subject: x\r\n Content-Length: 99"] }).toString("latin1")),
      message(INVITE),
    ],
  },
  {
    name: "other headers whose names hold Content-Length",
    bytes: request({ extra: ["X-Content-Length: 9", "Content-Length-X: 9"] }).toString("latin1") + OK,
    events: [
      message(request({ extra: ["X-Content-Length: 9", "Content-Length-X: 9"] }).toString("latin1")),
      message(OK),
    ],
  },
  {
    name: "a body of 20,000 bytes",
    bytes: withBody("x".repeat(20_000)) + INVITE,
    events: [message(withBody("x".repeat(20_000))), message(INVITE)],
  },
  { name: "a header block that has not ended", bytes: INVITE.slice(0, -2), events: [] },
  { name: "half of the last line end", bytes: INVITE.slice(0, -1), events: [] },
  { name: "a start line that has not ended", bytes: INVITE.slice(0, 20), events: [] },
  { name: "a body that has not ended", bytes: OPTIONS.slice(0, -1), events: [] },
  {
    name: "a message and the beginning of another",
    bytes: INVITE + OPTIONS.slice(0, -1),
    events: [message(INVITE)],
  },
  { name: "a lone CR", bytes: "\r", events: [] },
  { name: "a message and a lone CR", bytes: `${INVITE}\r`, events: [message(INVITE)] },
  brokenLength("no Content-Length", []),
  brokenLength("an empty Content-Length", "Content-Length:"),
  brokenLength("a negative Content-Length", "Content-Length: -1"),
  brokenLength("a signed Content-Length", "Content-Length: +0"),
  brokenLength("a Content-Length in words", "Content-Length: five"),
  brokenLength("a hexadecimal Content-Length", "Content-Length: 0x0"),
  brokenLength("a Content-Length with a fraction", "Content-Length: 0.0"),
  brokenLength("two numbers in Content-Length", "Content-Length: 0 0"),
  brokenLength("a list in Content-Length", "Content-Length: 0, 0"),
  brokenLength("Content-Length twice, different", ["Content-Length: 0", "Content-Length: 5"]),
  brokenLength("Content-Length twice, equal", ["Content-Length: 0", "l: 0"]),
  brokenLength("a Content-Length of 999,999,999", "Content-Length: 999999999", {
    type: "failure",
    disposition: "answer",
    statusCode: 413,
  }),
  brokenLength("a Content-Length of 2**64", "Content-Length: 18446744073709551616", {
    type: "failure",
    disposition: "answer",
  }),
  {
    name: "a response without Content-Length",
    bytes: response({ replace: { "Content-Length": [] } }).toString("latin1") + INVITE,
    events: [DROP],
  },
  {
    name: "an ACK without Content-Length",
    bytes: requestOf("ACK", { replace: { "Content-Length": [] } }).toString("latin1") + INVITE,
    events: [DROP],
  },
  {
    name: "a good message, a bad one, a good one",
    bytes: OPTIONS + request({ replace: { To: "To: x y z" } }).toString("latin1") + INVITE,
    events: [message(OPTIONS), { type: "refusal", disposition: "answer", statusCode: 400 }, message(INVITE)],
  },
  {
    name: "SIP/3.0",
    bytes: request({ startLine: "INVITE sip:bob@example.com SIP/3.0" }).toString("latin1"),
    events: [{ type: "refusal", disposition: "answer", statusCode: 505 }],
  },
  {
    name: "an HTTP request",
    bytes: "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    events: [{ type: "failure", disposition: "not-sip" }],
  },
  { name: "no SIP behind a message", bytes: `${INVITE}hello\r\n\r\n`, events: [message(INVITE), FAILURE] },
  { name: "a CR without its LF before a message", bytes: `\r${INVITE}`, events: [FAILURE] },
  { name: "an LF without its CR before a message", bytes: `\n${INVITE}`, events: [FAILURE] },
  { name: "an SP before a message", bytes: ` ${INVITE}`, events: [FAILURE] },
  { name: "a line that never ends", bytes: `INVITE sip:${"a".repeat(300_000)}`, events: [FAILURE] },
  {
    name: "header lines that never end",
    bytes: `INVITE sip:bob@example.com SIP/2.0\r\n${"X: y\r\n".repeat(50_000)}`,
    events: [FAILURE],
  },
  {
    name: "a value folded without end",
    bytes: `INVITE sip:bob@example.com SIP/2.0\r\nX: y${"\r\n y".repeat(70_000)}`,
    events: [FAILURE],
  },
];
