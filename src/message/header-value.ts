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

/** @throws {HeaderValueError} when the value is no string, or holds CR, LF or NUL. */
export function requireHeaderValue(name: string, value: string): void {
  if (typeof value !== "string") {
    throw new HeaderValueError(`the value of ${name} must be a string, not ${typeof value}`);
  }

  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);

    if (code === 0x0d || code === 0x0a || code === 0) {
      throw new HeaderValueError(`the value of ${name} holds CR, LF or NUL at offset ${i}`);
    }
  }
}

/** @throws {HeaderValueError} when a reason phrase holds CR, LF or NUL. */
export function requireReasonPhrase(text: string): void {
  requireHeaderValue("the reason phrase", text);
}
