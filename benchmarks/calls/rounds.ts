/**
 * The rounds of one scenario: the contenders take turns, so that a change of
 * the machine's speed meets all of them. They are started once; the rates
 * follow each other from the lowest on.
 *
 * A call costs its proxy CPU also after it has ended: timers of transactions,
 * garbage. So what a round has cost is counted until the contender's next one
 * starts, less what the contender uses in that time when it has nothing to do.
 * What compiles itself as it runs is let run for a while before, and at each
 * rate one round that does not count leaves behind what any round finds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Contender, Server } from "./contender.ts";
import { runLoad } from "./load.ts";
import { choosePort } from "./port.ts";
import type { Scenario } from "./scenario.ts";
import { type Round, Track } from "./track.ts";

const IDLE_MS = 4_000;
/** Longer than the longest timer that a call leaves behind: 64*T1, 32 seconds. */
export const AFTERMATH_MS = 34_000;

export interface RoundsOptions {
  readonly scenario: Scenario;
  readonly contenders: readonly Contender[];
  /** Calls a second, the lowest first. */
  readonly rates: readonly number[];
  /** Length of a round. */
  readonly seconds: number;
  /** For how long each contender gets calls at the first rate before its rounds. */
  readonly warmUpSeconds: number;
  /** Rounds that count. */
  readonly rounds: number;
  readonly onProgress: (text: string) => void;
  /** Called when the rounds of a rate are done. */
  readonly onOutcomes: (rate: number, outcomes: readonly Outcome[]) => void;
}

export interface Outcome {
  readonly name: string;
  readonly rounds: readonly Round[];
}

export async function measure(options: RoundsOptions): Promise<void> {
  const calleePort = choosePort();
  const tracks: Track[] = [];

  try {
    for (const contender of options.contenders) {
      const { transport, isOutbound } = options.scenario;
      const ports = { port: choosePort(), calleePort };

      tracks.push(new Track(await Server.start(contender, { transport, isOutbound, ...ports })));
    }

    await measureIdleRates(tracks);

    for (const track of tracks) {
      options.onProgress(`warm-up: ${track.server.contender.name}`);
      await callThrough(track, options, calleePort, options.rates[0] ?? 0, options.warmUpSeconds);
    }

    for (const rate of options.rates) {
      await measureRate(tracks, options, calleePort, rate);
      options.onOutcomes(
        rate,
        tracks.map(({ server, rounds }) => ({ name: server.contender.name, rounds })),
      );
    }
  } finally {
    await Promise.all(tracks.map(({ server }) => server.stop()));
  }
}

async function measureRate(
  tracks: readonly Track[],
  options: RoundsOptions,
  calleePort: number,
  rate: number,
): Promise<void> {
  const { rounds, seconds, onProgress } = options;
  let turnsMs = 0;

  for (let round = 0; round <= rounds; round++) {
    // Who goes first changes.
    const order = tracks.map((_, index) => tracks[(index + round) % tracks.length] as Track);
    const startedAt = performance.now();

    for (const track of order) {
      track.endRound();

      if (round === 1) {
        // The one before does not count.
        track.rounds = [];
      }

      await callThrough(track, options, calleePort, rate, seconds);
      onProgress(`${rate}/s, round ${round} of ${rounds}: ${track.server.contender.name}${lastOf(track)}`);
    }

    turnsMs = performance.now() - startedAt;
  }

  // As long as the others took before the contender's next turn in the rounds before.
  await sleep(Math.min(AFTERMATH_MS, turnsMs * (1 - 1 / tracks.length)));

  for (const track of tracks) {
    track.endRound();
  }
}

async function callThrough(
  track: Track,
  { scenario }: RoundsOptions,
  calleePort: number,
  rate: number,
  seconds: number,
): Promise<void> {
  const calls = Math.round(rate * seconds);

  track.startRound(calls);
  track.noteLoad(
    await runLoad({
      scenario,
      server: track.server,
      calleePort,
      callerPort: choosePort(),
      calls,
      rate,
      onSecond: () => track.observeMemory(),
    }),
  );
}

function lastOf(track: Track): string {
  const round = track.rounds.at(-1);

  return round === undefined
    ? ""
    : `, ${round.failed} failed, ${round.retransmissions} sent again, setup ${round.setupP50Ms.toFixed(2)} ms`;
}

async function measureIdleRates(tracks: readonly Track[]): Promise<void> {
  // What a start leaves to do is done by then.
  await sleep(IDLE_MS / 2);

  const ends = tracks.map((track) => track.watchIdle());

  await sleep(IDLE_MS);

  for (const end of ends) {
    end();
  }
}
