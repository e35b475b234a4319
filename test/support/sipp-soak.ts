/** Calls at a steady rate through a server with the sample server.ts. */
import { Sipp } from "./sipp.ts";
import { sampleFiles } from "./sipp-samples.ts";
import { SippServer } from "./sipp-server.ts";

/** Bytes: a burst of a busy machine must not be lost in sipp itself. */
const SOCKET_BUFFER_BYTES = 4_194_304;

/** How much longer than its calls a sipp may take. */
const GRACE_SECONDS = 30;

export interface SoakOptions {
  /** Calls a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface SoakResult {
  readonly calls: number;
  /** Calls that did not go as they should, at the caller or the callee. */
  readonly failed: number;
  /** What went wrong, with all logs; undefined when nothing did. */
  readonly complaint: string | undefined;
  /** Messages that caller and callee sent again. */
  readonly retransmissions: number;
}

/** @throws {AssertionError} when the server did not end in order. */
export async function soak({ rate, seconds }: SoakOptions): Promise<SoakResult> {
  const samples = sampleFiles();
  const calls = rate * seconds;
  const common = {
    calls,
    timeoutSeconds: seconds + GRACE_SECONDS,
    extra: ["-buff_size", String(SOCKET_BUFFER_BYTES)],
  };

  await using server = await SippServer.start({
    ...samples,
    "oversip.conf": `${samples["oversip.conf"]}`.replace("syslog_level: info", "syslog_level: warn"),
  });
  await using callee = await Sipp.start({ ...common, scenario: "callee" });

  await using caller = await Sipp.start({
    ...common,
    scenario: "caller",
    remote: server.address("udp"),
    rate,
    keys: { callee: callee.address },
  });

  const complaint = await server.complaint(calls, caller, callee);

  await server.stop();

  const results = [await caller.result(), await callee.result()];

  return {
    calls,
    complaint,
    failed: calls - Math.min(...results.map((result) => result.successful)),
    retransmissions: results.reduce((sum, result) => sum + result.retransmissions, 0),
  };
}
