/**
 * A bound UDP socket, behind an interface small enough that one which reads
 * and writes many datagrams in one system call can take its place.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { IpType } from "../util/ip-address.ts";
import { DatagramWait, type DatagramWaitOptions } from "./datagram-wait.ts";

/**
 * Called for each datagram. `bytes` are the callee's until it returns: what it
 * needs of them later it copies. An IPv6 link-local `ip` has its zone.
 */
export type DatagramCallback = (bytes: Buffer, ip: string, port: number) => void;

/** What is sent: bytes, or a text of one character a byte. */
export type Datagram = Uint8Array | string;

export interface DatagramSocket {
  /** The bound port; 0 before `bind` has resolved. */
  readonly port: number;

  /** Rejects with the system's error. To be called once. */
  bind(): Promise<void>;

  /** Hands a datagram to the system. Never throws; `onError` is called later, if at all. */
  send(message: Datagram, ip: string, port: number, onError?: (error: Error) => void): void;

  /** Resolves when the socket is closed; may be called again. */
  close(): Promise<void>;
}

export interface DatagramSocketOptions {
  /** Without brackets. */
  readonly ip: string;
  readonly ipType: IpType;
  /** 0 for any free port. */
  readonly port: number;
  /** SO_RCVBUF in bytes; undefined leaves the system's default. */
  readonly receiveBufferBytes?: number | undefined;
  /** SO_SNDBUF in bytes; undefined leaves the system's default. */
  readonly sendBufferBytes?: number | undefined;
  /** SO_REUSEPORT: sockets of one address and port share what arrives. Default false. */
  readonly reusePort?: boolean | undefined;
  readonly onDatagram: DatagramCallback;
  /** An error that concerns no single `send`; the socket goes on. */
  readonly onError: (error: Error) => void;
}

export type DatagramSocketFactory = (options: DatagramSocketOptions) => DatagramSocket;

/**
 * Sockets of `node:dgram`, before whose reading the thread waits under load, for
 * all of them together. With a delay of 0 it never does.
 */
export function nodeSocketFactory(waitOptions: DatagramWaitOptions): DatagramSocketFactory {
  const wait = waitOptions.maxDelayMs > 0 ? new DatagramWait(waitOptions) : undefined;

  return (options) => new NodeDatagramSocket(options, wait);
}

/** The socket of `node:dgram`. */
export class NodeDatagramSocket implements DatagramSocket {
  readonly #options: DatagramSocketOptions;
  readonly #wait: DatagramWait | undefined;
  readonly #socket: Socket;
  #port = 0;
  #closing: Promise<void> | undefined = undefined;

  /** @param wait is told of each datagram. Default: each is read at once. */
  constructor(options: DatagramSocketOptions, wait?: DatagramWait) {
    const { ipType, receiveBufferBytes, sendBufferBytes, reusePort = false } = options;
    const family = ipType === "ipv6" ? 6 : 4;

    this.#options = options;
    this.#wait = wait;
    this.#socket = createSocket({
      type: ipType === "ipv6" ? "udp6" : "udp4",
      // The IPv4 address has its own socket.
      ipv6Only: ipType === "ipv6",
      reusePort,
      ...(receiveBufferBytes === undefined ? {} : { recvBufferSize: receiveBufferBytes }),
      ...(sendBufferBytes === undefined ? {} : { sendBufferSize: sendBufferBytes }),
      // PERF: destinations are addresses; the default lookup costs a tick and a promise for each datagram.
      lookup: (ip, _lookupOptions, callback) => callback(null, ip, family),
    });
  }

  get port(): number {
    return this.#port;
  }

  bind(): Promise<void> {
    const socket = this.#socket;
    const wait = this.#wait;
    const { onDatagram, onError } = this.#options;

    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.once("listening", () => {
        socket.off("error", reject);
        // A socket error, such as an ICMP message that the system reports, must not end the server.
        socket.on("error", onError);
        socket.on("message", (bytes: Buffer, from: RemoteInfo) => {
          wait?.noteDatagram();
          onDatagram(bytes, from.address, from.port);
        });
        this.#port = socket.address().port;
        resolve();
      });
      socket.bind({ address: this.#options.ip, port: this.#options.port, exclusive: true });
    });
  }

  send(message: Datagram, ip: string, port: number, onError?: (error: Error) => void): void {
    const bytes = typeof message === "string" ? Buffer.from(message, "latin1") : message;

    try {
      if (onError === undefined) {
        this.#socket.send(bytes, port, ip);
      } else {
        this.#socket.send(bytes, port, ip, (error) => {
          if (error !== null) {
            onError(error);
          }
        });
      }
    } catch (error) {
      // A closed socket, or a port that is none.
      if (onError !== undefined) {
        process.nextTick(onError, error as Error);
      }
    }
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      try {
        this.#socket.close(() => resolve());
      } catch {
        // It failed to bind, and is closed already.
        resolve();
      }
    });

    return this.#closing;
  }
}
