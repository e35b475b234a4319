/** What one contender did in the rounds of one rate, and what that has cost. */
import type { Server } from "./contender.ts";
import type { LoadResult } from "./load.ts";
import { treeCpuUs, treeMemoryBytes } from "./process-usage.ts";
import { percentile } from "./statistics.ts";

/** One round; not all of it is known before the next one starts. */
export interface Round {
  /** Microseconds of CPU a call. */
  cpuUs: number;
  readonly setupP50Ms: number;
  readonly setupP99Ms: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly peakMemoryBytes: number;
}

export class Track {
  readonly server: Server;
  rounds: Round[] = [];
  /** Microseconds of CPU a second when there is nothing to do. */
  #idleRate = 0;
  /** Clock and CPU when the round under way started. */
  #startedAt = 0;
  #cpuAtStart = 0;
  /** 0 when no round is under way. */
  #calls = 0;
  #peakMemoryBytes = 0;

  constructor(server: Server) {
    this.server = server;
  }

  /** Takes what it uses until the returned function is called for what it uses when idle. */
  watchIdle(): () => void {
    const startedAt = performance.now();
    const before = treeCpuUs(this.server.pid);

    return () => {
      const seconds = (performance.now() - startedAt) / 1000;

      this.#idleRate = (treeCpuUs(this.server.pid) - before) / seconds;
    };
  }

  observeMemory(): void {
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, treeMemoryBytes(this.server.pid));
  }

  /** What the server uses from now on belongs to a round that makes so many calls. */
  startRound(calls: number): void {
    this.#startedAt = performance.now();
    this.#cpuAtStart = treeCpuUs(this.server.pid);
    this.#calls = calls;
    this.#peakMemoryBytes = 0;
  }

  /** The calls are made; their aftermath still counts. */
  noteLoad({ setupTimesMs, failed, retransmissions }: LoadResult): void {
    this.observeMemory();
    this.rounds.push({
      cpuUs: Number.NaN,
      setupP50Ms: percentile(setupTimesMs, 0.5),
      setupP99Ms: percentile(setupTimesMs, 0.99),
      failed,
      retransmissions,
      peakMemoryBytes: this.#peakMemoryBytes,
    });
  }

  /** The round under way, if there is one, ends here with all that it left behind. */
  endRound(): void {
    const round = this.rounds.at(-1);

    if (round === undefined || this.#calls === 0) {
      return;
    }

    const idleUs = (this.#idleRate * (performance.now() - this.#startedAt)) / 1000;

    round.cpuUs = (treeCpuUs(this.server.pid) - this.#cpuAtStart - idleUs) / this.#calls;
    this.#calls = 0;
  }
}
