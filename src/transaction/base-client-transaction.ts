/**
 * What both client transactions have in common: the bytes sent, the telling of
 * the user, and the end (RFC 3261 section 17.1).
 */
import { TransportError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { ownText } from "../util/own-text.ts";
import { TimerBag, type TimerBagOwner } from "../util/timer-bag.ts";
import type { ClientTransaction, ClientTransactionUser } from "./client-transaction.ts";
import { type ClientTransactionKey, textOfClientKey } from "./client-transaction-key.ts";
import type { FinishedPart } from "./finished-batch.ts";
import type { FinishedTransaction } from "./finished-transaction.ts";
import { TrackedTransaction } from "./tracked-transaction.ts";
import type { ClientTransactionContext, FlowBound } from "./transaction-context.ts";
import type { TransactionKind } from "./transaction-counts.ts";

/** By their letter in the RFC; K and M are those of `FinishedTransaction`. "cancel": no final response came after CANCEL. */
export type ClientTimer = "A" | "B" | "D" | "E" | "F" | "cancel";

/** What both machines can decide. */
export type CommonClientAction =
  | "resend request"
  | "pass response up"
  | "report timeout"
  | "report transport error"
  | "terminate";

/** Nothing is told to. */
export const NOBODY: ClientTransactionUser = Object.freeze({
  receiveResponse() {},
  transactionTimedOut() {},
  transportFailed() {},
  transactionTerminated() {},
});

export abstract class BaseClientTransaction
  extends TrackedTransaction
  implements ClientTransaction, ClientTransactionKey, FinishedPart, FlowBound, TimerBagOwner<ClientTimer>
{
  readonly sentByHost: string;
  readonly sentByPort: number | undefined;
  readonly cseq: number;
  callId: string;
  lastStatusCode: number | undefined = undefined;
  /** The received request that is passed on, until there is a final response. */
  origin: SipRequest | undefined = undefined;

  protected readonly context: ClientTransactionContext;
  protected readonly timers: TimerBag<ClientTimer>;
  protected readonly timeoutMs: number;
  private user: ClientTransactionUser;
  /** The message as it was sent, kept while it may have to be repeated. */
  private text: string | undefined = undefined;
  private isAnswered = false;
  private isOver = false;
  /** What is left of it, once it has taken its place. */
  private finished: FinishedTransaction | undefined = undefined;
  /** As sent; undefined once there is a final response. */
  protected request: SipRequest | undefined;
  /** PERF: made once, not for each transmission. */
  protected readonly onSendError = (error: TransportError) => this.transportFailed(error);

  constructor(
    request: SipRequest,
    flow: Flow,
    user: ClientTransactionUser,
    timeoutMs: number,
    context: ClientTransactionContext,
  ) {
    const { branch = "", host, port } = request.topVia;

    super(branch, request.method, flow, context.tableNumberOf(branch));
    this.request = request;
    this.sentByHost = host;
    this.sentByPort = port;
    this.cseq = request.cseq;
    this.callId = request.callId;
    this.user = user;
    this.timeoutMs = timeoutMs;
    this.context = context;
    this.timers = new TimerBag(context.clock, this);
    context.pendingAnswers.begin();
  }

  /** Sends the request and starts the timers of the first state. */
  start(): void {
    const text = this.request?.toRawText() ?? "";

    if (!this.flow.isReliable) {
      this.text = text;
    }

    this.startTimers();
    this.flow.sendText(text, this.onSendError);
  }

  abstract readonly kind: TransactionKind;
  /** The state of its machine. */
  abstract readonly state: string;

  /** A response that matched this transaction. */
  abstract receiveResponse(response: SipResponse, flow: Flow): void;
  abstract transportFailed(error: TransportError): void;
  abstract cancel(extraHeaders?: readonly string[]): void;
  abstract timerFired(timer: ClientTimer): void;
  protected abstract startTimers(): void;

  get isTerminated(): boolean {
    return this.finished === undefined ? this.isOver : this.finished.isEnded;
  }

  abandon(): void {
    if (this.finished !== undefined) {
      this.finished.abandon();
    } else if (!this.isOver) {
      this.forget();
    }
  }

  /** The flow was closed while a response was waited for. */
  flowClosed(): void {
    this.transportFailed(
      new TransportError(`the connection to ${this.flow.remoteDescription} was closed`, "closed"),
    );
  }

  protected performCommon(
    action: CommonClientAction,
    response: SipResponse | undefined,
    flow: Flow,
    error: TransportError | undefined,
  ): void {
    switch (action) {
      case "resend request":
        this.resendRequest();
        break;
      case "pass response up":
        if (response !== undefined) {
          this.passUp(response, flow);
        }
        break;
      case "report timeout":
        this.reportTimeout();
        break;
      case "report transport error":
        if (error !== undefined) {
          this.reportTransportError(error);
        }
        break;
      case "terminate":
        this.end();
        break;
      default:
        action satisfies never;
    }
  }

  private resendRequest(): void {
    if (this.text !== undefined) {
      this.context.counts.requestRetransmissionsSent++;
      this.flow.sendText(this.text, this.onSendError);
    }
  }

  /** A final response came, or will not be waited for any more. */
  protected answered(): void {
    if (!this.isAnswered) {
      this.isAnswered = true;
      this.text = undefined;
      this.origin = undefined;
      this.context.pendingAnswers.end();
      this.context.clientTransactionAnswered(this);

      if (!this.isTerminated) {
        this.context.lingering.add(this);
      }
    }
  }

  private passUp(response: SipResponse, flow: Flow): void {
    const { user } = this;
    const { statusCode } = response;

    this.lastStatusCode = statusCode;

    if (statusCode >= 200) {
      this.letGo(statusCode);
    }

    try {
      user.receiveResponse(response, flow);

      if (statusCode >= 200 && this.user === user) {
        this.user = user.successor ?? user;
      }
    } catch (error) {
      this.logUserError(error);
    }
  }

  /** A finished transaction lingers for half a minute: what it does not need any more is not to linger with it. */
  private letGo(statusCode: number): void {
    this.request = undefined;

    if (this.kind === "invite_client" && statusCode >= 300) {
      // It waits for the response to come again as it is, half a minute.
      this.callId = ownText(this.callId);
    }

    if (this.user.ignoresEnd === true && (this.kind !== "invite_client" || statusCode >= 300)) {
      this.user = NOBODY;
    }
  }

  /** Leaves no more behind than what lingers for that long. */
  protected finish(delayMs: number): void {
    const { context } = this;

    this.timers.stopAll();
    context.lingering.delete(this);
    context.forgetClientTransaction(this);
    this.finished = context.lingering.addFinished(
      this,
      delayMs,
      textOfClientKey(this),
      "",
      this.user === NOBODY ? undefined : this.user,
    );
  }

  private reportTimeout(): void {
    this.context.counts.timeouts[this.kind]++;

    try {
      this.user.transactionTimedOut();
    } catch (error) {
      this.logUserError(error);
    }
  }

  private reportTransportError(error: TransportError): void {
    try {
      this.user.transportFailed(error);
    } catch (thrown) {
      this.logUserError(thrown);
    }
  }

  /** Ends the transaction and tells its user. */
  protected end(): void {
    if (this.isTerminated) {
      return;
    }

    this.forget();

    try {
      this.user.transactionTerminated();
    } catch (error) {
      this.logUserError(error);
    }
  }

  private forget(): void {
    this.isOver = true;
    this.timers.stopAll();
    this.answered();
    this.context.lingering.delete(this);
    this.context.forgetClientTransaction(this);
  }

  protected get logFields() {
    const { callId, method, flow } = this;

    return { callId, method, peer: flow.remoteDescription };
  }

  private logUserError(error: unknown): void {
    this.context.logger.crit(error, this.logFields);
  }
}
