/**
 * Where a message of a stream ends: the Content-Length of its header block
 * (RFC 3261 section 18.3).
 *
 * PERF: a stream is cut into messages before they are parsed, and a whole scan
 * for that costs as much as the parsing (benchmarks/calls/calls.ts, over TCP).
 * So the plainest form, which nearly every message has, is looked for first.
 */
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { HEADER_ID } from "./header-names.ts";
import { findLineEnd, scanHeaderLines } from "./message-index.ts";
import { parseDecimal } from "./typed-values.ts";

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const ZERO = 0x30;
const LOWER_CASE = 0x20;
const C = 0x63;
const L = 0x6c;

const NAME = Buffer.from("content-length:", "latin1");
const COMPACT_NAME = Buffer.from("l:", "latin1");
/** Always a safe integer. */
const MAX_DIGITS = 9;

/** The value by the grammar; undefined unless there is exactly one good one, and no line is broken. */
export function exactContentLength(block: Buffer, maxHeaderCount: number): number | undefined {
  const lineEnd = findLineEnd(block, 0, block.length);
  const text = block.toString("latin1");
  const { lines, fault } = scanHeaderLines(block, text, lineEnd + 2, block.length, maxHeaderCount);
  const lengths = lines.filter((line) => line.id === HEADER_ID.CONTENT_LENGTH);

  if (fault instanceof GrammarFault || lengths.length !== 1) {
    return undefined;
  }

  return parseDecimal(lengths[0]?.rawValue ?? "", Number.MAX_SAFE_INTEGER);
}

/**
 * The value, or -1 when it is not there exactly once and plain, or a line is
 * folded. What is right about the other lines is not looked at.
 *
 * @param start of the block.
 * @param end after its empty line.
 */
export function quickContentLength(bytes: Uint8Array, start: number, end: number): number {
  let found = -1;
  let offset = start;

  while (offset < end) {
    const first = bytes[offset] as number;

    if (first === SPACE || first === HT) {
      return -1;
    }

    const letter = first | LOWER_CASE;

    if (letter === C || letter === L) {
      const valueStart = skipName(bytes, offset, letter === C ? NAME : COMPACT_NAME);

      if (valueStart !== -1) {
        const value = found === -1 ? plainNumber(bytes, valueStart) : -1;

        if (value === -1) {
          return -1;
        }

        found = value;
      }
    }

    while (offset < end && bytes[offset] !== LF) {
      offset++;
    }

    offset++;
  }

  return found;
}

/** After the colon; -1 when the line has another name, as with white space before the colon. */
function skipName(bytes: Uint8Array, start: number, name: Uint8Array): number {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i] as number;

    if (byte !== name[i] && (byte === COLON || (byte | LOWER_CASE) !== name[i])) {
      return -1;
    }
  }

  return start + name.length;
}

/** -1 unless the line has spaces, digits and its CRLF, and nothing else. */
function plainNumber(bytes: Uint8Array, start: number): number {
  let offset = start;

  while (bytes[offset] === SPACE) {
    offset++;
  }

  const digitsStart = offset;
  let value = 0;

  for (;;) {
    const digit = (bytes[offset] as number) - ZERO;

    if (!(digit >= 0 && digit <= 9)) {
      break;
    }

    value = 10 * value + digit;
    offset++;
  }

  const digits = offset - digitsStart;

  return digits > 0 && digits <= MAX_DIGITS && bytes[offset] === CR && bytes[offset + 1] === LF ? value : -1;
}
