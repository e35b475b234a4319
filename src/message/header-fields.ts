/**
 * The header lines of a message and the interface to read and edit them by
 * name (RFC 3261 section 7.3). Names are matched without case and in compact
 * form; values are counted, not lines.
 */
import { decodeText, encodeText } from "../grammar/text-encoding.ts";
import { skipWhitespace, trimWhitespaceEnd } from "../grammar/whitespace.ts";
import {
  allValues,
  appendValue,
  findLine,
  firstValue,
  insertValue,
  insertValueBelow,
  removeFirstLine,
  removeFirstValue,
  removeLines,
  replaceFirstValue,
  setValues,
  valuesOfLine,
} from "./header-edits.ts";
import type { HeaderLine } from "./header-line.ts";
import {
  canonicalHeaderName,
  HEADER_ID,
  type HeaderName,
  headerNameOfId,
  resolveHeaderName,
} from "./header-names.ts";
import { requireHeaderName, requireHeaderValue } from "./header-value.ts";

export abstract class HeaderFields {
  /** The lines as they are now. Edited only by the methods below. @internal */
  readonly lines: HeaderLine[];

  /** @internal */
  protected constructor(lines: HeaderLine[]) {
    this.lines = lines;
  }

  /**
   * Told before lines are read or edited by name: edits of typed values must
   * be in them. `readId` is the number of the header field that is read.
   *
   * @internal
   */
  protected abstract settleTypedEdits(readId?: number): void;

  /** Told after the lines of this header field changed: what was parsed from them is stale. @internal */
  protected abstract headerEdited(id: number): void;

  /** The first value of the header field; undefined when there is none. */
  header(name: string): string | undefined {
    const resolved = resolveHeaderName(name);

    this.settleTypedEdits(resolved.id);

    const value = firstValue(this.lines, resolved);

    return value === undefined ? undefined : decodeText(value);
  }

  /** Every value of the header field from the top down; empty when there is none. */
  headerAll(name: string): string[] {
    const resolved = resolveHeaderName(name);

    this.settleTypedEdits(resolved.id);

    return allValues(this.lines, resolved).map(decodeText);
  }

  /** Whether there is a line of this header field, be it without a value. */
  hasHeader(name: string): boolean {
    const resolved = resolveHeaderName(name);

    this.settleTypedEdits(resolved.id);

    return findLine(this.lines, resolved) !== -1;
  }

  /**
   * Replaces every value of the header field, each new one on a line of its
   * own where the first one stood, or at the end of the header. An empty
   * array removes the header field.
   *
   * @throws {HeaderValueError} on a name that is no token, or a value with CR, LF, NUL or another control character.
   */
  setHeader(name: string, value: string | readonly string[]): void {
    const resolved = requireName(name);
    const texts = Array.isArray(value) ? value : [value];

    this.settleTypedEdits();
    setValues(
      this.lines,
      resolved,
      texts.map((text) => requireValue(resolved, text)),
    );
    this.headerEdited(resolved.id);
  }

  /** Removes the header field and returns the values that it had; undefined when it was absent. */
  deleteHeader(name: string): string[] | undefined {
    const resolved = resolveHeaderName(name);
    const values = this.headerAll(name);
    const removed = removeLines(this.lines, resolved);

    this.headerEdited(resolved.id);

    return removed === 0 ? undefined : values;
  }

  /** Removes and returns the first value; undefined when there is none. */
  deleteHeaderTop(name: string): string | undefined {
    const resolved = resolveHeaderName(name);

    this.settleTypedEdits();

    const removed = removeFirstValue(this.lines, resolved);

    this.headerEdited(resolved.id);

    return removed === undefined ? undefined : decodeText(removed);
  }

  /**
   * Adds a value before the others of its header field; a header field that
   * was absent goes to the very top of the message.
   *
   * @throws {HeaderValueError} on a name that is no token, or a value with CR, LF, NUL or another control character.
   */
  insertHeader(name: string, value: string): void {
    const resolved = requireName(name);
    const raw = requireValue(resolved, value);

    this.settleTypedEdits();
    this.insertRawValue(resolved, raw);
  }

  /**
   * Adds a value after the others of its header field; a header field that
   * was absent goes to the end of the header.
   *
   * @throws {HeaderValueError} on a name that is no token, or a value with CR, LF, NUL or another control character.
   */
  appendHeader(name: string, value: string): void {
    const resolved = requireName(name);
    const raw = requireValue(resolved, value);

    this.settleTypedEdits();
    appendValue(this.lines, resolved, raw);
    this.headerEdited(resolved.id);
  }

  /**
   * Puts a value in the place of the first one. A header field that was
   * absent goes to the end of the header.
   *
   * @throws {HeaderValueError} on a name that is no token, or a value with CR, LF, NUL or another control character.
   */
  replaceHeaderTop(name: string, value: string): void {
    const resolved = requireName(name);
    const raw = requireValue(resolved, value);

    this.settleTypedEdits();
    replaceFirstValue(this.lines, resolved, raw);
    this.headerEdited(resolved.id);
  }

  /** Every header field by its canonical name, each with its values, in the order of the message. A snapshot. */
  get headers(): ReadonlyMap<string, readonly string[]> {
    const result = new Map<string, string[]>();

    this.settleTypedEdits(HEADER_ID.CONTENT_LENGTH);

    for (const line of this.lines) {
      const known = headerNameOfId(line.id);
      const name = known?.canonical ?? canonicalHeaderName(line.name);
      const values = result.get(name) ?? [];

      result.set(name, values);

      for (const value of valuesOfLine(line, known ?? { isList: false })) {
        values.push(decodeText(value));
      }
    }

    return result;
  }

  /**
   * `insertHeader` for the server's own values, which are known to be clean.
   *
   * @internal
   */
  insertRawValue(name: HeaderName, rawValue: string): void {
    insertValue(this.lines, name, rawValue);
    this.headerEdited(name.id);
  }

  /** As `insertRawValue`, but a header field that was absent goes below the last line of `neighbour`. @internal */
  insertRawValueBelow(name: HeaderName, rawValue: string, neighbour: HeaderName): void {
    insertValueBelow(this.lines, name, rawValue, neighbour);
    this.headerEdited(name.id);
  }

  /** @internal */
  removeRawTopValue(name: HeaderName): void {
    removeFirstValue(this.lines, name);
    this.headerEdited(name.id);
  }

  /** Removes the first line of the header field, be there several values on it. @internal */
  removeRawTopLine(name: HeaderName): void {
    removeFirstLine(this.lines, name);
    this.headerEdited(name.id);
  }

  /** @internal */
  replaceRawTopValue(name: HeaderName, rawValue: string): void {
    replaceFirstValue(this.lines, name, rawValue);
    this.headerEdited(name.id);
  }
}

function requireName(name: string): HeaderName {
  const resolved = resolveHeaderName(name);

  if (resolved.id === 0) {
    requireHeaderName(name);
  }

  return resolved;
}

function requireValue(name: HeaderName, value: string): string {
  requireHeaderValue(name.canonical, value);

  // The white space around a value is no part of it (RFC 3261 section 7.3.1).
  const start = skipWhitespace(value, 0, value.length);

  return encodeText(value.slice(start, trimWhitespaceEnd(value, start, value.length)));
}
