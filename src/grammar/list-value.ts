/**
 * Comma-separated header values (RFC 3261 section 7.3.1). Commas inside
 * quoted strings and inside angle brackets do not separate.
 */
import { skipWhitespace, trimWhitespaceEnd } from "./whitespace.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const BACKSLASH = 0x5c;

/** Offset of the comma that ends the list element starting at `start`; `end` when it is the last one. */
export function findListElementEnd(text: string, start: number, end: number): number {
  let inQuotes = false;
  let inBrackets = false;

  for (let offset = start; offset < end; offset++) {
    const code = text.charCodeAt(offset);

    if (inQuotes) {
      if (code === BACKSLASH) {
        offset++;
      } else if (code === QUOTE) {
        inQuotes = false;
      }
    } else if (code === QUOTE) {
      inQuotes = true;
    } else if (code === LESS_THAN) {
      inBrackets = true;
    } else if (code === GREATER_THAN) {
      inBrackets = false;
    } else if (code === COMMA && !inBrackets) {
      return offset;
    }
  }

  return end;
}

/** The elements of a list, without the white space around them. Empty elements are left out. */
export function splitList(text: string): string[] {
  const elements: string[] = [];

  for (let start = 0; start <= text.length; ) {
    const end = findListElementEnd(text, start, text.length);
    const first = skipWhitespace(text, start, end);
    const last = trimWhitespaceEnd(text, first, end);

    if (last > first) {
      elements.push(text.slice(first, last));
    }

    start = end + 1;
  }

  return elements;
}
