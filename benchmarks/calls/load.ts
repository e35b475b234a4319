/** The load of one round: a sipp that calls through the proxy, and one that is called. */
import type { Server } from "./contender.ts";
import type { Scenario } from "./scenario.ts";
import { SippProcess } from "./sipp-process.ts";

/** For how long the caller may go on after its last call should have ended: retransmissions give up after 32 seconds. */
const CALLER_PATIENCE_MS = 40_000;
/** For how long the callee may go on after the caller has ended. */
const CALLEE_PATIENCE_MS = 1_000;
/** What a call of the scenarios takes beside its setup, and a start of sipp. */
const CALL_MS = 100;
const START_MS = 20;

export interface LoadOptions {
  readonly scenario: Scenario;
  readonly server: Server;
  readonly calleePort: number;
  readonly callerPort: number;
  readonly calls: number;
  /** Calls a second. */
  readonly rate: number;
  /** How long a call stays up. Default: what the scenario says. */
  readonly holdMs?: number;
  /** Default 40,000. */
  readonly patienceMs?: number;
  /** Whether setup times are wanted. Default true. */
  readonly tracesMessages?: boolean;
  /** Called once a second while the calls are made, with the calls that are up at the caller. */
  readonly onSecond?: (open: number) => void;
}

export interface LoadResult {
  readonly calls: number;
  /** Calls that did not go as the scenario says, at the caller or the callee. */
  readonly failed: number;
  /** Messages that sipp sent again. */
  readonly retransmissions: number;
  /** Calls a second that were made. */
  readonly rate: number;
  /** From the request to its 200, at the caller; the lowest first. */
  readonly setupTimesMs: readonly number[];
}

export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { scenario, calls, rate, server, calleePort, callerPort, tracesMessages = true } = options;
  const common = { transport: scenario.transport, calleePort };
  const callee = new SippProcess({
    ...common,
    template: scenario.callee,
    port: calleePort,
    // The floor does no more than pass packets on.
    checksWork: server.contender.isFloor !== true,
    words: ["-m", String(calls)],
  });

  await callee.isBound(scenario.transport, calleePort);

  const startedAt = performance.now();
  const caller = new SippProcess({
    ...common,
    ...(options.holdMs === undefined ? {} : { holdMs: options.holdMs }),
    template: scenario.caller,
    port: callerPort,
    words: [`127.0.0.1:${server.port}`, "-m", String(calls), "-r", String(rate), "-l", String(calls)],
    tracesMessages,
  });
  const timer = setInterval(() => options.onSecond?.(caller.counts().open), 1_000);
  const callMs = options.holdMs ?? CALL_MS;

  await caller.ended((1000 * calls) / rate + callMs + (options.patienceMs ?? CALLER_PATIENCE_MS));
  clearInterval(timer);

  const elapsedMs = performance.now() - startedAt - START_MS - (scenario.isCall ? callMs : 0);

  await callee.ended(CALLEE_PATIENCE_MS);

  const counts = caller.counts();
  const calleeCounts = callee.counts();
  const setupTimesMs = tracesMessages ? caller.setupTimesMs() : [];

  caller.removeFiles();
  callee.removeFiles();

  return {
    calls,
    failed: Math.max(0, calls - Math.min(counts.successful, calleeCounts.successful)),
    retransmissions: counts.retransmissions + calleeCounts.retransmissions,
    rate: (1000 * calls) / elapsedMs,
    setupTimesMs,
  };
}
