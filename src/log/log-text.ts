/**
 * Turns whatever was logged into text that is safe on a line. SECURITY: a peer
 * decides what User-Agent or a URI holds; a line break in it would forge a log
 * line, an escape sequence would reach the terminal of whoever reads it.
 */
import { inspect } from "node:util";

/** C0, DEL, C1, line and paragraph separators, and the marks that reorder a line (bidirectional controls). */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const HAS_UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  const short = SHORT_ESCAPES.get(character);

  if (short !== undefined) {
    return short;
  }

  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : jsonEscape(character);
}

function jsonEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The text with every control character written as an escape; line breaks too. */
export function escapeControls(text: string): string {
  return HAS_UNSAFE.test(text) ? text.replace(UNSAFE, escapeCharacter) : text;
}

/** For JSON text, whose strings may hold some controls raw: escapes that JSON readers undo. */
export function escapeControlsInJson(json: string): string {
  return HAS_UNSAFE.test(json) ? json.replace(UNSAFE, jsonEscape) : json;
}

/** An object as a person reads it, on one line if it can be; never throws. */
export function inspectSafely(value: unknown): string {
  try {
    return inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY, compact: true });
  } catch {
    return "(a value that cannot be shown)";
  }
}

export interface LogText {
  /** What the line says; may hold control characters. */
  readonly text: string;
  /** Lines that belong below it: the stack of an error. */
  readonly details: readonly string[];
}

/** What was logged, as text; never throws. */
export function describeLogged(message: unknown): LogText {
  if (typeof message === "string") {
    return { text: message, details: [] };
  }

  return isError(message)
    ? { text: errorTitle(message), details: errorDetails(message) }
    : { text: inspectSafely(message), details: [] };
}

export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** `TypeError: what happened`. */
export function errorTitle(error: Error): string {
  try {
    return error.message === "" ? String(error.name) : `${error.name}: ${error.message}`;
  } catch {
    return "(an error that cannot be shown)";
  }
}

/** Causes of causes, and errors of an AggregateError, that are shown. */
const MAX_CAUSES = 8;
const MAX_DETAIL_LINES = 100;

/** Where the error comes from, what else it holds, and the same of its causes; never throws. */
export function errorDetails(error: Error): string[] {
  const lines: string[] = [];
  const waiting: unknown[] = [error];

  for (let count = 0; count < MAX_CAUSES && waiting.length > 0; count++) {
    const current = waiting.shift();

    if (count > 0) {
      lines.push(`caused by: ${isError(current) ? errorTitle(current) : inspectSafely(current)}`);
    }

    if (isError(current)) {
      try {
        collectDetails(current, lines, waiting);
      } catch {
        lines.push("(details that cannot be shown)");
      }
    }
  }

  return lines.slice(0, MAX_DETAIL_LINES);
}

function collectDetails(error: Error, lines: string[], waiting: unknown[]): void {
  const { cause, errors, message: _message, stack, ...rest } = error as Error & { errors?: unknown };

  // The head of a stack repeats the title, with whatever line breaks a message has: only the frames count.
  lines.push(
    ...String(stack ?? "")
      .split("\n")
      .filter((line) => /^\s*at /.test(line)),
  );

  if (Object.keys(rest).length > 0) {
    lines.push(inspectSafely(rest));
  }

  if (cause !== undefined) {
    waiting.push(cause);
  }

  if (Array.isArray(errors)) {
    waiting.push(...errors.slice(0, MAX_CAUSES));
  }
}
