/** One listening point of UDP: its socket, and the peers that sent SIP to it. */
import { ipTypeOf } from "../util/ip-address.ts";
import type { TtlMap } from "../util/ttl-map.ts";
import { bindFailure } from "./bind-failure.ts";
import type { Flow } from "./flow.ts";
import { createListeningPoint, type ListenAddress, type ListeningPoint } from "./listening-point.ts";
import type { TransportReceiver } from "./transport.ts";
import type { TransportObserver } from "./transport-observer.ts";
import { type UdpChannel, UdpFlow } from "./udp-flow.ts";
import type { Datagram, DatagramCallback, DatagramSocket, DatagramSocketFactory } from "./udp-socket.ts";

/** Places for peers that were heard of last; a power of two. */
const RECENT_PEERS = 1024;

export interface UdpEndpointOptions {
  readonly address: ListenAddress;
  readonly receiver: Pick<TransportReceiver, "flowToken" | "observer">;
  readonly peers: TtlMap<string, UdpFlow>;
  readonly createSocket: DatagramSocketFactory;
  readonly receiveBufferBytes: number | undefined;
  readonly sendBufferBytes: number | undefined;
  readonly onDatagram: DatagramCallback;
  readonly onError: (error: Error) => void;
}

export class UdpEndpoint implements UdpChannel {
  readonly observer: TransportObserver | undefined;
  readonly #options: UdpEndpointOptions;
  readonly #peers: TtlMap<string, UdpFlow>;
  readonly #socket: DatagramSocket;
  #listeningPoint: ListeningPoint;
  #isOpen = false;
  /**
   * PERF: a peer that is heard of again and again costs no key and no search;
   * where two share a place, the table finds them (benchmarks/calls/calls.ts).
   */
  readonly #recent: (UdpFlow | undefined)[] = new Array(RECENT_PEERS).fill(undefined);
  #recentGeneration = 0;

  constructor(options: UdpEndpointOptions) {
    const { address } = options;

    this.observer = options.receiver.observer;
    this.#options = options;
    this.#peers = options.peers;
    this.#listeningPoint = createListeningPoint("udp", address);
    this.#socket = options.createSocket({
      ip: address.ip,
      ipType: ipTypeOf(address.ip) ?? "ipv4",
      port: address.port,
      receiveBufferBytes: options.receiveBufferBytes,
      sendBufferBytes: options.sendBufferBytes,
      onDatagram: options.onDatagram,
      onError: options.onError,
    });
  }

  /** Its port is the bound one once `bind` has resolved. */
  get listeningPoint(): ListeningPoint {
    return this.#listeningPoint;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get peerCount(): number {
    return this.#peers.size;
  }

  /** @throws {TransportError} naming address, port and cause. */
  async bind(): Promise<void> {
    const { address } = this.#options;

    try {
      await this.#socket.bind();
    } catch (cause) {
      throw bindFailure("UDP", address.ip, address.port, cause);
    }

    this.#listeningPoint = createListeningPoint("udp", address, this.#socket.port);
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#peers.clear();
    await this.#socket.close();
  }

  send(message: Datagram, ip: string, port: number, onError?: (error: Error) => void): void {
    this.#socket.send(message, ip, port, onError);
  }

  flowToken(flow: Flow): string {
    return this.#options.receiver.flowToken(flow);
  }

  /** The peer's flow; a new one is not remembered. */
  flowTo(ip: string, port: number): UdpFlow {
    return this.#recentFlow(ip, port) ?? this.#peers.get(peerKey(ip, port)) ?? new UdpFlow(this, ip, port);
  }

  /** The flow of a peer that sent SIP, by which its `cvars` are kept. */
  rememberedFlow(ip: string, port: number): UdpFlow {
    let flow = this.#recentFlow(ip, port);

    if (flow === undefined) {
      flow = this.#findOrRemember(ip, port);
      this.#recent[port & (RECENT_PEERS - 1)] = flow;
    }

    return flow;
  }

  #recentFlow(ip: string, port: number): UdpFlow | undefined {
    if (this.#recentGeneration !== this.#peers.generation) {
      this.#recentGeneration = this.#peers.generation;
      this.#recent.fill(undefined);
    }

    const flow = this.#recent[port & (RECENT_PEERS - 1)];

    return flow?.isTo(ip, port) ? flow : undefined;
  }

  #findOrRemember(ip: string, port: number): UdpFlow {
    const key = peerKey(ip, port);
    let flow = this.#peers.get(key);

    if (flow === undefined) {
      flow = new UdpFlow(this, ip, port);
      this.#peers.set(key, flow);
    }

    return flow;
  }

  /** The peer, if it is remembered, was heard of. */
  touch(ip: string, port: number): void {
    this.#peers.get(peerKey(ip, port));
  }
}

function peerKey(ip: string, port: number): string {
  return `${ip}:${port}`;
}
