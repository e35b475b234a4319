/**
 * The scanner of header values made of an address and header parameters:
 * ( name-addr / addr-spec ) *( SEMI generic-param ), as From, To, Contact,
 * Route and Record-Route have it (RFC 3261 sections 20.10 and 25.1).
 *
 * PERF: it runs several times for every message, so it only moves an offset
 * and allocates nothing but its result (benchmarks/grammar/uri.ts).
 */
import { CHAR_CLASS, TOKEN } from "./char-class.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { skipParameters, skipToken } from "./parameters.ts";
import { skipQuotedString } from "./quoted-string.ts";
import { scanUri } from "./uri-scan.ts";
import { skipWhitespace } from "./whitespace.ts";

export { findParameter, type ParameterSpan } from "./parameters.ts";
export { validateUri } from "./uri-scan.ts";

const TAB = 0x09;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const QUESTION_MARK = 0x3f;

/** Where the parts of one value lie. All offsets are into the scanned text. */
export class NameAddrSpan {
  /** Of the first character that is no white space: display name, bracket or URI. */
  readonly start: number;
  /** After the display name, its closing quote included; `start` when there is none. */
  readonly displayNameEnd: number;
  /** The URI, without brackets. */
  readonly uriStart: number;
  readonly uriEnd: number;
  /** After the URI and its bracket. */
  readonly addressEnd: number;
  /** After the last header parameter; `addressEnd` when there is none. */
  readonly parametersEnd: number;
  /** After the value and the white space that follows it: a comma, or the end of the scanned text. */
  readonly end: number;

  constructor(
    start: number,
    displayNameEnd: number,
    uriStart: number,
    uriEnd: number,
    addressEnd: number,
    parametersEnd: number,
    end: number,
  ) {
    this.start = start;
    this.displayNameEnd = displayNameEnd;
    this.uriStart = uriStart;
    this.uriEnd = uriEnd;
    this.addressEnd = addressEnd;
    this.parametersEnd = parametersEnd;
    this.end = end;
  }
}

/**
 * Scans the value that begins at `start`, or after white space there. It ends
 * at `end` or at a comma that stands neither in quotes nor in brackets.
 */
export function scanNameAddr(text: string, start: number, end: number): NameAddrSpan | GrammarFault {
  const valueStart = skipWhitespace(text, start, end);
  let offset = valueStart;
  let displayNameEnd = valueStart;

  if (offset < end && text.charCodeAt(offset) === QUOTE) {
    displayNameEnd = skipQuotedString(text, offset, end);

    if (displayNameEnd < 0) {
      return new GrammarFault("quoted-string", ~displayNameEnd);
    }

    offset = skipWhitespace(text, displayNameEnd, end);

    if (offset >= end || text.charCodeAt(offset) !== LESS_THAN) {
      return new GrammarFault("LAQUOT", offset);
    }
  } else if (offset >= end || text.charCodeAt(offset) !== LESS_THAN) {
    const firstEnd = skipToken(text, offset, end);

    if (firstEnd === offset) {
      return new GrammarFault("addr-spec", offset);
    }

    if (firstEnd < end && text.charCodeAt(firstEnd) === COLON) {
      return finishAddrSpec(text, valueStart, end);
    }

    // display-name = *( token LWS ); that the last LWS may be missing is RFC 4475 section 3.1.1.6.
    offset = firstEnd;
    displayNameEnd = firstEnd;

    for (;;) {
      offset = skipWhitespace(text, displayNameEnd, end);

      if (offset === displayNameEnd || offset >= end || !isTokenCharacter(text.charCodeAt(offset))) {
        break;
      }

      displayNameEnd = skipToken(text, offset, end);
    }

    if (offset >= end || text.charCodeAt(offset) !== LESS_THAN) {
      return new GrammarFault("display-name", offset);
    }
  }

  const uriStart = offset + 1;
  const uriEnd = findGreaterThan(text, uriStart, end);
  const fault = scanUri(text, uriStart, uriEnd, undefined);

  if (fault !== undefined) {
    return fault;
  }

  if (uriEnd >= end) {
    return new GrammarFault("RAQUOT", end);
  }

  return finishValue(text, valueStart, displayNameEnd, uriStart, uriEnd, uriEnd + 1, end);
}

/**
 * An address without brackets. RFC 3261 section 20.10: a URI with a comma, a
 * question mark or a semicolon must be in brackets, so these end it, and what
 * follows a semicolon is a header parameter.
 */
function finishAddrSpec(text: string, start: number, end: number): NameAddrSpan | GrammarFault {
  let uriEnd = start;

  for (; uriEnd < end; uriEnd++) {
    const code = text.charCodeAt(uriEnd);

    if (
      code === SEMICOLON ||
      code === COMMA ||
      code === QUESTION_MARK ||
      code === SPACE ||
      code === TAB ||
      code === CR
    ) {
      break;
    }
  }

  const fault = scanUri(text, start, uriEnd, undefined);

  return fault ?? finishValue(text, start, start, start, uriEnd, uriEnd, end);
}

/** Header parameters, and what must come after them. */
function finishValue(
  text: string,
  start: number,
  displayNameEnd: number,
  uriStart: number,
  uriEnd: number,
  addressEnd: number,
  end: number,
): NameAddrSpan | GrammarFault {
  const parametersEnd = skipParameters(text, addressEnd, end);

  if (parametersEnd < 0) {
    return new GrammarFault("generic-param", ~parametersEnd);
  }

  const valueEnd = skipWhitespace(text, parametersEnd, end);

  if (valueEnd < end && text.charCodeAt(valueEnd) !== COMMA) {
    return new GrammarFault(parametersEnd === addressEnd ? "name-addr" : "generic-param", valueEnd);
  }

  return new NameAddrSpan(start, displayNameEnd, uriStart, uriEnd, addressEnd, parametersEnd, valueEnd);
}

function isTokenCharacter(code: number): boolean {
  return ((CHAR_CLASS[code] as number) & TOKEN) !== 0;
}

function findGreaterThan(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end && text.charCodeAt(offset) !== GREATER_THAN) {
    offset++;
  }

  return offset;
}
