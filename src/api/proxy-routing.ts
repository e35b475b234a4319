/** One call of `SipProxy.route`: runs the user's callbacks, and settles its promise. */
import type { Logger } from "../log/logger.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { RoutingError } from "../proxy/routing-error.ts";
import type { RoutingEnd, RoutingObserver } from "../proxy/routing-observer.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { CallbackLists } from "./callback-lists.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { IncomingResponse } from "./incoming-response.ts";
import type { RouteResult } from "./route-result.ts";

export class ProxyRouting implements RoutingObserver<IncomingResponse> {
  readonly #callbacks: CallbackLists<IncomingResponse>;
  readonly #request: IncomingRequest;
  readonly #resolve: (result: RouteResult) => void;
  readonly #logger: Logger;

  constructor(
    callbacks: CallbackLists<IncomingResponse>,
    request: IncomingRequest,
    resolve: (result: RouteResult) => void,
    logger: Logger,
  ) {
    this.#callbacks = callbacks;
    this.#request = request;
    this.#resolve = resolve;
    this.#logger = logger;
  }

  createResponse(received: SipResponse, flow: Flow): IncomingResponse {
    const response = new IncomingResponse(received, this.#request, flow);
    const { flowTimerSeconds } = this.#request.context.environment;

    // RFC 5626 section 5.4: how often the client has to send something is for the edge proxy to say.
    if (
      flowTimerSeconds !== undefined &&
      this.#request.method === "REGISTER" &&
      response.statusCode >= 200 &&
      response.statusCode < 300 &&
      this.#request.outgoingOutboundRequested &&
      !response.hasHeader("Flow-Timer")
    ) {
      response.appendHeader("Flow-Timer", String(flowTimerSeconds));
    }

    return response;
  }

  provisionalResponse(response: IncomingResponse): Promise<void> | undefined {
    return this.#callbacks.provisionalResponse.run(this.#logger, response);
  }

  successResponse(response: IncomingResponse): Promise<void> | undefined {
    return this.#callbacks.successResponse.run(this.#logger, response);
  }

  failureResponse(response: IncomingResponse): Promise<void> | undefined {
    return this.#callbacks.failureResponse.run(this.#logger, response);
  }

  /** Not waited for: the CANCEL must not be late. */
  canceled(): void {
    this.#callbacks.canceled.run(this.#logger);
  }

  inviteTimedOut(): Promise<void> | undefined {
    return this.#callbacks.inviteTimeout.run(this.#logger);
  }

  routingFailed(error: RoutingError): Promise<void> | undefined {
    return this.#callbacks.error.run(this.#logger, error.status, error.reason, error.code);
  }

  targetChosen(target: Target): Promise<void> | undefined {
    return this.#callbacks.target.run(this.#logger, target);
  }

  routingEnded(end: RoutingEnd<IncomingResponse>): void {
    if (end.outcome === "error") {
      const { status, reason, code } = end.error;

      this.#resolve({ outcome: "error", status, reason, code });
    } else {
      this.#resolve(end);
    }
  }
}
