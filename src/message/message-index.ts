/**
 * The one pass over a received message: start line, header lines and where
 * the body begins (RFC 3261 section 7). Values are not looked into here.
 */
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { HeaderLine } from "./header-line.ts";
import { HEADER_NAME_TABLE } from "./header-names.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/** What the pass over the header lines found. */
export interface HeaderScan {
  readonly lines: HeaderLine[];
  /** After the empty line; where the scan stopped when `fault` is set. */
  readonly bodyStart: number;
  readonly fault: GrammarFault | undefined;
}

/** Offset of the first CRLF from `start` on; -1 when there is none before `end`. */
export function findLineEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let offset = start; offset + 1 < end; offset++) {
    if (bytes[offset] === CR && bytes[offset + 1] === LF) {
      return offset;
    }
  }

  return -1;
}

/**
 * Finds the header lines from `start`, the first byte after the start line, to
 * the empty line. `text` is `bytes` as latin1. After a line without a colon
 * the others are there all the same, so that the message can be answered;
 * after a bad byte in a value, only those before it.
 */
export function scanHeaderLines(
  bytes: Uint8Array,
  text: string,
  start: number,
  end: number,
  maxHeaderCount: number,
): HeaderScan {
  const lines: HeaderLine[] = [];
  let offset = start;
  let fault: GrammarFault | undefined;

  for (;;) {
    if (bytes[offset] === CR && bytes[offset + 1] === LF && offset + 1 < end) {
      return { lines, bodyStart: offset + 2, fault };
    }

    if (lines.length === maxHeaderCount) {
      return { lines, bodyStart: offset, fault: fault ?? new GrammarFault("header-count", offset) };
    }

    // HCOLON = *( SP / HTAB ) ":" SWS
    const lineStart = offset;
    let state = HEADER_NAME_TABLE.start;

    for (; offset < end; offset++) {
      const byteClass = HEADER_NAME_TABLE.byteClass[bytes[offset] as number] as number;

      if (byteClass === 0) {
        break;
      }

      state = HEADER_NAME_TABLE.step(state, byteClass);
    }

    const nameEnd = offset;

    while (offset < end && (bytes[offset] === SPACE || bytes[offset] === TAB)) {
      offset++;
    }

    if (nameEnd === lineStart || offset >= end || bytes[offset] !== COLON) {
      fault ??= new GrammarFault(offset >= end ? "CRLF" : "HCOLON", offset);
      offset = skipLine(bytes, offset, end);

      if (offset >= end) {
        return { lines, bodyStart: offset, fault };
      }

      continue;
    }

    offset++;

    // The value, with its folds, to the CRLF that no white space follows.
    const valueStart = skipLeadingSpace(bytes, offset, end);
    let isFolded = false;
    let quotes: QuotedPairFinder | undefined;

    offset = valueStart;

    for (;;) {
      // PERF: everything but line ends and control bytes leaves this loop at its first test (benchmarks/message/message-layer.ts).
      let byte = offset < end ? (bytes[offset] as number) : 0;

      while (byte >= SPACE && byte !== DELETE) {
        offset++;
        byte = offset < end ? (bytes[offset] as number) : 0;
      }

      if (offset >= end) {
        return { lines, bodyStart: offset, fault: fault ?? new GrammarFault("CRLF", offset) };
      }

      if (byte === CR && bytes[offset + 1] === LF && offset + 1 < end) {
        const next = offset + 2 < end ? (bytes[offset + 2] as number) : 0;

        if (next !== SPACE && next !== TAB) {
          break;
        }

        isFolded = true;
        offset += 3;
      } else if (byte === TAB) {
        offset++;
      } else {
        quotes ??= new QuotedPairFinder(bytes, valueStart);

        if (quotes.endsAt(offset)) {
          offset++;
          continue;
        }

        return { lines, bodyStart: offset, fault: fault ?? new GrammarFault("header-value", offset) };
      }
    }

    const id = HEADER_NAME_TABLE.idOf(state);
    const valueEnd = trimEnd(bytes, valueStart, offset);

    offset += 2;
    lines.push(new HeaderLine(id, text, lineStart, nameEnd, valueStart, valueEnd, offset, isFolded));
  }
}

/** Offset of the line after the one at `start`; `end` when there is none. */
function skipLine(bytes: Uint8Array, start: number, end: number): number {
  const lineEnd = findLineEnd(bytes, start, end);

  return lineEnd === -1 ? end : lineEnd + 2;
}

/** SWS after the colon: spaces, tabs and folds. */
function skipLeadingSpace(bytes: Uint8Array, start: number, end: number): number {
  let offset = start;

  for (;;) {
    const byte = offset < end ? bytes[offset] : 0;

    if (byte === SPACE || byte === TAB) {
      offset++;
    } else if (
      byte === CR &&
      offset + 2 < end &&
      bytes[offset + 1] === LF &&
      (bytes[offset + 2] === SPACE || bytes[offset + 2] === TAB)
    ) {
      offset += 3;
    } else {
      return offset;
    }
  }
}

function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let offset = end;

  while (offset > start) {
    const byte = bytes[offset - 1];

    if (byte !== SPACE && byte !== TAB && byte !== CR && byte !== LF) {
      break;
    }

    offset--;
  }

  return offset;
}

/**
 * Tells whether a control byte is the second half of a quoted-pair, the one
 * place where RFC 3261 section 25.1 allows it (RFC 4475 section 3.1.1.2). CR
 * and LF are not even allowed there.
 *
 * SECURITY: it goes on from where it stopped, so that a value full of such
 * bytes costs one pass and not one pass for each.
 */
class QuotedPairFinder {
  private readonly bytes: Uint8Array;
  private offset: number;
  private inQuotes = false;

  constructor(bytes: Uint8Array, valueStart: number) {
    this.bytes = bytes;
    this.offset = valueStart;
  }

  /** Whether a quoted-pair ends with the byte at `target`; each call needs a larger `target`. */
  endsAt(target: number): boolean {
    const bytes = this.bytes;

    while (this.offset < target) {
      const byte = bytes[this.offset];

      if (this.inQuotes && byte === BACKSLASH) {
        this.offset += 2;

        if (this.offset === target + 1) {
          return bytes[target] !== CR && bytes[target] !== LF;
        }
      } else {
        this.inQuotes = byte === QUOTE ? !this.inQuotes : this.inQuotes;
        this.offset++;
      }
    }

    return false;
  }
}
