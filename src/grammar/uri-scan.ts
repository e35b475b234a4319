/**
 * The scanner of a whole URI: sip, sips (RFC 3261 section 19.1), tel (RFC
 * 3966) and absoluteURI of any other scheme (RFC 3261 section 25.1, RFC 2396).
 */
import { ALPHA, CHAR_CLASS, DIGIT, URIC } from "./char-class.ts";
import { faultAt, skipEscapedRun } from "./escaped-run.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { scanSipUri } from "./sip-uri.ts";
import { scanTelUri } from "./tel-uri.ts";
import type { UriKind, UriLayout } from "./uri-layout.ts";

const PLUS = 0x2b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;

/** ASCII letters differ in this bit between upper and lower case. */
const CASE_BIT = 0x20;

/**
 * Checks that the text from `start` to `end` is a URI, all of it.
 *
 * @param layout filled when given and the URI is good; otherwise its content says nothing.
 */
export function scanUri(
  text: string,
  start: number,
  end: number,
  layout: UriLayout | undefined,
): GrammarFault | undefined {
  const schemeEnd = skipScheme(text, start, end);

  if (schemeEnd < 0) {
    return new GrammarFault("scheme", ~schemeEnd);
  }

  const kind = kindOfScheme(text, start, schemeEnd);

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

function kindOfScheme(text: string, start: number, end: number): UriKind {
  const length = end - start;

  if (length !== 3 && length !== 4) {
    return "other";
  }

  const first = text.charCodeAt(start) | CASE_BIT;
  const second = text.charCodeAt(start + 1) | CASE_BIT;
  const third = text.charCodeAt(start + 2) | CASE_BIT;

  if (first === 0x73 && second === 0x69 && third === 0x70) {
    if (length === 3) {
      return "sip";
    }

    return (text.charCodeAt(start + 3) | CASE_BIT) === 0x73 ? "sips" : "other";
  }

  return length === 3 && first === 0x74 && second === 0x65 && third === 0x6c ? "tel" : "other";
}

/**
 * hier-part / opaque-part, as one run of uric: what else the two rules ask is
 * where slashes and question marks stand, which means nothing to a server
 * that keeps the URI whole.
 */
function scanAbsoluteUri(text: string, start: number, end: number): GrammarFault | undefined {
  const offset = skipEscapedRun(text, start, end, URIC);

  return offset < end || offset === start ? faultAt("absoluteURI", text, offset, end) : undefined;
}
