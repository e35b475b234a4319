/** A server transaction as it is found and told of: its key, its user, its messages, and what is left of it when it is over but for a wait. */
import type { TransportError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { FinishedServerTransaction } from "./finished-server-transaction.ts";
import { ServerMessages } from "./server-messages.ts";
import type { LingeringServerTransaction, ServerTransactionUser } from "./server-transaction.ts";
import { TrackedTransaction } from "./tracked-transaction.ts";
import type { ServerTransactionContext } from "./transaction-context.ts";
import type { ServerTransactionKey } from "./transaction-key.ts";

export abstract class TrackedServerTransaction extends TrackedTransaction implements ServerTransactionKey {
  host: string;
  readonly port: number | undefined;
  responsesToSourcePort = false;

  protected readonly context: ServerTransactionContext;
  protected readonly messages: ServerMessages;
  private currentUser: ServerTransactionUser | undefined = undefined;
  private finished: FinishedServerTransaction | undefined = undefined;

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

    if (this.finished !== undefined) {
      this.finished.user = user;
    }
  }

  get lingeringPart(): LingeringServerTransaction {
    return this.finished ?? (this as LingeringServerTransaction);
  }

  /** Whether what was left of it has ended. */
  protected get hasLingered(): boolean {
    return this.finished?.isEnded === true;
  }

  /** Leaves no more behind than what lingers for that long. */
  protected finish(delayMs: number): void {
    const { context } = this;

    this.finished = new FinishedServerTransaction(this, this.messages.text, context);
    context.lingering.delete(this);
    context.replaceServerTransaction(this, this.finished);
    context.lingering.addFinished(this.finished, delayMs);
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
