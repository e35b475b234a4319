/** Makes the copy of a request that goes to one target (RFC 3261 section 16.6 steps 1 to 8). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { OwnVia } from "../grammar/own-via.ts";
import { type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { ListeningPoint } from "../transport/listening-point.ts";
import { VIA_TRANSPORT } from "../transport/transport-protocol.ts";
import type { NextHop } from "./next-hop.ts";
import { addOwnRoutes, recordingHeader } from "./record-route.ts";
import type { RequestContext } from "./request-context.ts";
import { hasOtherAddresses } from "./response-forwarding.ts";

const MAX_FORWARDS: HeaderName = resolveHeaderName("Max-Forwards");

/** RFC 3261 section 16.6 step 3. */
const DEFAULT_MAX_FORWARDS = 70;

const SIPS = /^sips:/i;

const viaOfPoint = new WeakMap<ListeningPoint, OwnVia>();

/** How a request is forwarded, the same for each of its targets. */
export interface ForwardingPlan {
  readonly context: RequestContext;
  readonly profile: ProxyProfile;
  readonly hop: NextHop;
  /** Whether requests to the sender have to come back on its connection (RFC 5626). */
  readonly isOutgoingOutbound: boolean;
}

/**
 * @param request as the user's code left it, the Routes of this server removed.
 * @param branch for the Via of this server.
 */
export function copyForForwarding(
  request: SipRequest,
  plan: ForwardingPlan,
  flow: Flow,
  branch: string,
): SipRequest {
  const { context, profile, hop, isOutgoingOutbound } = plan;
  const copy = request.clone();

  context.areAddressesEdited ||= hasOtherAddresses(copy, context.received);
  copy.replaceRawTopValue(MAX_FORWARDS, String(forwardedMaxForwards(request, context)));

  const header = recordingHeader(request, profile);

  if (header !== undefined && request.method !== "ACK") {
    addOwnRoutes(
      copy,
      header,
      {
        incoming: context.flow,
        outgoing: flow,
        isIncomingBound: isOutgoingOutbound,
        isOutgoingBound: hop.flow !== undefined,
        isSecure: SIPS.test(copy.requestUriText),
      },
      context.environment.ownRoutes,
    );
  }

  if (hop.isStrictRouter) {
    adaptToStrictRouter(copy);
  }

  addVia(copy, flow, branch);

  return copy;
}

/** Step 8, and Content-Length where the transport needs it (section 18.3). */
export function addVia(copy: SipRequest, flow: Flow, branch: string): void {
  copy.insertVia(viaOf(flow.listeningPoint).withBranch(branch));

  if (flow.isReliable) {
    copy.ensureContentLength();
  }
}

function viaOf(point: ListeningPoint): OwnVia {
  let via = viaOfPoint.get(point);

  if (via === undefined) {
    via = new OwnVia(`SIP/2.0/${VIA_TRANSPORT[point.transport]} ${point.sentBy}`);
    viaOfPoint.set(point, via);
  }

  return via;
}

/** Step 3. What `checkMaxForwards` said counts, else one less than was received. */
export function forwardedMaxForwards(request: SipRequest, context: RequestContext): number {
  const received = request.maxForwards;

  return (
    context.newMaxForwards ?? (received === undefined ? DEFAULT_MAX_FORWARDS : Math.max(received - 1, 0))
  );
}

/** Step 6: a strict router wants itself in the Request-URI and the remote target last in the Route. */
export function adaptToStrictRouter(copy: SipRequest): void {
  const [topRoute] = copy.routes;

  if (topRoute !== undefined) {
    const remoteTarget = `<${copy.requestUriText}>`;

    copy.deleteHeaderTop("Route");
    copy.appendHeader("Route", remoteTarget);
    copy.ruri = topRoute.uri;
  }
}
