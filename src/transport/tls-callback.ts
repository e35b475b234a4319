/** Lets the user's code judge a TLS peer before anything of it is read (`onClientTlsHandshake`, `onServerTlsHandshake`). */
import type { Logger } from "../log/logger.ts";
import { CALLBACK_FAILED } from "./close-cause.ts";
import type { SipConnection } from "./sip-connection.ts";
import type { StreamConnection } from "./stream-connection.ts";

/**
 * @param connection to be closed to refuse the peer.
 * @param certificates PEM texts, the peer's own first, then its chain; empty when it presented none.
 */
export type TlsHandshakeCallback = (
  connection: SipConnection,
  certificates: readonly string[],
) => void | Promise<void>;

/** Calls `then` unless the callback fails; with the connection closed when it refused. Time is limited by the connection. */
export function runTlsCallback(
  callback: TlsHandshakeCallback,
  connection: StreamConnection,
  certificates: readonly string[],
  logger: Logger,
  then: () => void,
): void {
  const fail = (error: unknown): void => {
    logger.error(error, { peer: connection.remoteDescription });
    connection.end(CALLBACK_FAILED);
  };

  connection.enterPhase("callback");

  try {
    const result: unknown = callback(connection, certificates);

    if (isThenable(result)) {
      result.then(then, fail);
    } else {
      then();
    }
  } catch (error) {
    fail(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
