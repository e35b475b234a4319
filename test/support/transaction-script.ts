/**
 * Plays a transaction: what arrives from the wire and what the transaction
 * user does goes in, what is sent to the wire and told to the user comes out,
 * on a clock that the test moves.
 */
import assert from "node:assert/strict";
import type { TransportError } from "../../src/errors/errors.ts";
import type { LogLevel } from "../../src/log/logger.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { buildResponse } from "../../src/message/response-builder.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import { SipResponse } from "../../src/message/sip-response.ts";
import type { ClientTransaction } from "../../src/transaction/client-transaction.ts";
import type { ServerTransaction } from "../../src/transaction/server-transaction.ts";
import {
  SipTransactionLayer,
  type SipTransactionLayerOptions,
} from "../../src/transaction/sip-transaction-layer.ts";
import type { ClientTransactionOptions } from "../../src/transaction/transaction-layer.ts";
import type { TransactionUser } from "../../src/transaction/transaction-user.ts";
import type { Flow, SendErrorCallback } from "../../src/transport/flow.ts";
import { FakeClock } from "./fake-clock.ts";
import { MemoryFlow, type MemoryFlowOptions } from "./memory-flow.ts";
import { type MessageChanges, requestOf, response } from "./message-bytes.ts";
import { RecordingLogger } from "./recording-logger.ts";

const parser = new MessageParser();

/** A well-formed request from the wire. */
export function parseRequest(method: string, changes: MessageChanges = {}): SipRequest {
  const message = parser.parseDatagram(requestOf(method, changes));

  assert.ok(message instanceof SipRequest);

  return message;
}

/** A well-formed response from the wire, with this server's Via on top of a client's. */
export function parseResponse(statusCode: number, method: string, changes: MessageChanges = {}): SipResponse {
  const message = parser.parseDatagram(
    response({
      ...changes,
      startLine: changes.startLine ?? `SIP/2.0 ${statusCode} Text`,
      replace: { Via: `Via: ${OWN_VIA}`, CSeq: `CSeq: 1 ${method}`, ...changes.replace },
    }),
  );

  assert.ok(message instanceof SipResponse);

  return message;
}

/** The Via value of the requests that `ClientScript` sends. */
export const OWN_VIA = "SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKown";

/** What every script has: the layer and its surroundings. */
export class LayerScript {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly flow: MemoryFlow;
  readonly layer: SipTransactionLayer;
  /** Requests and ACKs that reached the user, by method. */
  readonly receivedByUser: string[] = [];
  readonly transactions: ServerTransaction[] = [];
  /** What `sendResponse` of the transport layer was given besides the response. */
  readonly responseSends: { toSourcePort: boolean; onError: SendErrorCallback | undefined }[] = [];
  /** The user's code over a request; by default it goes on running. */
  onRequest: (transaction: ServerTransaction) => void = () => {};
  private takenWire = 0;
  private takenTold = 0;
  protected readonly told: string[] = [];

  constructor(flowOptions: MemoryFlowOptions = {}, options: Partial<SipTransactionLayerOptions> = {}) {
    this.flow = new MemoryFlow(flowOptions);
    this.layer = new SipTransactionLayer({
      transport: {
        sendResponse: (sent, requestFlow, toSourcePort, onError) => {
          this.responseSends.push({ toSourcePort, onError });

          const text = sent.toRawText();

          requestFlow.sendText(text, onError);

          return text;
        },
      },
      clock: this.clock,
      secret: Buffer.from("a secret of the test"),
      logger: this.logger,
      ...options,
    });

    const user: TransactionUser = {
      receiveRequest: (transaction) => {
        this.receivedByUser.push(transaction.request.method);
        this.transactions.push(transaction);
        this.onRequest(transaction);
      },
      receiveAck: (ack) => {
        this.receivedByUser.push(ack.method);
      },
    };

    this.layer.setUser(user);
  }

  /** A request from the wire. */
  receive(method: string, changes?: MessageChanges, flow: Flow = this.flow): void {
    this.layer.receiveRequest(parseRequest(method, changes), flow);
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
  }

  /** Start lines sent since the last call. */
  takeWire(): string[] {
    const lines = this.flow.startLines.slice(this.takenWire);

    this.takenWire = this.flow.sent.length;

    return lines;
  }

  logTexts(level: LogLevel): string[] {
    return this.logger.textsOf(level);
  }

  /** What the user of the transaction was told since the last call. */
  takeTold(): string[] {
    const events = this.told.slice(this.takenTold);

    this.takenTold = this.told.length;

    return events;
  }
}

/** One server transaction, which its user made stateful and is done with. */
export class ServerScript extends LayerScript {
  readonly method: string;

  constructor(
    method: string,
    flowOptions?: MemoryFlowOptions,
    options?: Partial<SipTransactionLayerOptions>,
  ) {
    super(flowOptions, options);
    this.method = method;
    this.onRequest = (transaction) => {
      transaction.user = {
        transactionCanceled: () => this.told.push("canceled"),
        transactionTerminated: () => this.told.push("terminated"),
      };
      transaction.makeStateful();
      transaction.userCodeDone();
    };
    this.receive(method);
    this.takeWire();
  }

  get transaction(): ServerTransaction {
    const [transaction] = this.transactions;

    assert.ok(transaction !== undefined);

    return transaction;
  }

  /** A response of the user. Returns whether it was accepted. */
  send(statusCode: number, reasonPhrase = "Text"): boolean {
    return this.transaction.sendResponse(
      buildResponse(this.transaction.request, { statusCode, reasonPhrase, toTag: "callee" }),
    );
  }

  retransmit(): void {
    this.receive(this.method);
  }

  /** The ACK of a non-2xx final response. */
  ack(): void {
    this.receive("ACK", { replace: { To: "To: <sip:bob@example.com>;tag=callee" } });
  }

  failLastSend(error: TransportError): void {
    this.responseSends.at(-1)?.onError?.(error);
  }
}

/** One client transaction. */
export class ClientScript extends LayerScript {
  readonly method: string;
  readonly request: SipRequest;
  readonly transaction: ClientTransaction;

  constructor(
    method: string,
    flowOptions?: MemoryFlowOptions,
    options?: ClientTransactionOptions,
    changes: MessageChanges = {},
    layerOptions?: Partial<SipTransactionLayerOptions>,
  ) {
    super(flowOptions, layerOptions);
    this.method = method;
    this.request = parseRequest(method, {
      ...changes,
      replace: { Via: `Via: ${OWN_VIA}`, ...changes.replace },
    });
    this.transaction = this.layer.sendRequest(
      this.request,
      this.flow,
      {
        receiveResponse: (received) => this.told.push(String(received.statusCode)),
        transactionTimedOut: () => this.told.push("timed out"),
        transportFailed: (error) => this.told.push(`failed: ${error.failure}`),
        transactionTerminated: () => this.told.push("terminated"),
      },
      options,
    );
  }

  /** A response from the wire. */
  respond(statusCode: number, changes?: MessageChanges, flow: Flow = this.flow): void {
    this.layer.receiveResponse(parseResponse(statusCode, this.method, changes), flow);
  }
}
