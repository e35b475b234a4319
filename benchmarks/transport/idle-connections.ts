/**
 * What an idle connection costs the server's process: opens 5,000 TCP and
 * 5,000 WebSocket connections from one process to a server in another, and
 * prints the growth of its memory for each, after garbage collection.
 *
 *     node benchmarks/transport/idle-connections.ts [connections]
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { printTable } from "../support/table.ts";

const CLIENT = new URL("./ws-idle-client.ts", import.meta.url);
const SERVER = new URL("./ws-idle-server.ts", import.meta.url);
const TRANSPORTS = ["tcp", "ws"] as const;

interface MemoryReport {
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

async function ask(child: ChildProcess, question: object): Promise<unknown> {
  child.send(question);

  const [answer] = await once(child, "message");

  return answer;
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");

  child.kill();
  await exited;
}

async function measure(transport: string, connections: number): Promise<string[]> {
  const server = fork(SERVER, [transport], { execArgv: ["--expose-gc"] });
  const [port] = await once(server, "message");
  // What the first connections load, compile and allocate once is no cost of each.
  const warmUp = fork(CLIENT);

  await ask(warmUp, { transport, port, connections: 500 });
  await stop(warmUp);

  const before = (await ask(server, { connections: 0 })) as MemoryReport;
  const client = fork(CLIENT);

  await ask(client, { transport, port, connections });

  const after = (await ask(server, { connections })) as MemoryReport;
  const perConnection = (bytes: number): string => (bytes / connections / 1024).toFixed(1);

  await stop(client);
  await stop(server);

  return [
    transport.toUpperCase(),
    perConnection(after.rssBytes - before.rssBytes),
    perConnection(after.heapBytes - before.heapBytes),
    perConnection(after.externalBytes - before.externalBytes),
  ];
}

const connections = Number(process.argv[2] ?? 5_000);
const rows: string[][] = [];

for (const transport of TRANSPORTS) {
  rows.push(await measure(transport, connections));
}

printTable(
  `Memory of one idle connection, of ${connections}`,
  ["transport", "RSS KiB", "JavaScript heap KiB", "external KiB"],
  rows,
);
