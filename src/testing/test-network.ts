/** Everything outside of the server: who is at which address, and how connections begin. */
import { formatHostPort, type ListeningPoint } from "../transport/listening-point.ts";
import type { Target } from "../transport/target.ts";
import type { TransportReceiver } from "../transport/transport.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { Answers } from "./answers.ts";
import { FarEnd, type FarEndAddress } from "./far-end.ts";
import type { ForwardedRequest } from "./forwarded-request.ts";
import type { Handshakes } from "./handshakes.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import { MemoryTransport } from "./memory-transport.ts";
import { MemoryWebSocket } from "./memory-web-socket.ts";
import type { HeaderFields } from "./message-text.ts";
import type { TestContext } from "./test-context.ts";
import { TestPeer } from "./test-peer.ts";

/** Who connects to the server, and how. */
export interface ClientOptions {
  /** Default "udp". */
  readonly transport?: TransportProtocol | undefined;
  /** Without brackets. Default "203.0.113.1". */
  readonly ip?: string | undefined;
  /** Default: 40001, 40002 and so on. */
  readonly port?: number | undefined;
  /** `host:port` for Via and Contact, such as a private address behind a NAT. Default: `ip` and `port`; for WebSocket a name in .invalid. */
  readonly sentBy?: string | undefined;
  /** What it presents in a TLS handshake: PEM, its own first. Default: none. */
  readonly certificates?: readonly string[] | undefined;
  /** Target of a WebSocket handshake request. Default "/". */
  readonly path?: string | undefined;
  /** Of a WebSocket handshake request, such as Origin and Cookie. Default: none but those that there must be. */
  readonly httpHeaders?: HeaderFields | undefined;
}

/** Who is at an address that the server may send to. */
export interface CalleeOptions {
  /** Default "udp". */
  readonly transport?: "udp" | "tcp" | "tls" | undefined;
  /** Without brackets. */
  readonly ip: string;
  /** Default 5060, for TLS 5061. */
  readonly port?: number | undefined;
  /** Default: it answers nothing; the test does. */
  readonly answers?: Answers | undefined;
  /** What it presents in a TLS handshake: PEM, its own first. Default: none. */
  readonly certificates?: readonly string[] | undefined;
  /** False: connections are refused, and datagrams answered by ICMP. Default true. */
  readonly isReachable?: boolean | undefined;
}

const CLIENT_IP = "203.0.113.1";
const FIRST_CLIENT_PORT = 40_001;
const PROTOCOLS = ["udp", "tcp", "tls", "ws", "wss"] as const;

export class TestNetwork {
  readonly #context: TestContext;
  readonly #unclaimed: ForwardedRequest[] = [];
  readonly #ends = new Map<string, FarEnd>();
  readonly #peers = new Map<FarEnd, TestPeer>();
  readonly #transports = new Map<TransportProtocol, MemoryTransport>();
  readonly #handshakes: Handshakes;
  #nextPort = FIRST_CLIENT_PORT;

  constructor(context: TestContext, handshakes: Handshakes) {
    this.#context = context;
    this.#handshakes = handshakes;
  }

  createTransports(receiver: TransportReceiver, points: readonly ListeningPoint[]): MemoryTransport[] {
    const observed: TransportReceiver = {
      receiveMessage: (message, flow) => receiver.receiveMessage(message, flow),
      receiveFailure: (failure, flow) => receiver.receiveFailure(failure, flow),
      flowToken: (flow) => receiver.flowToken(flow),
      flowClosed: (flow) => {
        receiver.flowClosed(flow);

        if (flow instanceof MemoryWebSocket) {
          this.#handshakes.webSocketClosed(flow);
        }
      },
    };

    this.#context.setReceiver(receiver);

    for (const protocol of PROTOCOLS) {
      const transport = new MemoryTransport({
        protocol,
        listeningPoints: points.filter((point) => point.transport === protocol),
        receiver: observed,
        farSideAt: (...address) => this.#endAt(...address),
        connect: (flow, target) => process.nextTick(() => this.#connected(flow, target)),
      });

      this.#transports.set(protocol, transport);
    }

    return [...this.#transports.values()];
  }

  /** A client connects; for UDP, there is one that may send. */
  async connect(options: ClientOptions): Promise<TestPeer> {
    const { certificates = [], ip = CLIENT_IP, port = this.#nextPort++, transport = "udp" } = options;
    const isWebSocket = transport === "ws" || transport === "wss";
    const sentBy = options.sentBy ?? (isWebSocket ? `client${port}.invalid` : undefined);
    const end = this.#add({ transport, ip, port, sentBy });
    const flow = this.#transports.get(transport)?.accept(end);

    if (flow === undefined) {
      throw new TypeError(`${JSON.stringify(ip)} is no address`);
    }

    end.flow = flow;

    const handshake = { path: options.path ?? "/", headers: options.httpHeaders ?? [] };

    if (flow instanceof MemoryWebSocket) {
      const begin = (): void => this.#handshakes.webSocket(flow, handshake);

      if (transport === "wss") {
        this.#handshakes.webSocketTls(flow, certificates, begin);
      } else {
        begin();
      }
    } else if (transport === "tls") {
      this.#handshakes.clientTls(flow, certificates, () => flow.open());
    } else {
      flow.open();
    }

    await this.#context.settle();

    return this.#peerOf(end);
  }

  /** Who is at an address that the server may send to. */
  callee(options: CalleeOptions): TestPeer {
    const { transport = "udp", ip, port = transport === "tls" ? 5061 : 5060 } = options;
    const end = this.#endAt(transport, ip, port);

    end.answers = options.answers ?? end.answers;
    end.certificates = options.certificates ?? end.certificates;
    end.isReachable = options.isReachable ?? true;

    return this.#peerOf(end);
  }

  /** The next request of the server that no test has asked for yet; resolves as soon as there is one. */
  claim(peer: TestPeer | undefined, method: string | undefined): Promise<ForwardedRequest> {
    const place = peer === undefined ? "" : ` to ${peer.transport} ${peer.ip} port ${peer.port}`;

    return this.#context.until(`${method ?? "request"} of the server${place}`, () => {
      const index = this.#unclaimed.findIndex(
        ({ request, target }) =>
          (method === undefined || request.method === method) &&
          (peer === undefined ||
            (target.transport === peer.transport && target.ip === peer.ip && target.port === peer.port)),
      );

      return index === -1 ? undefined : this.#unclaimed.splice(index, 1)[0];
    });
  }

  /** The TCP or TLS connection that the server opens has come through, or not. */
  #connected(flow: MemoryFlow, target: Target): void {
    if (!flow.farSide.isReachable) {
      flow.end("connection");
    } else if (flow.transport === "tls") {
      const { certificates } = this.#endAt("tls", target.ip, target.port);

      this.#handshakes.serverTls(flow, certificates, target, () => flow.open());
    } else {
      flow.open();
    }
  }

  #endAt(transport: TransportProtocol, ip: string, port: number): FarEnd {
    return this.#ends.get(keyOf(transport, ip, port)) ?? this.#add({ transport, ip, port });
  }

  #add(address: FarEndAddress): FarEnd {
    const end = new FarEnd(this.#context, address, this.#unclaimed);

    this.#ends.set(keyOf(address.transport, address.ip, address.port), end);

    return end;
  }

  #peerOf(end: FarEnd): TestPeer {
    const known = this.#peers.get(end);
    const peer = known ?? new TestPeer(end, (self, method) => this.claim(self, method));

    this.#peers.set(end, peer);

    return peer;
  }
}

function keyOf(transport: TransportProtocol, ip: string, port: number): string {
  return `${transport} ${formatHostPort(ip, port)}`;
}
