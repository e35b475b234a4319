/**
 * The To tags of responses that this server makes by itself. A tag is a MAC
 * over what a request and the ACK of its failure response have in common
 * (RFC 3261 section 17.1.1.3), so that such an ACK is recognised although no
 * state was kept, and the same request, repeated, gets the same tag (RFC 3261
 * section 8.2.7).
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { SipRequest } from "../message/sip-request.ts";

/** Tells our tags from others without computing anything. */
const PREFIX = "o1-";
/** Bytes of the MAC: 96 bits. */
const MAC_BYTES = 12;

export class ToTags {
  private readonly secret: Buffer;

  constructor(secret: Buffer) {
    this.secret = secret;
  }

  /** The tag for responses to a request. */
  tagFor(request: SipRequest): string {
    // SECURITY: a line break occurs in none of the fields, so that two different requests are two different texts.
    const text = [
      "to-tag",
      request.callId,
      request.fromTag ?? "",
      String(request.cseq),
      request.topVia.branch ?? "",
    ].join("\n");
    const mac = createHmac("sha256", this.secret).update(text, "latin1").digest();

    return PREFIX + mac.subarray(0, MAC_BYTES).toString("base64url");
  }

  /** Whether an ACK acknowledges a response that has the tag of `tagFor`. */
  isAckOfOwnResponse(ack: SipRequest): boolean {
    const { toTag } = ack;

    if (toTag === undefined || !toTag.startsWith(PREFIX)) {
      return false;
    }

    const received = Buffer.from(toTag, "latin1");
    const expected = Buffer.from(this.tagFor(ack), "latin1");

    return received.length === expected.length && timingSafeEqual(received, expected);
  }
}
