/**
 * TLS of a WSS listener: handshakes, and the user's `onClientTlsHandshake`
 * before a byte of HTTP is read.
 */
import type { TLSSocket } from "node:tls";
import { errorText } from "./close-cause.ts";
import type { TlsCredentials } from "./tls-credentials.ts";
import { TlsHandshakes } from "./tls-handshakes.ts";
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
  readonly #handshakes: TlsHandshakes<WsPending>;

  /** @throws {Error} when the credentials cannot be used. */
  constructor(options: WssTlsFrontOptions) {
    const { logger, limitedLog } = options.context;

    this.#options = options;
    this.#handshakes = new TlsHandshakes({
      credentials: options.credentials,
      serverOptions: {
        handshakeTimeout: options.handshakeTimeoutMs,
        requestCert: options.requestsClientCertificates,
        ALPNProtocols: ["http/1.1"],
      },
      onSecure: (socket, pending) => {
        socket.disableRenegotiation();
        this.#askUser(pending, socket);
      },
      onFailure: (error, _socket, pending) => {
        if (pending !== undefined) {
          limitedLog.write("info", "tls-handshake", `TLS handshake failed: ${errorText(error)}`, {
            peer: pending.remoteDescription,
          });
        }
      },
      onServerError: (error) => logger.warn(`TLS: ${error.message}`),
    });
  }

  /**
   * For handshakes that begin from now on.
   *
   * @throws {Error} when they cannot be used; the old ones stay in force then.
   */
  setCredentials(credentials: TlsCredentials): void {
    this.#handshakes.setCredentials(credentials);
  }

  begin(pending: WsPending): void {
    this.#handshakes.begin(pending.socket, pending);
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
