/** The addon of the batched UDP socket, built for the test run where a compiler is. */
import { buildNative } from "../../scripts/build-native.ts";
import { type BatchedAddon, loadBatchedAddon } from "../../src/transport/udp-batched-addon.ts";

/** The addon; or else says on standard error why the tests go without it. */
export function requireBatchedAddon(): BatchedAddon | undefined {
  const { file, reason } = buildNative();
  const addon = file === undefined ? (reason ?? "not built") : loadBatchedAddon(file);

  if (typeof addon === "string") {
    process.stderr.write(`NOT TESTED: the batched UDP socket: ${addon}\n`);

    return undefined;
  }

  return addon;
}
