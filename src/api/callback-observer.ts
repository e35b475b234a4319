/** One call of `route`, of `SipProxy` or `Uac`: runs the user's callbacks, and settles its promise. */
import type { SipResponse } from "../message/sip-response.ts";
import type { RoutingError } from "../proxy/routing-error.ts";
import type { RoutingEnd, RoutingObserver } from "../proxy/routing-observer.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { CallbackHost } from "./callback-list.ts";
import type { CallbackLists } from "./callback-lists.ts";
import type { RouteResult } from "./route-result.ts";

export abstract class CallbackObserver<Response extends SipResponse> implements RoutingObserver<Response> {
  readonly #callbacks: CallbackLists<Response>;
  /** Undefined once it was called: who waits for the result holds it, not whoever waits for retransmissions. */
  #resolve: ((result: RouteResult<Response>) => void) | undefined;
  readonly #host: CallbackHost;

  constructor(
    callbacks: CallbackLists<Response>,
    resolve: (result: RouteResult<Response>) => void,
    host: CallbackHost,
  ) {
    this.#callbacks = callbacks;
    this.#resolve = resolve;
    this.#host = host;
  }

  abstract createResponse(received: SipResponse, flow: Flow): Response;

  get seesSuccesses(): boolean {
    return this.#callbacks.successResponse !== undefined;
  }

  provisionalResponse(response: Response): Promise<void> | undefined {
    return this.#callbacks.provisionalResponse?.run(this.#host, response);
  }

  successResponse(response: Response): Promise<void> | undefined {
    return this.#callbacks.successResponse?.run(this.#host, response);
  }

  failureResponse(response: Response): Promise<void> | undefined {
    return this.#callbacks.failureResponse?.run(this.#host, response);
  }

  /** Not waited for: the CANCEL must not be late. */
  canceled(): void {
    this.#callbacks.canceled?.run(this.#host);
  }

  inviteTimedOut(): Promise<void> | undefined {
    return this.#callbacks.inviteTimeout?.run(this.#host);
  }

  routingFailed(error: RoutingError): Promise<void> | undefined {
    return this.#callbacks.error?.run(this.#host, error.status, error.reason, error.code);
  }

  targetChosen(target: Target): Promise<void> | undefined {
    return this.#callbacks.target?.run(this.#host, target);
  }

  routingEnded(end: RoutingEnd<Response>): void {
    const resolve = this.#resolve;

    this.#resolve = undefined;

    if (end.outcome === "error") {
      const { status, reason, code } = end.error;

      resolve?.({ outcome: "error", status, reason, code });
    } else {
      resolve?.(end);
    }
  }
}
