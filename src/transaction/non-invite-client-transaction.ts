/** The non-INVITE client transaction (RFC 3261 section 17.1.2): carries out what its machine decides. */
import type { TransportError } from "../errors/errors.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { BaseClientTransaction, type ClientTimer } from "./base-client-transaction.ts";
import {
  type NonInviteClientAction,
  type NonInviteClientInput,
  type NonInviteClientState,
  nonInviteClientStep,
} from "./non-invite-client-machine.ts";

export class NonInviteClientTransaction extends BaseClientTransaction {
  readonly kind = "non_invite_client";
  state: NonInviteClientState = "trying";
  private timerEMs = 0;

  receiveResponse(response: SipResponse, flow: Flow): void {
    this.run(response.statusCode < 200 ? "1xx" : "200-699", response, flow);
  }

  /** RFC 3261 section 9.1: only INVITE is canceled. */
  cancel(): void {}

  transportFailed(error: TransportError): void {
    this.run("transport error", undefined, this.flow, error);
  }

  timerFired(timer: ClientTimer): void {
    if (timer === "E" || timer === "F") {
      this.run(`timer ${timer}`);
    }
  }

  protected startTimers(): void {
    this.startTimerE(this.context.timers.t1Ms);
    this.timers.start("F", this.timeoutMs);
  }

  private run(
    input: NonInviteClientInput,
    response?: SipResponse,
    flow: Flow = this.flow,
    error?: TransportError,
  ): void {
    if (this.isTerminated) {
      return;
    }

    const { state, actions } = nonInviteClientStep(this.state, input);

    this.state = state;

    if (input === "200-699") {
      this.answered();
    }

    for (const action of actions) {
      // The user may abandon the transaction while it is told of a response.
      if (!this.isTerminated) {
        this.perform(action, response, flow, error);
      }
    }
  }

  private perform(
    action: NonInviteClientAction,
    response: SipResponse | undefined,
    flow: Flow,
    error: TransportError | undefined,
  ): void {
    const { timers } = this.context;

    switch (action) {
      case "start doubled timer E":
        this.startTimerE(Math.min(2 * this.timerEMs, timers.t2Ms));
        break;
      case "start timer E at T2":
        this.startTimerE(timers.t2Ms);
        break;
      case "start timer K":
        if (this.flow.isReliable) {
          this.run("timer K");
        } else {
          this.finish(timers.t4Ms);
        }
        break;
      case "stop timers E and F":
        this.timers.stop("E");
        this.timers.stop("F");
        break;
      default:
        this.performCommon(action, response, flow, error);
    }
  }

  private startTimerE(delayMs: number): void {
    if (!this.flow.isReliable) {
      this.timerEMs = delayMs;
      this.timers.start("E", delayMs);
    }
  }
}
