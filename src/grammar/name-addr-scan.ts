/**
 * The scanner of header values made of an address and header parameters:
 * ( name-addr / addr-spec ) *( SEMI generic-param ), as From, To, Contact,
 * Route and Record-Route have it (RFC 3261 sections 20.10 and 25.1).
 *
 * PERF: it runs several times for every message, so it only moves an offset
 * and allocates nothing but its result (benchmarks/message/message-layer.ts).
 */
import { DISPLAY, isClass } from "./char-class.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { skipParameters, skipToken } from "./parameters.ts";
import { skipQuotedString } from "./quoted-string.ts";
import { scanUri, skipUri } from "./uri-scan.ts";
import { skipWhitespace } from "./whitespace.ts";

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
    uriStart: number,
    uriEnd: number,
    addressEnd: number,
    parametersEnd: number,
    end: number,
  ) {
    this.start = start;
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
  const first = valueStart < end ? text.charCodeAt(valueStart) : COMMA;

  if (first === LESS_THAN) {
    return finishNameAddr(text, valueStart, valueStart, end);
  }

  if (first === QUOTE) {
    const nameEnd = skipQuotedString(text, valueStart, end);

    if (nameEnd < 0) {
      return new GrammarFault("quoted-string", ~nameEnd);
    }

    const bracket = skipWhitespace(text, nameEnd, end);

    return bracket < end && text.charCodeAt(bracket) === LESS_THAN
      ? finishNameAddr(text, valueStart, bracket, end)
      : new GrammarFault("LAQUOT", bracket);
  }

  const tokenEnd = skipToken(text, valueStart, end);

  if (tokenEnd === valueStart && skipNamePart(text, valueStart, end) === valueStart) {
    return new GrammarFault("addr-spec", valueStart);
  }

  // No token has a colon, and a scheme has nothing that a token has not.
  return tokenEnd > valueStart && tokenEnd < end && text.charCodeAt(tokenEnd) === COLON
    ? finishAddrSpec(text, valueStart, end)
    : finishUnquotedName(text, valueStart, skipNamePart(text, tokenEnd, end), end);
}

/**
 * display-name = *( token LWS ), after its first token; that the last LWS may
 * be missing is what RFC 4475 section 3.1.1.6 asks for.
 *
 * INTEROP: names that should have been quoted, such as those of people with
 * letters that are no ASCII, are taken as they are. What could end a value or
 * begin a URI cannot be in one (RFC 4475 section 3.1.2.15).
 */
function finishUnquotedName(
  text: string,
  start: number,
  firstEnd: number,
  end: number,
): NameAddrSpan | GrammarFault {
  let nameEnd = firstEnd;

  for (;;) {
    const next = skipWhitespace(text, nameEnd, end);

    if (next < end && text.charCodeAt(next) === LESS_THAN) {
      return finishNameAddr(text, start, next, end);
    }

    const partEnd = skipNamePart(text, next, end);

    if (partEnd === next || next === nameEnd) {
      return new GrammarFault("display-name", next);
    }

    nameEnd = partEnd;
  }
}

/** Offset after the characters that an unquoted display name may hold. */
function skipNamePart(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end && (text.charCodeAt(offset) > 0x7f || isClass(text.charCodeAt(offset), DISPLAY))) {
    offset++;
  }

  return offset;
}

/** LAQUOT addr-spec RAQUOT, where the bracket is, and what comes after them. */
function finishNameAddr(
  text: string,
  start: number,
  bracket: number,
  end: number,
): NameAddrSpan | GrammarFault {
  const uriStart = bracket + 1;
  const uriEnd = skipUri(text, uriStart, end, undefined);

  if (typeof uriEnd !== "number" || uriEnd >= end || text.charCodeAt(uriEnd) !== GREATER_THAN) {
    return bracketedUriFault(text, uriStart, end);
  }

  return finishValue(text, start, uriStart, uriEnd, uriEnd + 1, end);
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

  return fault ?? finishValue(text, start, start, uriEnd, uriEnd, end);
}

/** Header parameters, and what must come after them. */
function finishValue(
  text: string,
  start: number,
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

  return new NameAddrSpan(start, uriStart, uriEnd, addressEnd, parametersEnd, valueEnd);
}

/** The fault of a URI that is not good up to its closing bracket, or of the bracket that is missing. */
function bracketedUriFault(text: string, uriStart: number, end: number): GrammarFault {
  const bracket = text.indexOf(">", uriStart);
  const uriEnd = bracket === -1 || bracket > end ? end : bracket;

  return scanUri(text, uriStart, uriEnd, undefined) ?? new GrammarFault("RAQUOT", end);
}
