/**
 * What TCP and TLS have in common: listening sockets, limits, the table of
 * connections, and opening one to a target (RFC 3261 section 18.1.1).
 */
import type { Socket } from "node:net";
import type { Logger } from "../log/logger.ts";
import { MessageParser } from "../message/message-parser.ts";
import type { Clock } from "../util/clock.ts";
import { type IpType, ipTypeOf } from "../util/ip-address.ts";
import { ConnectionAdmission } from "./connection-admission.ts";
import { listenerErrorLevel } from "./file-exhaustion.ts";
import type { Flow } from "./flow.ts";
import { plainIp } from "./ip-address-bytes.ts";
import { LimitedLog } from "./limited-log.ts";
import { createListeningPoint, type ListenAddress, type ListeningPoint } from "./listening-point.ts";
import { streamBatching } from "./stream-batching.ts";
import { StreamConnection } from "./stream-connection.ts";
import type { StreamContext, StreamFlow } from "./stream-context.ts";
import { DEFAULT_STREAM_LIMITS, type StreamLimits } from "./stream-limits.ts";
import { StreamListener } from "./stream-listener.ts";
import { canonicalIp, StreamTable } from "./stream-table.ts";
import { StreamWatch } from "./stream-watch.ts";
import type { Target } from "./target.ts";
import type { Transport, TransportReceiver } from "./transport.ts";

export interface StreamTransportOptions {
  readonly listen: readonly ListenAddress[];
  readonly receiver: TransportReceiver;
  /** Default: one with the default limits. */
  readonly parser?: MessageParser | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits?: Partial<StreamLimits> | undefined;
  /** Silence after which the system probes the peer, in milliseconds. Default: never. */
  readonly tcpKeepAliveIntervalMs?: number | undefined;
  /** How long what arrives on a busy connection may wait to be read together, in milliseconds. Default 0: never. */
  readonly batchingDelayMs?: number | undefined;
  /** Calls at the end of this turn of the event loop. Default: `setImmediate`. */
  readonly afterTurn?: ((callback: () => void) => void) | undefined;
}

export abstract class StreamTransport implements Transport {
  protected readonly options: StreamTransportOptions;
  protected readonly limits: StreamLimits;
  protected readonly watch: StreamWatch;
  protected readonly log: LimitedLog;
  protected readonly context: StreamContext;
  protected readonly admission: ConnectionAdmission;
  readonly #transport: "tcp" | "tls";
  readonly #table = new StreamTable();
  #openedCount = 0;
  #listeners: readonly StreamListener[] = [];
  #boundPoints: readonly ListeningPoint[] = [];
  #isClosing = false;
  #whenEmpty: (() => void) | undefined;

  protected constructor(transport: "tcp" | "tls", options: StreamTransportOptions) {
    this.#transport = transport;
    this.options = options;
    this.limits = { ...DEFAULT_STREAM_LIMITS, ...options.limits };
    this.watch = new StreamWatch(this.limits, options.clock);
    this.log = new LimitedLog(options.logger.child({ transport }), options.clock);
    this.admission = new ConnectionAdmission(this.limits, this.log);
    this.context = {
      parser: options.parser ?? new MessageParser(),
      receiver: options.receiver,
      log: this.log,
      watch: this.watch,
      batching: streamBatching({
        clock: options.clock,
        delayMs: options.batchingDelayMs ?? 0,
        afterTurn: options.afterTurn,
      }),
      limits: this.limits,
      connectionClosed: (connection) => this.#connectionClosed(connection),
    };
  }

  get listeningPoints(): readonly ListeningPoint[] {
    return this.boundPoints;
  }

  /** Where its sockets are bound: behind a TLS tunnel, not where clients connect to. */
  get boundPoints(): readonly ListeningPoint[] {
    return this.#boundPoints;
  }

  /** Connections that exist now, those that are being opened or closed included. */
  get connectionCount(): number {
    return this.#table.size;
  }

  async bind(): Promise<void> {
    const listeners: StreamListener[] = [];
    const points: ListeningPoint[] = [];

    try {
      for (const address of this.socketAddresses()) {
        // Assigned before the first connection can come.
        let point: ListeningPoint | undefined;
        const listener = new StreamListener({
          name: this.#transport.toUpperCase(),
          ip: address.ip,
          port: address.port,
          tcpKeepAliveIntervalMs: this.options.tcpKeepAliveIntervalMs,
          onConnection: (socket) => this.#receiveConnection(socket, point),
          onError: (error) =>
            this.log.write(listenerErrorLevel(error), "listener", `listening socket: ${error.message}`, {}),
        });

        listeners.push(listener);
        await listener.bind();
        point = createListeningPoint(this.#transport, address, listener.port);
        points.push(point);
      }
    } catch (error) {
      // Connections may have come already by those that were bound.
      this.#listeners = listeners;
      await this.close();

      throw error;
    }

    this.#listeners = listeners;
    this.#boundPoints = points;
  }

  connect(target: Target): Flow | undefined {
    const listeningPoint = this.listeningPointOf(target.ipType);

    if (listeningPoint === undefined || this.#isClosing) {
      return undefined;
    }

    const ip = canonicalIp(target.ip);
    // A connection of TCP has no domain.
    const domain = this.#transport === "tls" ? target.domain?.toLowerCase().replace(/\.$/, "") : undefined;

    return this.#table.find(ip, target.port, domain) ?? this.#open(target, ip, domain, listeningPoint);
  }

  stopListening(): void {
    for (const listener of this.#listeners) {
      void listener.close();
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.stopListening();
    this.abandonHandshakes();

    for (const connection of this.#table) {
      connection.shutDown();
    }

    await Promise.all(this.#listeners.map((listener) => listener.close()));

    if (this.#table.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
    }
  }

  /** Where sockets are to be bound. */
  protected socketAddresses(): readonly ListenAddress[] {
    return this.options.listen;
  }

  /** A connection was accepted and is within the limits; `ip` is not that of the client behind a tunnel. */
  protected abstract accept(socket: Socket, listeningPoint: ListeningPoint): void;

  /** Connects a socket for `connection` and leads it to `open`. */
  protected abstract dial(connection: StreamConnection, target: Target): void;

  /** Drops the sockets that are no connections yet. */
  protected abandonHandshakes(): void {}

  protected listeningPointOf(ipType: IpType): ListeningPoint | undefined {
    return this.listeningPoints.find((point) => point.ipType === ipType);
  }

  /** A connection that a client opened. */
  protected createAccepted(
    listeningPoint: ListeningPoint,
    local: { readonly ip: string; readonly port: number },
    remote: { readonly ip: string; readonly port: number },
    isQuiet = false,
  ): StreamConnection {
    const connection = new StreamConnection(this.context, {
      transport: this.#transport,
      isOpenedByServer: false,
      listeningPoint,
      localIp: local.ip,
      localPort: local.port,
      remoteIp: remote.ip,
      remoteIpType: ipTypeOf(remote.ip) ?? listeningPoint.ipType,
      remotePort: remote.port,
      isQuiet,
    });

    this.#table.add(connection);

    return connection;
  }

  /** Lets messages pass, and be sent by it to its peer's address and port. */
  protected establish(connection: StreamConnection): void {
    connection.open();

    if (connection.isOpen) {
      this.#table.offer(connection);
    }
  }

  /** For a connection that this server has opened; those of clients inherit it. */
  protected setSocketOptions(socket: Socket): void {
    const { tcpKeepAliveIntervalMs } = this.options;

    socket.setNoDelay(true);

    if (tcpKeepAliveIntervalMs !== undefined) {
      socket.setKeepAlive(true, tcpKeepAliveIntervalMs);
    }
  }

  #receiveConnection(socket: Socket, listeningPoint: ListeningPoint | undefined): void {
    if (socket.remoteAddress === undefined || listeningPoint === undefined || this.#isClosing) {
      // The peer is gone already, or this server is about to be.
      socket.destroy();
    } else if (this.admission.admit(socket)) {
      this.accept(socket, listeningPoint);
    }
  }

  #open(
    target: Target,
    ip: string,
    domain: string | undefined,
    listeningPoint: ListeningPoint,
  ): StreamConnection {
    const connection = new StreamConnection(this.context, {
      transport: this.#transport,
      isOpenedByServer: true,
      listeningPoint,
      localIp: plainIp(listeningPoint.ip),
      localPort: 0,
      remoteIp: ip,
      remoteIpType: target.ipType,
      remotePort: target.port,
      domain,
    });

    this.#table.add(connection);
    this.#openedCount++;

    if (this.#openedCount > this.limits.maxOpenedConnections) {
      connection.cut({
        kind: "opened-connections",
        reason: "too many connections to targets",
        failure: "connection",
      });
    } else {
      // What else goes to this target meanwhile waits for the same connection.
      this.#table.offer(connection);
      this.dial(connection, target);
    }

    return connection;
  }

  #connectionClosed(connection: StreamFlow): void {
    this.#table.delete(connection);

    if (connection.isOpenedByServer) {
      this.#openedCount--;
    }

    try {
      this.options.receiver.flowClosed(connection);
    } catch (error) {
      this.log.logger.crit(error, { peer: connection.remoteDescription });
    }

    if (this.#table.size === 0) {
      this.#whenEmpty?.();
    }
  }
}
