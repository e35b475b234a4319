/** WebSocket connections of phones that have registered through a server and stay silent, held by processes of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

const CLIENT = new URL("../transport/ws-idle-client.ts", import.meta.url);
/** Below what a process may open. */
const PER_PROCESS = 8_000;
/** Few enough transactions at once that a server keeps no more memory for many connections than for few. */
const PER_SECOND = 400;

export interface ConnectionsOptions {
  readonly wsPort: number;
  readonly registrarPort: number;
  readonly connections: number;
  /** Number of the first phone. Default 0. */
  readonly firstPhone?: number;
}

export interface RegisteredConnections extends AsyncDisposable {
  readonly connections: number;
}

/** Resolves when all have registered. */
export async function openConnections(options: ConnectionsOptions): Promise<RegisteredConnections> {
  const { connections, firstPhone = 0 } = options;
  const clients: ChildProcess[] = [];
  const held: RegisteredConnections = {
    connections,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map(stop));
    },
  };

  try {
    for (let opened = 0; opened < connections; opened += PER_PROCESS) {
      const client = fork(CLIENT);

      clients.push(client);
      client.send({
        ...options,
        transport: "ws",
        port: options.wsPort,
        connections: Math.min(PER_PROCESS, connections - opened),
        firstPhone: firstPhone + opened,
        perSecond: PER_SECOND,
      });

      if (!(await isReady(client))) {
        throw new Error("not all connections were opened");
      }
    }
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }

  return held;
}

async function isReady(client: ChildProcess): Promise<boolean> {
  return Promise.race([once(client, "message").then(() => true), once(client, "exit").then(() => false)]);
}

async function stop(client: ChildProcess): Promise<void> {
  if (client.exitCode !== null || client.signalCode !== null) {
    return;
  }

  const exited = once(client, "exit");

  client.kill();
  await exited;
}
