/**
 * One header line of a message: a window on the text it came in, or on a text
 * of its own when this server wrote it. Never changed after it was made, so
 * that copies of a message can share it.
 */
import { unfold } from "../grammar/whitespace.ts";

const ID_MASK = 0xff;
const FOLDED = 0x100;
const NAME_LENGTH_SHIFT = 9;

export class HeaderLine {
  /**
   * Header number, whether folded, and length of the name. PERF: together in
   * one small integer, since a message has many lines and its memory is
   * mostly theirs (test/fuzz/mutation-fuzz.test.ts).
   */
  private readonly packed: number;
  /** The text that the offsets refer to, one character a byte. */
  readonly source: string;
  /** Where the line, and so its name, begins. */
  readonly start: number;
  /** The value without the white space around it. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** After the line's CRLF. */
  readonly end: number;

  constructor(
    id: number,
    source: string,
    start: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    end: number,
    isFolded: boolean,
  ) {
    this.packed = id | (isFolded ? FOLDED : 0) | ((nameEnd - start) << NAME_LENGTH_SHIFT);
    this.source = source;
    this.start = start;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.end = end;
  }

  /** Number from `header-names.ts`; 0 for a header field that is not known there. */
  get id(): number {
    return this.packed & ID_MASK;
  }

  /** Whether the value goes over several lines. */
  get isFolded(): boolean {
    return (this.packed & FOLDED) !== 0;
  }

  get nameEnd(): number {
    return this.start + (this.packed >>> NAME_LENGTH_SHIFT);
  }

  /** The name as it stands in the line. */
  get name(): string {
    return this.source.slice(this.start, this.nameEnd);
  }

  /** The value without folding, one character a byte. */
  get rawValue(): string {
    const value = this.source.slice(this.valueStart, this.valueEnd);

    return this.isFolded ? unfold(value) : value;
  }
}

/** A line written by this server; `rawValue` has one character a byte and was checked by the caller. */
export function makeHeaderLine(id: number, name: string, rawValue: string): HeaderLine {
  const source = `${name}: ${rawValue}\r\n`;
  const valueStart = name.length + 2;

  return new HeaderLine(
    id,
    source,
    0,
    name.length,
    valueStart,
    valueStart + rawValue.length,
    source.length,
    false,
  );
}
