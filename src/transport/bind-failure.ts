/** Why a socket cannot be bound, in words, for who starts the server. */
import { TransportError } from "../errors/errors.ts";
import { formatHostPort } from "./listening-point.ts";

const FAULTS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "address already in use"],
  ["EADDRNOTAVAIL", "address not available"],
  ["EACCES", "no permission"],
]);

/** @param name of what was to be bound: "UDP", "TCP", "WSS". */
export function bindFailure(name: string, ip: string, port: number, cause: unknown): TransportError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const fault = FAULTS.get(code ?? "") ?? message;

  return new TransportError(`cannot bind ${name} ${formatHostPort(ip, port)}: ${fault}`, "connection", {
    cause,
  });
}
