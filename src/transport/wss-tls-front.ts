/**
 * TLS of a WSS listener: handshakes (TLS 1.2 and 1.3), and the user's
 * `onClientTlsHandshake` before a byte of HTTP is read. The TLS server has no
 * socket of its own: sockets are put into it.
 */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { createTlsContext, secureContextOptions, type TlsCredentials } from "./tls-credentials.ts";
import { peerCertificates } from "./tls-peer-certificates.ts";
import { runCallback } from "./ws-callback.ts";
import { WsConnection } from "./ws-connection.ts";
import type { WsConnectionContext } from "./ws-connection-context.ts";
import type { WebSocketHandlers } from "./ws-events.ts";
import type { WsGate } from "./ws-gate.ts";
import type { WsPending } from "./ws-pending.ts";

export interface WssTlsFrontOptions {
  readonly credentials: TlsCredentials;
  /**
   * INTEROP: Chromium, which asks its user for no certificate on behalf of a
   * script, ends a WebSocket whose server sends CertificateRequest (RFC 8446
   * section 4.3.2), although the client may answer with none.
   */
  readonly requestsClientCertificates: boolean;
  readonly handshakeTimeoutMs: number;
  readonly gate: WsGate;
  readonly context: WsConnectionContext;
  readonly handlers: WebSocketHandlers;
  /** The handshake is done and was not refused; HTTP may follow on `socket`. */
  onSecure(pending: WsPending, socket: TLSSocket): void;
}

export class WssTlsFront {
  readonly #options: WssTlsFrontOptions;
  readonly #server: Server;
  /** Handshakes under way, by their addresses: the TLS server does not tell on which socket a handshake was done. */
  readonly #handshakes = new Map<string, WsPending>();

  /** @throws {Error} when the credentials cannot be used. */
  constructor(options: WssTlsFrontOptions) {
    createTlsContext(options.credentials);
    this.#options = options;
    this.#server = createServer({
      ...secureContextOptions(options.credentials),
      handshakeTimeout: options.handshakeTimeoutMs,
      requestCert: options.requestsClientCertificates,
      // Whom to trust is for the user's code to say (`tls.validate`).
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    this.#server.on("secureConnection", (socket) => this.#receiveSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#receiveFault(error, socket));
    this.#server.on("error", (error) => options.context.logger.warn(`TLS: ${error.message}`));
  }

  /**
   * For handshakes that begin from now on.
   *
   * @throws {Error} when they cannot be used; the old ones stay in force then.
   */
  setCredentials(credentials: TlsCredentials): void {
    createTlsContext(credentials);
    this.#server.setSecureContext(secureContextOptions(credentials));
  }

  begin(pending: WsPending): void {
    const { socket } = pending;
    const key = addressesOf(socket);

    this.#handshakes.set(key, pending);
    socket.once("close", () => {
      if (this.#handshakes.get(key) === pending) {
        this.#handshakes.delete(key);
      }
    });
    this.#server.emit("connection", socket);
  }

  #receiveFault(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const pending = this.#handshakes.get(addressesOf(socket));

    if (pending !== undefined) {
      this.#options.context.limitedLog.write(
        "info",
        "tls-handshake",
        `TLS handshake failed: ${error.code ?? error.message}`,
        { peer: pending.remoteDescription },
      );
    }

    socket.destroy();
  }

  #receiveSecure(socket: TLSSocket): void {
    const key = addressesOf(socket);
    const pending = this.#handshakes.get(key);

    this.#handshakes.delete(key);

    if (pending === undefined) {
      socket.destroy();

      return;
    }

    socket.on("error", ignoreError);
    socket.disableRenegotiation();
    this.#askUser(pending, socket);
  }

  /** Nothing is read from the socket meanwhile: what the client sends waits. */
  #askUser(pending: WsPending, socket: TLSSocket): void {
    const { context, gate, handlers } = this.#options;

    if (handlers.onClientTlsHandshake === undefined) {
      this.#options.onSecure(pending, socket);

      return;
    }

    const connection = new WsConnection(context, socket, pending);
    let hasWaited = false;

    pending.connection = connection;
    runCallback(() => handlers.onClientTlsHandshake?.(connection, peerCertificates(socket)), {
      waiting: () => {
        hasWaited = true;
        gate.waitForCallback(pending, () => {
          context.limitedLog.write(
            "info",
            "callback-timeout",
            "webSocketEvents.onClientTlsHandshake did not settle in time: connection cut",
            { peer: pending.remoteDescription },
          );
          socket.destroy();
        });
      },
      done: () => {
        if (!connection.isOpen) {
          return;
        }

        if (hasWaited) {
          gate.waitForRequest(pending);
        }

        this.#options.onSecure(pending, socket);
      },
      failed: (error) => {
        context.logger.error(error, {
          callback: "webSocketEvents.onClientTlsHandshake",
          peer: pending.remoteDescription,
        });
        socket.destroy();
      },
    });
  }
}

function addressesOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

function ignoreError(): void {}
