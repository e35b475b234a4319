/** The ACK of a 2xx is passed on without a transaction and without an answer (RFC 3261 sections 16 and 16.11). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { SipRequest } from "../message/sip-request.ts";
import { ResolutionError } from "../resolver/resolver.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { NextHop } from "./next-hop.ts";
import type { RequestContext } from "./request-context.ts";
import { copyForForwarding } from "./request-forwarding.ts";
import { RoutingError } from "./routing-error.ts";
import { flowlessError } from "./target-choice.ts";

/** Why the ACK was not sent; undefined when it was handed to the transport. */
export type AckResult = RoutingError | undefined;

/** @param request as the user's code left it, the Routes of this server removed. */
export function forwardAck(
  request: SipRequest,
  context: RequestContext,
  profile: ProxyProfile,
  hop: NextHop,
): AckResult | Promise<AckResult> {
  if (hop.flow !== undefined || hop.query === undefined) {
    return hop.flow === undefined ? undefined : sendAck(request, context, profile, hop, hop.flow);
  }

  const found = context.environment.resolver.resolve(hop.query, profile);

  return found instanceof Promise
    ? found.then((result) => sendToTargets(request, context, profile, hop, result))
    : sendToTargets(request, context, profile, hop, found);
}

function sendToTargets(
  request: SipRequest,
  context: RequestContext,
  profile: ProxyProfile,
  hop: NextHop,
  found: readonly Target[] | ResolutionError,
): AckResult {
  if (found instanceof ResolutionError) {
    return new RoutingError(found.status, found.reason, found.code);
  }

  const { transports } = context.environment;
  let error: AckResult;

  for (const target of found) {
    const flow = transports.flowTo(target);

    if (flow !== undefined) {
      return sendAck(request, context, profile, hop, flow);
    }

    error = flowlessError(target, transports.listeningPoints);
  }

  return error;
}

function sendAck(
  request: SipRequest,
  context: RequestContext,
  profile: ProxyProfile,
  hop: NextHop,
  flow: Flow,
): undefined {
  const { received, loopHash, environment } = context;
  const branch = environment.loopDetection.statelessBranch(received, loopHash);
  const copy = copyForForwarding(request, { context, profile, hop, isOutgoingOutbound: false }, flow, branch);

  flow.send(copy.toBytes());
}
