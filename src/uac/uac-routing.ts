/**
 * One request of this server's own, from its first target to its outcome (RFC
 * 3261 sections 8.1 and 13.2): its responses go to the user's callbacks, and
 * nowhere else.
 */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { Delivery } from "../proxy/delivery.ts";
import { RequestRouting } from "../proxy/request-routing.ts";
import { INVITE_TIMEOUT, type RoutingError } from "../proxy/routing-error.ts";
import type { RoutingEnd, RoutingObserver } from "../proxy/routing-observer.ts";
import type { RoutingUser } from "../proxy/routing-user.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import { ConfirmedDialogs } from "./confirmed-dialogs.ts";
import { copyForSending } from "./copy-for-sending.ts";
import type { SendingPlan } from "./sending-plan.ts";

/** SECURITY: what a peer can make wait for a callback that does not end. */
const MAX_WAITING_PROVISIONALS = 32;

/** "ending": the final response or error is with the user's callbacks, or waits for them. */
type Phase = "routing" | "ending" | "ended";

export class UacRouting<Response extends SipResponse> implements RoutingUser {
  readonly routing: RequestRouting;
  readonly #request: SipRequest;
  readonly #plan: SendingPlan;
  readonly #observer: RoutingObserver<Response>;
  readonly #isInvite: boolean;
  readonly #delivery = new Delivery();
  readonly #dialogs: ConfirmedDialogs;
  #sent: SipRequest;
  #phase: Phase = "routing";
  /** Whether the final response or error came, be it that it still waits for its turn. */
  #isDecided = false;
  /** Canceled, or timed out: a call that is answered all the same is not wanted. */
  #isGivenUp = false;

  /** @param request as the user's code has it; each target gets a copy of its state at that moment. */
  constructor(request: SipRequest, plan: SendingPlan, observer: RoutingObserver<Response>) {
    this.#request = request;
    this.#sent = request;
    this.#plan = plan;
    this.#observer = observer;
    this.#isInvite = request.method === "INVITE";
    this.#dialogs = new ConfirmedDialogs(plan);
    this.routing = new RequestRouting({
      environment: plan.environment,
      profile: plan.profile,
      hop: plan.hop,
      isInvite: this.#isInvite,
      user: this,
    });
  }

  get origin(): SipRequest | undefined {
    return this.#plan.received?.received;
  }

  /** @returns false when there is nothing to cancel: it is no INVITE, or it has its outcome. */
  cancel(extraHeaders?: readonly string[]): boolean {
    if (!this.#isInvite || this.#isGivenUp || this.#isDecided) {
      return false;
    }

    this.#isGivenUp = true;
    this.#observer.canceled();
    this.routing.cancel(extraHeaders);

    return true;
  }

  beforeAttempt(target: Target): Promise<void> | undefined {
    return this.#observer.targetChosen(target);
  }

  makeRequest(flow: Flow): SipRequest {
    this.#sent = copyForSending(this.#request, this.#plan, flow);

    return this.#sent;
  }

  /**
   * DEVIATION: RFC 3261 section 8.1.3.3 would have a response with several Via
   * discarded. It has ended the transaction that its branch named, so nothing
   * else would come.
   */
  receiveResponse(received: SipResponse, flow: Flow): void {
    const { statusCode } = received;

    this.#isDecided ||= statusCode >= 200;

    if (statusCode < 200) {
      if (this.#delivery.waitingCount < MAX_WAITING_PROVISIONALS) {
        this.#delivery.take(() => this.#processProvisional(received, flow));
      }
    } else if (statusCode > 299 || !this.#isInvite) {
      this.#delivery.take(() => this.#processFinal(received, flow));
    } else if (this.#dialogs.confirm(this.#sent, received, this.#isGivenUp)) {
      // It was acknowledged at once: the callee repeats it until then, and callbacks may take their time.
      this.#delivery.take(() => this.#processFinal(received, flow));
    }
  }

  inviteTimedOut(): void {
    this.#isGivenUp = true;
    this.#delivery.take(() =>
      this.#finish(() => this.#observer.inviteTimedOut(), { outcome: "error", error: INVITE_TIMEOUT }),
    );
    this.routing.cancel();
  }

  routingFailed(error: RoutingError): void {
    this.#isDecided = true;
    this.#delivery.take(() =>
      this.#finish(() => this.#observer.routingFailed(error), { outcome: "error", error }),
    );
  }

  routingCanceled(): void {
    this.#delivery.take(() => this.#finish(() => undefined, { outcome: "canceled" }));
  }

  #processProvisional(received: SipResponse, flow: Flow): void {
    if (this.#phase === "routing" && !this.#isGivenUp) {
      const response = this.#observer.createResponse(received, flow);

      this.#delivery.deliver(
        () => this.#observer.provisionalResponse(response),
        () => undefined,
      );
    }
  }

  #processFinal(received: SipResponse, flow: Flow): void {
    if (this.#isGivenUp) {
      this.#finish(() => undefined, { outcome: "canceled" });

      return;
    }

    const response = this.#observer.createResponse(received, flow);
    const isSuccess = received.statusCode < 300;
    const run = (): Promise<void> | undefined =>
      isSuccess ? this.#observer.successResponse(response) : this.#observer.failureResponse(response);

    if (this.#phase === "routing") {
      this.#finish(run, { outcome: "response", response });
    } else if (isSuccess) {
      // RFC 3261 section 13.2.2.4: the request was forked, and another callee has answered.
      this.#delivery.deliver(run, () => undefined);
    }
  }

  #finish(callbacks: () => Promise<void> | undefined, end: RoutingEnd<Response>): void {
    if (this.#phase !== "routing") {
      return;
    }

    this.#phase = "ending";
    this.#delivery.deliver(callbacks, () => {
      this.#phase = "ended";
      this.#observer.routingEnded(end);
    });
  }
}
