/**
 * What both server transactions have in common: the time while the user's code
 * runs, the responses sent, the guard against requests that nobody answers,
 * and the end (RFC 3261 section 17.2).
 */
import type { TransportError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { TimerBag, type TimerBagOwner } from "../util/timer-bag.ts";
import type { AddressCount } from "./pending-answers.ts";
import type { ServerTransaction } from "./server-transaction.ts";
import { TrackedServerTransaction } from "./tracked-server-transaction.ts";
import type { ServerTransactionContext } from "./transaction-context.ts";
import type { ServerTransactionKey } from "./transaction-key.ts";
import { buildTrying } from "./trying-response.ts";

/** "trying": send 100. "guard": nobody answers. The others by their letter in the RFC; L and J are those of `FinishedTransaction`. */
export type ServerTimer = "trying" | "guard" | "G" | "H" | "I";

export abstract class BaseServerTransaction
  extends TrackedServerTransaction
  implements ServerTransaction, TimerBagOwner<ServerTimer>
{
  abstract readonly isInvite: boolean;
  /** The state of its machine. */
  abstract readonly state: string;
  isStateful = false;
  isCanceled = false;
  finalStatusCode: number | undefined = undefined;

  protected readonly timers: TimerBag<ServerTimer>;
  protected isEnded = false;
  private readonly address: AddressCount | undefined;
  private ownToTag: string | undefined = undefined;
  private readonly onSendError = (error: TransportError) => this.transportFailed(error);

  constructor(key: ServerTransactionKey, request: SipRequest, flow: Flow, context: ServerTransactionContext) {
    super(key, request, flow, context);
    this.timers = new TimerBag(context.clock, this);
    this.address = context.pendingAnswers.begin(context.addressKeyOf(flow));
  }

  /** After how long without an answer the transaction is given up. */
  protected abstract readonly guardMs: number;
  /** After how long without any response 100 is sent. */
  protected abstract readonly tryingDelayMs: number;

  /** Feeds a response of the user to the state machine; false when it is refused. */
  protected abstract sendStateful(response: SipResponse): boolean;
  /** A retransmission of the request, while stateful. */
  protected abstract receiveRetransmission(): void;
  protected abstract becomeStateful(): void;
  /** The guard fired and no final response was sent. */
  protected abstract giveUp(): void;
  protected abstract transportFailed(error: TransportError): void;

  get toTag(): string {
    this.ownToTag ??= this.context.toTags.tagFor(this.request);

    return this.ownToTag;
  }

  get isTerminated(): boolean {
    return this.isEnded || this.hasLingered;
  }

  makeStateful(): boolean {
    if (this.isStateful || this.isEnded || this.finalStatusCode !== undefined) {
      return false;
    }

    this.isStateful = true;
    this.becomeStateful();

    return true;
  }

  sendResponse(response: SipResponse): boolean {
    if (this.isTerminated) {
      return false;
    }

    if (this.isStateful) {
      return this.sendStateful(response);
    }

    if (this.finalStatusCode !== undefined) {
      return false;
    }

    this.sendNew(response);

    return true;
  }

  userCodeDone(): void {
    if (!this.isStateful) {
      this.end();
    }
  }

  /** The user's code has returned for the first time, perhaps to go on later: from now on time counts. */
  firstTurnDone(): void {
    if (this.isEnded || (this.isStateful && this.finalStatusCode !== undefined)) {
      return;
    }

    this.timers.start("guard", this.guardMs);

    if (!this.messages.hasResponse) {
      this.timers.start("trying", this.tryingDelayMs);
    }
  }

  /** The same request again. */
  receiveRequestAgain(): void {
    if (this.isStateful) {
      this.receiveRetransmission();
    } else {
      this.resendResponse();
    }
  }

  /** A CANCEL for this transaction, which its caller answers. */
  receiveCancel(cancel: SipRequest): void {
    // RFC 3261 section 9.2: no effect once a final response was sent. A repeated CANCEL says nothing new.
    if (this.isCanceled || this.finalStatusCode !== undefined || this.isEnded) {
      return;
    }

    this.isCanceled = true;

    if (this.user === undefined) {
      return;
    }

    // The caller waits for a final response without repeating its INVITE any more: from now on it is sent reliably.
    this.isStateful = true;

    this.tellUser((user) => user.transactionCanceled(cancel));
  }

  timerFired(timer: ServerTimer): void {
    switch (timer) {
      case "trying":
        this.sendTrying();
        break;
      case "guard":
        this.guardFired();
        break;
      default:
        this.protocolTimerFired(timer);
        break;
    }
  }

  /** Ends the transaction without telling its user, for a server that stops. */
  abandon(): void {
    this.user = undefined;
    this.end();
  }

  /** Another timer than the two that both kinds have. */
  protected protocolTimerFired(_timer: ServerTimer): void {}

  protected sendTrying(): void {
    if (this.isEnded || this.finalStatusCode !== undefined || this.messages.hasResponse) {
      return;
    }

    this.sendResponse(buildTrying(this.request));
  }

  protected sendNew(response: SipResponse): void {
    this.timers.stop("trying");
    this.messages.remember(response);

    if (response.statusCode >= 200) {
      this.answered(response.statusCode);
    } else if (this.isInvite && response.statusCode > 100 && this.timers.isRunning("guard")) {
      // Ringing may last; so does Timer C begin again (RFC 3261 section 16.7 step 2), with the same responses.
      this.timers.start("guard", this.guardMs);
    }

    const text = this.transmit(response);

    if (response.statusCode >= 200) {
      this.letGo(text);
    }
  }

  /** Sends the last response again, if there is one. */
  protected resendResponse(): void {
    const { lastResponse } = this.messages;

    if (lastResponse !== undefined) {
      this.context.counts.responseRetransmissionsSent++;
      this.transmit(lastResponse);
    }
  }

  /** A final response was sent, or counts as sent. */
  protected answered(statusCode: number): void {
    if (this.finalStatusCode === undefined) {
      this.finalStatusCode = statusCode;
      this.context.pendingAnswers.end(this.address);
      this.context.lingering.add(this);
    }

    if (this.isStateful) {
      this.timers.stop("guard");
    }
  }

  /** The transaction lingers, its final response sent as `sent`, or not at all. */
  protected letGo(sent?: string): void {
    if (this.isStateful && !this.isEnded) {
      // RFC 6026 section 7.1: the transaction repeats no 2xx of an INVITE.
      const isRepeated = !this.isInvite || (this.finalStatusCode ?? 0) >= 300;

      this.messages.keep(isRepeated ? sent : undefined);

      if (this.isInvite && isRepeated) {
        // It waits for its ACK as it is, up to half a minute.
        this.messages.own(this);
      }
    }
  }

  protected end(): void {
    if (this.isEnded) {
      return;
    }

    this.isEnded = true;
    this.timers.stopAll();
    this.messages.forgetResponse();

    if (this.finalStatusCode === undefined) {
      this.context.pendingAnswers.end(this.address);
    } else {
      this.context.lingering.delete(this);
    }

    this.context.forgetServerTransaction(this);

    this.tellUser((user) => user.transactionTerminated());
  }

  private transmit(response: SipResponse): string | undefined {
    return this.context.transport.sendResponse(
      response,
      this.flow,
      this.responsesToSourcePort,
      this.onSendError,
    );
  }

  private guardFired(): void {
    if (this.finalStatusCode === undefined) {
      this.context.logger.warn("a request was left without an answer", this.logFields);
      this.giveUp();
      this.tellUser((user) => user.transactionGivenUp?.());
    } else {
      this.context.logger.warn("code over an answered request has not ended", this.logFields);
    }

    if (!this.isStateful) {
      this.end();
    }
  }
}
