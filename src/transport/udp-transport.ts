/**
 * SIP over UDP (RFC 3261 section 18): sockets, keep-alives and STUN (RFC 5626
 * section 4.4), and one flow for each peer address and port.
 */
import type { Logger } from "../log/logger.ts";
import type { MessageParser } from "../message/message-parser.ts";
import { ParseFailure } from "../message/parse-failure.ts";
import type { Clock } from "../util/clock.ts";
import { TtlMap } from "../util/ttl-map.ts";
import type { Flow } from "./flow.ts";
import { formatHostPort, type ListenAddress, type ListeningPoint } from "./listening-point.ts";
import { ReplyLimiter, type ReplyLimits } from "./reply-limiter.ts";
import { answerStunBinding, isStunDatagram } from "./stun.ts";
import type { Target } from "./target.ts";
import type { Transport, TransportReceiver } from "./transport.ts";
import { UdpEndpoint } from "./udp-endpoint.ts";
import { type DatagramSocketFactory, NodeDatagramSocket } from "./udp-socket.ts";

export interface UdpLimits {
  /** Peers that are remembered (their `cvars`), over all sockets. Default 65,536. */
  readonly maxPeers: number;
  /** For how long a silent peer is remembered at least, in milliseconds. Default 600,000. */
  readonly peerTimeoutMs: number;
  /** Answers to keep-alives, STUN included. Default 500 a second to one address, 1,000 at once. */
  readonly keepAliveReplies: ReplyLimits;
}

export const DEFAULT_UDP_LIMITS: UdpLimits = Object.freeze({
  maxPeers: 65_536,
  peerTimeoutMs: 600_000,
  keepAliveReplies: Object.freeze({ repliesPerSecond: 500, burst: 1_000 }),
});

export interface UdpTransportOptions {
  readonly listen: readonly ListenAddress[];
  readonly receiver: TransportReceiver;
  readonly parser: Pick<MessageParser, "parseDatagram">;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly limits?: Partial<UdpLimits> | undefined;
  /** SO_RCVBUF of each socket in bytes. Default: 4,194,304, of which the system grants what it allows. */
  readonly receiveBufferBytes?: number | undefined;
  /** SO_SNDBUF of each socket in bytes. Default: the system's. */
  readonly sendBufferBytes?: number | undefined;
  /** Default: the sockets of `node:dgram`. */
  readonly createSocket?: DatagramSocketFactory | undefined;
}

const CR = 0x0d;
const LF = 0x0a;
const PONG = Buffer.from("\r\n", "latin1");

/** A datagram of a SIP client is some kilobytes; the default of most systems holds about 200 such. */
const DEFAULT_RECEIVE_BUFFER_BYTES = 4_194_304;

export class UdpTransport implements Transport {
  readonly #options: UdpTransportOptions;
  readonly #logger: Logger;
  readonly #keepAliveLimiter: ReplyLimiter;
  readonly #limits: UdpLimits;
  #endpoints: readonly UdpEndpoint[] = [];

  constructor(options: UdpTransportOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_UDP_LIMITS, ...options.limits };
    this.#logger = options.logger.child({ component: "udp" });
    this.#keepAliveLimiter = new ReplyLimiter(this.#limits.keepAliveReplies, options.clock);
  }

  get listeningPoints(): readonly ListeningPoint[] {
    return this.#endpoints.map((endpoint) => endpoint.listeningPoint);
  }

  /** Peers that are remembered now. */
  get peerCount(): number {
    return this.#endpoints.reduce((sum, endpoint) => sum + endpoint.peerCount, 0);
  }

  async bind(): Promise<void> {
    const endpoints = this.#options.listen.map((address) => this.#createEndpoint(address));

    try {
      for (const endpoint of endpoints) {
        await endpoint.bind();
      }
    } catch (error) {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));

      throw error;
    }

    this.#endpoints = endpoints;
  }

  connect(target: Target): Flow | undefined {
    return this.#endpoints
      .find((endpoint) => endpoint.listeningPoint.ipType === target.ipType)
      ?.flowTo(target.ip, target.port);
  }

  flowToPeer(listeningPoint: ListeningPoint, ip: string, port: number): Flow | undefined {
    return this.#endpoints.find((endpoint) => endpoint.listeningPoint === listeningPoint)?.flowTo(ip, port);
  }

  /** UDP has no new connections to refuse. Requests that arrive are answered above until `close`. */
  stopListening(): void {}

  async close(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
  }

  #createEndpoint(address: ListenAddress): UdpEndpoint {
    const { receiver, clock, listen } = this.#options;
    const { maxPeers, peerTimeoutMs } = this.#limits;
    const endpoint: UdpEndpoint = new UdpEndpoint({
      address,
      receiver,
      peers: new TtlMap({ maxEntries: Math.floor(maxPeers / listen.length), ttlMs: peerTimeoutMs, clock }),
      createSocket: this.#options.createSocket ?? ((options) => new NodeDatagramSocket(options)),
      receiveBufferBytes: this.#options.receiveBufferBytes ?? DEFAULT_RECEIVE_BUFFER_BYTES,
      sendBufferBytes: this.#options.sendBufferBytes,
      onDatagram: (bytes, ip, port) => this.#receiveDatagram(endpoint, bytes, ip, port),
      onError: (error) => this.#logger.warn(`socket error: ${error.message}`),
    });

    return endpoint;
  }

  /** SECURITY: nothing that a datagram sets off may reach the socket's emitter, where it would end the process. */
  #receiveDatagram(endpoint: UdpEndpoint, bytes: Buffer, ip: string, port: number): void {
    try {
      this.#handleDatagram(endpoint, bytes, ip, port);
    } catch (error) {
      this.#logger.crit(error, { peer: formatHostPort(ip, port) });
    }
  }

  #handleDatagram(endpoint: UdpEndpoint, bytes: Buffer, ip: string, port: number): void {
    // Nothing can be sent to port 0, so whoever wrote it is not there.
    if (bytes.length === 0 || port === 0) {
      return;
    }

    if (isKeepAlive(bytes)) {
      this.#answerKeepAlive(endpoint, bytes, ip, port);

      return;
    }

    const message = this.#options.parser.parseDatagram(bytes);

    if (message instanceof ParseFailure) {
      // SECURITY: a peer that sends no SIP is not remembered.
      this.#options.receiver.receiveFailure(message, endpoint.flowTo(ip, port));
    } else {
      this.#options.receiver.receiveMessage(message, endpoint.rememberedFlow(ip, port));
    }
  }

  /** STUN Binding (RFC 5626 section 4.4.2) and CRLFCRLF, to which CRLF is the answer; a lone CRLF asks for none. */
  #answerKeepAlive(endpoint: UdpEndpoint, bytes: Buffer, ip: string, port: number): void {
    // Who keeps alive the way to itself is not forgotten.
    endpoint.touch(ip, port);

    const answer = isStunDatagram(bytes) ? answerStunBinding(bytes, { ip, port }) : pongTo(bytes);

    if (answer !== undefined && this.#keepAliveLimiter.tryTake(ip)) {
      endpoint.send(answer, ip, port);
    }
  }
}

/** STUN, or CRLFs alone. */
function isKeepAlive(bytes: Buffer): boolean {
  if (isStunDatagram(bytes)) {
    return true;
  }

  return (
    bytes[0] === CR &&
    (bytes.length === 2 || bytes.length === 4) &&
    bytes[1] === LF &&
    (bytes.length === 2 || (bytes[2] === CR && bytes[3] === LF))
  );
}

function pongTo(bytes: Buffer): Buffer | undefined {
  return bytes.length === 4 ? PONG : undefined;
}
