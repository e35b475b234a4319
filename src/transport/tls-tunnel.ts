/**
 * Connections of a program that ends TLS in front of this server and tells
 * the client's address by the PROXY protocol.
 */
import type { BlockList, Socket } from "node:net";
import { ipTypeOf } from "../util/ip-address.ts";
import { addressList, LOOPBACK_ADDRESSES } from "./address-list.ts";
import { plainIp } from "./ip-address-bytes.ts";
import type { ListenAddress } from "./listening-point.ts";
import type { PendingHandshakes } from "./pending-handshakes.ts";
import type { ProxyHeader } from "./proxy-header.ts";
import { ProxyHeaderReader } from "./proxy-protocol.ts";

export interface TlsTunnelOptions {
  /** Where that program connects to, in plain TCP. */
  readonly listen: readonly ListenAddress[];
  /** Addresses and networks whose header is believed. Default: 127.0.0.0/8 and ::1. */
  readonly trustedAddresses?: readonly string[] | undefined;
}

/** What the transport does for the tunnel. */
export interface TlsTunnelHost {
  /** Closes a socket at once, with a log line. */
  refuse(socket: Socket, kind: string, reason: string): void;

  /** The header is read; what the client has sent after it waits in the socket, which is paused. */
  receiveTunneled(socket: Socket, header: ProxyHeader): void;
}

export class TlsTunnel {
  readonly #trusted: BlockList;
  readonly #maxHeaderBytes: number;
  readonly #pending: PendingHandshakes;
  readonly #host: TlsTunnelHost;

  constructor(
    trustedAddresses: readonly string[] = LOOPBACK_ADDRESSES,
    maxHeaderBytes: number,
    pending: PendingHandshakes,
    host: TlsTunnelHost,
  ) {
    this.#trusted = addressList(trustedAddresses);
    this.#maxHeaderBytes = maxHeaderBytes;
    this.#pending = pending;
    this.#host = host;
  }

  accept(socket: Socket): void {
    const ip = plainIp(socket.remoteAddress ?? "");
    const ipType = ipTypeOf(ip);

    // SECURITY: whoever may send a header may come from any address that it likes.
    if (ipType === undefined || !this.#trusted.check(ip, ipType)) {
      this.#host.refuse(socket, "tunnel-untrusted", "not a trusted address for the TLS tunnel");
    } else if (this.#pending.begin(socket, "PROXY protocol header")) {
      this.#readHeader(socket);
    } else {
      this.#host.refuse(socket, "handshakes", "too many handshakes in progress");
    }
  }

  #readHeader(socket: Socket): void {
    const reader = new ProxyHeaderReader(this.#maxHeaderBytes);
    const read = (chunk: Buffer): void => {
      const result = reader.push(chunk);

      if (result === undefined) {
        return;
      }

      socket.pause();
      socket.off("data", read);
      this.#pending.end(socket);

      if (result.status === "invalid") {
        this.#host.refuse(socket, "tunnel-header", `bad PROXY protocol header: ${result.reason}`);

        return;
      }

      if (result.rest.length > 0) {
        socket.unshift(result.rest);
      }

      this.#host.receiveTunneled(socket, result.header);
    };

    socket.on("data", read);
  }
}
