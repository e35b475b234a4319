/** A server transaction as it is found and told of: its key, its user, its messages, and what is left of it when it is over but for a wait. */
import type { TransportError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { FinishedPart } from "./finished-batch.ts";
import type { FinishedTransaction } from "./finished-transaction.ts";
import { ServerMessages } from "./server-messages.ts";
import type { ServerTransactionUser } from "./server-transaction.ts";
import { TrackedTransaction } from "./tracked-transaction.ts";
import type { ServerTransactionContext } from "./transaction-context.ts";
import type { TransactionKind } from "./transaction-counts.ts";
import { type ServerTransactionKey, textOfServerKey } from "./transaction-key.ts";

export abstract class TrackedServerTransaction
  extends TrackedTransaction
  implements ServerTransactionKey, FinishedPart
{
  abstract readonly kind: TransactionKind;
  host: string;
  readonly port: number | undefined;
  responsesToSourcePort = false;

  protected readonly context: ServerTransactionContext;
  protected readonly messages: ServerMessages;
  private currentUser: ServerTransactionUser | undefined = undefined;
  private finished: FinishedTransaction | undefined = undefined;

  constructor(key: ServerTransactionKey, request: SipRequest, flow: Flow, context: ServerTransactionContext) {
    super(key.branch, key.method, flow, key.tableNumber);
    this.host = key.host;
    this.port = key.port;
    this.messages = new ServerMessages(request, key.method);
    this.context = context;
  }

  abstract sendResponse(response: SipResponse): boolean;

  get request(): SipRequest {
    return this.messages.request;
  }

  get user(): ServerTransactionUser | undefined {
    return this.currentUser;
  }

  set user(user: ServerTransactionUser | undefined) {
    this.currentUser = user;

    this.finished?.setUser(user);
  }

  get essentialText(): string {
    return this.messages.essentialText;
  }

  /** Whether what was left of it has ended. */
  protected get hasLingered(): boolean {
    return this.finished?.isEnded === true;
  }

  /** Leaves no more behind than what lingers for that long. */
  protected finish(delayMs: number): void {
    const { context } = this;

    context.lingering.delete(this);
    context.forgetServerTransaction(this);
    this.finished = context.lingering.addFinished(
      this,
      delayMs,
      textOfServerKey(this),
      this.messages.repeatedText,
      this.currentUser,
    );
  }

  protected tellUser(tell: (user: ServerTransactionUser) => void): void {
    try {
      if (this.currentUser !== undefined) {
        tell(this.currentUser);
      }
    } catch (error) {
      this.context.logger.crit(error, this.logFields);
    }
  }

  protected get logFields() {
    return { callId: this.request.callId, method: this.method, peer: this.flow.remoteDescription };
  }

  protected logTransportError(error: TransportError | undefined): void {
    this.context.limitedLog.write("notice", "unsent", "a response could not be sent", {
      ...this.logFields,
      error: error?.message,
    });
  }
}
