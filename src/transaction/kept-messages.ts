/**
 * What a finished transaction keeps of its messages while it lingers: texts,
 * read again when somebody asks, which is hardly ever.
 *
 * PERF: they linger for half a minute, so that most of a busy server's memory
 * is theirs (benchmarks/proxy/finished-call-memory.ts).
 */
import type { HeaderLine } from "../message/header-line.ts";
import { HEADER_ID } from "../message/header-names.ts";
import { scanHeaderLines } from "../message/message-index.ts";
import type { MessageParts } from "../message/sip-message.ts";
import { SipRequest } from "../message/sip-request.ts";
import { SipResponse } from "../message/sip-response.ts";

const CRLF = "\r\n";
const STATUS_LINE_START = "SIP/2.0 ";
/** Before the reason phrase. */
const STATUS_LENGTH = "SIP/2.0 200 ".length;

/**
 * What responses are built from and matched by (RFC 3261 sections 8.2.6.2 and
 * 17.1.3): Via, From, To, Call-ID and CSeq, in that request's order.
 */
export function essentialTextOf(request: SipRequest): string {
  let text = "";

  for (const line of request.lines) {
    if (isEssential(line)) {
      text += line.source.slice(line.start, line.end);
    }
  }

  return text + CRLF;
}

/** Whether a kept text is that of a response. */
function isResponseText(text: string): boolean {
  return text.startsWith(STATUS_LINE_START);
}

/** A request of that method with the header fields of `text`: what `essentialTextOf` made, or a response to it. */
export function readRequest(text: string, method: string): SipRequest {
  return new SipRequest(partsOf(text, isResponseText(text) ? lineAfterStatus(text) : 0), method, "");
}

/** The response whose whole text that is. */
export function readResponse(text: string): SipResponse {
  const start = lineAfterStatus(text);
  const statusCode = Number(text.slice(STATUS_LINE_START.length, STATUS_LENGTH - 1));

  return new SipResponse(partsOf(text, start), statusCode, text.slice(STATUS_LENGTH, start - CRLF.length));
}

/** The same text as a part of `whole`, if it is in there. */
export function asPartOf(whole: string, text: string): string {
  const start = whole.indexOf(text);

  return start === -1 ? text : whole.slice(start, start + text.length);
}

function lineAfterStatus(text: string): number {
  return text.indexOf(CRLF) + CRLF.length;
}

function partsOf(text: string, start: number): MessageParts {
  const { lines, bodyStart } = scanHeaderLines(
    Buffer.from(text, "latin1"),
    text,
    start,
    text.length,
    Number.MAX_SAFE_INTEGER,
  );

  return { text, startLineEnd: start, lines, bodyStart, bodyEnd: text.length };
}

function isEssential({ id }: HeaderLine): boolean {
  return (
    id === HEADER_ID.VIA ||
    id === HEADER_ID.FROM ||
    id === HEADER_ID.TO ||
    id === HEADER_ID.CALL_ID ||
    id === HEADER_ID.CSEQ
  );
}
