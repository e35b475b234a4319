/**
 * telephone-uri after its scheme (RFC 3966 section 3): a global or a local
 * number and its parameters.
 */
import { ALPHA, CHAR_CLASS, DIGIT, HEX, PARAM_UNRESERVED, UNRESERVED } from "./char-class.ts";
import { faultAt, skipEscapedRun, skipUricRun } from "./character-run.ts";
import type { GrammarFault } from "./grammar-fault.ts";
import { skipHostname } from "./host.ts";
import type { UriLayout } from "./uri-layout.ts";

const HASH = 0x23;
const ASTERISK = 0x2a;
const PLUS = 0x2b;
const HYPHEN = 0x2d;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

const VISUAL_SEPARATORS = /[-.()]/g;

/**
 * Scans what follows the scheme's colon as far as it can belong to the URI.
 * `layout`, when given, is filled unless there is a fault.
 *
 * INTEROP: a local number without phone-context is accepted, although RFC
 * 3966 section 5.1.5 wants one: phones dial emergency and service numbers
 * (tel:112) that way, and the old product took them.
 *
 * @returns the offset after the URI. When it is not where the URI should end, the character there is the fault.
 */
export function scanTelUri(
  text: string,
  start: number,
  end: number,
  layout: UriLayout | undefined,
): number | GrammarFault {
  const isGlobal = start < end && text.charCodeAt(start) === PLUS;
  const numberEnd = isGlobal ? skipGlobalNumber(text, start, end) : skipLocalNumber(text, start, end);

  if (numberEnd < 0) {
    return faultAt(isGlobal ? "global-number-digits" : "local-number-digits", text, ~numberEnd, end);
  }

  let offset = numberEnd;

  while (offset < end && text.charCodeAt(offset) === SEMICOLON) {
    offset = skipTelParameter(text, offset, end);

    if (offset < 0) {
      return faultAt("par", text, ~offset, end);
    }
  }

  if (layout !== undefined) {
    layout.userStart = start;
    layout.userEnd = numberEnd;
    layout.parametersStart = numberEnd;
    layout.parametersEnd = offset;
  }

  return offset;
}

/** The number in the form in which equal ones are equal texts: no visual separators, lower case. */
export function normalizeNumber(number: string): string {
  return number.replace(VISUAL_SEPARATORS, "").toLowerCase();
}

/** Whether the whole text is a global or a local number, with or without visual separators. */
export function isTelephoneNumber(text: string): boolean {
  const isGlobal = text.charCodeAt(0) === PLUS;
  const numberEnd = isGlobal ? skipGlobalNumber(text, 0, text.length) : skipLocalNumber(text, 0, text.length);

  return numberEnd === text.length;
}

/** Whether the whole text, which begins with the semicolon, is one parameter. */
export function isTelParameter(text: string): boolean {
  return skipTelParameter(text, 0, text.length) === text.length;
}

/** "+" *phonedigit DIGIT *phonedigit. A fault is the complement of its offset. */
function skipGlobalNumber(text: string, start: number, end: number): number {
  let offset = start + 1;
  let hasDigit = false;

  for (; offset < end; offset++) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & DIGIT) !== 0) {
      hasDigit = true;
    } else if (!isVisualSeparator(code)) {
      break;
    }
  }

  return hasDigit ? offset : ~offset;
}

/** *phonedigit-hex ( HEXDIG / "*" / "#" ) *phonedigit-hex. A fault is the complement of its offset. */
function skipLocalNumber(text: string, start: number, end: number): number {
  let offset = start;
  let hasDigit = false;

  for (; offset < end; offset++) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & HEX) !== 0 || code === ASTERISK || code === HASH) {
      hasDigit = true;
    } else if (!isVisualSeparator(code)) {
      break;
    }
  }

  return hasDigit ? offset : ~offset;
}

/** visual-separator = "-" / "." / "(" / ")" */
function isVisualSeparator(code: number): boolean {
  return code === 0x28 || code === 0x29 || code === 0x2d || code === 0x2e;
}

/** par = ";" pname [ "=" pvalue ], with the values of the names that RFC 3966 defines. A fault is the complement of its offset. */
function skipTelParameter(text: string, start: number, end: number): number {
  const nameStart = start + 1;
  let offset = nameStart;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & (ALPHA | DIGIT)) === 0 && code !== HYPHEN) {
      break;
    }

    offset++;
  }

  if (offset === nameStart) {
    return ~offset;
  }

  const name = text.slice(nameStart, offset).toLowerCase();

  if (offset < end && text.charCodeAt(offset) === EQUALS) {
    return skipTelParameterValue(text, name, offset + 1, end);
  }

  // The three names of RFC 3966 have a value always.
  return name === "isub" || name === "ext" || name === "phone-context" ? ~offset : offset;
}

function skipTelParameterValue(text: string, name: string, start: number, end: number): number {
  switch (name) {
    case "phone-context": {
      return start < end && text.charCodeAt(start) === PLUS
        ? skipGlobalNumber(text, start, end)
        : skipHostname(text, start, end, false);
    }
    case "ext": {
      const offset = skipPhoneDigits(text, start, end);

      return offset === start ? ~offset : offset;
    }
    case "isub": {
      const offset = skipUntilSemicolon(text, start, end);

      return offset === start ? ~offset : offset;
    }
    default: {
      const offset = skipEscapedRun(text, start, end, UNRESERVED | PARAM_UNRESERVED);

      return offset === start ? ~offset : offset;
    }
  }
}

/** 1*phonedigit */
function skipPhoneDigits(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & DIGIT) === 0 && !isVisualSeparator(code)) {
      break;
    }

    offset++;
  }

  return offset;
}

/** 1*uric, of which the semicolon can only be the start of the next parameter. */
function skipUntilSemicolon(text: string, start: number, end: number): number {
  const semicolon = text.indexOf(";", start);

  return skipUricRun(text, start, semicolon === -1 ? end : Math.min(semicolon, end));
}
