/**
 * Runs of URI characters: those of some classes, and `escaped` (RFC 3261
 * section 25.1: "%" HEXDIG HEXDIG). Shared by the scanners of every scheme.
 */
import { CHAR_CLASS, HEX } from "./char-class.ts";
import { GrammarFault } from "./grammar-fault.ts";

const PERCENT = 0x25;

/**
 * Offset of the first character from `start` on that is neither of the
 * classes nor part of a whole escape; at most `end`. A broken escape stops at
 * its percent sign. Characters above 255 are of no class.
 */
export function skipEscapedRun(text: string, start: number, end: number, classes: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (code === PERCENT) {
      if (!isEscape(text, offset, end)) {
        break;
      }

      offset += 3;
    } else if (((CHAR_CLASS[code] as number) & classes) !== 0) {
      offset++;
    } else {
      break;
    }
  }

  return offset;
}

/** Whether a whole escape begins at this percent sign. */
function isEscape(text: string, offset: number, end: number): boolean {
  return offset + 2 < end && isHex(text.charCodeAt(offset + 1)) && isHex(text.charCodeAt(offset + 2));
}

function isHex(code: number): boolean {
  return ((CHAR_CLASS[code] as number) & HEX) !== 0;
}

/**
 * The fault for a character that stopped a run: of the rule given, or of
 * `escaped` when it is a percent sign; then the offset is that of the first
 * character that is no hexadecimal digit.
 */
export function faultAt(rule: string, text: string, offset: number, end: number): GrammarFault {
  if (offset >= end || text.charCodeAt(offset) !== PERCENT || isEscape(text, offset, end)) {
    return new GrammarFault(rule, offset);
  }

  const isFirstDigitGood = offset + 1 < end && isHex(text.charCodeAt(offset + 1));

  return new GrammarFault("escaped", isFirstDigitGood ? offset + 2 : offset + 1);
}
