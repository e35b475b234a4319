/** The non-INVITE server transaction (RFC 3261 section 17.2.2, RFC 4320): carries out what its machine decides. */
import type { TransportError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { BaseServerTransaction } from "./base-server-transaction.ts";
import {
  type NonInviteServerAction,
  type NonInviteServerInput,
  type NonInviteServerState,
  nonInviteServerStep,
} from "./non-invite-server-machine.ts";
import { aliveDelayMs, transactionTimeoutMs } from "./timer-values.ts";
import type { ServerTransactionContext } from "./transaction-context.ts";
import type { ServerTransactionKey } from "./transaction-key.ts";

export class NonInviteServerTransaction extends BaseServerTransaction {
  readonly isInvite = false;
  readonly kind = "non_invite_server";
  state: NonInviteServerState = "trying";
  private isTimeFor100: boolean;

  constructor(key: ServerTransactionKey, request: SipRequest, flow: Flow, context: ServerTransactionContext) {
    super(key, request, flow, context);
    this.isTimeFor100 = flow.isReliable;
  }

  override sendResponse(response: SipResponse): boolean {
    const { statusCode } = response;

    // RFC 4320 section 4.1: no other provisional response than 100, and that not early over an unreliable transport.
    if (statusCode < 200 && (statusCode !== 100 || !this.isTimeFor100)) {
      return false;
    }

    return super.sendResponse(response);
  }

  protected get guardMs(): number {
    return transactionTimeoutMs(this.context.timers);
  }

  protected get tryingDelayMs(): number {
    return aliveDelayMs(this.context.timers);
  }

  protected override sendTrying(): void {
    this.isTimeFor100 = true;
    super.sendTrying();
  }

  protected becomeStateful(): void {
    // A 100 that was sent before, while the user's code ran.
    if (this.messages.hasResponse) {
      this.state = "proceeding";
    }
  }

  protected sendStateful(response: SipResponse): boolean {
    return this.run(inputOf(response.statusCode), response);
  }

  protected receiveRetransmission(): void {
    this.run("request");
  }

  /** RFC 4320 section 4.2: silently. The client has timed out at the same moment. */
  protected giveUp(): void {
    this.run("no answer");
  }

  protected transportFailed(error: TransportError): void {
    this.run("transport error", undefined, error);
  }

  /** Returns whether anything was to be done: a response without an action is refused. */
  private run(input: NonInviteServerInput, response?: SipResponse, error?: TransportError): boolean {
    const { state, actions } = nonInviteServerStep(this.state, input);

    this.state = state;

    for (const action of actions) {
      this.perform(action, response, error);
    }

    return actions.length > 0;
  }

  private perform(
    action: NonInviteServerAction,
    response: SipResponse | undefined,
    error: TransportError | undefined,
  ): void {
    switch (action) {
      case "send response":
        if (response !== undefined) {
          this.sendNew(response);
        }
        break;
      case "resend response":
        this.resendResponse();
        break;
      case "discard response":
        this.timers.stop("trying");
        this.messages.forgetResponse();
        this.answered(408);
        this.letGo();
        break;
      case "start timer J":
        if (this.flow.isReliable) {
          this.run("timer J");
        } else {
          this.finish(transactionTimeoutMs(this.context.timers));
        }
        break;
      case "report transport error":
        this.logTransportError(error);
        break;
      case "terminate":
        this.end();
        break;
      default:
        action satisfies never;
    }
  }
}

function inputOf(statusCode: number): NonInviteServerInput {
  if (statusCode >= 200) {
    return statusCode === 408 ? "408" : "200-699";
  }

  return statusCode === 100 ? "100" : "101-199";
}
