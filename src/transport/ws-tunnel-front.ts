/**
 * Sockets of a TLS terminator on the way to plain HTTP: who the client is, is
 * told by a PROXY protocol header before its first byte.
 */
import { type BlockList, isIPv6, type Socket } from "node:net";
import { addressList } from "./address-list.ts";
import type { LimitedLog } from "./limited-log.ts";
import { ProxyHeaderReader, type ProxyReadResult } from "./proxy-protocol.ts";
import type { WsGate } from "./ws-gate.ts";
import type { WsPending } from "./ws-pending.ts";

export interface WsTunnelFrontOptions {
  /** Addresses, or networks such as "10.0.0.0/8", of terminators. SECURITY: whoever is among them can claim any address. */
  readonly trustedAddresses: readonly string[];
  readonly maxProxyHeaderBytes: number;
  readonly gate: WsGate;
  readonly limitedLog: LimitedLog;
  /** The header is read; HTTP may follow. */
  onClient(pending: WsPending, socket: Socket): void;
}

export class WsTunnelFront {
  readonly #options: WsTunnelFrontOptions;
  readonly #trusted: BlockList;

  constructor(options: WsTunnelFrontOptions) {
    this.#options = options;
    this.#trusted = addressList(options.trustedAddresses);
  }

  begin(pending: WsPending): void {
    const { socket } = pending;

    if (!this.#trusted.check(pending.remoteIp, isIPv6(pending.remoteIp) ? "ipv6" : "ipv4")) {
      this.#log(pending, "tunnel-untrusted", "connection to the TLS tunnel refused: not a trusted address");
      socket.destroy();

      return;
    }

    const reader = new ProxyHeaderReader(this.#options.maxProxyHeaderBytes);
    const onData = (chunk: Buffer): void => {
      const result = reader.push(chunk);

      if (result !== undefined) {
        socket.removeListener("data", onData);
        socket.pause();
        this.#finish(pending, result);
      }
    };

    socket.on("data", onData);
  }

  #finish(pending: WsPending, result: ProxyReadResult): void {
    const { socket } = pending;

    if (result.status === "invalid") {
      this.#log(pending, "tunnel-header", `connection to the TLS tunnel refused: ${result.reason}`);
      socket.destroy();

      return;
    }

    // Without a source the terminator speaks for itself, with its own address.
    if (result.header.source !== undefined) {
      pending.remoteIp = result.header.source.ip;
      pending.remotePort = result.header.source.port;
    }

    if (!this.#options.gate.admitAddress(pending)) {
      return;
    }

    if (result.rest.length > 0) {
      socket.unshift(result.rest);
    }

    this.#options.onClient(pending, socket);
    socket.resume();
  }

  #log(pending: WsPending, kind: string, message: string): void {
    this.#options.limitedLog.write("notice", kind, message, { peer: pending.remoteDescription });
  }
}
