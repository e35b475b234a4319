/** The destination that the user's code gives to `route`. */
import type { Destination } from "../proxy/next-hop.ts";

const MAX_PORT = 65535;

/** @throws {TypeError} that says what is wrong with it. Undefined is fine. */
export function requireDestination(destination: Destination | undefined): void {
  if (destination === undefined) {
    return;
  }

  if (typeof destination !== "object" || destination === null) {
    throw new TypeError("a destination is an object { host, port?, transport? }");
  }

  const { host, port, transport } = destination;

  if (typeof host !== "string" || host === "") {
    throw new TypeError("a destination needs a host: a domain or an IP address");
  }

  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= MAX_PORT)) {
    throw new TypeError(`the port of a destination is an integer from 1 to ${MAX_PORT}, not ${String(port)}`);
  }

  if (transport !== undefined && typeof transport !== "string") {
    throw new TypeError('the transport of a destination is a string such as "udp"');
  }
}
