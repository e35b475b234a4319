/** Which sockets serve UDP: batched ones where the addon is, or else those of node:dgram. */
import type { Logger } from "../log/logger.ts";
import { loadBatchedAddon } from "./udp-batched-addon.ts";
import { BatchedDatagramSocket } from "./udp-batched-socket.ts";
import { type DatagramSocketFactory, NodeDatagramSocket } from "./udp-socket.ts";

/**
 * Batched sockets if the addon can be loaded; the log says when it cannot.
 *
 * @param file of the addon. Default: the one that was built for this platform.
 */
export function batchedSocketFactory(logger: Logger, file?: string): DatagramSocketFactory {
  const addon = loadBatchedAddon(file);

  if (typeof addon === "string") {
    logger.info(
      `UDP datagrams are read and written one at a time, which costs CPU and nothing else: ${addon}`,
    );

    return (options) => new NodeDatagramSocket(options);
  }

  return (options) => new BatchedDatagramSocket(addon, options);
}
