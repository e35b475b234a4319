/**
 * `SipProxy` of the programming interface: routes a received request and
 * shows the user's code what becomes of it (RFC 3261 section 16).
 */
import { InvalidStateError } from "../errors/errors.ts";
import { forwardAck } from "../proxy/ack-forwarding.ts";
import { chooseNextHop, type Destination, type NextHop } from "../proxy/next-hop.ts";
import { incomingOutboundFlow } from "../proxy/outbound-routing.ts";
import type { RequestRouting } from "../proxy/request-routing.ts";
import { isBreadthExhausted } from "../proxy/request-validation.ts";
import { ResponseContext } from "../proxy/response-context.ts";
import { MAX_BREADTH_EXCEEDED, RoutingError, TOO_MANY_HOPS } from "../proxy/routing-error.ts";
import { requireDestination } from "./destination.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { IncomingResponse } from "./incoming-response.ts";
import { ProxyRouting } from "./proxy-routing.ts";
import type { RouteResult } from "./route-result.ts";
import { SipClient } from "./sip-client.ts";

/** The class is bound to one server by `createProgrammingInterface`, which gives it its public constructor. */
export class SipProxy extends SipClient<IncomingResponse> {
  #request: IncomingRequest | undefined = undefined;
  #responses: ResponseContext<IncomingResponse> | undefined = undefined;
  #isFinalDropped = false;

  /** The request that is, or was last, routed. */
  get request(): IncomingRequest | undefined {
    return this.#request;
  }

  /** @internal */
  protected get routing(): RequestRouting | undefined {
    return this.#responses?.routing;
  }

  /**
   * Sends the request on: down the Outbound flow that its Route leads to, or
   * to `destination`, which wins over it, or to the top Route, or to the
   * Request-URI. The Routes of this server are removed if `looseRoute` has not
   * done it. Its final response goes upstream, unless it is dropped.
   *
   * @returns when the request has its final outcome, and an ACK when it was
   * handed to the transport. Never rejects for what the network did.
   * @throws {TypeError} when `request` is no received request, or `destination` is none.
   * @throws {InvalidStateError} when the request has a final response already, is being routed, or is over.
   * @throws {ParsingError} when the user's code put a malformed Route or Request-URI into the request.
   */
  route(request: IncomingRequest, destination?: Destination): Promise<RouteResult> {
    if (!(request instanceof IncomingRequest)) {
      throw new TypeError("route takes a request that was received");
    }

    requireDestination(destination);

    const { context } = request;
    const { transaction } = context;

    this.#request = request;

    if (transaction === undefined) {
      return this.#routeAck(request, destination);
    }

    if (context.isForgotten && !context.isCanceled) {
      throw new InvalidStateError(
        "the request is over: call createTransaction before onRequest returns to route it later",
      );
    }

    if (context.isOver) {
      this.callbacks.canceled?.run(this.server);

      return Promise.resolve({ outcome: "canceled" });
    }

    if (transaction.finalStatusCode !== undefined) {
      throw new InvalidStateError(`the request was answered already, with ${transaction.finalStatusCode}`);
    }

    const hop = this.#chooseHop(request, destination);
    const plan = {
      context,
      profile: this.profile,
      hop: hop instanceof RoutingError ? NO_HOP : hop,
      isOutgoingOutbound: request.outgoingOutboundRequested,
    };

    const { promise, resolve } = Promise.withResolvers<RouteResult>();
    const observer = new ProxyRouting(this.callbacks, request, resolve, this.server);
    const responses = new ResponseContext(request, plan, observer, this.#isFinalDropped);

    context.beginRouting(responses);
    transaction.makeStateful();
    this.#isFinalDropped = false;
    this.#responses = responses;

    if (hop instanceof RoutingError) {
      responses.routingFailed(hop);
    } else {
      responses.routing.start();
    }

    return promise;
  }

  /**
   * In a callback: what it was called for is not sent upstream. Elsewhere:
   * the next final response or error is not.
   *
   * @param response a final response to an INVITE: then a caller that
   * supports it gets 199 for the early dialogs that the response ends (RFC 6228).
   */
  dropResponse(response?: IncomingResponse): void {
    if (this.#responses !== undefined && !this.#responses.hasEnded) {
      this.#responses.drop(response);
    } else if (response === undefined) {
      this.#isFinalDropped = true;
    }
  }

  #chooseHop(request: IncomingRequest, destination: Destination | undefined): NextHop | RoutingError {
    const { context } = request;

    request.looseRoute();

    if (context.newMaxForwards === undefined && request.maxForwards === 0) {
      return TOO_MANY_HOPS;
    }

    if (isBreadthExhausted(request)) {
      return MAX_BREADTH_EXCEEDED;
    }

    const flow = destination === undefined ? incomingOutboundFlow(context) : undefined;

    if (flow instanceof RoutingError) {
      return flow;
    }

    return flow === undefined ? chooseNextHop(request, destination) : { flow, isStrictRouter: false };
  }

  #routeAck(request: IncomingRequest, destination: Destination | undefined): Promise<RouteResult> {
    const hop = this.#chooseHop(request, destination);
    const result =
      hop instanceof RoutingError ? hop : forwardAck(request, request.context, this.profile, hop);

    return result instanceof Promise
      ? result.then((error) => this.#ackResult(error))
      : Promise.resolve(this.#ackResult(result));
  }

  #ackResult(error: RoutingError | undefined): RouteResult {
    if (error === undefined) {
      return { outcome: "forwarded" };
    }

    const { status, reason, code } = error;

    this.callbacks.error?.run(this.server, status, reason, code);

    return { outcome: "error", status, reason, code };
  }
}

const NO_HOP: NextHop = { isStrictRouter: false };
