/**
 * What one WebSocket message holds: a SIP message (RFC 7118 section 5), a
 * keep-alive of RFC 5626, or neither.
 */
import type { MessageParser } from "../message/message-parser.ts";
import { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

const LF = 0x0a;
const CR = 0x0d;

/**
 * "ping": a double CRLF, or several (RFC 5626 section 4.4.1), to be answered
 * with a single one. "pong": that answer, or nothing at all.
 */
export type WsMessageContent = SipRequest | SipResponse | ParseFailure | "ping" | "pong";

export function countLeadingCrlfBytes(data: Buffer): number {
  let count = 0;

  while (data[count] === CR && data[count + 1] === LF) {
    count += 2;
  }

  return count;
}

/** Reads a whole WebSocket message. Never throws for what a peer wrote. */
export function readWsMessage(data: Buffer, parser: Pick<MessageParser, "parseDatagram">): WsMessageContent {
  const start = countLeadingCrlfBytes(data);

  if (start === data.length) {
    return start >= 4 ? "ping" : "pong";
  }

  // RFC 3261 §7.5: CRLFs before the start line are skipped.
  const bytes = start === 0 ? data : data.subarray(start);
  const result = parser.parseDatagram(bytes);

  if (result instanceof ParseFailure || result.bodyEnd === bytes.length) {
    return result;
  }

  // RFC 7118 §5: one SIP message in each. SECURITY: what follows the body
  // could be a second one, read by this server otherwise than by the next.
  return trailingBytes(result);
}

function trailingBytes(message: SipRequest | SipResponse): ParseFailure {
  const details = {
    message: "body longer than content-length",
    rule: "Content-Length",
    offset: message.bodyEnd,
    header: "Content-Length",
  };

  if (!message.isRequest || message.method === "ACK") {
    return new ParseFailure({ ...details, disposition: "drop" });
  }

  return new ParseFailure({
    ...details,
    disposition: "answer",
    statusCode: 400,
    reasonPhrase: "Body Longer Than Content-Length",
    request: message,
  });
}
