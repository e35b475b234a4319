/**
 * A received request as the user's code sees it (`SipRequest` of the
 * programming interface). It is made from a copy: what is edited goes
 * downstream, and responses are built from the request as it was received.
 */
import { InvalidStateError } from "../errors/errors.ts";
import type { LogLevel } from "../log/logger.ts";
import { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { incomingOutboundFlow, isOutgoingOutbound } from "../proxy/outbound-routing.ts";
import type { RequestContext } from "../proxy/request-context.ts";
import { responseFor } from "../proxy/response-forwarding.ts";
import { removeOwnRoutes, stripOwnMaddr } from "../proxy/route-preprocessing.ts";
import type { SipConnection } from "../transport/sip-connection.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { IpType } from "../util/ip-address.ts";

const MAX_MAX_FORWARDS = 255;

/** A request that was received. What is edited before `SipProxy.route`, or in `onTarget`, is sent on. */
export class IncomingRequest extends SipRequest {
  /** @internal */
  readonly context: RequestContext;
  #isNatFixed = false;
  #judgedUri: string | undefined = undefined;
  #isDestinationMyself = false;

  /** @internal */
  constructor(context: RequestContext) {
    const { received } = context;
    const { text, startLineEnd, lines, bodyStart, bodyEnd } = received;

    super(
      { text, startLineEnd, lines: lines.slice(), bodyStart, bodyEnd },
      received.method,
      received.requestUriText,
    );
    this.context = context;
  }

  /** The connection that the request came on; for UDP, what stands for the peer. */
  get connection(): SipConnection {
    return this.context.flow;
  }

  /** What the request came over. */
  get transport(): TransportProtocol {
    return this.context.flow.transport;
  }

  /** Without brackets. */
  get sourceIp(): string {
    return this.context.flow.remoteIp;
  }

  /** Family of `sourceIp`. */
  get sourceIpType(): IpType {
    return this.context.flow.remoteIpType;
  }

  /** Port that the request came from. */
  get sourcePort(): number {
    return this.context.flow.remotePort;
  }

  /** Whether the request came over UDP. */
  get isUdp(): boolean {
    return this.transport === "udp";
  }

  /** Whether the request came over TCP. */
  get isTcp(): boolean {
    return this.transport === "tcp";
  }

  /** Whether the request came over TLS, WSS not included. */
  get isTls(): boolean {
    return this.transport === "tls";
  }

  /** Whether the request came over WebSocket without TLS. */
  get isWs(): boolean {
    return this.transport === "ws";
  }

  /** Whether the request came over WebSocket with TLS. */
  get isWss(): boolean {
    return this.transport === "wss";
  }

  /** Whether the request came over WebSocket, with or without TLS. */
  get isWebSocket(): boolean {
    return this.isWs || this.isWss;
  }

  /** Whether the request came over TLS. */
  get secure(): boolean {
    return this.isTls || this.isWss;
  }

  /** Variables of the connection: one object for each, for UDP for each peer. Has no prototype. */
  get cvars(): Record<string, unknown> {
    return this.context.flow.cvars;
  }

  /** Variables of the transaction, shared with all its responses. Has no prototype. */
  get tvars(): Record<string, unknown> {
    return this.context.tvars;
  }

  set tvars(variables: Record<string, unknown>) {
    this.context.tvars = variables;
  }

  /** Aborts when the request is canceled or its transaction ends: for `fetch`, database drivers and the like. */
  get signal(): AbortSignal {
    return this.context.signal;
  }

  /** Closes the connection that the request came on; false for UDP, and when it was closed already. */
  closeConnection(): boolean {
    return this.context.flow.close();
  }

  /**
   * Answers the request.
   *
   * @param reason Default: the registered phrase of the status.
   * @param extraHeaders lines `Name: value`.
   * @returns false for an ACK, which is never answered, and when the request has its final response already. Both are logged.
   * @throws {SipRuntimeError} when `status` is no status code.
   * @throws {HeaderValueError} when a header or the reason cannot be written.
   */
  reply(
    status: number,
    reason?: string,
    extraHeaders: readonly string[] = [],
    body?: Uint8Array | string,
  ): boolean {
    if (this.method === "ACK") {
      // SECURITY: anybody may send ACKs; what answers every request must not fill the log with them.
      this.#logRefusedReply("an ACK is never answered", status, "debug");

      return false;
    }

    const wasSent = this.context.reply(status, reason, extraHeaders, body);

    if (!wasSent) {
      this.#logRefusedReply("its transaction is over, or in a state that forbids it", status);
    }

    return wasSent;
  }

  /**
   * Answers the request with a response that was received for another one:
   * its status, other header fields and body, with this request's Via, From,
   * To, Call-ID and CSeq.
   *
   * @returns as `reply`.
   * @throws {InvalidStateError} for an ACK.
   */
  replyFull(response: SipResponse): boolean {
    const { transaction, received } = this.context;

    if (transaction === undefined) {
      throw new InvalidStateError("an ACK is never answered");
    }

    return this.context.relay(responseFor(response, received, transaction.toTag));
  }

  /**
   * Keeps the transaction after the callback is done, so that the request can
   * be answered later; for INVITE, sends 100. `SipProxy.route` does it too.
   *
   * @returns false when it was done already, and for an ACK.
   */
  createTransaction(): boolean {
    return this.context.transaction?.makeStateful() ?? false;
  }

  /**
   * Checks and lowers Max-Forwards (RFC 3261 section 16.3 step 3): to `max`
   * when the request has none or more, else by one. At 0 it answers 483.
   *
   * @returns false when the request was answered.
   * @throws {TypeError} unless `max` is an integer from 0 to 255.
   */
  checkMaxForwards(max: number): boolean {
    if (!Number.isInteger(max) || max < 0 || max > MAX_MAX_FORWARDS) {
      throw new TypeError("checkMaxForwards takes an integer from 0 to 255");
    }

    const received = this.context.received.maxForwards;

    if (received === 0) {
      if (this.method !== "ACK") {
        this.reply(483);
      }

      return false;
    }

    this.context.newMaxForwards = received === undefined || received > max ? max : received - 1;

    return true;
  }

  /** Max-Forwards of what is forwarded, once `checkMaxForwards` was called. */
  get newMaxForwards(): number | undefined {
    return this.context.newMaxForwards;
  }

  /**
   * Removes the Routes that lead to this server (RFC 3261 section 16.4).
   *
   * @returns in a dialog, whether there was one; outside of it, whether
   * others are left: a preloaded route that its sender wants followed.
   */
  looseRoute(): boolean {
    const { routeFindings, environment, flow } = this.context;

    stripOwnMaddr(this, flow, environment.transports);
    removeOwnRoutes(this, environment.ownRoutes, routeFindings);

    return this.inDialog ? routeFindings.removedCount > 0 : this.hasHeader("Route");
  }

  /**
   * For a client behind a NAT: responses go to where the request came from,
   * even without `rport`, and, when the client is the first hop of an INVITE,
   * SUBSCRIBE, REFER or REGISTER, later requests come back on its connection
   * (RFC 5626).
   */
  fixNat(): void {
    this.#isNatFixed = true;

    if (this.context.transaction !== undefined) {
      this.context.transaction.responsesToSourcePort = true;
    }
  }

  /** Whether the Request-URI names this server: one of its addresses, names or domains. */
  destinationMyself(): boolean {
    const text = this.requestUriText;

    // Asked again and again by some server logic, about a Request-URI that stays the same.
    if (this.#judgedUri !== text) {
      const { host, port, isSip } = this.ruri;

      this.#judgedUri = text;
      this.#isDestinationMyself =
        isSip && host !== undefined && this.context.environment.transports.isLocal(host, port);
    }

    return this.#isDestinationMyself;
  }

  /** Whether later requests to the sender have to come back on its connection (RFC 5626). To be read after `looseRoute`. */
  get outgoingOutboundRequested(): boolean {
    return isOutgoingOutbound(this, this.context, this.#isNatFixed);
  }

  /** Whether the Routes lead down the connection of a client (RFC 5626). To be read after `looseRoute`. */
  get incomingOutboundRequested(): boolean {
    return incomingOutboundFlow(this.context) !== undefined;
  }

  /** The flow token that the request is routed by; for modules that carry it elsewhere than in a Route. */
  get routeOutboundFlowToken(): string | undefined {
    return this.context.routeFindings.flowToken;
  }

  /** What this server did not make is no token, and has no effect. */
  set routeOutboundFlowToken(token: string | undefined) {
    this.context.routeFindings.flowToken = token;
    this.context.routeFindings.origin = "local";
  }

  /** The token that leads back to the connection of this request. */
  get connectionFlowToken(): string {
    return this.context.flow.flowToken;
  }

  #logRefusedReply(why: string, status: number, level: LogLevel = "warn"): void {
    const { environment, received } = this.context;

    environment.logger[level](`reply not sent: ${why}`, {
      status,
      method: this.method,
      callId: received.callId,
    });
  }
}
