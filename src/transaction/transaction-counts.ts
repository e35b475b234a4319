/** What the transaction layer counts. PERF: plain numbers that are always counted, and read when somebody asks. */

export type TransactionKind = "invite_client" | "invite_server" | "non_invite_client" | "non_invite_server";

export const TRANSACTION_KINDS: readonly TransactionKind[] = [
  "invite_client",
  "invite_server",
  "non_invite_client",
  "non_invite_server",
];

/** Since the start of the server. */
export class TransactionCounts {
  /** Transactions that were begun. */
  readonly begun: Record<TransactionKind, number> = newCounts();
  /** Client transactions that ended without any final response. */
  readonly timeouts: Record<TransactionKind, number> = newCounts();
  /** Requests that came again and were absorbed. */
  requestRetransmissionsReceived = 0;
  /** Requests that were sent again for want of a response. */
  requestRetransmissionsSent = 0;
  /** Responses that were sent again, for want of an ACK or because the request came again. */
  responseRetransmissionsSent = 0;
  /** Requests that were answered 503 for want of room. */
  refused = 0;
}

function newCounts(): Record<TransactionKind, number> {
  return { invite_client: 0, invite_server: 0, non_invite_client: 0, non_invite_server: 0 };
}
