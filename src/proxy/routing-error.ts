/** Why a request got no response, and how the act of routing it ended, in the words of the user's code. */

/** Why a request got no response. */
export type RoutingErrorCode =
  | "flow_failed"
  | "client_timeout"
  | "invite_timeout"
  | "connection_error"
  | "tls_validation_failed"
  | "destination_blacklisted"
  | "destination_aborted"
  | "no_dns_resolution"
  | "unsupported_uri_scheme"
  | "unsupported_transport"
  | "no_ipv4"
  | "no_ipv6"
  | "no_dns"
  | "internal_error"
  | "too_many_hops"
  | "max_breadth_exceeded";

/** A request that could not be sent, or got no response, with the answer that its sender gets. */
export class RoutingError {
  readonly status: number;
  readonly reason: string;
  readonly code: RoutingErrorCode;

  constructor(status: number, reason: string, code: RoutingErrorCode) {
    this.status = status;
    this.reason = reason;
    this.code = code;
  }
}

/** RFC 5626 section 5.3: the connection behind the token is gone. */
export const FLOW_FAILED = new RoutingError(430, "Flow Failed", "flow_failed");
/** RFC 5626 section 5.3: the token was tampered with. */
export const FLOW_FORGED = new RoutingError(403, "Forbidden", "flow_failed");
export const CLIENT_TIMEOUT = new RoutingError(408, "Client Timeout", "client_timeout");
/** Timer C (RFC 3261 section 16.8): told to `onInviteTimeout`, not to `onError`. */
export const INVITE_TIMEOUT = new RoutingError(408, "INVITE Timeout", "invite_timeout");
export const CONNECTION_ERROR = new RoutingError(500, "Connection Error", "connection_error");
export const TLS_VALIDATION_FAILED = new RoutingError(500, "TLS Validation Failed", "tls_validation_failed");
export const DESTINATION_ABORTED = new RoutingError(403, "Destination Aborted", "destination_aborted");
/** The user's code has made of the request what cannot be forwarded. */
export const UNFORWARDABLE_REQUEST = new RoutingError(500, "Internal Error", "internal_error");
export const UNSUPPORTED_URI_SCHEME = new RoutingError(
  416,
  "Unsupported URI scheme",
  "unsupported_uri_scheme",
);
export const UNSUPPORTED_TRANSPORT = new RoutingError(478, "Unsupported Transport", "unsupported_transport");
export const NO_IPV4 = new RoutingError(478, "Destination Requires Unsupported IPv4", "no_ipv4");
export const NO_IPV6 = new RoutingError(478, "Destination Requires Unsupported IPv6", "no_ipv6");
export const TOO_MANY_HOPS = new RoutingError(483, "Too Many Hops", "too_many_hops");
export const MAX_BREADTH_EXCEEDED = new RoutingError(440, "Max-Breadth Exceeded", "max_breadth_exceeded");
