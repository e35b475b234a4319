/** The signals that the process takes, and what each means. */
import { constants } from "node:os";

export interface SignalActions {
  stop(signal: NodeJS.Signals): void;
  reload(): void;
  userReload(): void;
  ignored(signal: NodeJS.Signals): void;
}

/** Would end the process, or start Node's debugger, if nobody took them. */
const IGNORED: readonly NodeJS.Signals[] = [
  "SIGALRM",
  "SIGIO",
  "SIGPIPE",
  "SIGPROF",
  "SIGPWR",
  "SIGSTKFLT",
  "SIGUSR2",
  "SIGVTALRM",
  "SIGWINCH",
];

/** SIGPIPE comes with each write to a closed socket, the log's own included: say it once in this time. */
const PIPE_REPORT_INTERVAL_MS = 60_000;

/** Takes the signals from now on; what is returned gives them back. */
export function takeSignals(actions: SignalActions): () => void {
  const taken: [NodeJS.Signals, () => void][] = [];

  const take = (signal: NodeJS.Signals, action: () => void): void => {
    if (signal in constants.signals) {
      process.on(signal, action);
      taken.push([signal, action]);
    }
  };

  for (const signal of ["SIGTERM", "SIGQUIT", "SIGINT"] as const) {
    take(signal, () => actions.stop(signal));
  }

  take("SIGHUP", () => actions.reload());
  take("SIGUSR1", () => actions.userReload());

  for (const signal of IGNORED) {
    // The profiler of the runtime is driven by this one: it may not be taken away from it.
    if (signal === "SIGPROF" && isProfiled()) {
      continue;
    }

    take(
      signal,
      signal === "SIGPIPE" ? limited(() => actions.ignored(signal)) : () => actions.ignored(signal),
    );
  }

  return () => {
    for (const [signal, action] of taken) {
      process.off(signal, action);
    }
  };
}

/** Whether Node was started with `--cpu-prof` or `--prof`. */
function isProfiled(): boolean {
  const options = `${process.execArgv.join(" ")} ${process.env["NODE_OPTIONS"] ?? ""}`;

  return /--(?:cpu-)?prof\b/.test(options);
}

function limited(action: () => void): () => void {
  let lastMs = Number.NEGATIVE_INFINITY;

  return () => {
    const nowMs = performance.now();

    if (nowMs - lastMs >= PIPE_REPORT_INTERVAL_MS) {
      lastMs = nowMs;
      action();
    }
  };
}
