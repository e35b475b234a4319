/**
 * Where a response goes (RFC 3261 section 18.2.2, RFC 3581 section 4).
 *
 * SECURITY: the address is never read from the Via, but is the source of the
 * request. That is what `received`, or a sent-by without one, says of an honest
 * Via; and a response that comes from downstream carries a Via that its sender
 * may have rewritten to aim it at somebody else.
 *
 * DEVIATION: section 18.2.2 sends to the `maddr` of the Via before all else.
 * Here it is not followed, multicast or not: this server joins no multicast
 * group, so no request has a use for it, and it would let any peer aim our
 * responses at any host.
 */
import type { ViaValue } from "../grammar/via-value.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import type { Flow } from "./flow.ts";

/**
 * The port on the request's source address.
 *
 * @param via topmost Via of the response; undefined when user code left none that can be read.
 * @param toSourcePort whether UDP goes to the source port even without `rport`.
 */
export function responsePort(via: ViaValue | undefined, requestFlow: Flow, toSourcePort: boolean): number {
  // RFC 3581 section 4: its value is the source port, whatever is written there by now.
  if (via === undefined || (!requestFlow.isReliable && (via.hasRport || toSourcePort))) {
    return requestFlow.remotePort;
  }

  return via.port ?? DEFAULT_PORT[requestFlow.transport];
}
