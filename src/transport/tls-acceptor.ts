/**
 * TLS handshakes of SIP clients. The sockets are accepted, and counted,
 * elsewhere: no handshake begins before a connection is within the limits.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { errorText } from "./close-cause.ts";
import type { LimitedLog } from "./limited-log.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { PendingHandshakes } from "./pending-handshakes.ts";
import type { TlsCredentials } from "./tls-credentials.ts";
import { TlsHandshakes } from "./tls-handshakes.ts";

interface Handshake {
  readonly socket: Socket;
  readonly listeningPoint: ListeningPoint;
}

export class TlsAcceptor {
  readonly #handshakes: TlsHandshakes<Handshake>;
  readonly #pending: PendingHandshakes;
  readonly #log: LimitedLog;
  readonly #onSecure: (socket: TLSSocket, listeningPoint: ListeningPoint) => void;

  /**
   * @param onSecure called when a handshake is done; nothing of the socket is read before somebody does.
   * @throws {Error} when the credentials cannot be used.
   */
  constructor(
    credentials: TlsCredentials,
    pending: PendingHandshakes,
    log: LimitedLog,
    onSecure: (socket: TLSSocket, listeningPoint: ListeningPoint) => void,
  ) {
    this.#pending = pending;
    this.#log = log;
    this.#onSecure = onSecure;
    this.#handshakes = new TlsHandshakes({
      credentials,
      serverOptions: { requestCert: true },
      onSecure: (socket, handshake) => this.#receiveSecure(socket, handshake),
      onFailure: (error, socket) => {
        log.write("info", "tls-error", `connection closed: TLS handshake: ${errorText(error)}`, {
          peer: socket.remoteAddress,
        });
      },
      onServerError: (error) => log.write("warn", "tls-server", `TLS: ${error.message}`, {}),
    });
  }

  /**
   * For the handshakes that begin from now on.
   *
   * @throws {Error} when they cannot be used; the old ones stay in force then.
   */
  setCredentials(credentials: TlsCredentials): void {
    this.#handshakes.setCredentials(credentials);
  }

  /** Begins the handshake. False when too many are under way: the socket is to be closed. */
  accept(socket: Socket, listeningPoint: ListeningPoint): boolean {
    if (!this.#pending.begin(socket, "TLS handshake")) {
      return false;
    }

    this.#handshakes.begin(socket, { socket, listeningPoint });

    return true;
  }

  #receiveSecure(socket: TLSSocket, handshake: Handshake): void {
    this.#pending.end(handshake.socket);

    try {
      this.#onSecure(socket, handshake.listeningPoint);
    } catch (error) {
      this.#log.logger.crit(error, { peer: socket.remoteAddress });
      socket.destroy();
    }
  }
}
