/**
 * How many replies one source address may cause that this server makes
 * without a transaction: over UDP the source may be forged, and the replies
 * then hit its victim.
 *
 * SECURITY: one token bucket for each of a fixed number of classes of
 * addresses, so that no flood of forged addresses grows memory or pushes a
 * bucket out of a table. Two addresses may share a bucket; which ones do cannot
 * be foreseen.
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../util/clock.ts";

export interface ReplyLimits {
  /** Replies a second to one address in the long run. */
  readonly repliesPerSecond: number;
  /** Replies at once to an address that was silent before. */
  readonly burst: number;
}

const BUCKETS = 8192;

export class ReplyLimiter {
  readonly #limits: ReplyLimits;
  readonly #clock: Clock;
  readonly #seed = randomBytes(4).readUInt32LE(0);
  /** Tokens in each bucket at the time in `#times`. */
  readonly #tokens: Float32Array;
  readonly #times = new Float64Array(BUCKETS);

  constructor(limits: ReplyLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#tokens = new Float32Array(BUCKETS).fill(limits.burst);
    this.#times.fill(clock.now());
  }

  /** Whether one more reply may go to this address; counts it if so. */
  tryTake(ip: string): boolean {
    const bucket = this.#bucketOf(ip);
    const nowMs = this.#clock.now();
    const gained = ((nowMs - (this.#times[bucket] as number)) / 1000) * this.#limits.repliesPerSecond;
    const tokens = Math.min(this.#limits.burst, (this.#tokens[bucket] as number) + gained);
    const isAllowed = tokens >= 1;

    this.#times[bucket] = nowMs;
    this.#tokens[bucket] = isAllowed ? tokens - 1 : tokens;

    return isAllowed;
  }

  /** Multiply and xor over the characters, as in the FNV hash, from a start that peers do not know. */
  #bucketOf(ip: string): number {
    let hash = this.#seed;

    for (let i = 0; i < ip.length; i++) {
      hash = Math.imul(hash ^ ip.charCodeAt(i), 0x01000193);
    }

    return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
  }
}
