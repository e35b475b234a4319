/**
 * What may be written into a message. SECURITY: a name that is no token, or a
 * value with a line break, would let whoever supplies it add header fields or
 * whole messages (docs/reference/errors.md, OVERSIP_ERR_HEADER_VALUE).
 */
import { HeaderValueError } from "../errors/errors.ts";
import { isClass, TOKEN } from "../grammar/char-class.ts";

/** @throws {HeaderValueError} when the name is no token of RFC 3261 section 25.1. */
export function requireHeaderName(name: string): void {
  if (typeof name !== "string" || name === "") {
    throw new HeaderValueError("a header name must be a string of one character or more");
  }

  for (let i = 0; i < name.length; i++) {
    if (!isClass(name.charCodeAt(i), TOKEN)) {
      throw new HeaderValueError(
        `header name ${JSON.stringify(name)} has a character that RFC 3261 does not allow in one, at offset ${i}`,
      );
    }
  }
}

const NUL = 0x00;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

/**
 * A control character may only stand behind a backslash, in a quoted-pair (RFC
 * 3261 section 25.1): no element would read the message otherwise. CR, LF and
 * NUL may not even stand there.
 *
 * @throws {HeaderValueError} when the value is no string, or holds a control character that it cannot hold.
 */
export function requireHeaderValue(name: string, value: string): void {
  if (typeof value !== "string") {
    throw new HeaderValueError(`the value of ${name} must be a string, not ${typeof value}`);
  }

  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);

    if (code === CR || code === LF || code === NUL) {
      throw new HeaderValueError(`the value of ${name} holds CR, LF or NUL at offset ${i}`);
    }

    if (isControl(code) && (i === 0 || value.charCodeAt(i - 1) !== BACKSLASH)) {
      throw new HeaderValueError(`the value of ${name} holds a control character at offset ${i}`);
    }
  }
}

/** @throws {HeaderValueError} when a reason phrase is no string or holds a control character other than a tab. */
export function requireReasonPhrase(text: string): void {
  requireHeaderValue("the reason phrase", text);

  for (let i = 0; i < text.length; i++) {
    if (isControl(text.charCodeAt(i))) {
      throw new HeaderValueError(`the reason phrase holds a control character at offset ${i}`);
    }
  }
}

function isControl(code: number): boolean {
  return (code < SPACE && code !== TAB) || code === DELETE;
}
