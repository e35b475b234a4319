/**
 * Linear white space of RFC 3261 section 25.1: LWS = [*WSP CRLF] 1*WSP, so a
 * line break counts as space where a space or tab follows it (folding).
 */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

function isWsp(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Offset of the first character from `start` on that is no LWS; at most `end`. */
export function skipWhitespace(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (code === SPACE || code === TAB) {
      offset++;
    } else if (
      code === CR &&
      offset + 2 < end &&
      text.charCodeAt(offset + 1) === LF &&
      isWsp(text.charCodeAt(offset + 2))
    ) {
      offset += 3;
    } else {
      break;
    }
  }

  return offset;
}

/** Offset after the last character before `end` that is no LWS; at least `start`. */
export function trimWhitespaceEnd(text: string, start: number, end: number): number {
  let offset = end;

  while (offset > start) {
    const code = text.charCodeAt(offset - 1);

    if (code !== SPACE && code !== TAB && code !== LF && code !== CR) {
      break;
    }

    offset--;
  }

  return offset;
}

/**
 * The text with every fold (white space around a line break) made one space,
 * which RFC 3261 section 7.3.1 calls equivalent.
 */
export function unfold(text: string): string {
  let result = "";
  let runStart = 0;
  let lineEnd = text.indexOf("\r\n");

  while (lineEnd !== -1) {
    result += `${text.slice(runStart, trimWhitespaceEnd(text, runStart, lineEnd))} `;
    runStart = skipWhitespace(text, lineEnd, text.length);
    // A line break that is not a fold cannot stand in a header value; going on past it keeps the loop finite.
    runStart = runStart === lineEnd ? lineEnd + 2 : runStart;
    lineEnd = text.indexOf("\r\n", runStart);
  }

  return result + text.slice(runStart);
}
