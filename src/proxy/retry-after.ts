/** Retry-After = delta-seconds [ comment ] *( SEMI retry-param ) (RFC 3261 section 20.33). */
import type { SipResponse } from "../message/sip-response.ts";
import { parseDecimal } from "../message/typed-values.ts";

const MAX_SECONDS = 2 ** 31;

/** Undefined when there is none, or none that can be read. */
export function retryAfterSeconds(response: SipResponse): number | undefined {
  const value = response.header("Retry-After") ?? "";
  let end = 0;

  while (end < value.length && value.charCodeAt(end) >= 0x30 && value.charCodeAt(end) <= 0x39) {
    end++;
  }

  return parseDecimal(value.slice(0, end), MAX_SECONDS);
}
