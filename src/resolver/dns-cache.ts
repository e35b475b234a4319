/**
 * Answers of the DNS, each for as long as its records say (RFC 1035 section
 * 3.2.1), negative ones too (RFC 2308). Bounded; the least recently used give
 * way. No timers: an answer that is too old is seen to be so when it is asked
 * for. Whoever asks names the longest time that it accepts, so profiles with
 * different `dns_cache_time` share one cache.
 */
import type { Clock } from "../util/clock.ts";
import type { DnsAnswer, QuestionType } from "./dns-record.ts";

export interface DnsCacheOptions {
  readonly clock: Clock;
  /** Answers kept. Default 10,000. */
  readonly maxEntries?: number | undefined;
  /** Longest time for "no such record", in seconds. Default 300. */
  readonly maxNegativeSeconds?: number | undefined;
  /** For lookups that failed, and for "no such record" without a time of its own, in seconds. Default 3. */
  readonly failureSeconds?: number | undefined;
}

interface CacheEntry {
  readonly answer: DnsAnswer<QuestionType>;
  readonly storedAtMs: number;
  readonly lifetimeSeconds: number;
}

export class DnsCache {
  /** Questions that were answered from here, and those that were not, since the start. */
  hits = 0;
  misses = 0;
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #maxNegativeSeconds: number;
  readonly #failureSeconds: number;
  /** In order of the last use. */
  readonly #entries = new Map<string, CacheEntry>();

  constructor(options: DnsCacheOptions) {
    this.#clock = options.clock;
    this.#maxEntries = options.maxEntries ?? 10_000;
    this.#maxNegativeSeconds = options.maxNegativeSeconds ?? 300;
    this.#failureSeconds = options.failureSeconds ?? 3;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The answer, if it is still good and not older than `maxAgeSeconds`. `name` is lower-case. */
  get<Type extends QuestionType>(
    name: string,
    type: Type,
    maxAgeSeconds: number,
  ): DnsAnswer<Type> | undefined {
    const answer = this.#find(name, type, maxAgeSeconds);

    if (answer === undefined) {
      this.misses++;
    } else {
      this.hits++;
    }

    return answer;
  }

  #find<Type extends QuestionType>(
    name: string,
    type: Type,
    maxAgeSeconds: number,
  ): DnsAnswer<Type> | undefined {
    const key = `${type} ${name}`;
    const entry = this.#entries.get(key);

    if (entry === undefined) {
      return undefined;
    }

    const ageMs = this.#clock.now() - entry.storedAtMs;

    this.#entries.delete(key);

    if (ageMs >= entry.lifetimeSeconds * 1000) {
      return undefined;
    }

    this.#entries.set(key, entry);

    return ageMs < maxAgeSeconds * 1000 ? (entry.answer as DnsAnswer<Type>) : undefined;
  }

  /** Keeps an answer that was just got. One that is good for no time is not kept (RFC 1035: "zero values"). */
  set<Type extends QuestionType>(name: string, type: Type, answer: DnsAnswer<Type>): void {
    const key = `${type} ${name}`;
    const lifetimeSeconds = this.#lifetimeOf(answer);

    this.#entries.delete(key);

    if (lifetimeSeconds <= 0) {
      return;
    }

    this.#entries.set(key, { answer, storedAtMs: this.#clock.now(), lifetimeSeconds });

    if (this.#entries.size > this.#maxEntries) {
      const oldest = this.#entries.keys().next();

      if (!oldest.done) {
        this.#entries.delete(oldest.value);
      }
    }
  }

  /** On reload. */
  clear(): void {
    this.#entries.clear();
  }

  #lifetimeOf(answer: DnsAnswer<QuestionType>): number {
    switch (answer.outcome) {
      case "records":
        return answer.ttlSeconds;
      case "none":
        return Math.min(this.#maxNegativeSeconds, answer.ttlSeconds ?? this.#failureSeconds);
      default:
        return this.#failureSeconds;
    }
  }
}
