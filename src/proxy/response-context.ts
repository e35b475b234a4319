/**
 * The upstream half of one act of routing (RFC 3261 section 16.7): each
 * response goes through the user's callbacks, one after the other, and then to
 * the caller, unless it is dropped. Nothing is waited for unless a callback
 * returns a promise; then what arrives meanwhile waits its turn.
 */

import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { reasonPhraseOf } from "../message/status-codes.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import { EarlyDialogs } from "./early-dialogs.ts";
import { OrderedSteps } from "./ordered-steps.ts";
import type { ActiveRouting, RequestContext } from "./request-context.ts";
import { copyForForwarding, type ForwardingPlan } from "./request-forwarding.ts";
import { RequestRouting } from "./request-routing.ts";
import { INVITE_TIMEOUT, type RoutingError } from "./routing-error.ts";
import type { RoutingUser } from "./routing-user.ts";

/** How the act of routing ended. */
export type RoutingEnd<Response> =
  | { readonly outcome: "response"; readonly response: Response }
  | { readonly outcome: "error"; readonly error: RoutingError }
  | { readonly outcome: "canceled" };

/** The user's code on an act of routing. What a method returns is waited for; none of them throws or rejects. */
export interface RoutingObserver<Response extends SipResponse> {
  /** Makes of a received response what the callbacks are given and what goes upstream. */
  createResponse(received: SipResponse, flow: Flow): Response;
  provisionalResponse(response: Response): Promise<void> | undefined;
  successResponse(response: Response): Promise<void> | undefined;
  failureResponse(response: Response): Promise<void> | undefined;
  canceled(): void;
  inviteTimedOut(): Promise<void> | undefined;
  routingFailed(error: RoutingError): Promise<void> | undefined;
  targetChosen(target: Target): Promise<void> | undefined;
  /** Once. */
  routingEnded(end: RoutingEnd<Response>): void;
}

/** SECURITY: what a peer can make wait for a callback that does not end. */
const MAX_WAITING_RESPONSES = 32;

type Phase = "routing" | "provisional" | "ending" | "ended";

export class ResponseContext<Response extends SipResponse> implements RoutingUser, ActiveRouting {
  readonly routing: RequestRouting;
  readonly #context: RequestContext;
  readonly #request: SipRequest;
  readonly #plan: ForwardingPlan;
  readonly #observer: RoutingObserver<Response>;
  readonly #isInvite: boolean;
  readonly #steps = new OrderedSteps();
  readonly #earlyDialogs = new EarlyDialogs();
  #phase: Phase = "routing";
  #isCurrentDropped = false;
  #isFinalDropped: boolean;
  #isCanceled = false;
  #isTimedOut = false;
  #hasFinal = false;

  /**
   * @param request as the user's code has it; each target gets a copy of its state at that moment.
   * @param isFinalDropped `dropResponse` was called before.
   */
  constructor(
    request: SipRequest,
    plan: ForwardingPlan,
    observer: RoutingObserver<Response>,
    isFinalDropped: boolean,
  ) {
    this.#request = request;
    this.#plan = plan;
    this.#context = plan.context;
    this.#observer = observer;
    this.#isInvite = request.method === "INVITE";
    this.#isFinalDropped = isFinalDropped;
    this.routing = new RequestRouting({
      environment: plan.context.environment,
      profile: plan.profile,
      hop: plan.hop,
      isInvite: this.#isInvite,
      user: this,
    });
  }

  get isEnding(): boolean {
    return this.#phase === "ending";
  }

  get hasEnded(): boolean {
    return this.#phase === "ended";
  }

  /** What is with the callbacks now is not sent upstream; outside of them, the final response or error is not. */
  drop(response?: SipResponse): void {
    if (this.#phase === "provisional" || this.#phase === "ending") {
      this.#isCurrentDropped = true;
    } else {
      this.#isFinalDropped = true;
    }

    if (response !== undefined && response.statusCode >= 300 && this.#isInvite) {
      this.#earlyDialogs.end(response, this.#context);
    }
  }

  supersede(): void {
    this.#isCurrentDropped = true;
  }

  cancel(cancel: SipRequest): void {
    this.#isCanceled = true;
    this.#observer.canceled();
    // RFC 3326 section 2: why the caller gave up is news for the callee.
    this.routing.cancel(cancel.headerAll("Reason").map((reason) => `Reason: ${reason}`));
  }

  withdraw(): void {
    this.#isCanceled = true;
    this.routing.cancel();
  }

  beforeAttempt(target: Target): Promise<void> | undefined {
    return this.#observer.targetChosen(target);
  }

  makeRequest(flow: Flow): SipRequest {
    const { environment, loopHash } = this.#context;

    return copyForForwarding(this.#request, this.#plan, flow, environment.loopDetection.newBranch(loopHash));
  }

  receiveResponse(received: SipResponse, flow: Flow): void {
    if (!this.#steps.isWaiting) {
      this.#processResponse(received, flow);
    } else if (this.#steps.waitingCount < MAX_WAITING_RESPONSES || this.#isFirstFinal(received)) {
      this.#steps.take(() => this.#processResponse(received, flow));
    }
  }

  inviteTimedOut(): void {
    this.#steps.take(() => {
      if (this.#phase === "ended" || this.#isCanceled) {
        return;
      }

      this.#isTimedOut = true;
      this.#phase = "ending";
      this.#steps.after(this.#observer.inviteTimedOut(), () => {
        this.routing.cancel();
        // RFC 3261 section 16.8: as if a 408 had come.
        this.#end(() => this.#context.reply(408, "INVITE Timeout"), {
          outcome: "error",
          error: INVITE_TIMEOUT,
        });
      });
    });
  }

  routingFailed(error: RoutingError): void {
    this.#steps.take(() => this.#processError(error));
  }

  routingCanceled(): void {
    this.#steps.take(() => {
      if (this.#phase !== "ended" && !this.#isTimedOut) {
        this.#end(() => this.#context.reply(487), { outcome: "canceled" });
      }
    });
  }

  #processResponse(received: SipResponse, flow: Flow): void {
    const { statusCode } = received;
    const isSuccess = statusCode >= 200 && statusCode < 300;

    if (this.#phase === "ended" && !(isSuccess && this.#isInvite)) {
      return;
    }

    const response = this.#observer.createResponse(received, flow);

    if (statusCode < 200) {
      this.#processProvisional(response);
    } else if (this.#phase === "ended") {
      // A further 2xx (RFC 6026 section 8.4), or one that crossed a CANCEL after Timer C: always forwarded.
      this.#steps.after(this.#observer.successResponse(response), () => this.#context.relay(response));
    } else {
      this.#processFinal(response, isSuccess);
    }
  }

  #processProvisional(response: Response): void {
    this.#phase = "provisional";

    if (this.#isInvite) {
      this.#earlyDialogs.remember(response);
    }

    const done = this.#isCanceled ? undefined : this.#observer.provisionalResponse(response);

    this.#steps.after(done, () => {
      const isDropped = this.#isCurrentDropped;

      this.#isCurrentDropped = false;
      this.#phase = "routing";

      if (!isDropped) {
        this.#context.relay(response);
      }
    });
  }

  #processFinal(response: Response, isSuccess: boolean): void {
    this.#phase = "ending";

    let done: Promise<void> | undefined;

    if (isSuccess) {
      done = this.#observer.successResponse(response);
    } else if (!this.#isCanceled) {
      done = this.#observer.failureResponse(response);
    }

    this.#steps.after(done, () => {
      if (response.statusCode === 503) {
        // RFC 3261 section 16.7 step 6: that one server is overloaded says nothing of this one.
        response.statusCode = 500;
        response.reasonPhrase = reasonPhraseOf(500);
      }

      this.#end(
        () => this.#context.relay(response),
        this.#isCanceled && !isSuccess ? { outcome: "canceled" } : { outcome: "response", response },
      );
    });
  }

  #processError(error: RoutingError): void {
    if (this.#phase === "ended" || this.#isTimedOut) {
      return;
    }

    this.#phase = "ending";
    this.#steps.after(this.#observer.routingFailed(error), () => {
      this.#end(() => this.#replyError(error), { outcome: "error", error });
    });
  }

  #replyError(error: RoutingError): void {
    // RFC 4320 section 4.2: a 408 to another request than INVITE comes too late by nature.
    if (error.status !== 408 || this.#isInvite) {
      this.#context.reply(error.status, error.reason);
    }
  }

  #end(send: () => void, end: RoutingEnd<Response>): void {
    const isDropped = this.#isCurrentDropped || this.#isFinalDropped;

    this.#phase = "ended";
    this.#isCurrentDropped = false;
    this.#isFinalDropped = false;
    this.#context.endRouting(this);

    if (!isDropped) {
      send();
    }

    this.#observer.routingEnded(end);
  }

  /** However many responses wait, the first final one is not lost. */
  #isFirstFinal(response: SipResponse): boolean {
    const isFirst = response.statusCode >= 200 && !this.#hasFinal;

    this.#hasFinal ||= isFirst;

    return isFirst;
  }
}
