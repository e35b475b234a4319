/** A listening TCP socket: binds, says why it cannot, and lets nothing that happens on it pass unhandled. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { ipTypeOf } from "../util/ip-address.ts";
import { bindFailure } from "./bind-failure.ts";
import { BATCHED_HIGH_WATER_MARK } from "./stream-batching.ts";

/** Connections that the system keeps until they are accepted, as far as it allows. */
export const LISTEN_BACKLOG = 4096;

export interface StreamListenerOptions {
  /** For the error text: "TCP", "TLS". */
  readonly name: string;
  readonly ip: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly tcpKeepAliveIntervalMs: number | undefined;
  /** Whatever it throws is passed to `onError`. */
  readonly onConnection: (socket: Socket) => void;
  /** The socket goes on: no file descriptor was left, or a connection broke before it was accepted. */
  readonly onError: (error: Error) => void;
}

export class StreamListener {
  readonly #options: StreamListenerOptions;
  readonly #server: Server;
  #closing: Promise<void> | undefined;

  constructor(options: StreamListenerOptions) {
    const { tcpKeepAliveIntervalMs, onConnection, onError } = options;

    this.#options = options;
    this.#server = createServer({
      allowHalfOpen: false,
      noDelay: true,
      highWaterMark: BATCHED_HIGH_WATER_MARK,
      ...(tcpKeepAliveIntervalMs === undefined
        ? {}
        : { keepAlive: true, keepAliveInitialDelay: tcpKeepAliveIntervalMs }),
    });
    this.#server.on("connection", (socket) => {
      // SECURITY: a socket error before anybody else listens must not end the process.
      socket.on("error", ignoreError);

      try {
        onConnection(socket);
      } catch (error) {
        socket.destroy();
        onError(error as Error);
      }
    });
  }

  /** The bound port. To be read while it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws {TransportError} naming address, port and cause. */
  bind(): Promise<void> {
    const { name, ip, port, onError } = this.#options;

    return new Promise((resolve, reject) => {
      const refuse = (cause: Error): void => {
        reject(bindFailure(name, ip, port, cause));
      };

      this.#server.once("error", refuse);
      this.#server.listen(
        // The IPv4 address has its own socket.
        { host: ip, port, backlog: LISTEN_BACKLOG, ipv6Only: ipTypeOf(ip) === "ipv6", exclusive: true },
        () => {
          this.#server.off("error", refuse);
          this.#server.on("error", onError);
          resolve();
        },
      );
    });
  }

  /** Takes no new connections. Resolves when those that it took are closed. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      // The callback gets an error when the server was never bound: then there is nothing to close.
      this.#server.close(() => resolve());
    });

    return this.#closing;
  }
}

function ignoreError(): void {}
