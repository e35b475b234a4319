/** One transport without a network: `SipTransportLayer` drives it as it drives the real ones. */
import { formatHostPort, type ListeningPoint } from "../transport/listening-point.ts";
import type { Target } from "../transport/target.ts";
import type { Transport, TransportReceiver } from "../transport/transport.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import { ipTypeOf } from "../util/ip-address.ts";
import { type FarSide, MemoryFlow } from "./memory-flow.ts";
import { MemoryWebSocket } from "./memory-web-socket.ts";

export interface MemoryTransportOptions {
  readonly protocol: TransportProtocol;
  readonly listeningPoints: readonly ListeningPoint[];
  readonly receiver: TransportReceiver;
  /** Whoever is at that address. */
  readonly farSideAt: (protocol: TransportProtocol, ip: string, port: number) => FarSide;
  /** This server opens a connection: `flow.open` or `flow.end` is to follow, in a later turn. */
  readonly connect: (flow: MemoryFlow, target: Target) => void;
}

export class MemoryTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly listeningPoints: readonly ListeningPoint[];
  readonly #options: MemoryTransportOptions;
  /** For UDP every one that there was, by listening point and peer. */
  readonly #flows = new Map<string, MemoryFlow>();

  constructor(options: MemoryTransportOptions) {
    this.protocol = options.protocol;
    this.listeningPoints = options.listeningPoints;
    this.#options = options;
  }

  async bind(): Promise<void> {}

  connect(target: Target): MemoryFlow | undefined {
    const point = this.#pointFor(target.ip);

    if (point === undefined || this.protocol === "ws" || this.protocol === "wss") {
      return undefined;
    }

    const known = this.#flows.get(keyOf(point, target.ip, target.port));

    if (known?.isOpen === true) {
      return known;
    }

    const farSide = this.#options.farSideAt(this.protocol, target.ip, target.port);

    if (this.protocol === "udp") {
      return this.flowToPeer(point, target.ip, target.port);
    }

    const flow = this.#keep(
      new MemoryFlow({
        listeningPoint: point,
        farSide,
        receiver: this.#options.receiver,
        isOpenedByServer: true,
        domain: this.protocol === "tls" ? target.domain?.toLowerCase().replace(/\.$/, "") : undefined,
      }),
    );

    this.#options.connect(flow, target);

    return flow;
  }

  flowToPeer(point: ListeningPoint, ip: string, port: number): MemoryFlow | undefined {
    if (this.protocol !== "udp" || !this.listeningPoints.includes(point)) {
      return undefined;
    }

    return (
      this.#flows.get(keyOf(point, ip, port)) ??
      this.#keep(
        new MemoryFlow({
          listeningPoint: point,
          farSide: this.#options.farSideAt("udp", ip, port),
          receiver: this.#options.receiver,
          isOpenedByServer: false,
        }),
      )
    );
  }

  /** A client connects, or for UDP sends for the first time. Undefined without a listening point of its IP version. */
  accept(farSide: FarSide): MemoryFlow | undefined {
    const point = this.#pointFor(farSide.ip);

    if (point === undefined || this.protocol === "udp") {
      return point && this.flowToPeer(point, farSide.ip, farSide.port);
    }

    const isWebSocket = this.protocol === "ws" || this.protocol === "wss";

    return this.#keep(
      new (isWebSocket ? MemoryWebSocket : MemoryFlow)({
        listeningPoint: point,
        farSide,
        receiver: this.#options.receiver,
        isOpenedByServer: false,
      }),
    );
  }

  stopListening(): void {}

  async close(): Promise<void> {
    for (const flow of this.#flows.values()) {
      if (flow.isReliable) {
        flow.end("closed");
      }
    }
  }

  #keep(flow: MemoryFlow): MemoryFlow {
    this.#flows.set(keyOf(flow.listeningPoint, flow.remoteIp, flow.remotePort), flow);

    return flow;
  }

  #pointFor(ip: string): ListeningPoint | undefined {
    const ipType = ipTypeOf(ip);

    return this.listeningPoints.find((point) => point.ipType === ipType);
  }
}

function keyOf(point: ListeningPoint, ip: string, port: number): string {
  return `${formatHostPort(point.ip, point.port)} ${formatHostPort(ip, port)}`;
}
