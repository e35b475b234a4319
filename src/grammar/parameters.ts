/**
 * Header parameters: *( SEMI generic-param ) of RFC 3261 section 25.1, with
 * the white space that its SEMI and EQUAL allow. URI parameters, which have
 * escapes in place of quotes and no white space, are in uri-parameters.ts.
 */
import { TOKEN } from "./char-class.ts";
import { skipRun } from "./character-run.ts";
import { skipHost } from "./host.ts";
import { skipQuotedString } from "./quoted-string.ts";
import { skipWhitespace } from "./whitespace.ts";

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;

/** Offset of the first character from `start` on that no token has; at most `end`. */
export function skipToken(text: string, start: number, end: number): number {
  return skipRun(text, start, end, TOKEN);
}

/**
 * Offset after the last parameter of the list that begins at `start`, without
 * the white space after it; `start` when no semicolon comes next. A fault is
 * the bitwise complement of its offset.
 *
 * generic-param = token [ EQUAL gen-value ]
 *
 * INTEROP: a value may be empty, and one semicolon may end the list, as some
 * gateways write it. Neither says anything that another reader could take
 * for something else.
 */
export function skipParameters(text: string, start: number, end: number): number {
  let listEnd = start;

  for (;;) {
    const semicolon = skipTo(SEMICOLON, text, listEnd, end);

    if (semicolon === -1) {
      return listEnd;
    }

    const nameStart = skipLws(text, semicolon + 1, end);

    listEnd = skipToken(text, nameStart, end);

    if (listEnd === nameStart) {
      return isValueEnd(text, nameStart, end) ? semicolon + 1 : ~nameStart;
    }

    const equals = skipTo(EQUALS, text, listEnd, end);

    if (equals !== -1) {
      listEnd = skipGenericValue(text, skipLws(text, equals + 1, end), end);

      if (listEnd < 0) {
        return listEnd;
      }
    }
  }
}

/** Whether a value of a header field ends here. */
function isValueEnd(text: string, offset: number, end: number): boolean {
  return offset >= end || text.charCodeAt(offset) === COMMA;
}

/** `skipWhitespace`, which costs a call only where there may be some. */
function skipLws(text: string, start: number, end: number): number {
  return start < end && text.charCodeAt(start) <= SPACE ? skipWhitespace(text, start, end) : start;
}

/** Offset of the character, when nothing but white space comes before it; otherwise -1. */
function skipTo(character: number, text: string, start: number, end: number): number {
  if (start >= end) {
    return -1;
  }

  const code = text.charCodeAt(start);

  if (code === character) {
    return start;
  }

  if (code > SPACE) {
    return -1;
  }

  const offset = skipWhitespace(text, start, end);

  return offset < end && text.charCodeAt(offset) === character ? offset : -1;
}

/** gen-value = token / host / quoted-string, or nothing. All hosts but an IPv6reference are tokens. A fault is the complement of its offset. */
function skipGenericValue(text: string, start: number, end: number): number {
  const valueEnd = skipToken(text, start, end);

  if (valueEnd !== start) {
    return valueEnd;
  }

  const first = start < end ? text.charCodeAt(start) : SEMICOLON;

  if (first === QUOTE) {
    return skipQuotedString(text, start, end);
  }

  if (first === LEFT_BRACKET) {
    return skipHost(text, start, end);
  }

  return first === SEMICOLON || first === COMMA ? start : ~start;
}

/** Where the value of a parameter lies, quotes included. Both offsets are the same for one without a value. */
export interface ParameterSpan {
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Offset of the semicolon after the parameter, or of the end of the text. A semicolon in quotes is none. */
export function parameterEnd(text: string, start: number): number {
  let isQuoted = false;

  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);

    if (isQuoted && code === BACKSLASH) {
      i++;
    } else if (code === QUOTE) {
      isQuoted = !isQuoted;
    } else if (code === SEMICOLON && !isQuoted) {
      return i;
    }
  }

  return text.length;
}

/** Parameters by their lower-case names, each with its value as it is written, or null; the first of each name. */
export function parametersByName(text: string): ReadonlyMap<string, string | null> {
  const parameters = new Map<string, string | null>();
  let start = text.indexOf(";");

  while (start !== -1) {
    const end = parameterEnd(text, start + 1);
    const parameter = text.slice(start + 1, end);
    const equals = parameter.indexOf("=");
    const name = (equals === -1 ? parameter : parameter.slice(0, equals)).trim().toLowerCase();

    if (!parameters.has(name)) {
      parameters.set(name, equals === -1 ? null : parameter.slice(equals + 1).trim());
    }

    start = end < text.length ? end : -1;
  }

  return parameters;
}

/**
 * The first parameter of that name in a list that `skipParameters` accepted,
 * from its first semicolon (or white space before it) on.
 *
 * PERF: only what is returned is allocated (benchmarks/message/message-layer.ts).
 */
export function findParameter(
  text: string,
  start: number,
  end: number,
  lowerCaseName: string,
): ParameterSpan | undefined {
  let offset = start;

  for (;;) {
    const semicolon = skipTo(SEMICOLON, text, offset, end);

    if (semicolon === -1) {
      return undefined;
    }

    const nameStart = skipLws(text, semicolon + 1, end);
    const nameEnd = skipToken(text, nameStart, end);
    const equals = skipTo(EQUALS, text, nameEnd, end);
    const valueStart = equals === -1 ? nameEnd : skipLws(text, equals + 1, end);
    const valueEnd = equals === -1 ? nameEnd : skipGenericValue(text, valueStart, end);

    if (valueEnd < 0) {
      return undefined;
    }

    if (isSameName(text, nameStart, nameEnd, lowerCaseName)) {
      return { valueStart, valueEnd };
    }

    offset = valueEnd;
  }
}

/** Whether the text from `start` to `end`, a token, is the name, whatever its case. */
export function isSameName(text: string, start: number, end: number, lowerCaseName: string): boolean {
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
