/**
 * Close codes of WebSocket connections (RFC 6455 section 7.4) and those of
 * this server for SIP that cannot be handled.
 */
import type { ParseFailure } from "../message/parse-failure.ts";
import { countLeadingCrlfBytes } from "./ws-sip-message.ts";

export const WS_CLOSE = {
  NORMAL: 1000,
  GOING_AWAY: 1001,
  POLICY_VIOLATION: 1008,
  /** Not SIP, or SIP so broken that nobody can be answered. */
  SIP_PARSING_ERROR: 4000,
  /** The message ends within its header. */
  SIP_INCOMPLETE: 4001,
  /** Content-Length does not fit the body. */
  SIP_BODY_MISMATCH: 4002,
} as const;

/** How a connection ends that was silent for too long. */
export const SILENCE_CLOSE = {
  idle: { code: WS_CLOSE.NORMAL, reason: "idle for too long" },
  "message-unfinished": { code: WS_CLOSE.POLICY_VIOLATION, reason: "message not finished in time" },
  "first-message-missing": { code: WS_CLOSE.POLICY_VIOLATION, reason: "no SIP received in time" },
} as const;

const MAX_REASON_BYTES = 123;

/**
 * With which code a connection closes for `data` that is no message. Undefined: it
 * stays, because the sender is answered and the next message is not in doubt.
 */
export function closeCodeOf(failure: ParseFailure, data: Buffer): number | undefined {
  if (failure.rule === "Content-Length") {
    return WS_CLOSE.SIP_BODY_MISMATCH;
  }

  if (countLeadingCrlfBytes(data) + failure.offset >= data.length) {
    return WS_CLOSE.SIP_INCOMPLETE;
  }

  return failure.disposition === "answer" ? undefined : WS_CLOSE.SIP_PARSING_ERROR;
}

/** Throws `TypeError` for a code that no endpoint may send (RFC 6455 section 7.4.1: 1004 to 1006 and 1015 among them). */
export function checkCloseCode(code: number): void {
  const isProtocolCode = code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
  const isPrivateCode = code >= 3000 && code <= 4999;

  if (!Number.isInteger(code) || !(isProtocolCode || isPrivateCode)) {
    throw new TypeError(`${code} is no WebSocket close code that may be sent`);
  }
}

/** The first 123 bytes of a reason in UTF-8, whole characters only: what a close frame holds. */
export function truncateCloseReason(reason: string): string {
  const bytes = Buffer.from(reason, "utf8");

  if (bytes.length <= MAX_REASON_BYTES) {
    // Lone surrogates would not be valid UTF-8; the round trip replaces them.
    return bytes.toString("utf8");
  }

  let end = MAX_REASON_BYTES;

  // Bytes 10xxxxxx continue a character.
  while (((bytes[end] as number) & 0xc0) === 0x80) {
    end -= 1;
  }

  return bytes.toString("utf8", 0, end);
}
