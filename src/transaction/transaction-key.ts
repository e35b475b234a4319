/** What transactions are found by (RFC 3261 sections 17.1.3 and 17.2.3). */
import type { SipRequest } from "../message/sip-request.ts";
import type { TransactionTable } from "./transaction-table.ts";

/** What tells a server transaction from others. */
export interface ServerTransactionKey {
  /** Of the topmost Via; of a request of RFC 2543, the text of `rfc2543Key`, which no branch can be. */
  readonly branch: string;
  /** Of the sent-by; "" and undefined for RFC 2543. */
  readonly host: string;
  readonly port: number | undefined;
  /** The request's own, but INVITE for its ACK, and for the INVITE that a CANCEL is meant for. */
  readonly method: string;
  /** Of all that, by the table of the transactions. */
  readonly tableNumber: number;
}

/** Key of the server transaction that a request belongs to, or begins. */
export function serverTransactionKey(
  request: SipRequest,
  method: string,
  table: Pick<TransactionTable<never>, "numberOf">,
): ServerTransactionKey {
  const via = request.topVia;
  let { branch } = via;

  if (branch === undefined || !via.isRfc3261Branch) {
    branch = rfc2543Key(request, method);

    return { branch, host: "", port: undefined, method, tableNumber: table.numberOf(branch) };
  }

  const { host, port } = via;

  return { branch, host, port, method, tableNumber: table.numberOf(branch, method, host, port) };
}

/** As a text, in which it lingers: no part of it has a line break, but a branch that is none, which has the others in it. */
export function textOfServerKey({ method, branch, host, port }: ServerTransactionKey): string {
  return `${method}\n${branch}\n${host}\n${port ?? ""}`;
}

export function isSameServerTransaction(one: ServerTransactionKey, other: ServerTransactionKey): boolean {
  return (
    one.branch === other.branch &&
    one.method === other.method &&
    one.port === other.port &&
    one.host === other.host
  );
}

/**
 * RFC 3261 section 17.2.3, second list: a request of an element of RFC 2543 is
 * known by Request-URI, Call-ID, From tag, CSeq number and the whole top Via.
 *
 * DEVIATION: the To tag is left out. It differs between an INVITE and its ACK
 * by rule, and no two requests of one dialog have the same CSeq.
 */
function rfc2543Key(request: SipRequest, method: string): string {
  // The line breaks tell it from a branch, and its parts from each other.
  return [
    "",
    method,
    request.requestUriText,
    request.callId,
    request.fromTag ?? "",
    String(request.cseq),
    request.topVia.text,
  ].join("\n");
}
