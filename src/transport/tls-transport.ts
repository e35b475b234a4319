/**
 * SIP over TLS (RFC 3261 sections 18 and 26.3.1): handshakes of clients, or of
 * a program in front (TLS tunnel), and connections to servers.
 */
import { isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import { type ConnectionOptions, connect, type SecureContext, type TLSSocket } from "node:tls";
import { connectionError } from "./close-cause.ts";
import {
  createListeningPoint,
  formatHostPort,
  type ListenAddress,
  type ListeningPoint,
} from "./listening-point.ts";
import { PendingHandshakes } from "./pending-handshakes.ts";
import type { ProxyHeader } from "./proxy-header.ts";
import { localEndOf, remoteEndOf } from "./socket-ends.ts";
import type { StreamConnection } from "./stream-connection.ts";
import { StreamTransport, type StreamTransportOptions } from "./stream-transport.ts";
import type { Target } from "./target.ts";
import { TlsAcceptor } from "./tls-acceptor.ts";
import { runTlsCallback, type TlsHandshakeCallback } from "./tls-callback.ts";
import { createTlsContext, type TlsCredentials } from "./tls-credentials.ts";
import { peerCertificates } from "./tls-peer-certificates.ts";
import { TlsTunnel, type TlsTunnelHost, type TlsTunnelOptions } from "./tls-tunnel.ts";

export interface TlsTransportOptions extends StreamTransportOptions {
  /** May be left out with a tunnel; presented to servers too. */
  readonly credentials?: TlsCredentials | undefined;
  /** With it nothing is bound for `listen`, which names the addresses that clients know. */
  readonly tunnel?: TlsTunnelOptions | undefined;
  /** Called for clients, not through a tunnel. */
  readonly onClientTlsHandshake?: TlsHandshakeCallback | undefined;
  /** Called for the servers of connections that this server opens. */
  readonly onServerTlsHandshake?: TlsHandshakeCallback | undefined;
  /** Whether `onServerTlsHandshake` is called for this target. Default: always. */
  readonly callbackOnServerTlsHandshake?: ((target: Target) => boolean) | undefined;
}

export class TlsTransport extends StreamTransport {
  readonly #options: TlsTransportOptions;
  readonly #pending: PendingHandshakes;
  readonly #acceptor: TlsAcceptor;
  readonly #tunnel: TlsTunnel | undefined;
  readonly #advertisedPoints: readonly ListeningPoint[];
  #clientContext: SecureContext;

  /** @throws {Error} when the credentials cannot be used. */
  constructor(options: TlsTransportOptions) {
    super("tls", options);

    const { credentials = {}, tunnel, listen } = options;
    const host: TlsTunnelHost = {
      refuse: (socket, kind, reason) => this.admission.refuse(socket, kind, reason),
      receiveTunneled: (socket, header) => this.#receiveTunneled(socket, header),
    };

    this.#options = options;
    this.#clientContext = createTlsContext(credentials);
    this.#pending = new PendingHandshakes(this.watch, this.limits, this.log);
    this.#acceptor = new TlsAcceptor(credentials, this.#pending, this.log, (socket, listeningPoint) =>
      this.#receiveSecure(socket, listeningPoint),
    );
    this.#tunnel =
      tunnel === undefined
        ? undefined
        : new TlsTunnel(tunnel.trustedAddresses, this.limits.maxProxyHeaderBytes, this.#pending, host);
    this.#advertisedPoints = listen.map((address, index) => {
      const socket = tunnel?.listen[index];
      const point = createListeningPoint("tls", address);

      return socket === undefined ? point : { ...point, behind: formatHostPort(socket.ip, socket.port) };
    });
  }

  override get listeningPoints(): readonly ListeningPoint[] {
    return this.#tunnel === undefined ? this.boundPoints : this.#advertisedPoints;
  }

  /**
   * New connections, both ways, use these; those that are open go on.
   *
   * @throws {Error} when they cannot be used; then the old ones stay.
   */
  setCredentials(credentials: TlsCredentials): void {
    const clientContext = createTlsContext(credentials);

    this.#acceptor.setCredentials(credentials);
    this.#clientContext = clientContext;
  }

  protected override socketAddresses(): readonly ListenAddress[] {
    return this.#options.tunnel?.listen ?? this.#options.listen;
  }

  protected override accept(socket: Socket, listeningPoint: ListeningPoint): void {
    if (this.#tunnel !== undefined) {
      this.#tunnel.accept(socket);
    } else if (this.admission.admitAddress(socket, remoteEndOf(socket).ip)) {
      if (!this.#acceptor.accept(socket, listeningPoint)) {
        this.admission.refuse(socket, "handshakes", "too many handshakes in progress");
      }
    }
  }

  protected override dial(connection: StreamConnection, target: Target): void {
    const domain = target.domain?.replace(/\.$/, "");
    const isName = domain !== undefined && domain !== "" && isIP(domain) === 0;

    try {
      const options: ConnectionOptions & TcpNetConnectOpts = {
        host: target.ip,
        port: target.port,
        localAddress: connection.listeningPoint.ip,
        secureContext: this.#clientContext,
        // RFC 6066 section 3: names only, no addresses.
        ...(isName ? { servername: domain } : {}),
        // DEVIATION: RFC 5922 section 7.3 wants the peer's identity checked here; that is for `onServerTlsHandshake`, as in 2.0.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      };
      const socket = connect(options);

      connection.attach(socket);
      socket.once("connect", () => {
        this.setSocketOptions(socket);
        connection.enterPhase("handshake");
      });
      socket.once("secureConnect", () => this.#receiveServer(connection, socket, target));
    } catch (error) {
      // An address, port or name that is none.
      connection.cut(connectionError(error as NodeJS.ErrnoException));
    }
  }

  protected override abandonHandshakes(): void {
    this.#pending.abandon();
  }

  /** A client's handshake is done. */
  #receiveSecure(socket: TLSSocket, listeningPoint: ListeningPoint): void {
    const connection = this.createAccepted(listeningPoint, localEndOf(socket), remoteEndOf(socket));

    connection.attach(socket);
    this.#judge(connection, socket, this.#options.onClientTlsHandshake);
  }

  /** The handshake of a connection that this server opened is done. */
  #receiveServer(connection: StreamConnection, socket: TLSSocket, target: Target): void {
    const isWanted = this.#options.callbackOnServerTlsHandshake?.(target) ?? true;

    this.#judge(connection, socket, isWanted ? this.#options.onServerTlsHandshake : undefined);
  }

  #judge(connection: StreamConnection, socket: TLSSocket, callback: TlsHandshakeCallback | undefined): void {
    if (callback === undefined) {
      this.establish(connection);
    } else {
      runTlsCallback(callback, connection, peerCertificates(socket), this.log.logger, () =>
        this.establish(connection),
      );
    }
  }

  #receiveTunneled(socket: Socket, header: ProxyHeader): void {
    const terminator = remoteEndOf(socket);
    const remote = header.source ?? terminator;
    // LOCAL, UNKNOWN, or (haproxy, version 1) its own address: the program in front looks whether this server is up.
    const isHealthCheck = remote.ip === terminator.ip && remote.port === terminator.port;

    if (!isHealthCheck && !this.admission.admitAddress(socket, remote.ip)) {
      return;
    }

    const listeningPoint = this.#advertisedPointOf(remote.ip);

    if (listeningPoint === undefined) {
      this.admission.refuse(socket, "tunnel-address", "no listening point is advertised", remote.ip);

      return;
    }

    const connection = this.createAccepted(listeningPoint, listeningPoint, remote, isHealthCheck);

    connection.attach(socket);
    this.establish(connection);
  }

  /** By which name this server is known to a client of that address. */
  #advertisedPointOf(ip: string): ListeningPoint | undefined {
    return this.listeningPointOf(isIP(ip) === 6 ? "ipv6" : "ipv4") ?? this.listeningPoints[0];
  }
}
