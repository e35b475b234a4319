/** Which way a target can be reached, if at all (RFC 3261 section 18.1.1). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { ListeningPoint } from "../transport/listening-point.ts";
import type { Target } from "../transport/target.ts";
import { NO_IPV4, NO_IPV6, type RoutingError, UNSUPPORTED_TRANSPORT } from "./routing-error.ts";

/** RFC 3261 section 18.1.1: the largest request for a path whose MTU is not known. */
const MAX_DATAGRAM_REQUEST_BYTES = 1300;

export function fitsDatagram(request: SipRequest): boolean {
  return request.byteLength <= MAX_DATAGRAM_REQUEST_BYTES;
}

/** The target that an established flow is. */
export function targetOfFlow(flow: Flow): Target {
  return {
    transport: flow.transport,
    ip: flow.remoteIp,
    ipType: flow.remoteIpType,
    port: flow.remotePort,
  };
}

/** Why there is no flow to a target: what this server does not listen on it cannot send from. */
export function flowlessError(target: Target, listeningPoints: readonly ListeningPoint[]): RoutingError {
  if (listeningPoints.some((point) => point.ipType === target.ipType)) {
    return UNSUPPORTED_TRANSPORT;
  }

  return target.ipType === "ipv4" ? NO_IPV4 : NO_IPV6;
}

/** A connection that is opened for a request asks the user's code about its peer, or does not, as the profile says. */
export function withTlsPolicy(target: Target, profile: ProxyProfile): Target {
  return target.transport === "tls" && !profile.callbackOnServerTlsHandshake
    ? { ...target, isTlsCallbackOff: true }
    : target;
}
