/**
 * What a phone costs a server's memory that has connected by WebSocket and
 * registered through it as its Outbound edge, and is silent since. It is told
 * twice: from no connection on, with all that the first ones load and reserve,
 * and beside 2,000 others, where part of it may be hidden in what was reserved
 * for those.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { printTable } from "../support/table.ts";
import { type Contender, Server } from "./contender.ts";
import { choosePort } from "./port.ts";
import { treeMemoryBytes } from "./process-usage.ts";
import { openConnections } from "./registered-connections.ts";
import { startRegistrar } from "./registrar.ts";

const OTHERS = 2_000;
/** Transactions of REGISTER have ended by then, which takes 5 seconds. */
const SETTLE_MS = 8_000;

export interface IdleOptions {
  readonly contenders: readonly Contender[];
  readonly connections: number;
  readonly onProgress: (text: string) => void;
}

/** Bytes of the server's processes. */
interface Memory {
  readonly withNone: number;
  readonly withOthers: number;
  readonly withAll: number;
}

export async function measureIdle({ contenders, connections, onProgress }: IdleOptions): Promise<void> {
  const rows: string[][] = [];

  for (const contender of contenders) {
    onProgress(`idle connections: ${contender.name}`);

    const { withNone, withOthers, withAll } = await measureOne(contender, connections);
    const kibibytes = (bytes: number, count: number): string => (bytes / count / 1024).toFixed(1);

    rows.push([
      contender.name,
      kibibytes(withAll - withNone, OTHERS + connections),
      kibibytes(withAll - withOthers, connections),
      (withNone / 1e6).toFixed(0),
      (withAll / 1e6).toFixed(0),
    ]);
  }

  printTable(
    `Memory of each of ${OTHERS + connections} idle WebSocket connections with its registration`,
    ["", "KiB from none on", `KiB beside ${OTHERS}`, "MB with none", "MB with all"],
    rows,
  );
}

async function measureOne(contender: Contender, connections: number): Promise<Memory> {
  await using registrar = await startRegistrar();
  const wsPort = choosePort();
  const ports = { wsPort, registrarPort: registrar.port };
  const server = await Server.start(contender, {
    transport: "udp",
    isOutbound: true,
    port: choosePort(),
    calleePort: registrar.port,
    wsPort,
  });
  const memory = async (): Promise<number> => {
    await sleep(SETTLE_MS);

    return treeMemoryBytes(server.pid);
  };

  try {
    const withNone = await memory();
    await using _others = await openConnections({ ...ports, connections: OTHERS });
    const withOthers = await memory();
    await using _more = await openConnections({ ...ports, connections, firstPhone: OTHERS });
    const withAll = await memory();

    // Before its clients: Kamailio logs much when thousands leave at once.
    await server.stop();

    return { withNone, withOthers, withAll };
  } finally {
    await server.stop();
  }
}
