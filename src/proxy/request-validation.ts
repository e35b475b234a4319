/**
 * RFC 3261 section 16.3: what a request must satisfy before it is handed to
 * the user's code. The syntax was checked by the parser (step 1), a scheme
 * that is not understood (step 2) is for the user's code to judge, and
 * Max-Forwards (step 3) is checked when the request is forwarded, since one
 * for this server itself may have none left. Loops: `loop-detection.ts`.
 */

import type { SipRequest } from "../message/sip-request.ts";
import { parseDecimal } from "../message/typed-values.ts";

/** Option tags of Proxy-Require that this server understands. */
const SUPPORTED_OPTIONS: ReadonlySet<string> = new Set(["path", "outbound"]);

/** Step 5: the options of Proxy-Require that are not understood, for the 420 (RFC 3261 section 20.29). */
export function unsupportedProxyOptions(request: SipRequest): string[] {
  // PERF: hardly any request has the header field.
  if (!request.hasHeader("Proxy-Require")) {
    return [];
  }

  return request.proxyRequire.filter((tag) => !SUPPORTED_OPTIONS.has(tag));
}

/**
 * RFC 5393 section 5.3.3: a request with no breadth left must not be
 * forwarded.
 *
 * DEVIATION: that section has a proxy add Max-Breadth where there is none.
 * This server sends a request to one place at a time, so the whole breadth
 * goes with it, and what is not there stays away.
 */
export function isBreadthExhausted(request: SipRequest): boolean {
  const value = request.header("Max-Breadth");

  return value !== undefined && parseDecimal(value, Number.MAX_SAFE_INTEGER) === 0;
}
