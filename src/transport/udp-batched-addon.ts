/**
 * The native part of the batched UDP socket (native/), which not every system
 * has: a checkout that was not built, or a platform without recvmmsg(2).
 */
import { createRequire } from "node:module";
import { join } from "node:path";

/** Numbers of native/datagram-socket.h: where in the shared memory what is, in bytes. */
export interface BatchLayout {
  /** Datagrams of one system call, and the bytes that each may have. */
  readonly receiveSlots: number;
  readonly slotBytes: number;
  readonly sendEntries: number;
  readonly sendBytes: number;
  readonly entryBytes: number;
  readonly receivedOffset: number;
  readonly toSendOffset: number;
  readonly sendErrorsOffset: number;
  readonly sendBytesOffset: number;
  readonly receiveBytesOffset: number;
}

/** A socket of the addon. */
export interface BatchedHandle {
  readonly handle: object;
  /** The bound one. */
  readonly port: number;
  readonly memory: ArrayBuffer;
}

export interface BatchedAddon {
  readonly interfaceVersion: number;
  readonly layout: BatchLayout;

  /**
   * Binds a socket and begins to receive. A buffer of 0 bytes leaves the
   * system's default.
   *
   * @param maxDelayMs how long datagrams may wait for others while many arrive.
   * @param receiver `this` of the callbacks.
   * @param onReadable `count` datagrams are in the memory until it returns, or else the system's `errno`.
   * @param onWritable what `send` left can be sent now.
   * @throws {Error} whose `code` is the system's, and whose message the name of the call.
   */
  open(
    ip: string,
    port: number,
    receiveBufferBytes: number,
    sendBufferBytes: number,
    reusePort: boolean,
    maxDelayMs: number,
    receiver: object,
    onReadable: (count: number, errno: number) => void,
    onWritable: () => void,
  ): BatchedHandle;

  /**
   * Sends `count` entries of the memory from `first` on; those that it did
   * not get to wait for `onWritable`.
   *
   * @returns how many it is done with, and 65,536 times the number of those that failed.
   */
  send(handle: object, first: number, count: number): number;

  /** The port is free when it returns. May be called again. */
  close(handle: object): void;

  /** Writes scope and four words of address to `words`; false when `ip` is no address of that family. */
  parseAddress(ip: string, isIpv6: boolean, words: Uint32Array): boolean;

  /** An IPv6 link-local address gets its zone; undefined when that has gone. */
  formatAddress(
    isIpv6: boolean,
    scope: number,
    word0: number,
    word1: number,
    word2: number,
    word3: number,
  ): string | undefined;
}

const INTERFACE_VERSION = 2;
/** Both src/transport and dist/transport are two folders below it. */
const PREBUILDS = join(import.meta.dirname, "../../prebuilds");
const PLATFORM = `${process.platform}-${process.arch}`;
const HOW_TO_BUILD = `"npm run build:native" in a checkout builds it for ${PLATFORM}`;

/** The addon, or why there is none, and what helps. Never throws. */
export function loadBatchedAddon(
  file: string = join(PREBUILDS, PLATFORM, "udp-batched.node"),
): BatchedAddon | string {
  if (process.platform !== "linux") {
    return `the native part that does it together is for Linux, and this is ${process.platform}`;
  }

  try {
    const addon = createRequire(import.meta.url)(file) as BatchedAddon;

    return addon.interfaceVersion === INTERFACE_VERSION
      ? addon
      : `the native part (${file}) is of another version of this program; ${HOW_TO_BUILD}`;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;

    return code === "MODULE_NOT_FOUND"
      ? `the native part is not built for this platform (${file} is not there); ${HOW_TO_BUILD}`
      : `the native part cannot be loaded (${message.split("\n", 1)[0]}); ${HOW_TO_BUILD}`;
  }
}
