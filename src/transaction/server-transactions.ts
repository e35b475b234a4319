/**
 * The server transactions and what becomes of each request that arrives: RFC
 * 3261 sections 17.2.3 (matching), 9.2 (CANCEL) and 17 (ACK).
 */
import { buildResponse } from "../message/response-builder.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import { FinishedTransaction } from "./finished-transaction.ts";
import { InviteServerTransaction } from "./invite-server-transaction.ts";
import { readResponse } from "./kept-messages.ts";
import { NonInviteServerTransaction } from "./non-invite-server-transaction.ts";
import type { ServerTransactionContext } from "./transaction-context.ts";
import type { TransactionKind } from "./transaction-counts.ts";
import {
  isSameServerTransaction,
  type ServerTransactionKey,
  serverTransactionKey,
  textOfServerKey,
} from "./transaction-key.ts";
import { type TableEntry, TransactionTable } from "./transaction-table.ts";
import type { TransactionUser } from "./transaction-user.ts";

type AnyServerTransaction = InviteServerTransaction | NonInviteServerTransaction;

const REFUSAL_LOG_INTERVAL_MS = 10_000;

/** What the table asks of the layer. */
export interface ServerTransactionsOwner {
  readonly serverContext: ServerTransactionContext;
  readonly user: TransactionUser | undefined;
  /** Seconds: Retry-After of the 503 that is sent when there is no room. */
  readonly retryAfterSeconds: number;
  /** Whether one more transaction may be kept for that peer. */
  roomFor(flow: Flow): Room;
}

/** "full": for nobody. "address full": not for this address. */
export type Room = "free" | "full" | "address full";

export class ServerTransactions {
  private readonly owner: ServerTransactionsOwner;
  private readonly table = new TransactionTable<AnyServerTransaction>();
  private readonly lastRefusalLogMs = {
    full: Number.NEGATIVE_INFINITY,
    "address full": Number.NEGATIVE_INFINITY,
  };

  constructor(owner: ServerTransactionsOwner) {
    this.owner = owner;
  }

  get size(): number {
    return this.table.size;
  }

  forEachState(callback: (kind: TransactionKind, state: string) => void): void {
    for (const { kind, state } of this.table.values()) {
      callback(kind, state);
    }
  }

  receive(request: SipRequest, flow: Flow): void {
    switch (request.method) {
      case "ACK":
        this.receiveAck(request, flow);
        break;
      case "CANCEL":
        this.receiveCancel(request, flow);
        break;
      default:
        this.receiveOther(request, flow);
        break;
    }
  }

  forget(transaction: TableEntry): void {
    this.table.delete(transaction as AnyServerTransaction);
  }

  close(): void {
    for (const transaction of [...this.table.values()]) {
      transaction.abandon();
    }
  }

  private find(key: ServerTransactionKey): AnyServerTransaction | FinishedTransaction | undefined {
    return (
      this.table.find(key.tableNumber, isOf, key) ??
      this.owner.serverContext.lingering.findFinished(
        key.method === "INVITE" ? "invite_server" : "non_invite_server",
        key.tableNumber,
        textOfServerKey,
        key,
      )
    );
  }

  private receiveOther(request: SipRequest, flow: Flow): void {
    const key = serverTransactionKey(request, request.method, this.table);
    const existing = this.find(key);

    if (existing !== undefined) {
      this.owner.serverContext.counts.requestRetransmissionsReceived++;

      if (existing instanceof FinishedTransaction) {
        this.answerAgain(existing);
      } else {
        existing.receiveRequestAgain();
      }

      return;
    }

    const room = this.owner.roomFor(flow);

    if (room === "free") {
      this.begin(key, request, flow);
    } else {
      this.refuse(request, flow, room);
    }
  }

  private begin(key: ServerTransactionKey, request: SipRequest, flow: Flow): void {
    const { serverContext, user } = this.owner;
    const transaction =
      request.method === "INVITE"
        ? new InviteServerTransaction(key, request, flow, serverContext)
        : new NonInviteServerTransaction(key, request, flow, serverContext);

    serverContext.counts.begun[transaction.kind]++;
    this.table.add(transaction);

    try {
      user?.receiveRequest(transaction);
    } catch (error) {
      serverContext.logger.crit(error, { callId: request.callId, method: request.method });

      transaction.sendResponse(
        buildResponse(request, {
          statusCode: 500,
          reasonPhrase: "Internal Error",
          toTag: transaction.toTag,
        }),
      );
      transaction.userCodeDone();
    }

    transaction.firstTurnDone();
  }

  /** Sends its final response again. That of an INVITE is a 2xx, which the user agent server repeats. */
  private answerAgain({ text, flow, responsesToSourcePort }: FinishedTransaction): void {
    const { counts, transport, limitedLog } = this.owner.serverContext;

    if (flow === undefined || text === "") {
      return;
    }

    const response = readResponse(text);

    counts.responseRetransmissionsSent++;
    transport.sendResponse(response, flow, responsesToSourcePort, (error) => {
      limitedLog.write("notice", "unsent", "a response could not be sent", {
        callId: response.callId,
        method: response.method,
        peer: flow.remoteDescription,
        error: error.message,
      });
    });
  }

  private receiveAck(ack: SipRequest, flow: Flow): void {
    const { serverContext } = this.owner;
    const transaction = this.find(serverTransactionKey(ack, "INVITE", this.table));

    if (transaction instanceof InviteServerTransaction) {
      transaction.receiveAck(ack, flow);
    } else if (transaction !== undefined || !serverContext.toTags.isAckOfOwnResponse(ack)) {
      // RFC 6026 section 7.1: in Accepted the ACK is passed up.
      serverContext.passAckUp(ack, flow);
    }
  }

  /**
   * RFC 3261 section 9.2. The CANCEL has no state of its own: repeated, it is
   * answered the same again.
   *
   * DEVIATION: one for another method than INVITE, which section 9.1 tells
   * clients not to send and which would have no effect, is answered 481.
   */
  private receiveCancel(cancel: SipRequest, flow: Flow): void {
    const { transport, toTags } = this.owner.serverContext;
    const transaction = this.find(serverTransactionKey(cancel, "INVITE", this.table));

    if (transaction === undefined) {
      const toTag = toTags.tagFor(cancel);

      transport.sendResponse(buildResponse(cancel, { statusCode: 481, toTag }), flow, false);

      return;
    }

    const response = buildResponse(cancel, {
      statusCode: 200,
      reasonPhrase: "Cancelled",
      toTag: transaction instanceof FinishedTransaction ? toTags.tagFor(cancel) : transaction.toTag,
    });

    transport.sendResponse(response, flow, transaction.responsesToSourcePort);

    // RFC 3261 section 9.2: no effect once a final response was sent.
    if (!(transaction instanceof FinishedTransaction)) {
      transaction.receiveCancel(cancel);
    }
  }

  /** SECURITY: what a peer can make this server remember is bounded. RFC 3261 section 21.5.4. */
  private refuse(request: SipRequest, flow: Flow, room: Exclude<Room, "free">): void {
    const { retryAfterSeconds, serverContext } = this.owner;
    const { transport, toTags, logger, clock, counts } = serverContext;

    counts.refused++;

    // A flood of requests is not to become a flood of the log.
    if (clock.now() - this.lastRefusalLogMs[room] >= REFUSAL_LOG_INTERVAL_MS) {
      const { refused } = counts;

      this.lastRefusalLogMs[room] = clock.now();

      if (room === "full") {
        logger.warn("too many transactions: requests are answered 503", { refused });
      } else {
        const peer = flow.remoteDescription;

        logger.warn("too many transactions of one address: its requests are answered 503", { refused, peer });
      }
    }

    const response = buildResponse(request, {
      statusCode: 503,
      toTag: toTags.tagFor(request),
      extraHeaders: [`Retry-After: ${retryAfterSeconds}`],
    });

    transport.sendResponse(response, flow, false);
  }
}

function isOf(transaction: AnyServerTransaction, key: ServerTransactionKey): boolean {
  return isSameServerTransaction(transaction, key);
}
