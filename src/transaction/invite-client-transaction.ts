/** The INVITE client transaction (RFC 3261 section 17.1.1, RFC 6026): carries out what its machine decides. */
import type { TransportError } from "../errors/errors.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { BaseClientTransaction, type ClientTimer } from "./base-client-transaction.ts";
import {
  type InviteClientAction,
  type InviteClientInput,
  type InviteClientState,
  inviteClientStep,
} from "./invite-client-machine.ts";
import { makeAck, makeCancel } from "./subordinate-request.ts";
import { timerDMs, transactionTimeoutMs } from "./timer-values.ts";

export class InviteClientTransaction extends BaseClientTransaction {
  readonly kind = "invite_client";
  state: InviteClientState = "calling";
  private timerAMs = 0;
  private ackText: string | undefined = undefined;
  private isCancelRequested = false;
  private isCancelHeld = false;
  private cancelHeaders: readonly string[] = [];

  receiveResponse(response: SipResponse, flow: Flow): void {
    const { statusCode } = response;

    this.run(statusCode < 200 ? "1xx" : statusCode < 300 ? "2xx" : "300-699", response, flow);
  }

  cancel(extraHeaders: readonly string[] = []): void {
    if (!this.isCancelRequested) {
      this.isCancelRequested = true;
      this.cancelHeaders = extraHeaders;
      this.run("cancel");
    }
  }

  transportFailed(error: TransportError): void {
    this.run("transport error", undefined, this.flow, error);
  }

  timerFired(timer: ClientTimer): void {
    if (timer === "cancel") {
      this.run("cancel timeout");
    } else if (timer === "A" || timer === "B" || timer === "D") {
      this.run(`timer ${timer}`);
    }
  }

  protected startTimers(): void {
    this.startTimerA();
    this.timers.start("B", this.timeoutMs);
  }

  private run(
    input: InviteClientInput,
    response?: SipResponse,
    flow: Flow = this.flow,
    error?: TransportError,
  ): void {
    if (this.isTerminated) {
      return;
    }

    const { state, actions } = inviteClientStep(this.state, input);

    this.state = state;

    if (input === "2xx" || input === "300-699") {
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
    action: InviteClientAction,
    response: SipResponse | undefined,
    flow: Flow,
    error: TransportError | undefined,
  ): void {
    switch (action) {
      case "start timer A":
        this.startTimerA();
        break;
      case "start timer D":
        if (this.flow.isReliable) {
          this.run("timer D");
        } else {
          this.timers.start("D", timerDMs(this.context.timers));
        }
        break;
      case "start timer M":
        this.finish(transactionTimeoutMs(this.context.timers));
        break;
      case "stop timers A and B":
        this.timers.stop("A");
        this.timers.stop("B");
        break;
      case "stop cancel timer":
        this.timers.stop("cancel");
        break;
      case "send ACK":
        if (response !== undefined && this.request !== undefined) {
          this.ackText = makeAck(this.request, response).toRawText();
          this.sendAck();
        }
        break;
      case "resend ACK":
        this.sendAck();
        break;
      case "hold CANCEL":
        this.isCancelHeld = true;
        break;
      case "send held CANCEL":
        if (this.isCancelHeld) {
          this.sendCancel();
        }
        break;
      case "send CANCEL":
        this.sendCancel();
        break;
      default:
        this.performCommon(action, response, flow, error);
    }
  }

  private startTimerA(): void {
    if (!this.flow.isReliable) {
      this.timerAMs = this.timerAMs === 0 ? this.context.timers.t1Ms : 2 * this.timerAMs;
      this.timers.start("A", this.timerAMs);
    }
  }

  private sendAck(): void {
    if (this.ackText !== undefined) {
      // RFC 3261 section 17.1.1.2: to the same address, port and transport as the request.
      this.flow.sendText(this.ackText, this.onSendError);
    }
  }

  private sendCancel(): void {
    if (this.request === undefined) {
      return;
    }

    const cancel = makeCancel(this.request);

    for (const line of this.cancelHeaders) {
      const [name = "", ...rest] = line.split(":");

      try {
        cancel.appendHeader(name.trim(), rest.join(":").trim());
      } catch (error) {
        // The CANCEL itself must not be lost for it.
        this.context.logger.error(error, this.logFields);
      }
    }

    this.isCancelHeld = false;
    // RFC 3261 section 9.1: 64*T1 after the CANCEL the client gives up waiting for the response to its INVITE.
    this.timers.start("cancel", transactionTimeoutMs(this.context.timers));
    this.context.sendCancel(cancel, this.flow);
  }
}
