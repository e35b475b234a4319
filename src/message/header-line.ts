/**
 * One header line of a message: a window on the text it came in, or on a text
 * of its own when this server wrote it. Never changed after it was made, so
 * that copies of a message can share it.
 */
import { unfold } from "../grammar/whitespace.ts";

export class HeaderLine {
  /** Number from `header-names.ts`; 0 for a header field that is not known there. */
  readonly id: number;
  /** The text that the offsets refer to, one character a byte. */
  readonly source: string;
  /** Where the line, and so its name, begins. */
  readonly start: number;
  readonly nameEnd: number;
  /** The value without the white space around it. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** After the line's CRLF. */
  readonly end: number;
  /** Whether the value goes over several lines. */
  readonly isFolded: boolean;

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
    this.id = id;
    this.source = source;
    this.start = start;
    this.nameEnd = nameEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.end = end;
    this.isFolded = isFolded;
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
