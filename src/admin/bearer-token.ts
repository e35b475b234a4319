/** Whether a request brings the token that is asked for (RFC 6750 section 2.1). */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

export class BearerToken {
  readonly #key = randomBytes(32);
  readonly #expected: Buffer;

  constructor(token: string) {
    // White space at its ends cannot be sent: HTTP takes it off.
    this.#expected = this.#digest(Buffer.from(token.trim(), "utf8"));
  }

  /**
   * @param authorization the header field, if there is one.
   *
   * SECURITY: takes the same time whatever is wrong, for tokens of any length:
   * their codes under a random key are compared.
   */
  isIn(authorization: string | undefined): boolean {
    const scheme = authorization?.slice(0, 7).toLowerCase();
    const token = scheme === "bearer " ? (authorization?.slice(7).trim() ?? "") : "";

    // An HTTP header field has one character a byte.
    return timingSafeEqual(this.#digest(Buffer.from(token, "latin1")), this.#expected);
  }

  #digest(token: Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(token).digest();
  }
}
