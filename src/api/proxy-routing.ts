/** One call of `SipProxy.route`. */
import type { SipResponse } from "../message/sip-response.ts";
import { upstreamParts } from "../proxy/response-forwarding.ts";
import type { Flow } from "../transport/flow.ts";
import type { CallbackHost } from "./callback-list.ts";
import type { CallbackLists } from "./callback-lists.ts";
import { CallbackObserver } from "./callback-observer.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { IncomingResponse } from "./incoming-response.ts";
import type { RouteResult } from "./route-result.ts";

export class ProxyRouting extends CallbackObserver<IncomingResponse> {
  readonly #request: IncomingRequest;

  constructor(
    callbacks: CallbackLists<IncomingResponse>,
    request: IncomingRequest,
    resolve: (result: RouteResult) => void,
    host: CallbackHost,
  ) {
    super(callbacks, resolve, host);
    this.#request = request;
  }

  createResponse(received: SipResponse, flow: Flow): IncomingResponse {
    const response = new IncomingResponse(
      upstreamParts(received, this.#request.context.received),
      received,
      this.#request,
      flow,
    );
    const { flowTimerSeconds } = this.#request.context.environment;

    // RFC 5626 section 5.4: how often a client that uses Outbound has to send something is for the edge proxy to say.
    if (
      flowTimerSeconds !== undefined &&
      this.#request.method === "REGISTER" &&
      response.statusCode >= 200 &&
      response.statusCode < 300 &&
      this.#request.outgoingOutboundRequested &&
      response.require.includes("outbound") &&
      !response.hasHeader("Flow-Timer")
    ) {
      response.appendHeader("Flow-Timer", String(flowTimerSeconds));
    }

    return response;
  }
}
