/**
 * The pass over the header lines of a message. Nearly every message has
 * nothing but plain lines, `Name: value` without folding, tabs or control
 * bytes, and those are found fast here; anything else is left to the exact
 * scan of message-index.ts, which both must agree with.
 *
 * PERF: line ends are found by the runtime's own search, and control bytes
 * are counted four at a time (benchmarks/message/message-layer.ts).
 */
import { ControlByteCounter } from "./control-bytes.ts";
import { HeaderLine } from "./header-line.ts";
import { CLASS_BITS } from "./header-name-table.ts";
import { HEADER_NAME_TABLE } from "./header-names.ts";
import { type HeaderScan, scanHeaderLines } from "./message-index.ts";

const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;

/** Each line has two control bytes, its CR and its LF, and so has the empty line. */
const CONTROL_BYTES_PER_LINE = 2;

export class HeaderScanner {
  readonly #controlBytes: ControlByteCounter;
  readonly #maxHeaderCount: number;

  constructor(maxHeaderBlockBytes: number, maxHeaderCount: number) {
    this.#controlBytes = new ControlByteCounter(maxHeaderBlockBytes);
    this.#maxHeaderCount = maxHeaderCount;
  }

  /** As `scanHeaderLines`. */
  scan(bytes: Uint8Array, text: string, start: number, end: number): HeaderScan {
    const plain = scanPlainLines(bytes, text, start, end, this.#maxHeaderCount);

    if (plain !== undefined) {
      const controlBytes = this.#controlBytes.count(bytes, start, plain.bodyStart);

      if (controlBytes === CONTROL_BYTES_PER_LINE * (plain.lines.length + 1)) {
        return plain;
      }
    }

    return scanHeaderLines(bytes, text, start, end, this.#maxHeaderCount);
  }
}

/**
 * The lines, if each is a token, a colon and a value that ends at a CRLF and
 * no line begins with white space; undefined otherwise. Control bytes are not
 * looked for.
 */
function scanPlainLines(
  bytes: Uint8Array,
  text: string,
  start: number,
  end: number,
  maxHeaderCount: number,
): HeaderScan | undefined {
  // PERF: locals, since an imported binding is looked up at each use.
  const { byteClass: byteClasses, next } = HEADER_NAME_TABLE;
  const lines: HeaderLine[] = [];
  let offset = start;

  for (;;) {
    // PERF: the search for one character is faster than for two.
    const lineEnd = text.indexOf("\n", offset) - 1;

    if (lineEnd < offset || lineEnd + 2 > end || bytes[lineEnd] !== CR) {
      return undefined;
    }

    if (lineEnd === offset) {
      return { lines, bodyStart: offset + 2, fault: undefined };
    }

    if (lines.length === maxHeaderCount) {
      return undefined;
    }

    let state = HEADER_NAME_TABLE.start;
    let nameEnd = offset;
    let byteClass = byteClasses[bytes[nameEnd] as number] as number;

    while (byteClass !== 0) {
      state = next[(state << CLASS_BITS) | byteClass] as number;
      nameEnd++;
      byteClass = byteClasses[bytes[nameEnd] as number] as number;
    }

    // White space at the start of a line, a fold, is no token either.
    if (bytes[nameEnd] !== COLON || nameEnd === offset) {
      return undefined;
    }

    const valueStart = skipSpaces(bytes, nameEnd + 1, lineEnd);
    const valueEnd = trimSpaces(bytes, valueStart, lineEnd);
    const id = HEADER_NAME_TABLE.idOf(state);

    lines.push(new HeaderLine(id, text, offset, nameEnd, valueStart, valueEnd, lineEnd + 2, false));
    offset = lineEnd + 2;
  }
}

function skipSpaces(bytes: Uint8Array, start: number, end: number): number {
  let offset = start;

  while (offset < end && bytes[offset] === SPACE) {
    offset++;
  }

  return offset;
}

function trimSpaces(bytes: Uint8Array, start: number, end: number): number {
  let offset = end;

  while (offset > start && bytes[offset - 1] === SPACE) {
    offset--;
  }

  return offset;
}
