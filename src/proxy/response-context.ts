/**
 * The upstream half of one act of routing (RFC 3261 section 16.7): each
 * response goes through the user's callbacks, one after the other, and then to
 * the caller, unless it is dropped. Nothing is waited for unless a callback
 * returns a promise; then what arrives meanwhile waits its turn.
 */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { ClientTransactionUser } from "../transaction/client-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import { Delivery } from "./delivery.ts";
import { EarlyDialogs } from "./early-dialogs.ts";
import { FurtherSuccesses } from "./further-successes.ts";
import type { ActiveRouting, RequestContext } from "./request-context.ts";
import { copyForForwarding, type ForwardingPlan } from "./request-forwarding.ts";
import { RequestRouting } from "./request-routing.ts";
import { hideOverload } from "./response-forwarding.ts";
import { INVITE_TIMEOUT, type RoutingError } from "./routing-error.ts";
import type { RoutingEnd, RoutingObserver } from "./routing-observer.ts";
import type { RoutingUser } from "./routing-user.ts";

/** "ending": the final response or error is with the user's callbacks, or waits for them. */
type Phase = "routing" | "ending" | "ended";

export class ResponseContext<Response extends SipResponse> implements RoutingUser, ActiveRouting {
  readonly routing: RequestRouting;
  readonly #context: RequestContext;
  readonly #request: SipRequest;
  readonly #plan: ForwardingPlan;
  readonly #observer: RoutingObserver<Response>;
  readonly #isInvite: boolean;
  readonly #delivery = new Delivery();
  readonly #earlyDialogs = new EarlyDialogs();
  #phase: Phase = "routing";
  #isFinalDropped: boolean;
  /** Whether a 2xx came, be it that it still waits for its turn. */
  #hasSuccess = false;
  /** Whether the final response that was dealt with is a 2xx. */
  #isSuccess = false;
  /** Whether a 2xx was dropped: then so are its retransmissions. */
  #wasSuccessDropped = false;
  #isCanceled = false;
  #isTimedOut = false;

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

  get isSucceeding(): boolean {
    return this.isEnding && this.#hasSuccess;
  }

  get successor(): ClientTransactionUser | undefined {
    const isDone = this.#phase === "ended" && !this.#delivery.isWaiting && !this.#wasSuccessDropped;
    const isSeen = this.#observer.seesSuccesses || this.#context.areAddressesEdited;

    return isDone && this.#isSuccess && !isSeen ? FurtherSuccesses.after(this.#context) : undefined;
  }

  /** Whether there is nothing left that could be dropped. */
  get hasEnded(): boolean {
    return this.#phase === "ended" && !this.#delivery.isDelivering;
  }

  /** What is with the callbacks now is not sent upstream; outside of them, the final response or error is not. */
  drop(response?: SipResponse): void {
    if (this.#delivery.isDelivering) {
      this.#delivery.drop();
    } else {
      this.#isFinalDropped = true;
    }

    if (response !== undefined && response.statusCode >= 300 && this.#isInvite) {
      this.#earlyDialogs.end(response, this.#context);
    }
  }

  supersede(): void {
    this.#delivery.drop();
  }

  cancel(cancel: SipRequest): void {
    this.#isCanceled = true;
    this.#observer.canceled();
    // RFC 3326 section 2: why the caller gave up is news for the callee.
    this.routing.cancel(cancel.headerAll("Reason").map((reason) => `Reason: ${reason}`));
  }

  withdraw(): void {
    if (this.#phase === "routing") {
      this.#isCanceled = true;
      this.routing.cancel();
    }
  }

  beforeAttempt(target: Target): Promise<void> | undefined {
    return this.#observer.targetChosen(target);
  }

  get origin(): SipRequest {
    return this.#context.received;
  }

  makeRequest(flow: Flow): SipRequest {
    const branch = this.#context.environment.loopDetection.newBranch();

    return copyForForwarding(this.#request, this.#plan, flow, branch);
  }

  receiveResponse(received: SipResponse, flow: Flow): void {
    this.#hasSuccess ||= isSuccess(received);

    if (!this.#delivery.isWaiting) {
      this.#processResponse(received, flow);
    } else if (this.#delivery.hasRoomFor(received.statusCode)) {
      this.#delivery.take(() => this.#processResponse(received, flow));
    }
  }

  inviteTimedOut(): void {
    this.#delivery.take(() => {
      if (this.#phase === "ended" || this.#isCanceled) {
        return;
      }

      this.#isTimedOut = true;
      this.#phase = "ending";
      this.#delivery.deliver(
        () => this.#observer.inviteTimedOut(),
        (isDropped) => {
          if (this.#hasSuccess && !isDropped) {
            this.#isTimedOut = false; // Section 16.7 step 5: the callee has the call.
            this.#phase = "routing";

            return;
          }

          this.routing.cancel();
          // RFC 3261 section 16.8: as if a 408 had come.
          this.#end(isDropped, () => this.#context.reply(408, "INVITE Timeout"), {
            outcome: "error",
            error: INVITE_TIMEOUT,
          });
        },
      );
    });
  }

  routingFailed(error: RoutingError): void {
    this.#delivery.take(() => this.#processError(error));
  }

  routingCanceled(): void {
    this.#delivery.take(() => {
      if (this.#phase !== "ended" && !this.#isTimedOut) {
        this.#end(false, () => this.#context.reply(487), { outcome: "canceled" });
      }
    });
  }

  #processResponse(received: SipResponse, flow: Flow): void {
    if (this.#phase === "ended" && !(isSuccess(received) && this.#isInvite)) {
      return;
    }

    const response = this.#observer.createResponse(received, flow);

    if (received.statusCode < 200) {
      this.#processProvisional(response);
    } else if (this.#phase === "ended") {
      this.#processFurtherSuccess(response);
    } else {
      this.#processFinal(response);
    }
  }

  #processProvisional(response: Response): void {
    if (this.#isInvite) {
      this.#earlyDialogs.remember(response, this.#context);
    }

    if (this.#isCanceled) {
      this.#context.relayOrLog(response);

      return;
    }

    this.#delivery.deliver(
      () => this.#observer.provisionalResponse(response),
      (isDropped) => {
        if (!isDropped) {
          this.#context.relayOrLog(response);
        }
      },
    );
  }

  #processFinal(response: Response): void {
    this.#phase = "ending";
    this.#isSuccess = isSuccess(response);
    this.#delivery.deliver(
      () => this.#runFinalCallbacks(response),
      (isDropped) => {
        hideOverload(response);
        this.#end(
          isDropped,
          () => this.#context.relay(response),
          this.#isCanceled && !this.#isSuccess ? { outcome: "canceled" } : { outcome: "response", response },
        );
      },
    );
  }

  #runFinalCallbacks(response: Response): Promise<void> | undefined {
    if (this.#isSuccess) {
      return this.#observer.successResponse(response);
    }

    return this.#isCanceled ? undefined : this.#observer.failureResponse(response);
  }

  /** Another 2xx (RFC 6026 section 8.4), or one that crossed the CANCEL of Timer C: RFC 3261 section 16.7 step 5. */
  #processFurtherSuccess(response: Response): void {
    this.#delivery.deliver(
      () => this.#observer.successResponse(response),
      (isDropped) => {
        if (!isDropped && !this.#wasSuccessDropped) {
          this.#context.relayOrLog(response);
        }
      },
    );
  }

  #processError(error: RoutingError): void {
    if (this.#phase === "ended" || this.#isTimedOut) {
      return;
    }

    this.#phase = "ending";
    this.#delivery.deliver(
      () => this.#observer.routingFailed(error),
      (isDropped) => {
        this.#end(isDropped, () => this.#context.reply(error.status, error.reason), {
          outcome: "error",
          error,
        });
      },
    );
  }

  #end(isCurrentDropped: boolean, send: () => void, end: RoutingEnd<Response>): void {
    const isDropped = isCurrentDropped || this.#isFinalDropped;

    this.#phase = "ended";
    this.#wasSuccessDropped = isDropped && this.#isSuccess;
    this.#context.endRouting(this, this.#wasSuccessDropped);

    if (!isDropped) {
      try {
        send();
      } catch (error) {
        // The user's code has made of the response what cannot be sent.
        this.#context.environment.logger.error(error);
        this.#context.reply(500, "Internal Error");
      }
    }

    this.#observer.routingEnded(end);
  }
}

function isSuccess({ statusCode }: SipResponse): boolean {
  return statusCode >= 200 && statusCode < 300;
}
