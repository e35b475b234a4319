/**
 * The answers that the transport layer itself gives: to requests that are
 * refused as malformed, before any transaction sees them (RFC 3261 section
 * 8.2.7, stateless UAS).
 */
import { createHmac } from "node:crypto";
import type { ParseFailure } from "../message/parse-failure.ts";
import { buildResponse } from "../message/response-builder.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

/** The branch and Call-ID are among the first characters of any sane request. */
const TAGGED_CHARACTERS = 2_048;

export class StatelessReply {
  readonly #key: Buffer;
  readonly #prefix: string;

  /** @param secret the server's; keeps tags apart from what a peer could guess. */
  constructor(secret: Uint8Array) {
    this.#key = createHmac("sha256", secret).update("stateless reply").digest();
    this.#prefix = `${this.#key.toString("hex", 0, 4)}.`;
  }

  /** The answer to a failure; undefined when it asks for none. */
  build(failure: ParseFailure): SipResponse | undefined {
    const { disposition, request, statusCode, reasonPhrase } = failure;

    if (disposition !== "answer" || request === undefined || statusCode === undefined) {
      return undefined;
    }

    return buildResponse(request, { statusCode, reasonPhrase, toTag: this.#toTag(request) });
  }

  /** Whether an ACK is for such an answer, and so for nobody else (RFC 3261 section 17.1.1.3). */
  isAnsweredBy(ack: SipRequest): boolean {
    return ack.toTag?.startsWith(this.#prefix) === true;
  }

  /** Section 8.2.7: the same for a retransmission, without any state. */
  #toTag(request: SipRequest): string {
    const tag = createHmac("sha256", this.#key).update(request.text.slice(0, TAGGED_CHARACTERS), "latin1");

    return this.#prefix + tag.digest("hex").slice(0, 16);
  }
}
