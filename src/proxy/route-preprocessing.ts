/**
 * Removal of the Routes that brought a request here (RFC 3261 section 16.4),
 * those of strict routers included.
 */
import type { HeaderName } from "../message/header-names.ts";
import { resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";

const ROUTE: HeaderName = resolveHeaderName("Route");

/** Whether a host, and a port if the URI names one, is this server. */
export interface LocalIdentity {
  isLocal(host: string, port: number | undefined): boolean;
}

/**
 * Puts the remote target of a request that a strict router sent here back
 * into the Request-URI: such a router puts our own Record-Route there and the
 * remote target at the end of the Route.
 */
export function undoStrictRouting(request: SipRequest, local: LocalIdentity): void {
  const routes = request.routes;
  const last = routes[routes.length - 1];
  const { ruri } = request;

  if (last === undefined || !ruri.isSip || !ruri.hasLr || ruri.host === undefined) {
    return;
  }

  if (local.isLocal(ruri.host, ruri.port)) {
    const values = request.headerAll("Route");

    request.ruri = last.uri;
    request.setHeader("Route", values.slice(0, -1));
  }
}

/** Removes the top Routes that are this server. Returns how many there were. */
export function removeOwnRoutes(request: SipRequest, local: LocalIdentity): number {
  let removed = 0;

  for (const route of request.routes) {
    if (!route.isSip || route.host === undefined || !local.isLocal(route.host, route.port)) {
      break;
    }

    request.removeRawTopValue(ROUTE);
    removed++;
  }

  return removed;
}
