/** Lets accepted sockets in while the limits on connections allow it, and closes the others at once. */
import type { Socket } from "node:net";
import { ConnectionLimits } from "./connection-limits.ts";
import type { LimitedLog } from "./limited-log.ts";
import type { StreamLimits } from "./stream-limits.ts";

export class ConnectionAdmission {
  readonly #counts: ConnectionLimits;
  readonly #log: LimitedLog;

  constructor(limits: StreamLimits, log: LimitedLog) {
    this.#counts = new ConnectionLimits(limits.maxConnections, limits.maxConnectionsPerAddress);
    this.#log = log;
  }

  /** Takes one of the places for all until the socket is closed. False, and the socket closed, when none is left. */
  admit(socket: Socket): boolean {
    if (!this.#counts.admit()) {
      this.refuse(socket, "connections", "too many connections");

      return false;
    }

    socket.once("close", () => this.#counts.release());

    return true;
  }

  /** The same for the places of an address, which is not the socket's behind a tunnel. */
  admitAddress(socket: Socket, ip: string): boolean {
    if (!this.#counts.admitAddress(ip)) {
      this.refuse(socket, "connections-per-address", "too many connections from this address", ip);

      return false;
    }

    socket.once("close", () => this.#counts.releaseAddress(ip));

    return true;
  }

  /** @param kind one of a few fixed names, for the log's allowance. */
  refuse(socket: Socket, kind: string, reason: string, ip = socket.remoteAddress): void {
    socket.destroy();
    this.#log.write("warn", kind, `connection refused: ${reason}`, { peer: ip });
  }
}
