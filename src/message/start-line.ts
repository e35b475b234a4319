/** Request-Line and Status-Line (RFC 3261 sections 7.1 and 7.2). */
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { skipToken } from "../grammar/parameters.ts";
import { Uri } from "../grammar/uri.ts";
import { validateUri } from "../grammar/uri-scan.ts";
import { methodIn } from "./method-names.ts";
import { isPlainSipUri } from "./plain-address.ts";

const SPACE = 0x20;
const SLASH = 0x2f;
const ZERO = 0x30;
const DELETE = 0x7f;
const SIP_VERSION = "SIP/2.0";
/** In a Status-Line. */
const CODE_START = SIP_VERSION.length + 1;
const REASON_START = CODE_START + 4;

export type StartLine = RequestLine | StatusLine;

export interface RequestLine {
  readonly kind: "request";
  readonly method: string;
  readonly requestUriText: string;
  /** What is wrong with the line; the request can still be answered. */
  readonly fault: GrammarFault | undefined;
  /** False for another version of SIP, which is answered 505. */
  readonly isSip20: boolean;
}

export interface StatusLine {
  readonly kind: "response";
  readonly statusCode: number;
  /** One character a byte. */
  readonly rawReason: string;
  readonly fault: GrammarFault | undefined;
}

/** Reads the start line, which goes up to `end`; undefined when it is not SIP at all. `text` is `bytes` as latin1. */
export function parseStartLine(bytes: Uint8Array, text: string, end: number): StartLine | undefined {
  // PERF: a slash, which no method holds, tells nearly all of them apart (benchmarks/message/message-layer.ts).
  return text.charCodeAt(3) === SLASH && text.slice(0, 4).toUpperCase() === "SIP/"
    ? (parsePlainStatusLine(bytes, text, end) ?? parseStatusLine(text, end))
    : parseRequestLine(bytes, text, end);
}

/** Request-Line = Method SP Request-URI SP SIP-Version CRLF */
function parseRequestLine(bytes: Uint8Array, text: string, end: number): RequestLine | undefined {
  const methodEnd = skipToken(text, 0, end);
  const isPlain =
    text.startsWith(SIP_VERSION, end - SIP_VERSION.length) &&
    text.charCodeAt(end - SIP_VERSION.length - 1) === SPACE;
  const versionStart = isPlain ? end - SIP_VERSION.length : text.lastIndexOf(" ", end - 1) + 1;
  const version = isPlain ? SIP_VERSION : text.slice(versionStart, end);
  const isSip20 = isPlain || version.toUpperCase() === SIP_VERSION;

  // Anything that is followed by a SIP version is meant to be SIP, however broken.
  if (methodEnd === 0 || (!isSip20 && !/ SIP\/\d/i.test(text.slice(0, end)))) {
    return undefined;
  }

  const uriStart = methodEnd + 1;
  const uriEnd = Math.max(uriStart, versionStart - 1);
  const method = methodIn(text, 0, methodEnd);
  const requestUriText = text.slice(uriStart, uriEnd);
  let fault: GrammarFault | undefined;

  if (text.charCodeAt(methodEnd) !== SPACE) {
    fault = new GrammarFault("Method", methodEnd);
  } else if (!isSip20 && !/^SIP\/\d+\.\d+$/i.test(version)) {
    fault = new GrammarFault("SIP-Version", versionStart);
  } else if (!isPlainSipUri(bytes, uriStart, uriEnd)) {
    fault = findUriFault(text, uriStart, uriEnd);
  }

  return { kind: "request", method, requestUriText, fault, isSip20 };
}

function findUriFault(text: string, start: number, end: number): GrammarFault | undefined {
  const badOffset = validateUri(text, start, end);

  if (badOffset !== -1) {
    return new GrammarFault("Request-URI", badOffset);
  }

  const question = text.indexOf("?", start);

  // RFC 3261 section 19.1.1: a Request-URI has no headers (RFC 4475 section 3.1.2.11).
  if (question !== -1 && question < end) {
    const uri = Uri.parse(text.slice(start, end));

    return uri.isSip && uri.headers ? new GrammarFault("Request-URI", question) : undefined;
  }

  return undefined;
}

/**
 * A Status-Line as nearly all are. PERF: regular expressions cost as much as
 * the check of all header fields (benchmarks/message/message-layer.ts).
 */
function parsePlainStatusLine(bytes: Uint8Array, text: string, end: number): StatusLine | undefined {
  const first = (bytes[CODE_START] as number) - ZERO;
  const second = (bytes[CODE_START + 1] as number) - ZERO;
  const third = (bytes[CODE_START + 2] as number) - ZERO;

  if (
    end < REASON_START ||
    !text.startsWith(SIP_VERSION) ||
    bytes[CODE_START - 1] !== SPACE ||
    bytes[REASON_START - 1] !== SPACE ||
    !(first >= 1 && first <= 6 && second >= 0 && second <= 9 && third >= 0 && third <= 9)
  ) {
    return undefined;
  }

  for (let offset = REASON_START; offset < end; offset++) {
    const byte = bytes[offset] as number;

    if (byte < SPACE || byte === DELETE) {
      return undefined;
    }
  }

  return {
    kind: "response",
    statusCode: 100 * first + 10 * second + third,
    rawReason: text.slice(REASON_START, end),
    fault: undefined,
  };
}

/**
 * Status-Line = SIP-Version SP Status-Code SP Reason-Phrase CRLF
 *
 * INTEROP: the second SP may be missing along with an empty Reason-Phrase.
 */
function parseStatusLine(text: string, end: number): StatusLine {
  const match = /^SIP\/2\.0 ([1-6]\d\d)(?: |$)/i.exec(text.slice(0, Math.min(end, 12)));

  // SECURITY: Reason-Phrase holds no control characters but tabs, or logs and terminals would see them.
  if (match === null || /[\x00-\x08\x0a-\x1f\x7f]/.test(text.slice(12, end))) {
    return { kind: "response", statusCode: 0, rawReason: "", fault: new GrammarFault("Status-Line", 0) };
  }

  return {
    kind: "response",
    statusCode: Number(match[1]),
    rawReason: text.slice(12, end),
    fault: undefined,
  };
}
