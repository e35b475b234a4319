/**
 * Who is let in: every socket between accept and upgrade, their number, the
 * number of connections, and the time that each may take.
 */
import type { Socket } from "node:net";
import type { Clock } from "../util/clock.ts";
import { ConnectionLimits } from "./connection-limits.ts";
import type { LimitedLog } from "./limited-log.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { WsLimits } from "./ws-limits.ts";
import { WsPending } from "./ws-pending.ts";

export class WsGate {
  readonly #limits: WsLimits;
  readonly #clock: Clock;
  readonly #limitedLog: LimitedLog;
  readonly #places: ConnectionLimits;
  readonly #pending = new Set<WsPending>();
  readonly #waitingForEmpty: (() => void)[] = [];

  constructor(limits: WsLimits, clock: Clock, limitedLog: LimitedLog) {
    this.#limits = limits;
    this.#clock = clock;
    this.#limitedLog = limitedLog;
    this.#places = new ConnectionLimits(limits.maxConnections, limits.maxConnectionsPerAddress);
  }

  /** Connections, in handshake or open. */
  get connectionCount(): number {
    return this.#places.count;
  }

  /** Every socket that is not upgraded. */
  get pending(): ReadonlySet<WsPending> {
    return this.#pending;
  }

  /** Resolves when no connection is left. */
  async whenEmpty(): Promise<void> {
    if (this.#places.count > 0) {
      await new Promise<void>((resolve) => this.#waitingForEmpty.push(resolve));
    }
  }

  /** Takes in a socket that was just accepted. Undefined when there is no place: it is closed then. */
  accept(socket: Socket, listeningPoint: ListeningPoint): WsPending | undefined {
    const pending = new WsPending(socket, listeningPoint);

    // Whoever reads from the socket learns of errors by its end.
    socket.on("error", ignoreError);

    if (this.#pending.size >= this.#limits.maxPendingHandshakes) {
      this.#turnAway(pending, "too many handshakes in progress");

      return undefined;
    }

    if (!this.#places.admit()) {
      this.#turnAway(pending, "too many connections");

      return undefined;
    }

    this.#pending.add(pending);
    pending.onClose = () => this.#end(pending);
    socket.once("close", pending.onClose);
    this.waitForRequest(pending);

    return pending;
  }

  /** Takes a place of the client's address, once that is known. False when there is none: the socket is closed then. */
  admitAddress(pending: WsPending): boolean {
    pending.hasAddressPlace = this.#places.admitAddress(pending.remoteIp);

    if (!pending.hasAddressPlace) {
      this.#turnAway(pending, "too many connections of its address");
    }

    return pending.hasAddressPlace;
  }

  /** The TLS handshake, or the HTTP request, is to be finished in time. */
  waitForRequest(pending: WsPending): void {
    this.#wait(pending, this.#limits.handshakeTimeoutMs, () => {
      this.#log(pending, "handshake-timeout", "handshake not finished in time: connection cut");
      pending.socket.destroy();
    });
  }

  /** A callback of the user's code is to settle in time, or else `onTimeout` is called. */
  waitForCallback(pending: WsPending, onTimeout: () => void): void {
    this.#wait(pending, this.#limits.callbackTimeoutMs, onTimeout);
  }

  /** An answer that ends the connection was written, and the client is given time to read it. */
  waitForEnd(pending: WsPending): void {
    this.#wait(pending, this.#limits.closeTimeoutMs, () => pending.socket.destroy());
  }

  /** It was upgraded: its places now belong to the connection, to be given back with `connectionClosed`. */
  release(pending: WsPending): void {
    if (pending.onClose !== undefined) {
      pending.socket.removeListener("close", pending.onClose);
    }

    this.#forget(pending);
  }

  /** An upgraded connection is closed. */
  connectionClosed(remoteIp: string): void {
    this.#places.releaseAddress(remoteIp);
    this.#releasePlace();
  }

  #wait(pending: WsPending, delayMs: number, onTimeout: () => void): void {
    pending.timer?.cancel();
    pending.timer = this.#clock.schedule(delayMs, onTimeout);
  }

  #end(pending: WsPending): void {
    this.#forget(pending);
    pending.connection?.endHandshake();

    if (pending.hasAddressPlace) {
      this.#places.releaseAddress(pending.remoteIp);
    }

    this.#releasePlace();
  }

  #releasePlace(): void {
    this.#places.release();

    if (this.#places.count === 0) {
      for (const resolve of this.#waitingForEmpty.splice(0)) {
        resolve();
      }
    }
  }

  #forget(pending: WsPending): void {
    this.#pending.delete(pending);
    pending.timer?.cancel();
    pending.timer = undefined;
  }

  #turnAway(pending: WsPending, reason: string): void {
    this.#log(pending, reason, `connection refused: ${reason}`);
    pending.socket.destroy();
  }

  #log(pending: WsPending, kind: string, message: string): void {
    this.#limitedLog.write("notice", kind, message, { peer: pending.remoteDescription });
  }
}

function ignoreError(): void {}
