/**
 * Counts the control bytes of a stretch of bytes, four bytes at a time.
 *
 * PERF: looking at every byte of a header block by itself costs a third of
 * parsing it (benchmarks/message/message-layer.ts).
 */

const LOW_BITS = 0x7f7f7f7f;
const HIGH_BITS = 0x80808080;
/** Added to seven bits, sets the eighth from 0x20 on. */
const TO_SPACE = 0x60606060;
/** Added to seven bits, sets the eighth for 0x7f only. */
const TO_DELETE = 0x01010101;

export class ControlByteCounter {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;

  readonly #capacity: number;

  /** @param capacity how many bytes there may be before the `end` of a stretch. */
  constructor(capacity: number) {
    this.#capacity = capacity;

    const buffer = new ArrayBuffer((capacity + 8) & ~3);

    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
  }

  /**
   * How many bytes from `start` to `end` are below 0x20 or 0x7f; undefined
   * when `end` is above the capacity.
   */
  count(bytes: Uint8Array, start: number, end: number): number | undefined {
    if (end > this.#capacity) {
      return undefined;
    }

    const own = this.#bytes;

    own.set(bytes.length <= this.#capacity ? bytes : bytes.subarray(0, end));

    // Whole words: what of the first and last one lies outside counts for nothing.
    const first = start & ~3;

    for (let offset = first; offset < start; offset++) {
      own[offset] = 0x20;
    }

    const last = (end + 3) & ~3;

    for (let offset = end; offset < last; offset++) {
      own[offset] = 0x20;
    }

    return countInWords(this.#words, first >> 2, last >> 2);
  }
}

function countInWords(words: Int32Array, first: number, last: number): number {
  let count = 0;

  for (let index = first; index < last; index++) {
    const word = words[index] as number;
    const low = word & LOW_BITS;
    // Bit 7 of each byte: set when the byte is below 0x20, or is 0x7f.
    const marks = (~(low + TO_SPACE) | (low + TO_DELETE)) & ~word & HIGH_BITS;

    if (marks !== 0) {
      count += Math.imul((marks >>> 7) & TO_DELETE, TO_DELETE) >>> 24;
    }
  }

  return count;
}
