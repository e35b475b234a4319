/**
 * Takes the place of an act of routing whose 2xx has gone upstream, while more
 * of them may come (RFC 6026 section 8.4), when no callback of the user's code
 * is there to see them.
 *
 * PERF: that is half a minute for each call, and half of the memory that a
 * finished call would take (benchmarks/proxy/finished-call-memory.ts).
 */
import { SipResponse } from "../message/sip-response.ts";
import type { ClientTransactionUser } from "../transaction/client-transaction.ts";
import type { LingeringServerTransaction } from "../transaction/server-transaction.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import type { RequestContext } from "./request-context.ts";
import { keepContentLength, upstreamParts } from "./response-forwarding.ts";

export class FurtherSuccesses implements ClientTransactionUser {
  readonly ignoresEnd = true;
  readonly #environment: ProxyEnvironment;
  readonly #transaction: LingeringServerTransaction;

  private constructor(environment: ProxyEnvironment, transaction: LingeringServerTransaction) {
    this.#environment = environment;
    this.#transaction = transaction;
  }

  /** Undefined for a request that has no transaction. */
  static after({ environment, transaction }: RequestContext): FurtherSuccesses | undefined {
    return transaction?.isInvite ? new FurtherSuccesses(environment, transaction.lingeringPart) : undefined;
  }

  /** RFC 3261 section 16.7 step 5: each 2xx goes up, after the end of the server transaction without its help. */
  receiveResponse(received: SipResponse): void {
    const { statusCode } = received;

    if (statusCode < 200 || statusCode > 299) {
      return;
    }

    const transaction = this.#transaction;
    const { flow } = transaction;
    const parts = upstreamParts(received, transaction.request);
    const response = new SipResponse(parts, statusCode, received.rawReasonPhrase);

    keepContentLength(response, flow);

    if (!transaction.sendResponse(response)) {
      this.#environment.transports.sendResponse(response, flow, transaction.responsesToSourcePort);
    }
  }

  transactionTimedOut(): void {}

  transportFailed(): void {}

  transactionTerminated(): void {}
}
