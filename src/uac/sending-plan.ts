/** How a request of this server's own is sent, the same for each of its targets (RFC 3261 section 8.1.2). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { SipRequest } from "../message/sip-request.ts";
import { chooseNextHop, type Destination, type NextHop } from "../proxy/next-hop.ts";
import { flowOfFindings, isSameFlow } from "../proxy/outbound-routing.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import type { RequestContext } from "../proxy/request-context.ts";
import { OwnRouteFindings, removeOwnRoutes } from "../proxy/route-preprocessing.ts";
import { RoutingError, TOO_MANY_HOPS } from "../proxy/routing-error.ts";

export interface SendingPlan {
  readonly environment: ProxyEnvironment;
  readonly profile: ProxyProfile;
  readonly hop: NextHop;
  /** Whether the user's code named the destination. */
  readonly isHopChosen: boolean;
  /** Of the received request that is sent as a copy; undefined for a `UacRequest`. */
  readonly received: RequestContext | undefined;
}

/**
 * The next hop: what the user's code chose, or the flow that a Route of this
 * server leads to, or the topmost other Route, or the Request-URI.
 *
 * @throws {ParsingError} when the user's code put a malformed Route into the request.
 */
export function chooseUacHop(
  request: SipRequest,
  environment: ProxyEnvironment,
  received: RequestContext | undefined,
  destination: Destination | undefined,
): NextHop | RoutingError {
  // SECURITY: a copy that comes back here must not be copied for ever.
  if (received !== undefined && (received.newMaxForwards ?? request.maxForwards) === 0) {
    return TOO_MANY_HOPS;
  }

  if (destination !== undefined) {
    return chooseNextHop(request, destination);
  }

  const copy = request.clone();
  const findings = new OwnRouteFindings();

  // What `looseRoute` has removed from the received request counts too.
  Object.assign(findings, received?.routeFindings);
  removeOwnRoutes(copy, environment.ownRoutes, findings);

  const flow = flowOfFindings(findings, environment.transports);

  if (flow instanceof RoutingError) {
    return flow;
  }

  // The client that sent the request means its own side of the dialog.
  const leadsBack = flow !== undefined && received !== undefined && isSameFlow(flow, received.flow);

  return flow === undefined || leadsBack ? chooseNextHop(copy, undefined) : { flow, isStrictRouter: false };
}
