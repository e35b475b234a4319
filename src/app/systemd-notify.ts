/**
 * Tells systemd how the server fares. The protocol wants a Unix datagram
 * socket, which Node does not have, so the program `systemd-notify` sends.
 * It is a process of its own: the unit needs `NotifyAccess=all`.
 */
import { execFile } from "node:child_process";

const TIMEOUT_MS = 5_000;

export class SystemdNotifier {
  readonly #warn: (message: string) => void;
  readonly #isWanted: boolean;
  /** Messages go one after the other, so that they arrive in their order. */
  #sent: Promise<void> = Promise.resolve();

  /** @param environment with `NOTIFY_SOCKET` when systemd started the server; otherwise nothing is ever sent. */
  constructor(warn: (message: string) => void, environment: NodeJS.ProcessEnv) {
    this.#warn = warn;
    this.#isWanted = (environment["NOTIFY_SOCKET"] ?? "") !== "";
  }

  ready(): void {
    this.#send(["READY=1", "STATUS=Running"]);
  }

  /** For `Type=notify-reload` the time must be that of the call (systemd.service(5)). */
  reloading(): void {
    this.#send(["RELOADING=1", `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`, "STATUS=Reloading"]);
  }

  stopping(): void {
    this.#send(["STOPPING=1", "STATUS=Stopping"]);
  }

  /** Resolves when everything was sent. Never rejects. */
  flush(): Promise<void> {
    return this.#sent;
  }

  #send(assignments: readonly string[]): void {
    if (!this.#isWanted) {
      return;
    }

    this.#sent = this.#sent.then(
      () =>
        new Promise((resolve) => {
          const words = [`--pid=${process.pid}`, ...assignments];

          execFile("systemd-notify", words, { timeout: TIMEOUT_MS }, (error) => {
            if (error !== null) {
              this.#warn(`systemd cannot be told ${assignments[0]}: ${error.message.trim()}`);
            }

            resolve();
          });
        }),
    );
  }
}
