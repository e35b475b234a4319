/**
 * quoted-string (RFC 3261 section 25.1): scanning, reading and writing.
 * Whether bytes above 0x7f are good UTF-8 is not looked at: a proxy passes
 * them on as they are.
 */
import { skipWhitespace, unfold } from "./whitespace.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/**
 * Offset after the quoted string that begins, with its quote, at `start`. A
 * fault is the bitwise complement of its offset.
 */
export function skipQuotedString(text: string, start: number, end: number): number {
  const offset = skipPlainText(text, start + 1, end);

  return offset < end && text.charCodeAt(offset) === QUOTE
    ? offset + 1
    : continueQuotedString(text, offset, end);
}

/** Offset of the first character that is a quote, a backslash, or that needs a closer look. */
function skipPlainText(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (code === QUOTE || code === BACKSLASH || code < SPACE || code === DELETE) {
      break;
    }

    offset++;
  }

  return offset;
}

function continueQuotedString(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (code === QUOTE) {
      return offset + 1;
    }

    if (code === BACKSLASH) {
      // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F)
      const escaped = offset + 1 < end ? text.charCodeAt(offset + 1) : LF;

      if (escaped === LF || escaped === CR || escaped > DELETE) {
        return ~(offset + 1);
      }

      offset += 2;
    } else if (code === TAB) {
      offset++;
    } else {
      // A fold is all that is left to be allowed.
      const afterFold = skipWhitespace(text, offset, end);

      if (afterFold === offset) {
        return ~offset;
      }

      offset = afterFold;
    }

    offset = skipPlainText(text, offset, end);
  }

  return ~end;
}

/** What a valid quoted string, quotes included, stands for. A fold is one space. */
export function unquote(quoted: string): string {
  const content = unfold(quoted.slice(1, -1));

  return content.includes("\\") ? content.replace(/\\(.)/gs, "$1") : content;
}

/**
 * The text as a quoted string. Quotes and backslashes get a backslash, and so
 * do control characters, for which nothing else is allowed.
 *
 * CR and LF cannot be written: the caller must have refused them.
 */
export function quote(text: string): string {
  return `"${text.replace(/["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\\$&")}"`;
}
