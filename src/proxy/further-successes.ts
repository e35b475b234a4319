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
import { readRequest } from "../transaction/kept-messages.ts";
import type { ServerTransaction } from "../transaction/server-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import { ownText } from "../util/own-text.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import type { RequestContext } from "./request-context.ts";
import { keepContentLength, upstreamParts } from "./response-forwarding.ts";

export class FurtherSuccesses implements ClientTransactionUser {
  readonly ignoresEnd = true;
  readonly #environment: ProxyEnvironment;
  readonly #flow: Flow;
  readonly #responsesToSourcePort: boolean;
  /** What every response needs of the request. */
  readonly #text: string;

  private constructor(environment: ProxyEnvironment, transaction: ServerTransaction) {
    this.#environment = environment;
    this.#flow = transaction.flow;
    this.#responsesToSourcePort = transaction.responsesToSourcePort;
    this.#text = ownText(transaction.essentialText);
  }

  /** Undefined for a request that has no transaction. */
  static after({ environment, transaction }: RequestContext): FurtherSuccesses | undefined {
    return transaction?.isInvite ? new FurtherSuccesses(environment, transaction) : undefined;
  }

  /** RFC 3261 section 16.7 step 5: each 2xx goes up. The server transaction, in Accepted or over, has no part in it. */
  receiveResponse(received: SipResponse): void {
    const { statusCode } = received;

    if (statusCode < 200 || statusCode > 299) {
      return;
    }

    const parts = upstreamParts(received, readRequest(this.#text, "INVITE"));
    const response = new SipResponse(parts, statusCode, received.rawReasonPhrase);

    keepContentLength(response, this.#flow);
    this.#environment.transports.sendResponse(response, this.#flow, this.#responsesToSourcePort, (error) => {
      this.#environment.logger.debug("a further 2xx could not be sent", {
        callId: response.callId,
        peer: this.#flow.remoteDescription,
        error: error.message,
      });
    });
  }

  transactionTimedOut(): void {}

  transportFailed(): void {}

  transactionTerminated(): void {}
}
