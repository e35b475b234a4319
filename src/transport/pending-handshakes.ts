/**
 * Accepted sockets that are no connections yet: a TLS handshake, or a PROXY
 * protocol header, is under way. SECURITY: their number and their time are
 * limited, however slowly their bytes trickle in.
 */
import type { Socket } from "node:net";
import type { LimitedLog } from "./limited-log.ts";
import type { StreamLimits } from "./stream-limits.ts";
import type { StreamWatch, WatchedStream } from "./stream-watch.ts";

export class PendingHandshakes {
  readonly #watch: StreamWatch;
  readonly #limits: StreamLimits;
  readonly #log: LimitedLog;
  readonly #pending = new Map<Socket, WatchedStream>();

  constructor(watch: StreamWatch, limits: StreamLimits, log: LimitedLog) {
    this.#watch = watch;
    this.#limits = limits;
    this.#log = log;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * The handshake begins; it ends with `end`, or with the socket. False when
   * too many are under way: the socket is to be closed.
   *
   * @param what for the log: "TLS handshake".
   */
  begin(socket: Socket, what: string): boolean {
    if (this.#pending.size >= this.#limits.maxPendingHandshakes) {
      return false;
    }

    const entry: WatchedStream = { watch: () => this.#check(socket, since, what) };

    this.#watch.add(entry);
    this.#pending.set(socket, entry);
    socket.once("close", () => this.end(socket));

    const since = this.#watch.now;

    return true;
  }

  end(socket: Socket): void {
    const entry = this.#pending.get(socket);

    if (entry !== undefined) {
      this.#pending.delete(socket);
      this.#watch.delete(entry);
    }
  }

  /** Drops them all. */
  abandon(): void {
    for (const socket of this.#pending.keys()) {
      socket.destroy();
    }
  }

  #check(socket: Socket, since: number, what: string): void {
    if (this.#watch.isOver(since, this.#limits.handshakeTimeoutMs)) {
      this.#log.write("info", "handshake-overdue", `connection closed: ${what} not done in time`, {
        peer: socket.remoteAddress,
      });
      socket.destroy();
    }
  }
}
