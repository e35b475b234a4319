/**
 * The rounds of one scenario at one rate: the contenders take turns, so that
 * a change of the machine's speed meets all of them.
 *
 * A call costs its proxy CPU also after it has ended: timers of transactions,
 * garbage. So what a round has cost is counted until the contender's next one
 * starts, less what the contender uses in that time when it has nothing to do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Contender, Server } from "./contenders.ts";
import { runLoad } from "./load.ts";
import { choosePort } from "./port.ts";
import { treeCpuUs, treeMemoryBytes } from "./process-usage.ts";
import type { Scenario } from "./scenario.ts";

const IDLE_MS = 4_000;
/** Longer than the longest timer that a call leaves behind: 64*T1, 32 seconds. */
const AFTERMATH_MS = 34_000;

export interface RoundsOptions {
  readonly scenario: Scenario;
  readonly contenders: readonly Contender[];
  /** Calls a second. */
  readonly rate: number;
  /** Length of a round. */
  readonly seconds: number;
  /** Rounds that count; one before them does not. */
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
}

export interface Outcome {
  readonly name: string;
  /** Microseconds of CPU a call, one for each round. */
  readonly cpuUs: readonly number[];
  readonly failed: number;
  readonly retransmissions: number;
  readonly peakMemoryBytes: number;
}

interface Track {
  readonly server: Server;
  /** Microseconds of CPU a second when there is nothing to do. */
  idleRate: number;
  /** Clock and CPU when the round under way started. */
  startedAt: number;
  cpuAtStart: number;
  readonly cpuUs: number[];
  failed: number;
  retransmissions: number;
  peakMemoryBytes: number;
}

export async function measure(options: RoundsOptions): Promise<Outcome[]> {
  const { scenario, rate, seconds, rounds, onProgress } = options;
  const calls = Math.round(rate * seconds);
  const calleePort = choosePort();
  const tracks: Track[] = [];

  try {
    for (const contender of options.contenders) {
      const port = choosePort();
      const server = await Server.start(contender, { scenario, port, calleePort });

      tracks.push(newTrack(server));
    }

    await measureIdleRates(tracks);

    for (let round = 0; round <= rounds; round++) {
      // Who goes first changes.
      const order = tracks.map((_, index) => tracks[(index + round) % tracks.length] as Track);

      for (const track of order) {
        endRound(track, calls, round >= 2);

        const callerPort = choosePort();
        const result = await runLoad({
          scenario,
          proxyPort: track.server.port,
          calleePort,
          callerPort,
          calls,
          rate,
          onSecond: () => {
            track.peakMemoryBytes = Math.max(track.peakMemoryBytes, treeMemoryBytes(track.server.pid));
          },
        });

        if (round > 0) {
          track.failed += result.failed;
          track.retransmissions += result.retransmissions;
        }

        onProgress(`round ${round} of ${rounds}: ${track.server.contender.name}, ${result.failed} failed`);
      }
    }

    await sleep(AFTERMATH_MS);

    for (const track of tracks) {
      endRound(track, calls, true);
    }
  } finally {
    await Promise.all(tracks.map(({ server }) => server.stop()));
  }

  return tracks.map(({ server, ...track }) => ({ ...track, name: server.contender.name }));
}

function newTrack(server: Server): Track {
  return {
    server,
    idleRate: 0,
    startedAt: 0,
    cpuAtStart: 0,
    cpuUs: [],
    failed: 0,
    retransmissions: 0,
    peakMemoryBytes: 0,
  };
}

async function measureIdleRates(tracks: readonly Track[]): Promise<void> {
  // What a start leaves to do is done by then.
  await sleep(IDLE_MS / 2);

  const before = tracks.map(({ server }) => treeCpuUs(server.pid));

  await sleep(IDLE_MS);
  tracks.forEach((track, index) => {
    track.idleRate = ((treeCpuUs(track.server.pid) - (before[index] ?? 0)) * 1000) / IDLE_MS;
  });
}

/** The round of before, if it counts, ends where the next one starts. */
function endRound(track: Track, calls: number, counts: boolean): void {
  const now = performance.now();
  const cpu = treeCpuUs(track.server.pid);

  if (counts) {
    const idleUs = (track.idleRate * (now - track.startedAt)) / 1000;

    track.cpuUs.push((cpu - track.cpuAtStart - idleUs) / calls);
  }

  track.startedAt = now;
  track.cpuAtStart = cpu;
}
