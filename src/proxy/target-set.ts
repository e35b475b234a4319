/**
 * The target of a request: what the user's code chose, else the top Route,
 * else the Request-URI (RFC 3261 sections 16.5 and 16.6 step 7, RFC 3263
 * section 4 for numeric hosts).
 */
import type { Uri } from "../grammar/uri.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import { ipTypeOf } from "../util/ip-address.ts";
import { type Destination, RoutingError, type Target } from "./target.ts";

const TRANSPORTS: ReadonlySet<string> = new Set<TransportProtocol>(["udp", "tcp", "tls", "ws", "wss"]);

/** The target, or why there is none. */
export function chooseTarget(
  request: SipRequest,
  destination: Destination | undefined,
): Target | RoutingError {
  if (destination !== undefined) {
    return toTarget(destination.host, destination.port, destination.transport, false);
  }

  const [topRoute] = request.routes;

  return targetOfUri(topRoute ?? request.ruri);
}

function targetOfUri(uri: Uri): Target | RoutingError {
  if (!uri.isSip || uri.host === undefined) {
    return new RoutingError(416, "Unsupported URI scheme", "unsupported_uri_scheme");
  }

  return toTarget(uri.getParam("maddr") ?? uri.host, uri.port, uri.transportParam, uri.scheme === "sips");
}

function toTarget(
  host: string,
  port: number | undefined,
  transport: string | undefined,
  isSecure: boolean,
): Target | RoutingError {
  const protocol = transport ?? (isSecure ? "tls" : "udp");
  const ip = host.startsWith("[") ? host.slice(1, -1) : host;
  const ipType = ipTypeOf(ip);

  if (!TRANSPORTS.has(protocol)) {
    return new RoutingError(478, "Unsupported Transport", "unsupported_transport");
  }

  if (ipType === undefined) {
    return new RoutingError(478, "Destination Requires Unsupported DNS Query", "no_dns");
  }

  const isTls = protocol === "tls" || protocol === "wss" || isSecure;

  return { transport: protocol as TransportProtocol, ip, ipType, port: port ?? (isTls ? 5061 : 5060) };
}
