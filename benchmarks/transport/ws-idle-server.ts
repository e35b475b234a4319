/** The server of idle-connections.ts: sends its port, and at each question its memory once it has so many connections. */
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../../src/log/logger.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { TcpTransport } from "../../src/transport/tcp-transport.ts";
import type { TransportReceiver } from "../../src/transport/transport.ts";
import { WsTransport } from "../../src/transport/ws-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";

const SETTLE_MS = 100;

const silent: Logger = {
  debug() {},
  info() {},
  notice() {},
  warn() {},
  error() {},
  crit() {},
  isEnabled: () => false,
  child: () => silent,
};
const receiver: TransportReceiver = {
  receiveMessage() {},
  receiveFailure() {},
  flowClosed() {},
  flowToken: () => "token",
};
const shared = {
  listen: [{ ip: "127.0.0.1", port: 0 }],
  receiver,
  parser: new MessageParser(),
  logger: silent,
  clock: new SystemClock(),
  limits: { maxConnections: 100_000, maxConnectionsPerAddress: 100_000, firstMessageTimeoutMs: 0 },
};
const transport =
  process.argv[2] === "tcp"
    ? new TcpTransport(shared)
    : new WsTransport({
        ...shared,
        security: { transport: "ws" },
        handlers: {},
        serverStatus: () => "running",
      });

process.on("message", async ({ connections }: { connections: number }) => {
  while (transport.connectionCount !== connections) {
    await delay(SETTLE_MS);
  }

  for (let round = 0; round < 5; round++) {
    await delay(SETTLE_MS);
    globalThis.gc?.();
  }

  const { rss, heapUsed, external } = process.memoryUsage();

  process.send?.({ rssBytes: rss, heapBytes: heapUsed, externalBytes: external });
});

await transport.bind();
process.send?.(transport.listeningPoints[0]?.port);
