/** Whether a request brings the token that is asked for (RFC 6750 section 2.1). */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

export class BearerToken {
  readonly #key = randomBytes(32);
  readonly #expected: Buffer;

  constructor(token: string) {
    this.#expected = this.#digest(token);
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

    return timingSafeEqual(this.#digest(token), this.#expected);
  }

  #digest(token: string): Buffer {
    // An HTTP header field has one character a byte.
    return createHmac("sha256", this.#key).update(token, "latin1").digest();
  }
}
