/**
 * TLS handshakes of clients. The sockets are accepted, and counted, elsewhere:
 * no handshake begins before a connection is within the limits.
 */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { LimitedLog } from "./limited-log.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { PendingHandshakes } from "./pending-handshakes.ts";
import { secureContextOptions, type TlsCredentials } from "./tls-credentials.ts";

interface Handshake {
  readonly socket: Socket;
  readonly listeningPoint: ListeningPoint;
}

export class TlsAcceptor {
  readonly #server: Server;
  readonly #pending: PendingHandshakes;
  readonly #log: LimitedLog;
  readonly #onSecure: (socket: TLSSocket, listeningPoint: ListeningPoint) => void;
  /** By the four addresses and ports: the runtime does not tell which socket a TLS socket was made from. */
  readonly #handshakes = new Map<string, Handshake>();

  /** @param onSecure called when a handshake is done; nothing of the socket is read before somebody does. */
  constructor(
    credentials: TlsCredentials,
    pending: PendingHandshakes,
    log: LimitedLog,
    onSecure: (socket: TLSSocket, listeningPoint: ListeningPoint) => void,
  ) {
    this.#pending = pending;
    this.#log = log;
    this.#onSecure = onSecure;
    this.#server = createServer({
      ...secureContextOptions(credentials),
      // Asked for and handed to user code, which is to judge them.
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.#server.on("secureConnection", (socket) => this.#receiveSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#receiveError(error, socket));
    this.#server.on("error", (error) => {
      this.#log.write("warn", "tls-server", `TLS: ${error.message}`, {});
    });
  }

  /** For the handshakes that begin from now on. */
  setCredentials(credentials: TlsCredentials): void {
    this.#server.setSecureContext(secureContextOptions(credentials));
  }

  /** Begins the handshake. False when too many are under way: the socket is to be closed. */
  accept(socket: Socket, listeningPoint: ListeningPoint): boolean {
    if (!this.#pending.begin(socket, "TLS handshake")) {
      return false;
    }

    const key = keyOf(socket);

    this.#handshakes.set(key, { socket, listeningPoint });
    socket.once("close", () => this.#handshakes.delete(key));
    this.#server.emit("connection", socket);

    return true;
  }

  #receiveSecure(socket: TLSSocket): void {
    const key = keyOf(socket);
    const handshake = this.#handshakes.get(key);

    // SECURITY: before anything else can go wrong with it.
    socket.on("error", ignoreError);

    if (handshake === undefined) {
      // The peer is gone, and with it the addresses.
      socket.destroy();

      return;
    }

    this.#handshakes.delete(key);
    this.#pending.end(handshake.socket);

    try {
      this.#onSecure(socket, handshake.listeningPoint);
    } catch (error) {
      this.#log.logger.crit(error, { peer: socket.remoteAddress });
      socket.destroy();
    }
  }

  #receiveError(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    this.#log.write("info", "tls-error", `connection closed: TLS handshake: ${error.code ?? error.message}`, {
      peer: socket.remoteAddress,
    });
    socket.destroy();
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

function ignoreError(): void {}
