/** Which sockets serve UDP: batched ones where the addon is, or else those of node:dgram. */
import type { Logger } from "../log/logger.ts";
import { loadBatchedAddon } from "./udp-batched-addon.ts";
import { BatchedDatagramSocket } from "./udp-batched-socket.ts";
import { type DatagramSocketFactory, nodeSocketFactory } from "./udp-socket.ts";

export interface BatchedSocketsOptions {
  /** How long a datagram may wait under load to be read together with others, in milliseconds. Default 0: never. */
  readonly maxDelayMs?: number;
  /** For the sockets of `node:dgram`; see `DatagramWaitOptions`. */
  readonly afterTurn?: (callback: () => void) => void;
  /** The addon. Default: the one that was built for this platform. */
  readonly file?: string;
}

/** Batched sockets if the addon can be loaded; the log says when it cannot. */
export function batchedSocketFactory(
  logger: Logger,
  { file, maxDelayMs = 0, ...waitOptions }: BatchedSocketsOptions = {},
): DatagramSocketFactory {
  const addon = loadBatchedAddon(file);

  if (typeof addon === "string") {
    const effect =
      maxDelayMs > 0 ? ", and under load makes everything else wait for up to core.batching_delay too" : "";

    logger.info(`UDP datagrams are read and written one at a time, which costs CPU${effect}: ${addon}`);

    return nodeSocketFactory({ maxDelayMs, ...waitOptions });
  }

  return (options) => new BatchedDatagramSocket(addon, options, maxDelayMs);
}
