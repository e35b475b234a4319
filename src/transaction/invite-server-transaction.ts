/** The INVITE server transaction (RFC 3261 section 17.2.1, RFC 6026): carries out what its machine decides. */
import type { TransportError } from "../errors/errors.ts";
import { buildResponse } from "../message/response-builder.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { BaseServerTransaction, type ServerTimer } from "./base-server-transaction.ts";
import {
  type InviteServerAction,
  type InviteServerInput,
  type InviteServerState,
  inviteServerStep,
} from "./invite-server-machine.ts";
import { transactionTimeoutMs } from "./timer-values.ts";

/** What came with an input; the machine itself needs none of it. */
interface InputDetails {
  readonly response?: SipResponse;
  readonly ack?: SipRequest;
  readonly flow?: Flow;
  readonly error?: TransportError;
}

const NO_DETAILS: InputDetails = Object.freeze({});

export class InviteServerTransaction extends BaseServerTransaction {
  readonly isInvite = true;
  readonly kind = "invite_server";
  state: InviteServerState = "proceeding";
  private timerGMs = 0;

  /** An ACK with the branch and sent-by of the INVITE. */
  receiveAck(ack: SipRequest, flow: Flow): void {
    // Without state this is Proceeding, and the ACK that of a response sent while the user's code still runs: absorbed.
    this.run("ACK", { ack, flow });
  }

  protected get guardMs(): number {
    return this.context.inviteGuardMs;
  }

  protected get tryingDelayMs(): number {
    return this.context.tryingDelayMs;
  }

  protected becomeStateful(): void {
    this.sendTrying();
  }

  protected sendStateful(response: SipResponse): boolean {
    const { statusCode } = response;

    return this.run(statusCode < 200 ? "1xx" : statusCode < 300 ? "2xx" : "300-699", { response });
  }

  protected receiveRetransmission(): void {
    this.run("INVITE");
  }

  protected giveUp(): void {
    this.sendResponse(buildResponse(this.request, { statusCode: 408, toTag: this.toTag }));
  }

  protected transportFailed(error: TransportError): void {
    this.run("transport error", { error });
  }

  protected override protocolTimerFired(timer: ServerTimer): void {
    if (timer === "G" || timer === "H" || timer === "I") {
      this.run(`timer ${timer}`);
    }
  }

  /** Returns whether anything was to be done: a response without an action is refused. */
  private run(input: InviteServerInput, details: InputDetails = NO_DETAILS): boolean {
    const { state, actions } = inviteServerStep(this.state, input);

    this.state = state;

    for (const action of actions) {
      this.perform(action, details);
    }

    return actions.length > 0;
  }

  private perform(action: InviteServerAction, details: InputDetails): void {
    const { timers } = this.context;

    switch (action) {
      case "send response":
        if (details.response !== undefined) {
          this.sendNew(details.response);
        }
        break;
      case "resend response":
        this.resendResponse();
        break;
      case "start timer G":
        if (!this.flow.isReliable) {
          this.timerGMs = Math.min(this.timerGMs === 0 ? timers.t1Ms : 2 * this.timerGMs, timers.t2Ms);
          this.timers.start("G", this.timerGMs);
        }
        break;
      case "start timer H":
        this.timers.start("H", transactionTimeoutMs(timers));
        break;
      case "start timer I":
        if (this.flow.isReliable) {
          this.run("timer I");
        } else {
          this.timers.start("I", timers.t4Ms);
        }
        break;
      case "start timer L":
        this.finish(transactionTimeoutMs(timers));
        break;
      case "stop timers G and H":
        this.timers.stop("G");
        this.timers.stop("H");
        this.messages.forgetResponse();
        break;
      case "pass ACK up":
        if (details.ack !== undefined && details.flow !== undefined) {
          this.context.passAckUp(details.ack, details.flow);
        }
        break;
      case "report transport error":
        this.logTransportError(details.error);
        break;
      case "report missing ACK":
        // SECURITY: an INVITE with a forged source costs its sender nothing, and never gets an ACK.
        this.context.limitedLog.write("notice", "no-ack", "no ACK came for a final response", this.logFields);
        break;
      case "terminate":
        this.end();
        break;
      default:
        action satisfies never;
    }
  }
}
