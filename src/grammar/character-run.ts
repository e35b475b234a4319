/**
 * Runs of characters of some classes, and of URI characters among which there
 * is `escaped` (RFC 3261 section 25.1: "%" HEXDIG HEXDIG).
 *
 * PERF: the loop over characters stands alone in its function. With anything
 * else in it, it takes twice the time (benchmarks/message/message-layer.ts).
 */
import { CHAR_CLASS, HEX, URIC } from "./char-class.ts";
import { GrammarFault } from "./grammar-fault.ts";

const PERCENT = 0x25;

/** Offset of the first character from `start` on that is of none of the classes; at most `end`. None above 255 is. */
export function skipRun(text: string, start: number, end: number, classes: number): number {
  let offset = start;

  while (offset < end && ((CHAR_CLASS[text.charCodeAt(offset)] as number) & classes) !== 0) {
    offset++;
  }

  return offset;
}

/**
 * Offset of the first character from `start` on that is neither of the
 * classes (`URIC` cannot be one of them) nor part of a whole escape; at most
 * `end`. A broken escape stops at its percent sign.
 */
export function skipEscapedRun(text: string, start: number, end: number, classes: number): number {
  const offset = skipRun(text, start, end, classes);

  return offset < end && text.charCodeAt(offset) === PERCENT
    ? continueAfterEscapes(text, offset, end, classes)
    : offset;
}

function continueAfterEscapes(text: string, start: number, end: number, classes: number): number {
  let offset = start;

  while (offset < end && text.charCodeAt(offset) === PERCENT && isEscape(text, offset, end)) {
    offset = skipRun(text, offset + 3, end, classes);
  }

  return offset;
}

/** `skipEscapedRun` for *uric. The class of that name has the percent sign in it, whole escape or not. */
export function skipUricRun(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & URIC) === 0 || (code === PERCENT && !isEscape(text, offset, end))) {
      break;
    }

    offset++;
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
