/**
 * The one entry to and exit from the network (RFC 3261 section 18): what
 * arrives on any transport is put right and delivered, what leaves is given its
 * way.
 */

import { TransportError } from "../errors/errors.ts";
import { GrammarFault } from "../grammar/grammar-fault.ts";
import type { LogFields, Logger } from "../log/logger.ts";
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Clock } from "../util/clock.ts";
import type { Flow, SendErrorCallback } from "./flow.ts";
import { FlowTable } from "./flow-table.ts";
import type { ListeningPoint } from "./listening-point.ts";
import { LocalIdentity, type LocalNames } from "./local-identity.ts";
import { ReplyLimiter, type ReplyLimits } from "./reply-limiter.ts";
import { responsePort } from "./response-route.ts";
import { StatelessReply } from "./stateless-reply.ts";
import type { Target } from "./target.ts";
import type { Transport, TransportReceiver } from "./transport.ts";
import type { FlowOfToken, TransportLayer } from "./transport-layer.ts";
import type { TransportObserver } from "./transport-observer.ts";
import type { TransportProtocol } from "./transport-protocol.ts";
import type { TransportSink } from "./transport-sink.ts";
import { fixUpTopmostVia, fixUpTopmostViaIfSound } from "./via-fixup.ts";

export const DEFAULT_REFUSAL_LIMITS: ReplyLimits = Object.freeze({ repliesPerSecond: 10, burst: 20 });

export interface SipTransportLayerOptions {
  /** Makes the transports, which deliver to `receiver`. Called once, in the constructor. */
  readonly createTransports: (receiver: TransportReceiver) => readonly Transport[];
  /** `core.secret`, or random bytes; 16 at least. Flow tokens of UDP are valid as long as it stays the same. */
  readonly secret: Uint8Array;
  readonly names?: Partial<LocalNames> | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Answers to malformed requests that came over UDP. Default 10 a second to one address, 20 at once. */
  readonly refusalLimits?: ReplyLimits | undefined;
  /** Told of every message in and out. Default: nobody. */
  readonly observer?: TransportObserver | undefined;
}

export class SipTransportLayer implements TransportLayer, TransportReceiver {
  readonly observer: TransportObserver | undefined;
  readonly #transports: readonly Transport[];
  readonly #logger: Logger;
  readonly #names: LocalNames;
  readonly #flowTable: FlowTable;
  readonly #statelessReply: StatelessReply;
  readonly #refusalLimiter: ReplyLimiter;
  #sink: TransportSink | undefined = undefined;
  #listeningPoints: readonly ListeningPoint[] = [];
  #identity: LocalIdentity;
  readonly #transportsByProtocol = new Map<TransportProtocol, Transport[]>();

  constructor(options: SipTransportLayerOptions) {
    this.observer = options.observer;
    this.#logger = options.logger.child({ component: "transport" });
    this.#names = { domains: options.names?.domains ?? [], aliases: options.names?.aliases ?? [] };
    this.#flowTable = new FlowTable(options.secret, (point, ip, port) => this.#flowToPeer(point, ip, port));
    this.#statelessReply = new StatelessReply(options.secret);
    this.#refusalLimiter = new ReplyLimiter(options.refusalLimits ?? DEFAULT_REFUSAL_LIMITS, options.clock);
    this.#identity = new LocalIdentity([], this.#names);
    this.#transports = options.createTransports(this);
  }

  get listeningPoints(): readonly ListeningPoint[] {
    return this.#listeningPoints;
  }

  /** The transports that are bound. */
  get boundTransports(): ReadonlyMap<TransportProtocol, readonly Transport[]> {
    return this.#transportsByProtocol;
  }

  /** Connections that a flow token leads to. */
  get namedFlowCount(): number {
    return this.#flowTable.size;
  }

  /** Names who is delivered to. To be called before `bind`: what arrives without a sink is dropped. */
  setSink(sink: TransportSink): void {
    this.#sink = sink;
  }

  /**
   * Opens every listening point.
   *
   * @throws {TransportError} when one cannot be opened; none is left open then.
   */
  async bind(): Promise<void> {
    try {
      for (const transport of this.#transports) {
        await transport.bind();
        this.#register(transport);
      }
    } catch (error) {
      await this.close();

      throw error;
    }
  }

  /** Takes no new connections; those that are open go on, as does UDP. */
  stopListening(): void {
    for (const transport of this.#transports) {
      transport.stopListening();
    }
  }

  /** Closes every connection and socket. Resolves when all are closed. */
  async close(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.close()));
  }

  flowTo(target: Target): Flow | undefined {
    for (const transport of this.#transportsByProtocol.get(target.transport) ?? []) {
      const flow = transport.connect(target);

      if (flow !== undefined) {
        return flow;
      }
    }

    return undefined;
  }

  flowOfToken(token: string): FlowOfToken {
    return this.#flowTable.flowOf(token);
  }

  sendResponse(
    response: SipResponse,
    requestFlow: Flow,
    toSourcePort: boolean,
    onError?: SendErrorCallback,
  ): string | undefined {
    const flow = this.#responseFlow(response, requestFlow, toSourcePort);

    if (flow === undefined) {
      if (onError !== undefined) {
        const error = new TransportError(
          `${requestFlow.remoteDescription} is gone, and no connection to it can be opened`,
          "closed",
        );

        process.nextTick(onError, error);
      }

      return undefined;
    }

    this.observer?.responseSent(response, flow);
    const text = response.toRawText();

    flow.sendText(text, onError);

    return text;
  }

  isLocal(host: string, port: number | undefined): boolean {
    return this.#identity.isLocal(host, port);
  }

  receiveMessage(message: SipRequest | SipResponse, flow: Flow): void {
    this.observer?.messageReceived(message, flow);

    // SECURITY: whatever is wrong above must not end the connection, or the process.
    try {
      if (message.isRequest) {
        this.#receiveRequest(message as SipRequest, flow);
      } else {
        this.#receiveResponse(message as SipResponse, flow);
      }
    } catch (error) {
      this.#logger.crit(error, flowFields(flow));
    }
  }

  receiveFailure(failure: ParseFailure, flow: Flow): void {
    this.observer?.failureReceived(failure, flow);

    try {
      if (this.#logger.isEnabled("debug")) {
        const { rule, offset } = failure;

        this.#logger.debug(`refused: ${failure.message}`, { rule, offset, ...flowFields(flow) });
      }

      this.#answerFailure(failure, flow);
    } catch (error) {
      this.#logger.crit(error, flowFields(flow));
    }
  }

  flowClosed(flow: Flow): void {
    this.#flowTable.remove(flow);

    try {
      this.#sink?.flowClosed(flow);
    } catch (error) {
      this.#logger.crit(error, flowFields(flow));
    }
  }

  flowToken(flow: Flow): string {
    return this.#flowTable.tokenOf(flow);
  }

  #register(transport: Transport): void {
    this.#listeningPoints = [...this.#listeningPoints, ...transport.listeningPoints];
    this.#identity = new LocalIdentity(this.#listeningPoints, this.#names);

    for (const point of transport.listeningPoints) {
      const known = this.#transportsByProtocol.get(point.transport) ?? [];

      if (!known.includes(transport)) {
        this.#transportsByProtocol.set(point.transport, [...known, transport]);
      }

      if (point.transport === "udp") {
        this.#flowTable.addUdpPoint(point);
      }
    }
  }

  #flowToPeer(point: ListeningPoint, ip: string, port: number): Flow | undefined {
    for (const transport of this.#transportsByProtocol.get(point.transport) ?? []) {
      const flow = transport.flowToPeer?.(point, ip, port);

      if (flow !== undefined) {
        return flow;
      }
    }

    return undefined;
  }

  #responseFlow(response: SipResponse, requestFlow: Flow, toSourcePort: boolean): Flow | undefined {
    if (requestFlow.isReliable && (requestFlow.isOpen || requestFlow.takesAnswers === true)) {
      return requestFlow;
    }

    const { transport, remoteIp, remotePort, remoteIpType } = requestFlow;
    const via = response.readTopmostVia(true);
    const port = responsePort(via instanceof GrammarFault ? undefined : via, requestFlow, toSourcePort);

    if (requestFlow.isReliable) {
      return this.flowTo({ transport, ip: remoteIp, ipType: remoteIpType, port });
    }

    return port === remotePort ? requestFlow : this.#flowToPeer(requestFlow.listeningPoint, remoteIp, port);
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    if (request.method === "ACK" && this.#statelessReply.isAnsweredBy(request)) {
      return;
    }

    fixUpTopmostVia(request, flow);
    this.#sink?.receiveRequest(request, flow);
  }

  /** RFC 3261 section 18.1.2: a response to what this server did not send is discarded. */
  #receiveResponse(response: SipResponse, flow: Flow): void {
    const { host, port } = response.topVia;

    if (this.#identity.isSentBy(host, port)) {
      this.#sink?.receiveResponse(response, flow);
    } else if (this.#logger.isEnabled("debug")) {
      this.#logger.debug("response dropped: its topmost Via is not of this server", flowFields(flow));
    }
  }

  #answerFailure(failure: ParseFailure, flow: Flow): void {
    // SECURITY: a datagram's source may be forged; this server must not be a means to flood it.
    if (
      failure.disposition !== "answer" ||
      (!flow.isReliable && !this.#refusalLimiter.tryTake(flow.remoteIp))
    ) {
      return;
    }

    if (failure.request !== undefined) {
      fixUpTopmostViaIfSound(failure.request, flow);
    }

    const response = this.#statelessReply.build(failure);

    if (response !== undefined) {
      this.sendResponse(response, flow, false);
    }
  }
}

function flowFields(flow: Flow): LogFields {
  return { transport: flow.transport, peer: flow.remoteDescription };
}
