/**
 * Branches of this server and the loops that they reveal (RFC 3261 sections
 * 16.3 step 4 and 16.6 step 8, RFC 5393 section 4.2).
 */
import { randomFillSync } from "node:crypto";
import { HEADER_ID, type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import { LoopHash } from "./loop-hash.ts";

const MAGIC_COOKIE = "z9hG4bK";
const ROUTE: HeaderName = resolveHeaderName("Route");
const PROXY_REQUIRE: HeaderName = resolveHeaderName("Proxy-Require");
const PROXY_AUTHORIZATION: HeaderName = resolveHeaderName("Proxy-Authorization");

/** Random bytes of one branch. */
const UNIQUE_BYTES = 12;
/** PERF: one call for the randomness of many branches (benchmarks/proxy/keyed-hash.ts). */
const POOL_BYTES = UNIQUE_BYTES * 256;

export class LoopDetection {
  /**
   * Of this process alone, also where nodes share `core.secret`: the branch of
   * one node must not look to the next like a loop.
   */
  readonly #hash = new LoopHash();
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #poolOffset = POOL_BYTES;

  /**
   * What decides where a received request goes: the same when it comes back
   * unchanged, another when it was retargeted in between (a spiral). The
   * method is not part of it, so that CANCEL gets what INVITE got.
   */
  hashOf(received: SipRequest): string {
    const hash = this.#hash
      .begin()
      .add(received.requestUriText)
      .add(received.fromTag ?? "")
      .add(received.toTag ?? "")
      .add(received.callId)
      .add(String(received.cseq));

    for (const line of received.lines) {
      if (line.id === ROUTE.id || line.id === PROXY_REQUIRE.id || line.id === PROXY_AUTHORIZATION.id) {
        hash.add(String(line.id));

        if (line.isFolded) {
          hash.add(line.rawValue);
        } else {
          hash.add(line.source, line.valueStart, line.valueEnd);
        }
      }
    }

    return hash.end();
  }

  /**
   * A branch that no other request has; `loopHash` is that of the received
   * request. SECURITY: half of it is random, so nobody who does not see the
   * request can answer it.
   */
  newBranch(loopHash: string): string {
    if (this.#poolOffset === POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#poolOffset = 0;
    }

    const unique = this.#pool.toString("base64url", this.#poolOffset, this.#poolOffset + UNIQUE_BYTES);

    this.#poolOffset += UNIQUE_BYTES;

    return `${MAGIC_COOKIE}${unique}${loopHash}`;
  }

  /** The branch of an ACK that is passed on without a transaction: always the same for the same ACK (section 16.11). */
  statelessBranch(received: SipRequest, loopHash: string): string {
    return `${MAGIC_COOKIE}${this.#hash.begin().add(received.topVia.text).end()}${loopHash}`;
  }

  /**
   * Whether a Via shows that the request was here before and that nothing has
   * changed since. RFC 5393: all of them are looked at, not the topmost alone.
   */
  isLooped(received: SipRequest, loopHash: string): boolean {
    for (const line of received.lines) {
      // No Via has the hash by chance.
      if (line.id === HEADER_ID.VIA && line.rawValue.includes(loopHash)) {
        return true;
      }
    }

    return false;
  }
}
