/**
 * TLS handshakes of clients (TLS 1.2 and 1.3). The TLS server has no socket of
 * its own: accepted sockets are put into it, each with what is known of it.
 */
import type { Socket } from "node:net";
import { createServer, type SecureContext, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { secureContextOptions, type TlsCredentials } from "./tls-credentials.ts";
import { TlsServerNames } from "./tls-server-names.ts";

/** @typeParam Entry what its owner knows of a socket in a handshake. */
export interface TlsHandshakesOptions<Entry> {
  readonly credentials: TlsCredentials;
  readonly serverOptions: Pick<TlsOptions, "requestCert" | "ALPNProtocols" | "handshakeTimeout">;
  /** The handshake is done. Nothing of the socket is read before somebody does; its errors are ignored. */
  onSecure(socket: TLSSocket, entry: Entry): void;
  /** It failed, and the socket is about to be destroyed. Without an entry the peer was gone before. */
  onFailure(error: NodeJS.ErrnoException, socket: TLSSocket, entry: Entry | undefined): void;
  onServerError(error: Error): void;
}

export class TlsHandshakes<Entry> {
  readonly #options: TlsHandshakesOptions<Entry>;
  readonly #server: Server;
  #names: TlsServerNames;
  /** By the four addresses and ports: the runtime does not tell which socket a TLS socket was made from. */
  readonly #entries = new Map<string, { readonly entry: Entry }>();

  /** @throws {Error} when the credentials cannot be used. */
  constructor(options: TlsHandshakesOptions<Entry>) {
    this.#names = new TlsServerNames(options.credentials);
    this.#options = options;
    this.#server = createServer({
      ...secureContextOptions(options.credentials),
      ...options.serverOptions,
      // Whom to trust is for user code to say, which is handed the certificates.
      rejectUnauthorized: false,
      // Without a context the runtime takes the one of the first pair.
      SNICallback: (name, done) => done(null, this.#contextFor(name)),
    });
    this.#server.on("secureConnection", (socket) => this.#receiveSecure(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#receiveFailure(error, socket));
    this.#server.on("error", (error) => options.onServerError(error));
  }

  /**
   * For the handshakes that begin from now on.
   *
   * @throws {Error} when they cannot be used; the old ones stay in force then.
   */
  setCredentials(credentials: TlsCredentials): void {
    const names = new TlsServerNames(credentials);

    this.#server.setSecureContext(secureContextOptions(credentials));
    this.#names = names;
  }

  begin(socket: Socket, entry: Entry): void {
    const key = addressesOf(socket);
    const own = { entry };

    this.#entries.set(key, own);
    socket.once("close", () => {
      // A new connection may have the addresses of one whose end is told only now.
      if (this.#entries.get(key) === own) {
        this.#entries.delete(key);
      }
    });
    this.#server.emit("connection", socket);
  }

  /** SECURITY: the name is the client's; whatever it is, it ends nothing but its handshake. */
  #contextFor(name: string): SecureContext | undefined {
    try {
      return this.#names.contextFor(name);
    } catch {
      // No name that a certificate could have.
      return undefined;
    }
  }

  #receiveSecure(socket: TLSSocket): void {
    const key = addressesOf(socket);
    const own = this.#entries.get(key);

    // SECURITY: before anything else can go wrong with it.
    socket.on("error", ignoreError);

    if (own === undefined) {
      // The peer is gone, and with it the addresses.
      socket.destroy();

      return;
    }

    this.#entries.delete(key);
    this.#options.onSecure(socket, own.entry);
  }

  #receiveFailure(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    this.#options.onFailure(error, socket, this.#entries.get(addressesOf(socket))?.entry);
    socket.destroy();
  }
}

function addressesOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

function ignoreError(): void {}
