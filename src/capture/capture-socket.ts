/**
 * The way to the receiver of captured messages: one UDP socket. Nothing that
 * goes wrong with it reaches the SIP traffic; it is counted, and logged now
 * and then.
 */
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { AddressPort } from "../config/address-port.ts";
import type { Logger } from "../log/logger.ts";
import { LimitedLog } from "../transport/limited-log.ts";
import type { Clock, ClockTimer } from "../util/clock.ts";

export interface CaptureSocketOptions {
  /** A domain is looked up when the socket is opened, not for each packet. */
  readonly target: AddressPort;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Bytes that may wait for the system to take them; more are dropped. Default 4,194,304. */
  readonly maxQueuedBytes?: number | undefined;
  /** After which a failed attempt to open is repeated, in milliseconds. Default 30,000. */
  readonly retryIntervalMs?: number | undefined;
  /** Default: the system's. */
  readonly lookUp?: ((domain: string) => Promise<string>) | undefined;
}

const DEFAULT_MAX_QUEUED_BYTES = 4_194_304;
const DEFAULT_RETRY_INTERVAL_MS = 30_000;
const ONE_LINE_A_MINUTE = { maxLines: 1, intervalMs: 60_000 };

export class CaptureSocket {
  /** Packets that were handed to the system. */
  sent = 0;
  /** Packets that were not sent: no receiver was known, or too many waited. */
  dropped = 0;
  /** Errors that the system reported, such as that nobody listens there. */
  errors = 0;
  readonly #options: CaptureSocketOptions;
  readonly #log: LimitedLog;
  /** Undefined while it is not connected. */
  #socket: Socket | undefined;
  #retry: ClockTimer | undefined;
  /** Counts the calls of `open` and `close`, of which only the last one matters. */
  #generation = 0;

  constructor(options: CaptureSocketOptions) {
    this.#options = options;
    this.#log = new LimitedLog(options.logger, options.clock, ONE_LINE_A_MINUTE);
  }

  /** Looks the receiver up, again if it is open already. Resolves when it is open or will be tried again. Never rejects. */
  async open(): Promise<void> {
    const generation = ++this.#generation;
    const { clock, retryIntervalMs = DEFAULT_RETRY_INTERVAL_MS, target } = this.#options;

    this.#retry?.cancel();
    this.#retry = undefined;

    try {
      const socket = await this.#connect();

      if (generation === this.#generation) {
        this.#replace(socket);
      } else {
        socket.close();
      }
    } catch (error) {
      if (generation === this.#generation) {
        this.#failed(`cannot reach ${target.host}`, error);
        this.#retry = clock.schedule(retryIntervalMs, () => void this.open());
      }
    }
  }

  /** Sends, or drops. Never throws. */
  send(packet: Uint8Array): void {
    const socket = this.#socket;
    const { maxQueuedBytes = DEFAULT_MAX_QUEUED_BYTES } = this.#options;

    // SECURITY: what peers send must not grow the memory when the system does not keep up.
    if (socket === undefined || socket.getSendQueueSize() + packet.length > maxQueuedBytes) {
      this.dropped++;

      return;
    }

    try {
      socket.send(packet);
      this.sent++;
    } catch (error) {
      this.#failed("cannot send", error);
    }
  }

  close(): void {
    this.#generation++;
    this.#retry?.cancel();
    this.#replace(undefined);
  }

  #replace(socket: Socket | undefined): void {
    this.#socket?.close();
    this.#socket = socket;
  }

  async #connect(): Promise<Socket> {
    const { lookUp = lookUpBySystem, target } = this.#options;
    const ip = await lookUp(target.host);
    const socket = createSocket(isIPv6(ip) ? "udp6" : "udp4");

    // An error of a packet that was sent before comes by the event too.
    socket.on("error", (error) => this.#failed("cannot send", error));

    try {
      await new Promise<void>((resolve, reject) => {
        socket.connect(target.port, ip, (error?: Error) => (error === undefined ? resolve() : reject(error)));
      });
    } catch (error) {
      socket.close();

      throw error;
    }

    return socket;
  }

  #failed(what: string, error: unknown): void {
    this.errors++;
    this.#log.write("warn", what, `capture: ${what}: ${error instanceof Error ? error.message : error}`, {});
  }
}

async function lookUpBySystem(host: string): Promise<string> {
  const { address } = await lookup(host);

  return address;
}
