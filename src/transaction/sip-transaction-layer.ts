/**
 * The transaction layer (RFC 3261 section 17): between the transport layer,
 * whose sink it is, and the core, which is its user. It holds what both kinds
 * of transactions share, and lets nothing that either does throw past it.
 */
import { TransportError } from "../errors/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { addressKey } from "../transport/connection-limits.ts";
import type { Flow } from "../transport/flow.ts";
import { LimitedLog } from "../transport/limited-log.ts";
import type { TransportLayer } from "../transport/transport-layer.ts";
import type { TransportSink } from "../transport/transport-sink.ts";
import type { Clock } from "../util/clock.ts";
import type { ClientTransaction, ClientTransactionUser } from "./client-transaction.ts";
import { ClientTransactions } from "./client-transactions.ts";
import { finishedStateOf } from "./finished-transaction.ts";
import { LingeringTransactions } from "./lingering-transactions.ts";
import { PendingAnswers } from "./pending-answers.ts";
import { type Room, ServerTransactions, type ServerTransactionsOwner } from "./server-transactions.ts";
import { DEFAULT_TIMER_VALUES, type TimerValues } from "./timer-values.ts";
import { ToTags } from "./to-tags.ts";
import type { ServerTransactionContext, TransactionContext } from "./transaction-context.ts";
import { TransactionCounts, type TransactionKind } from "./transaction-counts.ts";
import type { ClientTransactionOptions, TransactionLayer } from "./transaction-layer.ts";
import type { TransactionUser } from "./transaction-user.ts";

export interface SipTransactionLayerOptions {
  /** Where responses are sent through. */
  readonly transport: Pick<TransportLayer, "sendResponse">;
  readonly clock: Clock;
  /** Default: those of RFC 3261. */
  readonly timers?: TimerValues | undefined;
  /** Key of the To tags; the same for all processes that answer under one address. */
  readonly secret: Buffer;
  /**
   * Server and client transactions together that wait for their final
   * response, beyond which new requests are answered 503. Default 100,000.
   */
  readonly maxTransactions?: number | undefined;
  /** Of these, server transactions for one source address (IPv6: one /64); 0 for no limit. Default 20,000. */
  readonly maxTransactionsPerAddress?: number | undefined;
  /** Those that have it and only wait for retransmissions: past it the oldest are ended early. Default 250,000. */
  readonly maxFinishedTransactions?: number | undefined;
  /** Retry-After of that 503, in seconds. Default 10. */
  readonly retryAfterSeconds?: number | undefined;
  /** After how long the user's code has an INVITE answered 100, in milliseconds. Default 200 (RFC 3261 section 17.2.1). */
  readonly tryingDelayMs?: number | undefined;
  /**
   * How long an INVITE may be without a final response after it came, or after
   * its last provisional one, before it is answered 408, in milliseconds. Must
   * exceed the longest Timer C and the wait after its CANCEL. Default 240,000.
   */
  readonly inviteGuardMs?: number | undefined;
  readonly logger: Logger;
}

export class SipTransactionLayer implements TransactionLayer, TransportSink, ServerTransactionsOwner {
  readonly retryAfterSeconds: number;
  readonly serverContext: ServerTransactionContext;
  readonly counts = new TransactionCounts();
  user: TransactionUser | undefined = undefined;
  private readonly maxTransactions: number;
  private readonly maxTransactionsPerAddress: number;
  private readonly lingering: LingeringTransactions;
  private readonly logger: Logger;
  private readonly pendingAnswers = new PendingAnswers();
  private readonly serverTransactions: ServerTransactions;
  private readonly clientTransactions: ClientTransactions;
  private strayResponses = 0;
  private isClosed = false;

  constructor(options: SipTransactionLayerOptions) {
    const { clock, logger } = options;
    const timers = Object.freeze({ ...(options.timers ?? DEFAULT_TIMER_VALUES) });
    const { counts, pendingAnswers } = this;
    const lingering = new LingeringTransactions(options.maxFinishedTransactions ?? 250_000, clock, logger);

    this.lingering = lingering;
    const context: TransactionContext = { clock, timers, logger, pendingAnswers, lingering, counts };

    this.logger = logger;
    this.maxTransactions = options.maxTransactions ?? 100_000;
    this.maxTransactionsPerAddress = options.maxTransactionsPerAddress ?? 20_000;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 10;
    this.serverContext = {
      ...context,
      limitedLog: new LimitedLog(logger, clock),
      transport: options.transport,
      toTags: new ToTags(options.secret),
      tryingDelayMs: options.tryingDelayMs ?? 200,
      inviteGuardMs: options.inviteGuardMs ?? 240_000,
      addressKeyOf: (flow) => (this.maxTransactionsPerAddress > 0 ? addressKey(flow.remoteIp) : undefined),
      passAckUp: (ack, flow) => this.passAckUp(ack, flow),
      forgetServerTransaction: (transaction) => this.serverTransactions.forget(transaction),
    };
    this.serverTransactions = new ServerTransactions(this);
    this.clientTransactions = new ClientTransactions(context);
  }

  /** Names who gets the requests; before, none must arrive. */
  setUser(user: TransactionUser): void {
    this.user = user;
  }

  /** Server and client transactions together, those included that only wait for retransmissions. */
  get activeTransactionCount(): number {
    return this.serverTransactions.size + this.clientTransactions.size + this.lingering.finishedCount;
  }

  /** Of these, those that only wait for retransmissions. */
  get finishedTransactionCount(): number {
    return this.lingering.size;
  }

  /** Tells the kind and state of each transaction. PERF: goes through all of them. */
  forEachState(callback: (kind: TransactionKind, state: string) => void): void {
    this.serverTransactions.forEachState(callback);
    this.clientTransactions.forEachState(callback);
    this.lingering.forEachFinished((kind) => callback(kind, finishedStateOf(kind)));
  }

  /** Responses that belonged to no transaction, since the start. */
  get strayResponseCount(): number {
    return this.strayResponses;
  }

  roomFor(flow: Flow): Room {
    if (this.pendingAnswers.size >= this.maxTransactions) {
      return "full";
    }

    const key = this.serverContext.addressKeyOf(flow);
    const isBusy = key !== undefined && this.pendingAnswers.sizeOf(key) >= this.maxTransactionsPerAddress;

    return isBusy ? "address full" : "free";
  }

  sendRequest(
    request: SipRequest,
    flow: Flow,
    user: ClientTransactionUser,
    options?: ClientTransactionOptions,
  ): ClientTransaction {
    const transaction = this.clientTransactions.begin(request, flow, user, options);

    if (this.isClosed) {
      queueMicrotask(() =>
        transaction.transportFailed(new TransportError("the transaction layer is closed", "closed")),
      );
    } else {
      transaction.start();
    }

    return transaction;
  }

  originOf(branch: string, method: string): SipRequest | undefined {
    return this.clientTransactions.originOf(branch, method);
  }

  receiveRequest(request: SipRequest, flow: Flow): void {
    if (this.isClosed) {
      return;
    }

    try {
      this.serverTransactions.receive(request, flow);
    } catch (error) {
      this.logger.crit(error, { peer: flow.remoteDescription });
    }
  }

  receiveResponse(response: SipResponse, flow: Flow): void {
    try {
      if (!this.clientTransactions.receive(response, flow)) {
        this.dropStray(response, flow);
      }
    } catch (error) {
      this.logger.crit(error, { peer: flow.remoteDescription });
    }
  }

  flowClosed(flow: Flow): void {
    this.clientTransactions.flowClosed(flow);
  }

  /** Resolves as soon as no transaction waits for its final response. */
  whenIdle(): Promise<void> {
    return this.pendingAnswers.whenNone();
  }

  /** Forgets all transactions and their timers without telling anybody. What arrives afterwards is ignored. */
  close(): void {
    this.isClosed = true;
    this.serverTransactions.close();
    this.clientTransactions.close();
    this.lingering.close();
  }

  private passAckUp(ack: SipRequest, flow: Flow): void {
    try {
      this.user?.receiveAck(ack, flow);
    } catch (error) {
      this.logger.crit(error, { callId: ack.callId, method: "ACK", peer: flow.remoteDescription });
    }
  }

  /** RFC 6026 section 7.3: a response that matches nothing is never forwarded. */
  private dropStray(response: SipResponse, flow: Flow): void {
    this.strayResponses++;

    if (this.logger.isEnabled("debug")) {
      const { callId, statusCode, method } = response;

      this.logger.debug("a response belongs to no transaction: dropped", {
        callId,
        statusCode,
        method,
        peer: flow.remoteDescription,
      });
    }
  }
}
