/**
 * What is left of a server transaction once its final response was sent and
 * nothing but retransmissions may come: INVITE in Accepted (RFC 6026 section
 * 7.1), another request over UDP in Completed (RFC 3261 section 17.2.2). It
 * stands in the table in place of the transaction.
 *
 * PERF: it lingers for half a minute, so it holds no more than it needs
 * (benchmarks/proxy/finished-call-memory.ts).
 */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { FinishedTransaction } from "./finished-queue.ts";
import { isResponseText, readRequest, readResponse } from "./kept-messages.ts";
import type { LingeringServerTransaction, ServerTransactionUser } from "./server-transaction.ts";
import type { ServerTransactionContext } from "./transaction-context.ts";
import type { TransactionKind } from "./transaction-counts.ts";
import type { ServerTransactionKey } from "./transaction-key.ts";
import type { TableEntry } from "./transaction-table.ts";

/** What it takes over. */
export interface AnsweredServerTransaction extends ServerTransactionKey {
  readonly flow: Flow;
  readonly responsesToSourcePort: boolean;
  readonly user: ServerTransactionUser | undefined;
}

export class FinishedServerTransaction
  implements ServerTransactionKey, TableEntry, FinishedTransaction, LingeringServerTransaction
{
  readonly branch: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly method: string;
  readonly tableNumber: number;
  readonly flow: Flow;
  readonly responsesToSourcePort: boolean;
  user: ServerTransactionUser | undefined;
  isEnded = false;
  nextInTable: TableEntry | undefined = undefined;
  nextFinished: FinishedTransaction | undefined = undefined;
  private readonly text: string;
  private readonly context: ServerTransactionContext;

  /** @param text the final response, if it may have to be sent again, or what every response needs of the request. */
  constructor(answered: AnsweredServerTransaction, text: string, context: ServerTransactionContext) {
    const { branch, host, port, flow } = answered;

    this.branch = branch;
    // PERF: mostly the same, and the flow has it anyway.
    this.host = host === flow.remoteIp ? flow.remoteIp : host;
    this.port = port;
    this.method = answered.method;
    this.tableNumber = answered.tableNumber;
    this.flow = flow;
    this.responsesToSourcePort = answered.responsesToSourcePort;
    this.user = answered.user;
    this.text = text;
    this.context = context;
  }

  get isInvite(): boolean {
    return this.method === "INVITE";
  }

  get kind(): TransactionKind {
    return this.isInvite ? "invite_server" : "non_invite_server";
  }

  /** As its machine calls it. */
  get state(): string {
    return this.isInvite ? "accepted" : "completed";
  }

  /** What every response needs of it. */
  get request(): SipRequest {
    return readRequest(this.text, this.method);
  }

  get toTag(): string {
    return this.context.toTags.tagFor(this.request);
  }

  /** As for any server transaction: here, only a further 2xx to INVITE passes. */
  sendResponse(response: SipResponse): boolean {
    const { statusCode } = response;
    const isAllowed = !this.isEnded && this.isInvite && statusCode >= 200 && statusCode <= 299;

    if (isAllowed) {
      this.transmit(response);
    }

    return isAllowed;
  }

  /** The same request again. A 2xx to INVITE is repeated by the user agent server, not here. */
  receiveRequestAgain(): void {
    if (isResponseText(this.text)) {
      this.context.counts.responseRetransmissionsSent++;
      this.transmit(readResponse(this.text));
    }
  }

  /** RFC 6026 section 7.1: in Accepted the ACK is passed up. */
  receiveAck(ack: SipRequest, flow: Flow): void {
    this.context.passAckUp(ack, flow);
  }

  /** RFC 3261 section 9.2: no effect once a final response was sent. */
  receiveCancel(): void {}

  /** Ends without telling anybody, for a server that stops. */
  abandon(): void {
    if (!this.isEnded) {
      this.isEnded = true;
      this.context.lingering.noteEnd();
      this.context.forgetServerTransaction(this);
    }
  }

  end(): void {
    if (this.isEnded) {
      return;
    }

    this.abandon();

    try {
      this.user?.transactionTerminated();
    } catch (error) {
      this.context.logger.crit(error, this.logFields);
    }
  }

  private transmit(response: SipResponse): void {
    this.context.transport.sendResponse(response, this.flow, this.responsesToSourcePort, (error) => {
      this.context.limitedLog.write("notice", "unsent", "a response could not be sent", {
        ...this.logFields,
        error: error.message,
      });
    });
  }

  private get logFields() {
    return { callId: this.request.callId, method: this.method, peer: this.flow.remoteDescription };
  }
}
