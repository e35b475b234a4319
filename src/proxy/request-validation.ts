/**
 * RFC 3261 section 16.3: what a request must satisfy before it is handed to
 * the user's code. The syntax was checked by the parser (step 1); Max-Forwards
 * (step 3) is checked when the request is forwarded or `checkMaxForwards` is
 * called, since a request for this server itself may have none left.
 */
import type { SipRequest } from "../message/sip-request.ts";

/** A refusal: status, reason and header lines of the answer. */
export interface Refusal {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly extraHeaders: readonly string[];
}

/** Option tags of Proxy-Require that this server understands. */
const SUPPORTED_OPTIONS: ReadonlySet<string> = new Set<string>();

/** Step 5: Proxy-Require. */
export function checkProxyRequire(request: SipRequest): Refusal | undefined {
  const unsupported = request.proxyRequire.filter((tag) => !SUPPORTED_OPTIONS.has(tag));

  if (unsupported.length === 0 || request.method === "ACK" || request.method === "CANCEL") {
    return undefined;
  }

  return {
    statusCode: 420,
    reasonPhrase: "Bad Extension",
    extraHeaders: [`Unsupported: ${unsupported.join(", ")}`],
  };
}

/** Step 3: Max-Forwards. */
export function checkMaxForwards(request: SipRequest): Refusal | undefined {
  return request.maxForwards === 0
    ? { statusCode: 483, reasonPhrase: "Too Many Hops", extraHeaders: [] }
    : undefined;
}
