/**
 * Where a request goes next: an Outbound flow, what the user's code chose, the
 * top Route, or the Request-URI (RFC 3261 section 16.5 and section 16.6 steps
 * 6 and 7, RFC 5626 section 5.3).
 */
import type { Uri } from "../grammar/uri.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { ResolverQuery } from "../resolver/resolver.ts";
import type { Flow } from "../transport/flow.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import { type RoutingError, UNSUPPORTED_URI_SCHEME } from "./routing-error.ts";

const SIPS = /^sips:/i;

/** A destination chosen by the user's code. */
export interface Destination {
  /** Domain, or IP address, IPv6 with or without brackets. */
  readonly host: string;
  /** Default: what DNS or the transport says. */
  readonly port?: number | undefined;
  /** Default: what DNS says, or "udp". */
  readonly transport?: TransportProtocol | undefined;
}

/** A flow, or what the resolver is asked. */
export interface NextHop {
  readonly flow?: Flow | undefined;
  readonly query?: ResolverQuery | undefined;
  /** The next hop is the top Route and has no `lr`: the request is put in the form of RFC 2543 (section 16.6 step 6). */
  readonly isStrictRouter: boolean;
}

/** The next hop by the request itself and the user's choice, or why there is none. */
export function chooseNextHop(
  request: SipRequest,
  destination: Destination | undefined,
): NextHop | RoutingError {
  if (destination !== undefined) {
    // DEVIATION: RFC 3261 section 16.6 step 7 wants TLS where the Request-URI is sips. The user's code decides that here.
    const { host, port, transport } = destination;

    return { query: { host, port, transport, isSecure: false }, isStrictRouter: false };
  }

  // PERF: most requests that begin something have no Route.
  const topRoute = request.hasHeader("Route") ? request.routes[0] : undefined;

  // "Regardless of which URI is being used", a sips Request-URI makes it one (section 16.6 step 7).
  return topRoute === undefined
    ? hopOfUri(request.ruri, false, false)
    : hopOfUri(topRoute, topRoute.isSip && !topRoute.hasLr, SIPS.test(request.requestUriText));
}

function hopOfUri(uri: Uri, isStrictRouter: boolean, mustBeSecure: boolean): NextHop | RoutingError {
  if (!uri.isSip || uri.host === undefined) {
    return UNSUPPORTED_URI_SCHEME;
  }

  return {
    query: {
      host: uri.getParam("maddr") ?? uri.host,
      port: uri.port,
      transport: uri.transportParam,
      isSecure: mustBeSecure || uri.scheme === "sips",
    },
    isStrictRouter,
  };
}
