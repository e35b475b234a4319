import { BatchedDatagramSocket } from "../../src/transport/udp-batched-socket.ts";
import { requireBatchedAddon } from "../support/batched-addon.ts";
import { testUdpTransport } from "../support/udp-suite.ts";

const addon = requireBatchedAddon();

if (addon !== undefined) {
  testUdpTransport("batched", (options) => new BatchedDatagramSocket(addon, options));
}
