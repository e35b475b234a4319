/** A `WsTransport` on loopback, with everything around it kept for a test. */
import { MessageParser } from "../../src/message/message-parser.ts";
import type { ListenAddress } from "../../src/transport/listening-point.ts";
import type { WebSocketHandlers } from "../../src/transport/ws-events.ts";
import type { ServerStatus } from "../../src/transport/ws-http-front.ts";
import type { WsLimits } from "../../src/transport/ws-limits.ts";
import { WsTransport } from "../../src/transport/ws-transport.ts";
import type { WsSecurity } from "../../src/transport/ws-transport-options.ts";
import type { Clock } from "../../src/util/clock.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { RecordingReceiver } from "./recording-receiver.ts";

export interface WsServerOptions {
  /** Default: plain WS. */
  readonly security?: WsSecurity;
  /** Default 127.0.0.1. */
  readonly ips?: readonly string[];
  readonly limits?: Partial<WsLimits>;
  /** Default: the system's. */
  readonly clock?: Clock;
  readonly allowedOrigins?: readonly string[];
  readonly requestsClientCertificates?: boolean;
  /** Behind a tunnel: where clients connect to, one for each of `ips`. */
  readonly publicAddresses?: readonly ListenAddress[];
}

export class WsServer {
  readonly receiver = new RecordingReceiver();
  readonly logger = new RecordingLogger();
  readonly handlers: WebSocketHandlers = {};
  readonly transport: WsTransport;
  status: ServerStatus = "running";
  /** Port of the first address. */
  port = 0;
  readonly #clock: Clock;

  constructor(options: WsServerOptions) {
    this.#clock = options.clock ?? new SystemClock();
    this.transport = new WsTransport({
      security: options.security ?? { transport: "ws" },
      listen: (options.ips ?? ["127.0.0.1"]).map((ip, index) => ({
        ip,
        port: 0,
        publicAddress: options.publicAddresses?.[index],
      })),
      receiver: this.receiver,
      parser: new MessageParser(),
      logger: this.logger,
      clock: this.#clock,
      handlers: this.handlers,
      serverStatus: () => this.status,
      allowedOrigins: options.allowedOrigins,
      requestsClientCertificates: options.requestsClientCertificates,
      limits: options.limits,
    });
  }

  static async start(options: WsServerOptions = {}): Promise<WsServer> {
    const server = new WsServer(options);

    await server.transport.bind();
    server.port = server.transport.boundPorts[0] ?? 0;

    return server;
  }

  /** Resolves when there are so many connections, in handshake or open. The test runner's time limit is the only one. */
  async connectionCountBecomes(count: number): Promise<void> {
    while (this.transport.connectionCount !== count) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async close(): Promise<void> {
    await this.transport.close();

    if (this.#clock instanceof SystemClock) {
      this.#clock.close();
    }
  }
}
