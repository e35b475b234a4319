/** The listening socket of a WebSocket transport. */
import type { Server } from "node:net";
import { bindFailure } from "./bind-failure.ts";
import type { ListenAddress } from "./listening-point.ts";
import { LISTEN_BACKLOG } from "./stream-listener.ts";

/** @throws {TransportError} naming transport, address, port and cause. */
export function bindServer(server: Server, address: ListenAddress, transport: "ws" | "wss"): Promise<void> {
  return new Promise((resolve, reject) => {
    const { ip, port } = address;
    const refuse = (cause: Error): void => reject(bindFailure(transport.toUpperCase(), ip, port, cause));

    server.once("error", refuse);
    server.listen({ host: ip, port, backlog: LISTEN_BACKLOG, ipv6Only: true, exclusive: true }, () => {
      server.off("error", refuse);
      resolve();
    });
  });
}

/** 0 when it is not bound (any more). */
export function portOf(server: Server): number {
  const address = server.address();

  return typeof address === "object" && address !== null ? address.port : 0;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
