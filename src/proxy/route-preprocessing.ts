/**
 * Removal of the Routes that brought a request here (RFC 3261 section 16.4),
 * those of strict routers included, and what they say of the flow that the
 * request is to take (RFC 5626 section 5.3).
 */
import { type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { OwnRoutes, RouteOrigin } from "./own-routes.ts";

const ROUTE: HeaderName = resolveHeaderName("Route");

/** What the Routes of this server said. */
export class OwnRouteFindings {
  /** How many Routes of this server there were. */
  removedCount = 0;
  /** The user part of the last one: a flow token, or what somebody wrote there. */
  flowToken: string | undefined = undefined;
  /** Whose the last one is; "local" when there was none. */
  origin: RouteOrigin = "local";
  /** Whether one of them has `ob`. */
  isOutboundAsked = false;
}

/** Removes the topmost Routes that are this server's, and adds what they say to `findings`. */
export function removeOwnRoutes(request: SipRequest, ownRoutes: OwnRoutes, findings: OwnRouteFindings): void {
  // PERF: most requests that begin something have no Route.
  if (!request.hasHeader("Route")) {
    return;
  }

  undoStrictRouting(request, ownRoutes);

  for (const route of request.routes) {
    const origin = ownRoutes.originOf(route);

    if (origin === "foreign") {
      break;
    }

    request.removeRawTopValue(ROUTE);
    findings.removedCount++;
    // RFC 5658: of two, the last one is for the side that the request leaves by.
    findings.flowToken = route.user;
    findings.origin = origin;
    findings.isOutboundAsked ||= route.hasOb;
  }
}

/**
 * Puts the remote target of a request that a strict router sent here back
 * into the Request-URI: such a router puts our own Record-Route there and the
 * remote target at the end of the Route.
 */
function undoStrictRouting(request: SipRequest, ownRoutes: OwnRoutes): void {
  const { ruri } = request;

  if (!ruri.isSip || !ruri.hasLr || ownRoutes.originOf(ruri) === "foreign") {
    return;
  }

  const values = request.headerAll("Route");
  const last = request.routes.at(-1);

  if (last !== undefined) {
    // Our own Record-Route was the topmost Route: it stays the first to be looked at.
    const own = `<${ruri.uri}>`;

    request.ruri = last.uri;
    request.setHeader("Route", [own, ...values.slice(0, -1)]);
  }
}
