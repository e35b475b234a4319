/**
 * Targets that lately failed, and are skipped for a while (RFC 3263 section
 * 4.3). One list for the whole server: what is dead is dead for every profile.
 *
 * SECURITY: a target may be a shared address (a NAT, a gateway) with a silent
 * phone behind it. So a timeout is only a suspicion; several different
 * transactions in a row must time out, without a sign of life in between,
 * before the target is listed. Failures of a flow (RFC 5626) are never
 * reported here: they say nothing of the address. Whether the list is used at
 * all (`use_blacklist`) is up to the caller.
 */
import type { Target } from "../transport/target.ts";
import type { Clock } from "../util/clock.ts";

/** With what a request fails that has no other target than a listed one. */
export interface BlacklistCause {
  readonly status: number;
  readonly reason: string;
  /** A `RoutingErrorCode`. */
  readonly code: string;
}

export interface BlacklistEntry extends BlacklistCause {
  /** Time of the clock, in milliseconds, from which the target is used again. */
  readonly expiresAtMs: number;
}

export interface TargetBlacklistOptions {
  readonly clock: Clock;
  /** Consecutive timeouts that list a target. Default 3. */
  readonly timeoutsToList?: number | undefined;
  /** Longest pause between two timeouts that count as consecutive, in milliseconds. Default 120,000. */
  readonly suspicionMs?: number | undefined;
  /** Listed and suspected targets, each; the oldest give way. Default 10,000. */
  readonly maxEntries?: number | undefined;
}

interface Suspicion {
  timeouts: number;
  lastTimeoutAtMs: number;
}

/** Limits of `blacklist_time` and of `addTargetToBlacklist`, in seconds. */
export const MIN_BLACKLIST_SECONDS = 2;
export const MAX_BLACKLIST_SECONDS = 600;

const CLIENT_TIMEOUT: BlacklistCause = { status: 408, reason: "Client Timeout", code: "client_timeout" };
const CONNECTION_ERROR: BlacklistCause = {
  status: 500,
  reason: "Connection Error",
  code: "connection_error",
};
const TLS_VALIDATION_FAILED: BlacklistCause = {
  status: 500,
  reason: "TLS Validation Failed",
  code: "tls_validation_failed",
};
const BLACKLISTED: BlacklistCause = {
  status: 403,
  reason: "Destination Blacklisted",
  code: "destination_blacklisted",
};
// RFC 3261 section 16.7 step 6: a 503 is never passed on; the request fails with 500.
const SERVICE_UNAVAILABLE: BlacklistCause = {
  status: 500,
  reason: "Service Unavailable",
  code: "destination_blacklisted",
};

export class TargetBlacklist {
  readonly #clock: Clock;
  readonly #timeoutsToList: number;
  readonly #suspicionMs: number;
  readonly #maxEntries: number;
  /** In order of listing. */
  readonly #entries = new Map<string, BlacklistEntry>();
  /** In order of the last timeout. */
  readonly #suspicions = new Map<string, Suspicion>();

  constructor(options: TargetBlacklistOptions) {
    this.#clock = options.clock;
    this.#timeoutsToList = options.timeoutsToList ?? 3;
    this.#suspicionMs = options.suspicionMs ?? 120_000;
    this.#maxEntries = options.maxEntries ?? 10_000;
  }

  /** Targets listed at present, those included whose time is over and that nobody asked for since. */
  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a target that is not to be tried now. */
  find(target: Target): BlacklistEntry | undefined {
    // PERF: most of the time nothing is listed, and no key is built.
    if (this.#entries.size === 0) {
      return undefined;
    }

    const key = keyOf(target);
    const entry = this.#entries.get(key);

    if (entry !== undefined && entry.expiresAtMs <= this.#clock.now()) {
      this.#entries.delete(key);

      return undefined;
    }

    return entry;
  }

  /**
   * Lists a target for 2 to 600 seconds (other values are moved to the nearest
   * of these), with the answer that requests get which have no other target.
   */
  add(target: Target, seconds: number, cause: BlacklistCause = BLACKLISTED): void {
    const key = keyOf(target);

    this.#suspicions.delete(key);
    setNewest(this.#entries, key, toEntry(cause, this.#clock.now(), seconds), this.#maxEntries);
  }

  /** A client transaction ended without any response (Timer B or F). */
  reportTimeout(target: Target, seconds: number): void {
    const key = keyOf(target);
    const now = this.#clock.now();
    const known = this.#suspicions.get(key);
    const isConsecutive = known !== undefined && now - known.lastTimeoutAtMs <= this.#suspicionMs;
    const timeouts = isConsecutive ? known.timeouts + 1 : 1;

    if (timeouts >= this.#timeoutsToList) {
      this.add(target, seconds, CLIENT_TIMEOUT);
    } else {
      setNewest(this.#suspicions, key, { timeouts, lastTimeoutAtMs: now }, this.#maxEntries);
    }
  }

  /** A connection could not be opened or broke before an answer, or ICMP said that nobody is there. */
  reportConnectionError(target: Target, seconds: number): void {
    this.add(target, seconds, CONNECTION_ERROR);
  }

  /** `onServerTlsHandshake`, or the check of the certificate, refused the peer. */
  reportTlsRefusal(target: Target, seconds: number): void {
    this.add(target, seconds, TLS_VALIDATION_FAILED);
  }

  /**
   * A 503 came (RFC 3261 section 21.5.4): listed for its Retry-After, or else
   * for `seconds`.
   */
  report503(target: Target, retryAfterSeconds: number | undefined, seconds: number): void {
    this.add(target, retryAfterSeconds ?? seconds, SERVICE_UNAVAILABLE);
  }

  /** Any response but a 503 came: the target lives. A listing by timeouts ends; other listings stay. */
  reportResponse(target: Target): void {
    // PERF: for each response; nothing is built while nobody is suspected.
    if (this.#suspicions.size === 0 && this.#entries.size === 0) {
      return;
    }

    const key = keyOf(target);

    this.#suspicions.delete(key);

    if (this.#entries.get(key)?.code === CLIENT_TIMEOUT.code) {
      this.#entries.delete(key);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#suspicions.clear();
  }
}

function keyOf(target: Target): string {
  return `${target.transport}:${target.ip}:${target.port}`;
}

function toEntry(cause: BlacklistCause, now: number, seconds: number): BlacklistEntry {
  const bounded = Math.min(MAX_BLACKLIST_SECONDS, Math.max(MIN_BLACKLIST_SECONDS, seconds));

  return {
    status: cause.status,
    reason: cause.reason,
    code: cause.code,
    expiresAtMs: now + bounded * 1000,
  };
}

function setNewest<Value>(map: Map<string, Value>, key: string, value: Value, maxEntries: number): void {
  map.delete(key);
  map.set(key, value);

  if (map.size > maxEntries) {
    const oldest = map.keys().next();

    if (!oldest.done) {
      map.delete(oldest.value);
    }
  }
}
