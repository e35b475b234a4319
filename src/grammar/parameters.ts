/**
 * Header parameters: *( SEMI generic-param ) of RFC 3261 section 25.1, with
 * the white space that its SEMI and EQUAL allow. URI parameters, which have
 * escapes in place of quotes and no white space, are in uri-parameters.ts.
 */
import { CHAR_CLASS, TOKEN } from "./char-class.ts";
import { skipHost } from "./host.ts";
import { skipQuotedString } from "./quoted-string.ts";
import { skipWhitespace } from "./whitespace.ts";

const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const LEFT_BRACKET = 0x5b;

/** Offset of the first character from `start` on that no token has; at most `end`. */
export function skipToken(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end && ((CHAR_CLASS[text.charCodeAt(offset)] as number) & TOKEN) !== 0) {
    offset++;
  }

  return offset;
}

/**
 * Offset after the last parameter of the list that begins at `start`, without
 * the white space after it; `start` when no semicolon comes next. A fault is
 * the bitwise complement of its offset.
 *
 * generic-param = token [ EQUAL gen-value ]
 */
export function skipParameters(text: string, start: number, end: number): number {
  let listEnd = start;

  for (;;) {
    let offset = skipWhitespace(text, listEnd, end);

    if (offset >= end || text.charCodeAt(offset) !== SEMICOLON) {
      return listEnd;
    }

    const nameStart = skipWhitespace(text, offset + 1, end);

    listEnd = skipToken(text, nameStart, end);

    if (listEnd === nameStart) {
      return ~nameStart;
    }

    offset = skipWhitespace(text, listEnd, end);

    if (offset < end && text.charCodeAt(offset) === EQUALS) {
      listEnd = skipGenericValue(text, skipWhitespace(text, offset + 1, end), end);

      if (listEnd < 0) {
        return listEnd;
      }
    }
  }
}

/** gen-value = token / host / quoted-string. All hosts but an IPv6reference are tokens. A fault is the complement of its offset. */
function skipGenericValue(text: string, start: number, end: number): number {
  const first = start < end ? text.charCodeAt(start) : SEMICOLON;

  if (first === QUOTE) {
    return skipQuotedString(text, start, end);
  }

  if (first === LEFT_BRACKET) {
    return skipHost(text, start, end);
  }

  const valueEnd = skipToken(text, start, end);

  return valueEnd === start ? ~start : valueEnd;
}

/** Where the value of a parameter lies, quotes included. Both offsets are the same for one without a value. */
export interface ParameterSpan {
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * The first parameter of that name in a list that `skipParameters` accepted,
 * from its first semicolon (or white space before it) on.
 *
 * PERF: only what is returned is allocated (benchmarks/grammar/uri.ts).
 */
export function findParameter(
  text: string,
  start: number,
  end: number,
  lowerCaseName: string,
): ParameterSpan | undefined {
  let offset = start;

  for (;;) {
    offset = skipWhitespace(text, offset, end);

    if (offset >= end || text.charCodeAt(offset) !== SEMICOLON) {
      return undefined;
    }

    const nameStart = skipWhitespace(text, offset + 1, end);
    const nameEnd = skipToken(text, nameStart, end);
    const equals = skipWhitespace(text, nameEnd, end);
    let valueStart = nameEnd;
    let valueEnd = nameEnd;

    if (equals < end && text.charCodeAt(equals) === EQUALS) {
      valueStart = skipWhitespace(text, equals + 1, end);
      valueEnd = skipGenericValue(text, valueStart, end);

      if (valueEnd < 0) {
        return undefined;
      }
    }

    if (isSameName(text, nameStart, nameEnd, lowerCaseName)) {
      return { valueStart, valueEnd };
    }

    offset = valueEnd;
  }
}

/** Whether the text from `start` to `end`, a token, is the name, whatever its case. */
function isSameName(text: string, start: number, end: number, lowerCaseName: string): boolean {
  if (end - start !== lowerCaseName.length) {
    return false;
  }

  for (let i = 0; i < lowerCaseName.length; i++) {
    const code = text.charCodeAt(start + i);
    const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;

    if (lower !== lowerCaseName.charCodeAt(i)) {
      return false;
    }
  }

  return true;
}
