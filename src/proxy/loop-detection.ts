/**
 * Branches of this server and the loops that they reveal (RFC 3261 sections
 * 16.3 step 4 and 16.6 step 8, RFC 5393 section 4.2).
 *
 * RFC 5393 puts a hash of what decided the routing into the branch. Here the
 * branch leads to the client transaction that still waits for the answer, and
 * so to the request that came before: the two are compared themselves.
 * PERF: nothing is computed for a request that has no Via of ours, as nearly
 * all have none (benchmarks/proxy/forward-call.ts).
 */
import { randomBytes } from "node:crypto";
import { HEADER_ID, type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { TransactionLayer } from "../transaction/transaction-layer.ts";
import { keyedHash } from "./keyed-hash.ts";

const PROXY_AUTHORIZATION: HeaderName = resolveHeaderName("Proxy-Authorization");

const MAGIC_COOKIE = "z9hG4bK";
const MARK_BYTES = 6;

/** Random bytes of one branch. */
const UNIQUE_BYTES = 12;
/** Characters of them. */
const UNIQUE_LENGTH = 16;
/** PERF: one call for the randomness and the text of many branches (benchmarks/proxy/keyed-hash.ts). */
const POOL_BYTES = UNIQUE_BYTES * 256;
/**
 * SECURITY: a request with more branches of ours went round, or was made to
 * cost. Not to look at the rest would let its sender hide a loop behind them.
 */
const MAX_OWN_BRANCHES = 70;

export class LoopDetection {
  /**
   * With what the branches of this process begin, also where nodes share
   * `core.secret`: the branch of one node is not to look like the next one's.
   */
  readonly #mark = MAGIC_COOKIE + randomBytes(MARK_BYTES).toString("base64url");
  readonly #key = randomBytes(32).toString("base64url");
  /** What the next branches end in, one after the other. */
  #pool = "";
  #poolOffset = 0;

  /** A branch that no other request has. SECURITY: 96 random bits, so nobody who does not see the request can answer it. */
  newBranch(): string {
    if (this.#poolOffset === this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES).toString("base64url");
      this.#poolOffset = 0;
    }

    const start = this.#poolOffset;

    this.#poolOffset += UNIQUE_LENGTH;

    return this.#mark + this.#pool.slice(start, this.#poolOffset);
  }

  /** The branch of an ACK that is passed on without a transaction: always the same for the same ACK (section 16.11). */
  ackBranch(ack: SipRequest): string {
    return this.#mark + keyedHash(this.#key, routingTextOf(ack));
  }

  /**
   * Whether a Via shows that the request was here before, is still being
   * answered, and that nothing that decides its way has changed since. What
   * has, such as the Request-URI, makes it a spiral. RFC 5393: all Vias are
   * looked at, not the topmost alone.
   */
  isLooped(received: SipRequest, transactions: Pick<TransactionLayer, "originOf">): boolean {
    // PERF: where there is no Via of ours, not even a set is made.
    if (!received.text.includes(this.#mark)) {
      return false;
    }

    // SECURITY: no Via is parsed, so that a malformed one cannot hide another.
    const branches = this.#ownBranches(received);
    let routingText: string | undefined;

    if (branches.size > MAX_OWN_BRANCHES) {
      return true;
    }

    for (const branch of branches) {
      const before = transactions.originOf(branch, received.method);

      if (before !== undefined) {
        routingText ??= routingTextOf(received);

        if (routingTextOf(before) === routingText) {
          return true;
        }
      }
    }

    return false;
  }

  /** As `isLooped`, of an ACK that has no transaction: it comes back with the branch that it would be given again. */
  isAckLooped(ack: SipRequest): boolean {
    return ack.text.includes(this.#mark) && ack.text.includes(this.ackBranch(ack));
  }

  #ownBranches(received: SipRequest): Set<string> {
    const { text, bodyStart } = received;
    const branches = new Set<string>();

    for (
      let start = text.indexOf(this.#mark);
      start !== -1 && start < bodyStart && branches.size <= MAX_OWN_BRANCHES;
    ) {
      const end = start + this.#mark.length;

      branches.add(text.slice(start, end + UNIQUE_LENGTH));
      start = text.indexOf(this.#mark, end);
    }

    return branches;
  }
}

/** What decides where a received request goes. The separator occurs in none of the parts. */
function routingTextOf(request: SipRequest): string {
  const { requestUriText, fromTag = "", toTag = "", callId, cseq, lines } = request;
  let text = `${requestUriText}\n${fromTag}\n${toTag}\n${callId}\n${cseq}`;

  for (const line of lines) {
    const { id } = line;

    if (id === HEADER_ID.ROUTE || id === HEADER_ID.PROXY_REQUIRE || id === PROXY_AUTHORIZATION.id) {
      text += `\n${id} ${line.rawValue}`;
    }
  }

  return text;
}
