/**
 * What this server knows of one received request: the server transaction it
 * came in, what its Routes said, and the act of routing that is under way. The
 * received request itself is never edited: responses are built from it.
 */
import { InvalidStateError } from "../errors/errors.ts";
import { buildResponse } from "../message/response-builder.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { ServerTransaction, ServerTransactionUser } from "../transaction/server-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import { keepContentLength, restoreAddresses } from "./response-forwarding.ts";
import { OwnRouteFindings } from "./route-preprocessing.ts";

/** An act of routing, as the request that it is for sees it. */
export interface ActiveRouting {
  /** Whether its final response or error is with the user's callbacks now, and nothing waits downstream. */
  readonly isEnding: boolean;
  /** Whether that final response is a 2xx. */
  readonly isSucceeding: boolean;
  /** The caller sent CANCEL. */
  cancel(cancel: SipRequest): void;
  /** The caller has, or gets, its final response from elsewhere: what is pending downstream is canceled. */
  withdraw(): void;
  /** The request is routed anew: what it was about to send upstream is not sent. */
  supersede(): void;
}

/** Aborts the signal of a request whose final response was sent, when its transaction ends. Holds none of its context meanwhile. */
class SignalSource implements ServerTransactionUser {
  readonly controller = new AbortController();

  transactionCanceled(): void {}

  transactionTerminated(): void {
    this.controller.abort();
  }
}

export class RequestContext implements ServerTransactionUser {
  readonly environment: ProxyEnvironment;
  readonly received: SipRequest;
  readonly flow: Flow;
  /** Undefined for the ACK of a 2xx, which has none. */
  readonly transaction: ServerTransaction | undefined;

  readonly routeFindings = new OwnRouteFindings();
  /** What `checkMaxForwards` made of Max-Forwards. */
  newMaxForwards: number | undefined = undefined;
  /** Whether the user's code changed From, To, Call-ID or CSeq of what was forwarded. */
  areAddressesEdited = false;
  isCanceled = false;

  #tvars: Record<string, unknown> | undefined = undefined;
  #routing: ActiveRouting | undefined = undefined;
  #lateCancel: SipRequest | undefined = undefined;
  /** Undefined until somebody asks for the signal; without one nobody is told of the end of a transaction that was answered. */
  #signalSource: SignalSource | undefined = undefined;

  constructor(
    environment: ProxyEnvironment,
    received: SipRequest,
    flow: Flow,
    transaction?: ServerTransaction,
  ) {
    this.environment = environment;
    this.received = received;
    this.flow = flow;
    this.transaction = transaction;
  }

  /** Variables of the user's code for this transaction. */
  get tvars(): Record<string, unknown> {
    this.#tvars ??= Object.create(null) as Record<string, unknown>;

    return this.#tvars;
  }

  set tvars(variables: Record<string, unknown>) {
    this.#tvars = variables;
  }

  /** Aborts when the request is canceled or its transaction ends. */
  get signal(): AbortSignal {
    this.#signalSource ??= new SignalSource();

    if (this.isOver) {
      this.#signalSource.controller.abort();
    } else if (this.transaction !== undefined && this.transaction.user === undefined) {
      this.transaction.user = this.#signalSource;
    }

    return this.#signalSource.controller.signal;
  }

  /** Whether nobody waits for an answer any more. */
  get isOver(): boolean {
    return this.isCanceled || this.transaction?.isTerminated === true;
  }

  /** Whether the user's code is done with the request and did not keep its transaction. */
  get isForgotten(): boolean {
    return this.transaction?.isTerminated === true && !this.transaction.isStateful;
  }

  /** @throws {InvalidStateError} when the request is being routed already, or has its final response. */
  beginRouting(routing: ActiveRouting): void {
    const active = this.#routing;

    if (active !== undefined && !active.isEnding) {
      throw new InvalidStateError("the request is being routed already: route it again when that is over");
    }

    active?.supersede();
    this.#routing = routing;
  }

  /**
   * To be called before the final response is sent upstream.
   *
   * @param isSuccessDropped whether that is a 2xx, and is not sent: then a CANCEL that came meanwhile did not come too late.
   */
  endRouting(routing: ActiveRouting, isSuccessDropped: boolean): void {
    const cancel = this.#lateCancel;

    if (this.#routing === routing) {
      this.#routing = undefined;
    }

    this.#lateCancel = undefined;

    if (cancel !== undefined && isSuccessDropped && this.transaction?.finalStatusCode === undefined) {
      this.transactionCanceled(cancel);
    }
  }

  /**
   * Sends a response made by this server.
   *
   * @returns false when the transaction does not allow it any more, and for an ACK.
   * @throws {SipRuntimeError} on a bad status code.
   * @throws {HeaderValueError} on a header or reason phrase that cannot be written.
   */
  reply(
    statusCode: number,
    reasonPhrase?: string,
    extraHeaders: readonly string[] = [],
    body?: Uint8Array | string,
    toTag: string | undefined = this.transaction?.toTag,
  ): boolean {
    const response = buildResponse(this.received, { statusCode, reasonPhrase, toTag, extraHeaders, body });
    const { serverHeader } = this.environment;

    if (serverHeader !== undefined && !response.hasHeader("Server")) {
      response.appendHeader("Server", serverHeader);
    }

    return this.#send(response);
  }

  /**
   * Sends a response that came from elsewhere, with From and To as the caller
   * wrote them. A 2xx to INVITE always goes up, after the end of the
   * transaction without its help (RFC 3261 section 16.7 step 5).
   */
  relay(response: SipResponse): boolean {
    if (this.areAddressesEdited) {
      restoreAddresses(response, this.received);
    }

    keepContentLength(response, this.flow);

    if (this.#send(response)) {
      return true;
    }

    const { transaction } = this;

    if (transaction?.isInvite !== true || response.statusCode < 200 || response.statusCode > 299) {
      return false;
    }

    this.environment.transports.sendResponse(response, this.flow, transaction.responsesToSourcePort);

    return true;
  }

  /** As `relay`. What the user's code has made of the response may be nothing that can be sent. */
  relayOrLog(response: SipResponse): void {
    try {
      this.relay(response);
    } catch (error) {
      this.environment.logger.error(error);
    }
  }

  transactionCanceled(cancel: SipRequest): void {
    if (this.received.method !== "INVITE") {
      return;
    }

    if (this.#routing?.isSucceeding === true) {
      // The callee has the call: its 2xx goes up (RFC 3261 section 16.7 step 5), and a 487 before it would hide it.
      this.#lateCancel = cancel;

      return;
    }

    this.isCanceled = true;
    this.#signalSource?.controller.abort();

    if (this.#routing === undefined || this.#routing.isEnding) {
      // RFC 3261 section 9.2: nobody downstream is there to make the 487.
      this.reply(487);
    } else {
      this.#routing.cancel(cancel);
    }
  }

  transactionGivenUp(): void {
    this.#routing?.withdraw();
  }

  transactionTerminated(): void {
    this.#signalSource?.transactionTerminated();
    this.#routing?.withdraw();
  }

  #send(response: SipResponse): boolean {
    if (this.transaction?.sendResponse(response) !== true) {
      return false;
    }

    if (response.statusCode >= 200) {
      // RFC 3261 section 16.7 step 10.
      this.#routing?.withdraw();

      // PERF: it lingers for half a minute, and is not to hold this context for so long.
      this.transaction.user = this.#signalSource;
    }

    return true;
  }
}
