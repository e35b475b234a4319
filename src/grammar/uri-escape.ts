/**
 * Between the escaped text of a URI's parts and the text that people read
 * (RFC 3261 sections 19.1.2 and 25.1, RFC 2396 section 2.4). Escapes above
 * 7f are UTF-8.
 */
import { HeaderValueError } from "../errors/errors.ts";
import { CHAR_CLASS, UNRESERVED } from "./char-class.ts";
import { skipRun } from "./character-run.ts";

const ESCAPE = /%[0-9A-Fa-f]{2}/g;
const ESCAPES = /(?:%[0-9A-Fa-f]{2})+/g;
const ESCAPES_OR_OTHERS = /(?:%[0-9A-Fa-f]{2})+|[^%]+|%/g;

/**
 * The text without its escapes.
 *
 * SECURITY: control characters, and bytes that are no UTF-8, stay escaped: a
 * peer cannot put a NUL or a line break into what the user's code compares,
 * looks up or logs.
 */
export function unescapeText(escaped: string): string {
  return escaped.includes("%") ? escaped.replace(ESCAPES, unescapeRun) : escaped;
}

function unescapeRun(run: string): string {
  const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
  let result = "";

  for (let i = 0; i < bytes.length; ) {
    const length = sequenceLength(bytes[i] as number);
    const character = bytes.toString("utf8", i, i + length);

    if (isReadable(character, bytes, i)) {
      result += character;
      i += length;
    } else {
      result += run.slice(i * 3, i * 3 + 3);
      i++;
    }
  }

  return result;
}

/** How many bytes a UTF-8 sequence has that begins with this one; 1 for a byte that begins none. */
function sequenceLength(first: number): number {
  if (first < 0xc2 || first > 0xf4) {
    return 1;
  }

  if (first < 0xe0) {
    return 2;
  }

  return first < 0xf0 ? 3 : 4;
}

/** Whether what was decoded is one character, and not a control character. */
function isReadable(character: string, bytes: Buffer, offset: number): boolean {
  const code = character.codePointAt(0) as number;

  if (code === 0xfffd) {
    // Either this very character, or the mark of what is no UTF-8.
    return bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
  }

  return code >= 0x20 && (code < 0x7f || code > 0x9f);
}

/**
 * The text with everything escaped that is not of the classes, a percent sign
 * always: it is plain text.
 *
 * @param what names the value in the error.
 * @throws {HeaderValueError} when the value is no string, or holds CR, LF or NUL.
 */
export function escapeText(text: string, classes: number, what: string): string {
  requireWritable(text, what);

  return skipRun(text, 0, text.length, classes) === text.length ? text : escapeBytes(text, classes);
}

/** `escapeText` for text that may have escapes already, which stay. */
export function escapeUnescaped(text: string, classes: number): string {
  return text.replace(ESCAPES_OR_OTHERS, (part) =>
    part.length > 1 && part.startsWith("%") ? part : escapeBytes(part, classes),
  );
}

function escapeBytes(text: string, classes: number): string {
  let result = "";

  for (const byte of Buffer.from(text, "utf8")) {
    result +=
      ((CHAR_CLASS[byte] as number) & classes) !== 0
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }

  return result;
}

/** @throws {HeaderValueError} when the value is no string, or holds CR, LF or NUL. */
export function requireWritable(value: string, what: string): void {
  if (typeof value !== "string") {
    throw new HeaderValueError(`the ${what} must be a string, not ${typeof value}`);
  }

  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);

    if (code === 0x0d || code === 0x0a || code === 0) {
      throw new HeaderValueError(`the ${what} holds CR, LF or NUL at offset ${i}`);
    }
  }
}

/**
 * The form in which equal parts are equal texts, but for case: RFC 3261
 * section 19.1.4 makes a character equal to its escape unless it is one of
 * the reserved set of RFC 2396. A number sign, which only a received user part
 * has unescaped, becomes its escape.
 */
export function normalizeEscapes(escaped: string): string {
  const text = escaped.includes("#") ? escaped.replaceAll("#", "%23") : escaped;

  return text.includes("%") ? text.replace(ESCAPE, normalizeEscape) : text;
}

function normalizeEscape(triplet: string): string {
  const code = Number.parseInt(triplet.slice(1), 16);

  return ((CHAR_CLASS[code] as number) & UNRESERVED) !== 0
    ? String.fromCharCode(code)
    : triplet.toUpperCase();
}
