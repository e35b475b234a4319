/**
 * SIP over WebSocket (RFC 7118), plain or over TLS, in this process or behind
 * a TLS terminator. Connections are opened by clients only.
 */
import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "../log/logger.ts";
import { ipTypeOf } from "../util/ip-address.ts";
import { LOOPBACK_ADDRESSES } from "./address-list.ts";
import { listenerErrorLevel } from "./file-exhaustion.ts";
import { LimitedLog } from "./limited-log.ts";
import { createListeningPoint, formatHostPort, type ListeningPoint } from "./listening-point.ts";
import type { TlsCredentials } from "./tls-credentials.ts";
import type { Transport } from "./transport.ts";
import { runCallback } from "./ws-callback.ts";
import { WS_CLOSE } from "./ws-close-code.ts";
import type { WsConnectionContext, WsFlow } from "./ws-connection-context.ts";
import { WsGate } from "./ws-gate.ts";
import { WsHttpFront } from "./ws-http-front.ts";
import { DEFAULT_WS_LIMITS, type WsLimits } from "./ws-limits.ts";
import { bindServer, closeServer, portOf } from "./ws-listener.ts";
import type { WsPending } from "./ws-pending.ts";
import type { WsTransportOptions } from "./ws-transport-options.ts";
import { WsTunnelFront } from "./ws-tunnel-front.ts";
import { WsWatch } from "./ws-watch.ts";
import { WssTlsFront } from "./wss-tls-front.ts";

export class WsTransport implements Transport {
  readonly #options: WsTransportOptions;
  readonly #limits: WsLimits;
  readonly #logger: Logger;
  readonly #limitedLog: LimitedLog;
  readonly #watch: WsWatch;
  readonly #gate: WsGate;
  readonly #httpFront: WsHttpFront;
  readonly #tlsFront: WssTlsFront | undefined;
  readonly #begin: (pending: WsPending) => void;
  #servers: readonly Server[] = [];
  #listeningPoints: readonly ListeningPoint[] = [];
  #ended: Promise<unknown> | undefined;

  constructor(options: WsTransportOptions) {
    const { security, clock } = options;

    this.#options = options;
    this.#limits = { ...DEFAULT_WS_LIMITS, ...options.limits };
    this.#logger = options.logger.child({ component: security.transport });
    this.#limitedLog = new LimitedLog(this.#logger, clock);
    this.#watch = new WsWatch(this.#limits, clock);
    this.#gate = new WsGate(this.#limits, clock, this.#limitedLog);

    const context: WsConnectionContext = {
      transport: security.transport,
      parser: options.parser,
      receiver: options.receiver,
      logger: this.#logger,
      limitedLog: this.#limitedLog,
      watch: this.#watch,
      maxSendBufferBytes: this.#limits.maxSendBufferBytes,
      refuse: (socket, refusal) => this.#httpFront.refuse(socket, refusal),
      connectionClosed: (connection, clientClosed) => this.#connectionClosed(connection, clientClosed),
    };

    this.#httpFront = new WsHttpFront({
      limits: this.#limits,
      gate: this.#gate,
      context,
      handlers: options.handlers,
      checks: { isOriginAllowed: originCheck(options.allowedOrigins) },
      serverStatus: () => options.serverStatus(),
    });

    ({ begin: this.#begin, tlsFront: this.#tlsFront } = this.#createFront(context));
  }

  get listeningPoints(): readonly ListeningPoint[] {
    return this.#listeningPoints;
  }

  /** Ports that the sockets are bound to, in the order of the addresses; behind a tunnel not those of the listening points. */
  get boundPorts(): readonly number[] {
    return this.#servers.map(portOf);
  }

  /** Connections, in handshake or open. */
  get connectionCount(): number {
    return this.#gate.connectionCount;
  }

  async bind(): Promise<void> {
    const { listen, security } = this.#options;
    const servers: Server[] = [];
    const points: ListeningPoint[] = [];

    try {
      for (const address of listen) {
        const server = createServer({ noDelay: true });
        await bindServer(server, address, security.transport);
        servers.push(server);

        const point =
          address.publicAddress === undefined
            ? createListeningPoint(security.transport, address, portOf(server))
            : {
                ...createListeningPoint(security.transport, address.publicAddress),
                behind: formatHostPort(address.ip, portOf(server)),
              };

        points.push(point);
        server.on("connection", (socket) => this.#accept(socket, point));
        server.on("error", (error) =>
          this.#limitedLog.write(
            listenerErrorLevel(error),
            "accept",
            `cannot accept a connection: ${error.message}`,
            {},
          ),
        );
      }
    } catch (error) {
      await Promise.all(servers.map(closeServer));

      throw error;
    }

    this.#servers = servers;
    this.#listeningPoints = points;
  }

  /** RFC 7118: a server never opens a WebSocket connection. */
  connect(): undefined {
    return undefined;
  }

  /**
   * WSS without a tunnel only: for handshakes that begin from now on.
   *
   * @throws what `node:tls` throws for a certificate or key that it cannot read; the old ones stay in force then.
   */
  setCredentials(credentials: TlsCredentials): void {
    this.#tlsFront?.setCredentials(credentials);
  }

  stopListening(): void {
    this.#ended ??= Promise.all(this.#servers.map(closeServer));
  }

  async close(): Promise<void> {
    this.stopListening();

    for (const pending of this.#gate.pending) {
      pending.socket.destroy();
    }

    for (const connection of this.#watch.connections) {
      connection.close(WS_CLOSE.GOING_AWAY);
    }

    await Promise.all([this.#ended, this.#gate.whenEmpty()]);
  }

  #createFront(context: WsConnectionContext): {
    begin: (pending: WsPending) => void;
    tlsFront: WssTlsFront | undefined;
  } {
    const { handlers, security } = this.#options;
    const gate = this.#gate;
    const beginHttp = (pending: WsPending, socket: Socket): void => this.#httpFront.begin(pending, socket);

    if ("tunnel" in security) {
      const front = new WsTunnelFront({
        trustedAddresses: security.tunnel.trustedAddresses ?? LOOPBACK_ADDRESSES,
        maxProxyHeaderBytes: this.#limits.maxProxyHeaderBytes,
        gate,
        limitedLog: this.#limitedLog,
        onClient: (pending, socket) => {
          this.#showPublicEnd(pending);
          beginHttp(pending, socket);
        },
      });

      return { begin: (pending) => front.begin(pending), tlsFront: undefined };
    }

    const tlsFront =
      "credentials" in security
        ? new WssTlsFront({
            credentials: security.credentials,
            requestsClientCertificates: this.#options.requestsClientCertificates ?? false,
            handshakeTimeoutMs: this.#limits.handshakeTimeoutMs,
            gate,
            context,
            handlers,
            onSecure: beginHttp,
          })
        : undefined;

    return {
      begin: (pending) => {
        if (!gate.admitAddress(pending)) {
          return;
        }

        if (tlsFront === undefined) {
          beginHttp(pending, pending.socket);
        } else {
          tlsFront.begin(pending);
        }
      },
      tlsFront,
    };
  }

  /** The terminator may come by another IP version than its client. */
  #showPublicEnd(pending: WsPending): void {
    const ipType = ipTypeOf(pending.remoteIp);
    const point = this.#listeningPoints.find((candidate) => candidate.ipType === ipType);

    pending.listeningPoint = point ?? pending.listeningPoint;
    pending.localIp = pending.listeningPoint.ip;
    pending.localPort = pending.listeningPoint.port;
  }

  #accept(socket: Socket, listeningPoint: ListeningPoint): void {
    const pending = this.#gate.accept(socket, listeningPoint);

    if (pending !== undefined) {
      this.#begin(pending);
    }
  }

  #connectionClosed(connection: WsFlow, clientClosed: boolean): void {
    this.#options.receiver.flowClosed(connection);
    runCallback(() => this.#options.handlers.onDisconnection?.(connection, clientClosed), {
      done: () => {},
      failed: (error) =>
        this.#logger.error(error, {
          callback: "webSocketEvents.onDisconnection",
          peer: connection.remoteDescription,
        }),
    });
    this.#gate.connectionClosed(connection.remoteIp);
  }
}

function originCheck(
  allowedOrigins: readonly string[] | undefined,
): ((origin: string) => boolean) | undefined {
  if (allowedOrigins === undefined) {
    return undefined;
  }

  const allowed = new Set(allowedOrigins.map((origin) => origin.toLowerCase()));

  return (origin) => allowed.has(origin);
}
