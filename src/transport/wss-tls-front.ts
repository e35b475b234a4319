/**
 * TLS of a WSS listener: handshakes (TLS 1.2 and 1.3), and the user's
 * `onClientTlsHandshake` before a byte of HTTP is read. The TLS server has no
 * socket of its own: sockets are put into it.
 */
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type DetailedPeerCertificate, type Server, type TLSSocket } from "node:tls";
import { runCallback } from "./ws-callback.ts";
import { WsConnection } from "./ws-connection.ts";
import type { WsConnectionContext } from "./ws-connection-context.ts";
import type { WebSocketHandlers } from "./ws-events.ts";
import type { WsGate } from "./ws-gate.ts";
import type { WsPending } from "./ws-pending.ts";

/** The server's certificate and key, PEM. */
export interface WssCredentials {
  /** Leaf first. */
  readonly certificates: string;
  readonly privateKey: string;
}

export interface WssTlsFrontOptions {
  readonly credentials: WssCredentials;
  readonly handshakeTimeoutMs: number;
  readonly gate: WsGate;
  readonly context: WsConnectionContext;
  readonly handlers: WebSocketHandlers;
  /** The handshake is done and was not refused; HTTP may follow on `socket`. */
  onSecure(pending: WsPending, socket: TLSSocket): void;
}

/** More certificates than a client has reason to send. */
const MAX_CERTIFICATES = 10;

export class WssTlsFront {
  readonly #options: WssTlsFrontOptions;
  readonly #server: Server;
  /** Handshakes under way, by their addresses: the TLS server does not tell on which socket a handshake was done. */
  readonly #handshakes = new Map<string, WsPending>();

  constructor(options: WssTlsFrontOptions) {
    this.#options = options;
    this.#server = createServer({
      ...secureContextOptions(options.credentials),
      handshakeTimeout: options.handshakeTimeoutMs,
      requestCert: true,
      // Whom to trust is for the user's code to say (`tls.validate`).
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
    });
    this.#server.on("secureConnection", (socket) => this.#receiveSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#receiveFault(error, socket));
  }

  /** For handshakes that begin from now on. @throws what `node:tls` throws for a certificate or key that it cannot read. */
  setCredentials(credentials: WssCredentials): void {
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

  #receiveFault(error: Error, socket: TLSSocket): void {
    const pending = this.#handshakes.get(addressesOf(socket));

    if (pending !== undefined) {
      this.#options.context.limitedLog.write(
        "info",
        "tls-handshake",
        `TLS handshake failed: ${error.message}`,
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
    this.#askUser(pending, socket);
  }

  /** Nothing is read from the socket meanwhile: what the client sends waits. */
  #askUser(pending: WsPending, socket: TLSSocket): void {
    const { context, gate, handlers } = this.#options;

    if (handlers.onClientTlsHandshake === undefined) {
      gate.waitForRequest(pending);
      this.#options.onSecure(pending, socket);

      return;
    }

    const connection = new WsConnection(context, socket, pending);

    pending.connection = connection;
    runCallback(() => handlers.onClientTlsHandshake?.(connection, peerCertificates(socket)), {
      waiting: () =>
        gate.waitForCallback(pending, () => {
          context.limitedLog.write(
            "info",
            "callback-timeout",
            "webSocketEvents.onClientTlsHandshake did not settle in time: connection cut",
            { peer: pending.remoteDescription },
          );
          socket.destroy();
        }),
      done: () => {
        if (connection.isOpen) {
          gate.waitForRequest(pending);
          this.#options.onSecure(pending, socket);
        }
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

function secureContextOptions(credentials: WssCredentials): {
  cert: string;
  key: string;
  minVersion: "TLSv1.2";
  maxVersion: "TLSv1.3";
} {
  return {
    cert: credentials.certificates,
    key: credentials.privateKey,
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
  };
}

function addressesOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

/** What the client sent, PEM, leaf first; empty when it sent none. */
function peerCertificates(socket: TLSSocket): string[] {
  const certificates: string[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);

  // Without a certificate it is an empty object; a self-signed one is its own issuer.
  while (certificate?.raw !== undefined && certificates.length < MAX_CERTIFICATES) {
    certificates.push(new X509Certificate(certificate.raw).toString());
    certificate = certificate.issuerCertificate === certificate ? undefined : certificate.issuerCertificate;
  }

  return certificates;
}

function ignoreError(): void {}
