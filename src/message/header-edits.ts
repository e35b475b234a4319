/**
 * The header interface on an array of header lines, on values: a line of a
 * list header counts as the values it holds (RFC 3261 section 7.3.1). Lines
 * that an edit does not concern stay as they are.
 */
import { findListElementEnd, splitList } from "../grammar/list-value.ts";
import { skipWhitespace, trimWhitespaceEnd } from "../grammar/whitespace.ts";
import { type HeaderLine, makeHeaderLine } from "./header-line.ts";
import { HEADER_ID, type HeaderName } from "./header-names.ts";

/** Whether the line is of this header field, compact or full, in any case. */
function isLineOf(line: HeaderLine, name: HeaderName): boolean {
  return (
    line.id === name.id &&
    (name.id !== HEADER_ID.UNKNOWN ||
      (line.nameEnd - line.start === name.lowerCase.length && line.name.toLowerCase() === name.lowerCase))
  );
}

/** Index of the first line of this header field from `from` on; -1 when there is none. */
export function findLine(lines: readonly HeaderLine[], name: HeaderName, from = 0): number {
  for (let i = from; i < lines.length; i++) {
    if (isLineOf(lines[i] as HeaderLine, name)) {
      return i;
    }
  }

  return -1;
}

function findLastLine(lines: readonly HeaderLine[], name: HeaderName): number {
  for (let i = lines.length - 1; i >= 0; i--) {
    if (isLineOf(lines[i] as HeaderLine, name)) {
      return i;
    }
  }

  return -1;
}

/** The values of one line, without folding, one character a byte. An empty line of a list header has none. */
export function valuesOfLine(line: HeaderLine, name: Pick<HeaderName, "isList">): string[] {
  const value = line.rawValue;

  return name.isList ? splitList(value) : [value];
}

/** The first value; undefined when there is none. */
export function firstValue(lines: readonly HeaderLine[], name: HeaderName): string | undefined {
  for (let i = findLine(lines, name); i !== -1; i = findLine(lines, name, i + 1)) {
    const line = lines[i] as HeaderLine;

    if (!name.isList) {
      return line.rawValue;
    }

    const [value] = valuesOfLine(line, name);

    if (value !== undefined) {
      return value;
    }
  }

  return undefined;
}

/** Every value, from the top of the message down. */
export function allValues(lines: readonly HeaderLine[], name: HeaderName): string[] {
  const values: string[] = [];

  for (let i = findLine(lines, name); i !== -1; i = findLine(lines, name, i + 1)) {
    // SECURITY: one by one: a call with as many arguments as a peer has values in a line would overflow the stack.
    for (const value of valuesOfLine(lines[i] as HeaderLine, name)) {
      values.push(value);
    }
  }

  return values;
}

/** Removes every line of the header field. Returns how many there were. */
export function removeLines(lines: HeaderLine[], name: HeaderName, from = 0): number {
  let kept = from;

  for (let i = from; i < lines.length; i++) {
    const line = lines[i] as HeaderLine;

    if (!isLineOf(line, name)) {
      lines[kept++] = line;
    }
  }

  const removed = lines.length - kept;

  lines.length = kept;

  return removed;
}

/** Removes the first line of the header field, with every value that is on it. */
export function removeFirstLine(lines: HeaderLine[], name: HeaderName): void {
  const index = findLine(lines, name);

  if (index !== -1) {
    removeLine(lines, index);
  }
}

/** PERF: as `insertLine`. */
function removeLine(lines: HeaderLine[], index: number): void {
  for (let i = index + 1; i < lines.length; i++) {
    lines[i - 1] = lines[i] as HeaderLine;
  }

  lines.pop();
}

/** PERF: `splice` makes an array of what it removed, be it nothing (benchmarks/message/message-layer.ts). */
function insertLine(lines: HeaderLine[], index: number, line: HeaderLine): void {
  lines.push(line);

  for (let i = lines.length - 1; i > index; i--) {
    lines[i] = lines[i - 1] as HeaderLine;
  }

  lines[index] = line;
}

/** Replaces every value; the new lines stand where the first one stood, or at the end. */
export function setValues(lines: HeaderLine[], name: HeaderName, values: readonly string[]): void {
  const first = findLine(lines, name);
  const added = values.map((value) => makeHeaderLine(name.id, name.canonical, value));

  if (first === -1) {
    lines.push(...added);

    return;
  }

  removeLines(lines, name, first);
  lines.splice(first, 0, ...added);
}

/** Puts a value before the others; a new header field goes to the top of the message. */
export function insertValue(lines: HeaderLine[], name: HeaderName, value: string): void {
  insertLine(lines, Math.max(findLine(lines, name), 0), makeHeaderLine(name.id, name.canonical, value));
}

/** Puts a value before the others; a new header field goes below the last line of `neighbour`. */
export function insertValueBelow(
  lines: HeaderLine[],
  name: HeaderName,
  value: string,
  neighbour: HeaderName,
): void {
  const first = findLine(lines, name);
  const place = first === -1 ? findLastLine(lines, neighbour) + 1 : first;

  insertLine(lines, place, makeHeaderLine(name.id, name.canonical, value));
}

/** Puts a value after the others; a new header field goes to the end. */
export function appendValue(lines: HeaderLine[], name: HeaderName, value: string): void {
  const last = findLastLine(lines, name);

  insertLine(lines, last === -1 ? lines.length : last + 1, makeHeaderLine(name.id, name.canonical, value));
}

/** Removes the first value and returns it; undefined when there is none. */
export function removeFirstValue(lines: HeaderLine[], name: HeaderName): string | undefined {
  return editFirstValue(lines, name, undefined);
}

/** Puts a value in the place of the first one; without one, does what `appendValue` does. */
export function replaceFirstValue(lines: HeaderLine[], name: HeaderName, value: string): void {
  if (editFirstValue(lines, name, value) === undefined) {
    appendValue(lines, name, value);
  }
}

function editFirstValue(
  lines: HeaderLine[],
  name: HeaderName,
  replacement: string | undefined,
): string | undefined {
  for (let i = findLine(lines, name); i !== -1; i = findLine(lines, name, i + 1)) {
    const line = lines[i] as HeaderLine;
    const values = valuesOfLine(line, name);
    const first = values[0];
    const hasOthers = values.length > 1;

    if (first === undefined) {
      continue;
    }

    if (replacement === undefined && !hasOthers) {
      removeLine(lines, i);
    } else {
      const rest = hasOthers ? textAfterFirstElement(line.rawValue) : "";
      const value = replacement === undefined ? rest : rest === "" ? replacement : `${replacement}, ${rest}`;

      lines[i] = makeHeaderLine(name.id, line.name, value);
    }

    return first;
  }

  return undefined;
}

/** What follows the first element that is not empty, spelled as it was. */
function textAfterFirstElement(value: string): string {
  let start = 0;
  let isEmpty = true;

  while (isEmpty && start < value.length) {
    const end = findListElementEnd(value, start, value.length);

    isEmpty = skipWhitespace(value, start, end) === end;
    start = end + 1;
  }

  return value.slice(
    skipWhitespace(value, start, value.length),
    trimWhitespaceEnd(value, start, value.length),
  );
}
