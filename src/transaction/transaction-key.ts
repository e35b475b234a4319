/** What transactions are found by (RFC 3261 sections 17.1.3 and 17.2.3). */
import type { SipRequest } from "../message/sip-request.ts";

/**
 * Key of the server transaction that a request belongs to, or begins.
 *
 * @param method the request's own, but INVITE for its ACK, and for the INVITE that a CANCEL is meant for.
 */
export function serverTransactionKey(request: SipRequest, method: string): string {
  const via = request.topVia;

  return via.isRfc3261Branch
    ? // PERF: one concatenation. Branch, host and port hold no blank.
      `${via.branch} ${via.host}:${via.port ?? ""} ${method}`
    : rfc2543Key(request, method);
}

/**
 * RFC 3261 section 17.2.3, second list: a request of an element of RFC 2543 is
 * known by Request-URI, Call-ID, From tag, CSeq number and the whole top Via.
 *
 * DEVIATION: the To tag is left out. It differs between an INVITE and its ACK
 * by rule, and no two requests of one dialog have the same CSeq.
 */
function rfc2543Key(request: SipRequest, method: string): string {
  // The line breaks tell it from a key of RFC 3261, and its parts from each other.
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

/** Key of the client transaction that a response belongs to: branch of the top Via and method of the CSeq. */
export function clientTransactionKey(branch: string | undefined, method: string): string {
  return `${method} ${branch ?? ""}`;
}
