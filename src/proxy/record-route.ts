/**
 * Record-Route and Path of what this server forwards (RFC 3261 section 16.6
 * step 4, RFC 3327 section 5.2, RFC 5658 for changes of transport, RFC 5626
 * sections 5.1 and 5.3 for flows).
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { ListeningPoint } from "../transport/listening-point.ts";
import type { OwnRoutes } from "./own-routes.ts";

const RECORD_ROUTE: HeaderName = resolveHeaderName("Record-Route");
const PATH: HeaderName = resolveHeaderName("Path");
const VIA: HeaderName = resolveHeaderName("Via");

export type RecordRoutingPolicy = Pick<ProxyProfile, "doRecordRouting" | "recordRouteAll">;

/** The two sides of this server that a request passes. */
export interface RecordedSides {
  readonly incoming: Flow;
  readonly outgoing: Flow;
  /** Whether requests of the dialog, or to the registered Contact, must come back on `incoming`. */
  readonly isIncomingBound: boolean;
  /** Whether they must go out on `outgoing`, because this request was sent there by a flow token. */
  readonly isOutgoingBound: boolean;
  /** Whether the URIs have the `sips` scheme (RFC 5630 section 3.1.3). */
  readonly isSecure: boolean;
}

/** The header field that the request gets, if any. */
export function recordingHeader(
  request: SipRequest,
  policy: RecordRoutingPolicy,
): "Record-Route" | "Path" | undefined {
  if (!policy.doRecordRouting) {
    return undefined;
  }

  if (request.method === "REGISTER") {
    return "Path";
  }

  // RFC 6665 section 4.3: a NOTIFY may be the first message of its dialog to come by.
  const isRecorded =
    policy.recordRouteAll ||
    request.method === "NOTIFY" ||
    (request.dialogForming && request.toTag === undefined);

  return isRecorded ? "Record-Route" : undefined;
}

/** Adds the values of both sides; one is enough where a request enters and leaves in the same way. */
export function addOwnRoutes(
  copy: SipRequest,
  header: "Record-Route" | "Path",
  sides: RecordedSides,
  ownRoutes: OwnRoutes,
): void {
  const { incoming, outgoing, isIncomingBound, isOutgoingBound, isSecure } = sides;
  const name = header === "Path" ? PATH : RECORD_ROUTE;
  // RFC 5626 section 5.1: `ob` tells the registrar that the first hop keeps the flow.
  const isOutbound = isIncomingBound && header === "Path";
  const isDouble =
    isIncomingBound || isOutgoingBound || !isSamePoint(incoming.listeningPoint, outgoing.listeningPoint);

  if (isDouble) {
    copy.insertRawValueBelow(
      name,
      ownRoutes.valueFor(incoming.listeningPoint, {
        flowToken: isIncomingBound ? incoming.flowToken : undefined,
        isSecure,
        isOutbound,
      }),
      VIA,
    );
  }

  // RFC 3261 section 7.3.1: what proxies read stands at the top, and the Vias first.
  copy.insertRawValueBelow(
    name,
    ownRoutes.valueFor(outgoing.listeningPoint, {
      flowToken: isOutgoingBound ? outgoing.flowToken : undefined,
      isSecure,
      // INTEROP: Kamailio looks for `ob` in the topmost Path instead of the first hop's, which is the last, and
      // answers 439 "First Hop Lacks Outbound Support" without it.
      isOutbound,
    }),
    VIA,
  );
}

/** Whether a client of the one finds the way by the URI of the other. */
function isSamePoint(one: ListeningPoint, other: ListeningPoint): boolean {
  return one === other || (one.transport === other.transport && one.sentBy === other.sentBy);
}
