/**
 * The way to one UDP peer: a 4-tuple (RFC 5626 section 2). It costs nothing
 * but this object, and may outlive its entry in the transport's table.
 */
import { TransportError } from "../errors/errors.ts";
import type { IpType } from "../util/ip-address.ts";
import type { Flow, SendErrorCallback } from "./flow.ts";
import { plainIp } from "./ip-address-bytes.ts";
import { formatHostPort, type ListeningPoint } from "./listening-point.ts";
import { observeSent, type TransportObserver } from "./transport-observer.ts";
import type { Datagram } from "./udp-socket.ts";

/** What a datagram of IPv4 can carry: 65,535 bytes without 20 of IP header and 8 of UDP header. */
const MAX_DATAGRAM_BYTES = 65_507;

/** One bound socket, as its flows use it. */
export interface UdpChannel {
  readonly listeningPoint: ListeningPoint;
  readonly isOpen: boolean;
  readonly observer?: TransportObserver | undefined;
  send(message: Datagram, ip: string, port: number, onError?: (error: Error) => void): void;
  flowToken(flow: Flow): string;
}

export class UdpFlow implements Flow {
  readonly remotePort: number;
  readonly #channel: UdpChannel;
  /** As the system reported it; a link-local address has its zone, without which nothing reaches it. */
  readonly #address: string;
  #cvars: Record<string, unknown> | undefined = undefined;
  #flowToken: string | undefined = undefined;

  constructor(channel: UdpChannel, address: string, port: number) {
    this.#channel = channel;
    this.#address = address;
    this.remotePort = port;
  }

  /** Whether this is the way to that peer, its address as the system reports it. */
  isTo(ip: string, port: number): boolean {
    return port === this.remotePort && ip === this.#address;
  }

  get transport(): "udp" {
    return "udp";
  }

  get isReliable(): boolean {
    return false;
  }

  get isOpenedByServer(): boolean {
    return false;
  }

  get listeningPoint(): ListeningPoint {
    return this.#channel.listeningPoint;
  }

  get ipType(): IpType {
    return this.#channel.listeningPoint.ipType;
  }

  get remoteIpType(): IpType {
    return this.ipType;
  }

  get localIp(): string {
    return this.#channel.listeningPoint.ip;
  }

  get localPort(): number {
    return this.#channel.listeningPoint.port;
  }

  get remoteIp(): string {
    return this.ipType === "ipv6" ? plainIp(this.#address) : this.#address;
  }

  get remoteDescription(): string {
    return formatHostPort(this.remoteIp, this.remotePort);
  }

  get cvars(): Record<string, unknown> {
    this.#cvars ??= Object.create(null) as Record<string, unknown>;

    return this.#cvars;
  }

  get isOpen(): boolean {
    return this.#channel.isOpen;
  }

  /** PERF: made once for each peer, since it costs a MAC. */
  get flowToken(): string {
    this.#flowToken ??= this.#channel.flowToken(this);

    return this.#flowToken;
  }

  close(): boolean {
    return false;
  }

  send(bytes: Uint8Array, onError?: SendErrorCallback): void {
    observeSent(this.#channel.observer, bytes, this);
    this.#send(bytes, onError);
  }

  sendText(text: string, onError?: SendErrorCallback): void {
    if (this.#channel.observer === undefined) {
      this.#send(text, onError);
    } else {
      this.send(Buffer.from(text, "latin1"), onError);
    }
  }

  #send(message: Datagram, onError: SendErrorCallback | undefined): void {
    const { length } = message;

    if (onError === undefined) {
      this.#channel.send(message, this.#address, this.remotePort);
    } else if (length > MAX_DATAGRAM_BYTES) {
      process.nextTick(onError, this.#tooLarge(length));
    } else {
      this.#channel.send(message, this.#address, this.remotePort, (cause) =>
        onError(this.#transportError(cause, length)),
      );
    }
  }

  #tooLarge(byteCount: number, cause?: unknown): TransportError {
    return new TransportError(
      `${byteCount} bytes are too many for a datagram to ${this.remoteDescription}`,
      "too-large",
      { cause },
    );
  }

  #transportError(cause: Error, byteCount: number): TransportError {
    if ("code" in cause && cause.code === "EMSGSIZE") {
      return this.#tooLarge(byteCount, cause);
    }

    return new TransportError(
      `cannot send to ${this.remoteDescription} over UDP: ${cause.message}`,
      this.isOpen ? "connection" : "closed",
      { cause },
    );
  }
}
