/**
 * The core of the proxy (RFC 3261 section 16): what happens to a request
 * between its transaction and the user's code, in this order: status of the
 * server, loop check, Proxy-Require (section 16.3), the user's code.
 */
import type { SipRequest } from "../message/sip-request.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import type { TransactionUser } from "../transaction/transaction-user.ts";
import type { Flow } from "../transport/flow.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import { RequestContext } from "./request-context.ts";
import { unsupportedProxyOptions } from "./request-validation.ts";

/** "loading" until `onStarted` is done; "terminating" from the signal to stop on. */
export type ServerStatus = "loading" | "running" | "terminating";

/** The user's code. */
export interface RequestHandler {
  /** May throw. A promise is waited for, and may reject. */
  handleRequest(context: RequestContext): unknown;
}

export interface ProxyCoreOptions {
  readonly environment: ProxyEnvironment;
  readonly handler: RequestHandler;
  readonly status: () => ServerStatus;
}

/** RFC 3261 section 20.33; a server that is loading is not loading for long. */
const LOADING_RETRY_AFTER = "Retry-After: 5";

export class ProxyCore implements TransactionUser {
  readonly #environment: ProxyEnvironment;
  readonly #handler: RequestHandler;
  readonly #status: () => ServerStatus;

  constructor(options: ProxyCoreOptions) {
    this.#environment = options.environment;
    this.#handler = options.handler;
    this.#status = options.status;
  }

  receiveRequest(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const context = new RequestContext(this.#environment, request, flow, transaction);

    transaction.user = context;

    if (this.#refuse(context)) {
      transaction.userCodeDone();
    } else {
      this.#runUserCode(context);
    }
  }

  receiveAck(ack: SipRequest, flow: Flow): void {
    // Nobody can be told of a loop; an ACK that goes round is not passed on again.
    if (this.#status() !== "loading" && !this.#environment.loopDetection.isAckLooped(ack)) {
      this.#runUserCode(new RequestContext(this.#environment, ack, flow));
    }
  }

  /** Whether the request was answered here. */
  #refuse(context: RequestContext): boolean {
    const status = this.#status();

    if (status === "loading") {
      return this.#answer(context, 500, "Server Still Loading", [LOADING_RETRY_AFTER]);
    }

    if (status === "terminating") {
      return this.#answer(context, 500, "Server is Being Stopped");
    }

    const { loopDetection, transactions } = this.#environment;

    if (loopDetection.isLooped(context.received, transactions)) {
      return this.#answer(context, 482);
    }

    const unsupported = unsupportedProxyOptions(context.received);

    return (
      unsupported.length > 0 &&
      this.#answer(context, 420, undefined, [`Unsupported: ${unsupported.join(", ")}`])
    );
  }

  #answer(
    context: RequestContext,
    statusCode: number,
    reasonPhrase?: string,
    extraHeaders?: readonly string[],
  ): true {
    context.reply(statusCode, reasonPhrase, extraHeaders);

    return true;
  }

  /** PERF: waits for nothing unless the user's code returns a promise. */
  #runUserCode(context: RequestContext): void {
    let result: unknown;

    try {
      result = this.#handler.handleRequest(context);
    } catch (error) {
      this.#userCodeFailed(context, error);

      return;
    }

    if (isPromise(result)) {
      result.then(
        () => context.transaction?.userCodeDone(),
        (error: unknown) => this.#userCodeFailed(context, error),
      );
    } else {
      context.transaction?.userCodeDone();
    }
  }

  /** SECURITY: what went wrong is for the log alone. */
  #userCodeFailed(context: RequestContext, error: unknown): void {
    const { received, transaction } = context;

    this.#environment.logger.error(error, {
      callback: "sipEvents.onRequest",
      method: received.method,
      callId: received.callId,
    });

    if (transaction?.finalStatusCode === undefined) {
      context.reply(500, "Internal Error");
    }

    transaction?.userCodeDone();
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
