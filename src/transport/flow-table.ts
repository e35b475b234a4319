/**
 * From flows to their tokens and back (RFC 5626 sections 5.2 and 5.3).
 * Connections are kept here from the first time that somebody asks for their
 * token until they close; for UDP the token itself says everything.
 */
import type { Flow } from "./flow.ts";
import { FlowTokenCodec } from "./flow-token.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { FlowOfToken } from "./transport-layer.ts";

/** The flow from a UDP listening point to a peer; undefined when the listening point is gone. */
export type FlowToPeer = (listeningPoint: ListeningPoint, ip: string, port: number) => Flow | undefined;

export class FlowTable {
  readonly #codec: FlowTokenCodec;
  readonly #flowToPeer: FlowToPeer;
  /** Connections by token, and the other way round. */
  readonly #flows = new Map<string, Flow>();
  readonly #tokens = new Map<Flow, string>();
  /** UDP listening points by the number that stands for them in tokens, and the other way round. */
  readonly #points = new Map<number, ListeningPoint>();
  readonly #pointIds = new Map<ListeningPoint, number>();

  /** @param secret tokens of UDP flows are valid wherever it is the same. */
  constructor(secret: Uint8Array, flowToPeer: FlowToPeer) {
    this.#codec = new FlowTokenCodec(secret);
    this.#flowToPeer = flowToPeer;
  }

  /** Connections that are kept. */
  get size(): number {
    return this.#flows.size;
  }

  /** Makes a UDP listening point known, so that tokens can lead to it. */
  addUdpPoint(point: ListeningPoint): void {
    const id = this.#codec.pointId(point);

    this.#points.set(id, point);
    this.#pointIds.set(point, id);
  }

  tokenOf(flow: Flow): string {
    if (flow.transport === "udp") {
      const pointId = this.#pointIds.get(flow.listeningPoint) ?? this.#codec.pointId(flow.listeningPoint);

      return this.#codec.udpToken(pointId, flow.remoteIp, flow.remotePort);
    }

    return this.#tokens.get(flow) ?? this.#keep(flow);
  }

  /** Never throws, whatever the token. */
  flowOf(token: string): FlowOfToken {
    // PERF: what is found needs no MAC. Its random bytes were made here, and nobody else knows them.
    const known = this.#flows.get(token);

    if (known !== undefined) {
      return known.isOpen ? known : "closed";
    }

    const content = this.#codec.read(token);

    if (content === undefined) {
      return "foreign";
    }

    // A connection that closed, maybe before this server started.
    if (content.kind === "connection") {
      return "closed";
    }

    const point = this.#points.get(content.pointId);

    return (point && this.#flowToPeer(point, content.ip, content.port)) ?? "closed";
  }

  remove(flow: Flow): void {
    const token = this.#tokens.get(flow);

    if (token !== undefined) {
      this.#tokens.delete(flow);
      this.#flows.delete(token);
    }
  }

  /** PERF: idle connections, of which nobody asks the token, cost nothing here. */
  #keep(flow: Flow): string {
    const token = this.#codec.connectionToken();

    // What closed already would never be removed.
    if (flow.isOpen) {
      this.#tokens.set(flow, token);
      this.#flows.set(token, flow);
    }

    return token;
  }
}
