/** `Uac` of the programming interface: sends requests of this server's own (RFC 3261 section 8.1). */
import type { Destination } from "../proxy/next-hop.ts";
import type { RequestRouting } from "../proxy/request-routing.ts";
import { RoutingError } from "../proxy/routing-error.ts";
import { copyForSending } from "../uac/copy-for-sending.ts";
import { type FlowOfHop, flowOfHop } from "../uac/flow-of-hop.ts";
import { chooseUacHop, type SendingPlan } from "../uac/sending-plan.ts";
import { UacRequest } from "../uac/uac-request.ts";
import { UacRouting } from "../uac/uac-routing.ts";
import { requireDestination } from "./destination.ts";
import { IncomingRequest } from "./incoming-request.ts";
import type { RouteResult } from "./route-result.ts";
import { SipClient } from "./sip-client.ts";
import { UacObserver, type UacResponse } from "./uac-observer.ts";

/**
 * Responses reach the callbacks and the result of `route` alone. The class is
 * bound to one server by `createProgrammingInterface`, which gives it its
 * public constructor.
 *
 * SECURITY: a challenge (401, 407) is not answered and a redirection not
 * followed: this server has no credentials to give away, and the user's code
 * says where it sends something.
 */
export class Uac extends SipClient<UacResponse> {
  #request: UacRequest | IncomingRequest | undefined = undefined;
  #sending: UacRouting<UacResponse> | undefined = undefined;

  /** The request that is, or was last, sent. */
  get request(): UacRequest | IncomingRequest | undefined {
    return this.#request;
  }

  /** @internal */
  protected get routing(): RequestRouting | undefined {
    return this.#sending?.routing;
  }

  /**
   * Sends the request to `destination`, or down the flow of one of its Routes
   * that is this server's, or to the top Route, or to the Request-URI. Of a
   * received request a copy is sent, as if it began here: with this server's
   * Via alone and no Record-Route. What is edited in `onTarget` is sent.
   *
   * To an INVITE each 2xx is acknowledged at once, without a body: the INVITE
   * needs its offer (RFC 3261 section 13.2.1), and the user's code sends the
   * BYE. `onSuccessResponse` gets the first 2xx of each callee.
   *
   * DEVIATION: OverSIP for Ruby ignored Route (RFC 3261 section 8.1.2).
   *
   * @returns when the request has its final outcome, an ACK when it was handed
   * to the transport. Never rejects for what the network did.
   * @throws {TypeError} when `request` is no request, or `destination` is none.
   * @throws {ParsingError} when the user's code put a malformed Route or Request-URI into the request.
   * @throws {InvalidStateError} before the server is started.
   */
  route(request: UacRequest | IncomingRequest, destination?: Destination): Promise<RouteResult<UacResponse>> {
    if (!(request instanceof UacRequest || request instanceof IncomingRequest)) {
      throw new TypeError("route takes a UacRequest, or a request that was received");
    }

    requireDestination(destination);

    const { environment } = this.server;
    const received = request instanceof IncomingRequest ? request.context : undefined;
    const hop = chooseUacHop(request, environment, received, destination);

    this.#request = request;

    if (hop instanceof RoutingError) {
      return this.#failed(hop);
    }

    const plan = {
      environment,
      profile: this.profile,
      hop,
      isHopChosen: destination !== undefined,
      received,
    };

    return request.method === "ACK" ? this.#sendAck(request, plan) : this.#send(request, plan);
  }

  /**
   * Cancels the INVITE that was sent last (RFC 3261 section 9.1), which then
   * ends as "canceled". If it is answered all the same, the call is hung up.
   *
   * @param extraHeaders lines `Name: value` for the CANCEL, such as Reason (RFC 3326).
   * @returns false when there is none, or it has its outcome already.
   */
  cancel(extraHeaders: readonly string[] = []): boolean {
    return this.#sending?.cancel(extraHeaders) ?? false;
  }

  #send(request: UacRequest | IncomingRequest, plan: SendingPlan): Promise<RouteResult<UacResponse>> {
    const { promise, resolve } = Promise.withResolvers<RouteResult<UacResponse>>();
    const observer = new UacObserver(this.callbacks, request, resolve, this.server);

    this.#sending = new UacRouting(request, plan, observer);
    this.#sending.routing.start();

    return promise;
  }

  /** It has no transaction and no response (RFC 3261 section 17). */
  async #sendAck(
    request: UacRequest | IncomingRequest,
    plan: SendingPlan,
  ): Promise<RouteResult<UacResponse>> {
    const { hop, environment, profile } = plan;
    const flow: FlowOfHop = await flowOfHop(hop, environment, profile);

    if (flow instanceof RoutingError) {
      return this.#failed(flow);
    }

    flow.send(copyForSending(request, plan, flow).toBytes());

    return { outcome: "forwarded" };
  }

  async #failed({ status, reason, code }: RoutingError): Promise<RouteResult<UacResponse>> {
    await this.callbacks.error?.run(this.server, status, reason, code);

    return { outcome: "error", status, reason, code };
  }
}
