/** Flows that outlive a transaction: the edge proxy's part of Outbound (RFC 5626 section 5). */
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { TransportLayer } from "../transport/transport-layer.ts";
import type { RequestContext } from "./request-context.ts";
import type { OwnRouteFindings } from "./route-preprocessing.ts";
import { FLOW_FAILED, FLOW_FORGED, RoutingError } from "./routing-error.ts";

const OB = /;\s*ob\b/i;
const REG_ID = /;\s*reg-id\b/i;

/**
 * The flow that the Routes of a request lead to: undefined when they lead to
 * none, or to the very flow that the request came on, whose client means its
 * own side of the dialog.
 */
export function incomingOutboundFlow(context: RequestContext): Flow | RoutingError | undefined {
  const flow = flowOfFindings(context.routeFindings, context.environment.transports);

  return flow === undefined || flow instanceof RoutingError || !isSameFlow(flow, context.flow)
    ? flow
    : undefined;
}

/** The flow that Routes lead to: undefined when they lead to none. */
export function flowOfFindings(
  findings: OwnRouteFindings,
  transports: TransportLayer,
): Flow | RoutingError | undefined {
  const { flowToken, origin } = findings;

  if (flowToken === undefined) {
    return undefined;
  }

  if (origin === "forged") {
    return FLOW_FORGED;
  }

  const flow = transports.flowOfToken(flowToken);

  switch (flow) {
    case "foreign":
      // INTEROP: the user part of a Route that somebody configured, such as an account name, is no token.
      return origin === "proven" ? FLOW_FORGED : undefined;
    case "closed":
      return FLOW_FAILED;
    default:
      return flow;
  }
}

export function isSameFlow(one: Flow, other: Flow): boolean {
  return (
    one === other ||
    (one.transport === other.transport &&
      one.remotePort === other.remotePort &&
      one.remoteIp === other.remoteIp &&
      one.localPort === other.localPort &&
      one.localIp === other.localIp)
  );
}

/**
 * Whether requests to the sender have to come back on the connection that
 * this one came on: it is the first hop of a request that makes a dialog or a
 * registration, and asks for it (RFC 5626 section 5.1), or `fixNat` does.
 */
export function isOutgoingOutbound(
  request: SipRequest,
  context: RequestContext,
  isNatFixed: boolean,
): boolean {
  if (!request.outboundAware || !request.initial || context.flow.isOpenedByServer) {
    return false;
  }

  const isAsked = isNatFixed || isAskedByRoute(context) || isAskedByContact(request);

  return isAsked && context.received.viaCount === 1;
}

/** RFC 5626 section 5.3.2. A Route that leads to another flow is the Path of whom it calls, and speaks of that side. */
function isAskedByRoute(context: RequestContext): boolean {
  return context.routeFindings.isOutboundAsked && incomingOutboundFlow(context) === undefined;
}

/** RFC 5626 sections 4.2 and 4.3: `reg-id` in the Contact of a REGISTER, `ob` in that of another request. */
function isAskedByContact(request: SipRequest): boolean {
  // PERF: the Contact is parsed only where it can say so.
  const text = request.header("Contact") ?? "";

  return (
    (OB.test(text) && request.contact?.hasOb === true) ||
    (request.method === "REGISTER" && REG_ID.test(text) && request.contactHasRegId)
  );
}
