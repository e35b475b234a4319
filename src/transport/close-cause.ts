/** Why a stream connection ends: for the log, and for those whose messages it takes along. */
import type { TransportFailure } from "../errors/errors.ts";
import type { LogLevel } from "../log/logger.ts";
import { isFileExhaustion } from "./file-exhaustion.ts";

export interface CloseCause {
  /** One of a few fixed names, for the log's allowance. */
  readonly kind: string;
  /** Continues "connection closed: ". */
  readonly reason: string;
  readonly failure: TransportFailure;
  /** Of the log line. Default "info". */
  readonly level?: LogLevel;
}

export const CLOSED_BY_SERVER: CloseCause = {
  kind: "server",
  reason: "closed by this server",
  failure: "closed",
};

export const CLOSED_BY_PEER: CloseCause = { kind: "peer", reason: "closed by the peer", failure: "closed" };

/** It ended while it was being opened. */
export const NEVER_OPENED: CloseCause = {
  kind: "error",
  reason: "closed by the peer before it was open",
  failure: "connection",
};

/** The user's code closed it in `onServerTlsHandshake` or `onClientTlsHandshake`. */
export const REFUSED_BY_CALLBACK: CloseCause = {
  kind: "refused",
  reason: "refused by the TLS callback",
  failure: "tls-validation",
};

/** The user's code threw there. */
export const CALLBACK_FAILED: CloseCause = {
  kind: "refused",
  reason: "the TLS callback failed",
  failure: "tls-validation",
};

export const SEND_BUFFER_FULL: CloseCause = {
  kind: "overflow",
  reason: "the send buffer is full, the peer does not read",
  failure: "overflow",
};

/** No end of a connection: only the message that is one too many fails. */
export const TOO_MUCH_WAITS: CloseCause = {
  kind: "overflow",
  reason: "too much waits for the connection to open",
  failure: "overflow",
};

export function connectionError(error: NodeJS.ErrnoException): CloseCause {
  if (isFileExhaustion(error)) {
    const reason = `no more files can be opened (${error.code}): raise the limit of open files`;

    return { kind: "files", reason, failure: "connection", level: "error" };
  }

  return { kind: "error", reason: `connection error: ${errorText(error)}`, failure: "connection" };
}

/** Its code or, of an error of OpenSSL without one, its text, which ends with a line break there. */
export function errorText(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message.trim();
}
