/** The listening socket of a WebSocket transport. */
import type { Server } from "node:net";
import { TransportError } from "../errors/errors.ts";
import { formatHostPort, type ListenAddress } from "./listening-point.ts";

/** @throws {TransportError} naming transport, address, port and cause. */
export function bindServer(server: Server, address: ListenAddress, transport: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: Error) => {
      const message = `cannot bind ${transport} to ${formatHostPort(address.ip, address.port)}: ${cause.message}`;

      reject(new TransportError(message, "connection", { cause }));
    });
    server.listen({ host: address.ip, port: address.port, ipv6Only: true }, () => {
      server.removeAllListeners("error");
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
