/**
 * A map that forgets what was not used for a time, and never holds more than
 * a given number of entries.
 *
 * PERF: no timer and no time stamp for each entry. There are two generations;
 * each use moves an entry to the young one, and at the end of a period the old
 * one is dropped whole and the young one grows old. So an entry is forgotten
 * between one and two periods after its last use.
 */
import type { Clock, ClockTimer } from "./clock.ts";

export interface TtlMapOptions {
  /** For this long, in milliseconds, an unused entry is kept for sure unless `maxEntries` is reached. */
  readonly ttlMs: number;
  /** At most this many entries, at least 2. SECURITY: a peer must not grow the map without limit. */
  readonly maxEntries: number;
  readonly clock: Clock;
}

export class TtlMap<Key, Value> {
  readonly #ttlMs: number;
  readonly #maxGenerationEntries: number;
  readonly #clock: Clock;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #timer: ClockTimer | undefined = undefined;
  #generation = 0;

  constructor(options: TtlMapOptions) {
    this.#ttlMs = options.ttlMs;
    this.#maxGenerationEntries = Math.max(1, Math.floor(options.maxEntries / 2));
    this.#clock = options.clock;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Changes whenever entries grow old or are forgotten: until then, using one that was used before changes nothing. */
  get generation(): number {
    return this.#generation;
  }

  /** The value, which counts as a use of it. */
  get(key: Key): Value | undefined {
    const value = this.#young.get(key);

    if (value !== undefined || this.#old.size === 0) {
      return value;
    }

    const oldValue = this.#old.get(key);

    if (oldValue !== undefined) {
      this.set(key, oldValue);
    }

    return oldValue;
  }

  set(key: Key, value: Value): void {
    this.#old.delete(key);
    this.#young.set(key, value);

    if (this.#young.size >= this.#maxGenerationEntries) {
      this.#beginGeneration();
    }

    this.#timer ??= this.#clock.schedule(this.#ttlMs, this.#endPeriod);
  }

  delete(key: Key): void {
    this.#generation++;
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** Forgets everything; no timer is left. */
  clear(): void {
    this.#generation++;
    this.#young.clear();
    this.#old.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #beginGeneration(): void {
    this.#generation++;
    this.#old = this.#young;
    this.#young = new Map();
  }

  readonly #endPeriod = (): void => {
    this.#beginGeneration();
    this.#timer = this.#old.size === 0 ? undefined : this.#clock.schedule(this.#ttlMs, this.#endPeriod);
  };
}
