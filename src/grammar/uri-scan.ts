/**
 * The scanner of a whole URI: sip, sips (RFC 3261 section 19.1), tel (RFC
 * 3966) and absoluteURI of any other scheme (RFC 3261 section 25.1, RFC 2396).
 */
import { ALPHA, CHAR_CLASS, DIGIT } from "./char-class.ts";
import { faultAt, skipUricRun } from "./character-run.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { scanSipUri } from "./sip-uri.ts";
import { scanTelUri } from "./tel-uri.ts";
import type { UriKind, UriLayout } from "./uri-layout.ts";

const PLUS = 0x2b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LOWER_E = 0x65;
const LOWER_I = 0x69;
const LOWER_L = 0x6c;
const LOWER_P = 0x70;
const LOWER_S = 0x73;
const LOWER_T = 0x74;

/** ASCII letters differ in this bit between upper and lower case. */
const CASE_BIT = 0x20;

/**
 * Scans the URI that begins at `start`, as far as its grammar goes. The
 * offset after it is returned; what stands there is the caller's to judge.
 *
 * @param layout filled when given and the URI is good, but for its `end`; otherwise its content says nothing.
 */
export function skipUri(
  text: string,
  start: number,
  end: number,
  layout: UriLayout | undefined,
): number | GrammarFault {
  const kind = kindOfScheme(text, start, end);
  const schemeEnd = kind === "other" ? skipScheme(text, start, end) : start + (kind === "sips" ? 4 : 3);

  if (schemeEnd < 0) {
    return new GrammarFault("scheme", ~schemeEnd);
  }

  if (layout !== undefined) {
    layout.kind = kind;
    layout.schemeEnd = schemeEnd;
  }

  switch (kind) {
    case "sip":
    case "sips": {
      return scanSipUri(text, schemeEnd + 1, end, layout);
    }
    case "tel": {
      return scanTelUri(text, schemeEnd + 1, end, layout);
    }
    default: {
      return scanAbsoluteUri(text, schemeEnd + 1, end);
    }
  }
}

/** Checks that the text from `start` to `end` is a URI, all of it. `layout` as in `skipUri`. */
export function scanUri(
  text: string,
  start: number,
  end: number,
  layout: UriLayout | undefined,
): GrammarFault | undefined {
  const result = skipUri(text, start, end, layout);

  if (typeof result !== "number") {
    return result;
  }

  return result === end ? undefined : faultAt("addr-spec", text, result, end);
}

/** -1 when the text from `start` to `end` is a URI, all of it; otherwise the offset of the first bad character. */
export function validateUri(text: string, start: number, end: number): number {
  const fault = scanUri(text, start, end, undefined);

  return fault === undefined ? -1 : fault.offset;
}

/** scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), then its colon, whose offset is returned. A fault is the complement of its offset. */
function skipScheme(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);
    const classes = CHAR_CLASS[code] as number;

    if (code === COLON) {
      return offset === start ? ~offset : offset;
    }

    if ((classes & ALPHA) === 0) {
      const isLater = (classes & DIGIT) !== 0 || code === PLUS || code === HYPHEN || code === DOT;

      if (!isLater || offset === start) {
        return ~offset;
      }
    }

    offset++;
  }

  return ~offset;
}

/** "other" when the text begins with none of the three schemes and its colon. */
function kindOfScheme(text: string, start: number, end: number): UriKind {
  if (end - start < 4) {
    return "other";
  }

  const first = text.charCodeAt(start) | CASE_BIT;
  const second = text.charCodeAt(start + 1) | CASE_BIT;
  const third = text.charCodeAt(start + 2) | CASE_BIT;
  const fourth = text.charCodeAt(start + 3);

  if (first === LOWER_S && second === LOWER_I && third === LOWER_P) {
    if (fourth === COLON) {
      return "sip";
    }

    const isSips = (fourth | CASE_BIT) === LOWER_S && end - start > 4 && text.charCodeAt(start + 4) === COLON;

    return isSips ? "sips" : "other";
  }

  return first === LOWER_T && second === LOWER_E && third === LOWER_L && fourth === COLON ? "tel" : "other";
}

/**
 * hier-part / opaque-part, as one run of uric: what else the two rules ask is
 * where slashes and question marks stand, which means nothing to a server
 * that keeps the URI whole.
 */
function scanAbsoluteUri(text: string, start: number, end: number): number | GrammarFault {
  const offset = skipUricRun(text, start, end);

  return offset === start ? faultAt("absoluteURI", text, offset, end) : offset;
}
