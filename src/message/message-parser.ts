/**
 * Bytes to message: a datagram, a WebSocket message, or what the stream framer
 * cut out of a stream (RFC 3261 sections 7 and 18.3). It never throws for what
 * a peer wrote.
 */
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { HEADER_ID } from "./header-names.ts";
import { HeaderScanner } from "./header-scanner.ts";
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits } from "./message-limits.ts";
import { ParseFailure } from "./parse-failure.ts";
import { topViaOfPlainMessage } from "./quick-check.ts";
import {
  checkCallId,
  checkCoreHeaders,
  checkCSeq,
  checkFromAndTo,
  checkOtherHeaders,
  checkVia,
  type Violation,
} from "./sanity-checks.ts";
import type { MessageParts } from "./sip-message.ts";
import { SipRequest } from "./sip-request.ts";
import { SipResponse } from "./sip-response.ts";
import { parseStartLine, type RequestLine, type StartLine } from "./start-line.ts";
import { parseDecimal } from "./typed-values.ts";

const LF = 0x0a;
const CR = 0x0d;
const ZERO = 0x30;
/** Always a safe integer. */
const MAX_PLAIN_DIGITS = 9;

export class MessageParser {
  readonly limits: MessageLimits;
  readonly #headerScanner: HeaderScanner;

  constructor(limits: Partial<MessageLimits> = {}) {
    this.limits = { ...DEFAULT_MESSAGE_LIMITS, ...limits };
    this.#headerScanner = new HeaderScanner(this.limits.maxHeaderBlockBytes, this.limits.maxHeaderCount);
  }

  /**
   * Parses one datagram. CRLFs before the start line are skipped (RFC 3261
   * section 7.5), bytes after the body are discarded (section 18.3).
   */
  parseDatagram(bytes: Buffer): SipRequest | SipResponse | ParseFailure {
    let start = 0;

    while (bytes[start] === CR && bytes[start + 1] === LF) {
      start += 2;
    }

    return this.parse(start === 0 ? bytes : bytes.subarray(start), false);
  }

  /** Parses the header block, and the body, of one message of a stream. */
  parseStreamMessage(bytes: Buffer): SipRequest | SipResponse | ParseFailure {
    return this.parse(bytes, true);
  }

  private parse(bytes: Buffer, isStream: boolean): SipRequest | SipResponse | ParseFailure {
    const end = bytes.length;
    const blockEnd = Math.min(end, this.limits.maxHeaderBlockBytes);
    const text = bytes.toString("latin1");
    const lineEnd = text.indexOf("\r\n");
    const startLine =
      lineEnd === -1 || lineEnd + 2 > blockEnd ? undefined : parseStartLine(bytes, text, lineEnd);

    if (startLine === undefined) {
      return new ParseFailure({
        disposition: "not-sip",
        message: "no SIP start line",
        rule: "start-line",
        offset: 0,
      });
    }

    const scan = this.#headerScanner.scan(bytes, text, lineEnd + 2, blockEnd);
    const parts: MessageParts = {
      text,
      startLineEnd: lineEnd + 2,
      lines: scan.lines,
      bodyStart: scan.bodyStart,
      bodyEnd: end,
    };
    const violation =
      startLineViolation(startLine) ??
      (scan.fault === undefined ? undefined : headerViolation(scan.fault, blockEnd, this.limits));

    if (violation !== undefined) {
      return fail(startLine, parts, violation);
    }

    const bodyEnd = this.findBodyEnd(bytes, parts, isStream);

    if (typeof bodyEnd !== "number") {
      return fail(startLine, parts, bodyEnd);
    }

    const methodLength = startLine.kind === "request" ? startLine.method.length : 0;

    const topVia = topViaOfPlainMessage(bytes, text, parts.lines, methodLength);

    if (topVia === undefined) {
      return checkMessage(startLine, bodyEnd === end ? parts : { ...parts, bodyEnd });
    }

    const { startLineEnd, lines, bodyStart } = parts;

    return makeMessage(startLine, { text, startLineEnd, lines, bodyStart, bodyEnd, knownTopVia: topVia });
  }

  /** Where the body ends, or what is wrong with its length. */
  private findBodyEnd(bytes: Buffer, parts: MessageParts, isStream: boolean): number | Violation {
    const { lines, bodyStart } = parts;
    const available = parts.bodyEnd - bodyStart;
    let i = lines.length - 1;

    // PERF: mostly the last one (benchmarks/message/message-layer.ts). Where it is doubled, the message is refused for that.
    while (i >= 0 && lines[i]?.id !== HEADER_ID.CONTENT_LENGTH) {
      i--;
    }

    const line = lines[i];

    if (line === undefined) {
      // RFC 3261 section 18.3: on a stream nothing else tells where the body ends.
      return isStream
        ? bodyViolation(400, "Missing Content-Length")
        : (this.limitBody(bodyStart, available) ?? parts.bodyEnd);
    }

    const contentLength =
      plainNumber(bytes, line.valueStart, line.valueEnd) ??
      parseDecimal(line.rawValue, Number.MAX_SAFE_INTEGER);

    if (contentLength === undefined) {
      return bodyViolation(400, "Malformed Content-Length", line.valueStart);
    }

    // Of two that differ, none tells where the body ends (RFC 4475 section 3.3.9).
    if (contentLength !== available && lines.some(({ id }, j) => id === HEADER_ID.CONTENT_LENGTH && j < i)) {
      return bodyViolation(400, "Repeated Content-Length", line.start);
    }

    const tooLarge = this.limitBody(bodyStart, contentLength);

    if (tooLarge !== undefined) {
      return tooLarge;
    }

    // RFC 3261 section 18.3: a datagram that ends before its body SHOULD be answered 400.
    return contentLength > available
      ? bodyViolation(400, "Body Shorter Than Content-Length", line.valueStart)
      : bodyStart + contentLength;
  }

  private limitBody(headerBlockLength: number, bodyLength: number): Violation | undefined {
    if (bodyLength > this.limits.maxBodyBytes) {
      // RFC 3261 section 21.4.11.
      return bodyViolation(413, "Request Entity Too Large");
    }

    // RFC 3261 section 21.5.7.
    return headerBlockLength + bodyLength > this.limits.maxMessageBytes
      ? bodyViolation(513, "Message Too Large")
      : undefined;
  }
}

function bodyViolation(statusCode: number, reasonPhrase: string, offset = 0): Violation {
  return { rule: "Content-Length", offset, header: "Content-Length", statusCode, reasonPhrase };
}

function startLineViolation(startLine: StartLine): Violation | undefined {
  const { fault } = startLine;

  if (fault !== undefined) {
    const reasonPhrase = fault.rule === "Request-URI" ? "Malformed Request-URI" : "Malformed Request-Line";

    return { rule: fault.rule, offset: fault.offset, header: undefined, statusCode: 400, reasonPhrase };
  }

  if (startLine.kind === "request" && !startLine.isSip20) {
    // RFC 3261 section 21.5.6.
    const reasonPhrase = "Version Not Supported";

    return { rule: "SIP-Version", offset: 0, header: undefined, statusCode: 505, reasonPhrase };
  }

  return undefined;
}

function headerViolation(fault: GrammarFault, blockEnd: number, limits: MessageLimits): Violation {
  const { rule, offset } = fault;
  // The limit may have cut a CRLF in two.
  const isTooLong = offset >= blockEnd - 1 && blockEnd === limits.maxHeaderBlockBytes;

  if (isTooLong || rule === "header-count") {
    // RFC 3261 section 21.5.7.
    return { rule, offset, header: undefined, statusCode: 513, reasonPhrase: "Message Too Large" };
  }

  const reasonPhrase = offset >= blockEnd ? "Message Ends Within Its Header" : "Malformed Header Line";

  return { rule, offset, header: undefined, statusCode: 400, reasonPhrase };
}

/** The number of one to nine digits; undefined for anything else. PERF: no text is cut out for it (benchmarks/message/message-layer.ts). */
function plainNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  let number = 0;

  for (let offset = start; offset < end; offset++) {
    const digit = (bytes[offset] as number) - ZERO;

    if (digit < 0 || digit > 9) {
      return undefined;
    }

    number = 10 * number + digit;
  }

  return end > start && end - start <= MAX_PLAIN_DIGITS ? number : undefined;
}

function makeMessage(startLine: StartLine, parts: MessageParts): SipRequest | SipResponse {
  return startLine.kind === "request"
    ? new SipRequest(parts, startLine.method, startLine.requestUriText)
    : new SipResponse(parts, startLine.statusCode, startLine.rawReason);
}

/** The message, when it passes every check. */
function checkMessage(startLine: StartLine, parts: MessageParts): SipRequest | SipResponse | ParseFailure {
  const isRequest = startLine.kind === "request";
  const message = makeMessage(startLine, parts);
  const method = isRequest ? startLine.method : undefined;
  const violation =
    checkVia(message) ??
    checkCoreHeaders(parts.lines) ??
    checkFromAndTo(message) ??
    checkCallId(message) ??
    checkCSeq(message, method) ??
    checkOtherHeaders(message, isRequest);

  return violation === undefined ? message : fail(startLine, parts, violation);
}

/** What to do about a message with this violation. */
function fail(startLine: StartLine, parts: MessageParts, violation: Violation): ParseFailure {
  const { rule, offset, header, statusCode, reasonPhrase } = violation;
  const request = startLine.kind === "request" ? answerableRequest(startLine, parts) : undefined;
  const message = reasonPhrase.toLowerCase();

  if (request === undefined) {
    return new ParseFailure({ disposition: "drop", message, rule, offset, header });
  }

  return new ParseFailure({
    disposition: "answer",
    message,
    rule,
    offset,
    header,
    statusCode,
    reasonPhrase,
    request,
  });
}

/**
 * The request, if it can be answered. SECURITY: without a Via that says where
 * its sender is, nothing is sent anywhere. An ACK is never answered (RFC 3261
 * section 17).
 */
function answerableRequest(startLine: RequestLine, parts: MessageParts): SipRequest | undefined {
  const request = new SipRequest(parts, startLine.method, startLine.requestUriText);

  return startLine.method === "ACK" || request.readTopmostVia(true) instanceof GrammarFault
    ? undefined
    : request;
}
