/** Finding the next hop (RFC 3263), as the proxy core sees it. */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { Target } from "../transport/target.ts";

/** What a URI, or the user's code, says of the next hop. */
export interface ResolverQuery {
  /** Domain, IPv4 address, or IPv6 address with or without brackets. */
  readonly host: string;
  readonly port?: number | undefined;
  /** As written in the URI, lower-case; may be one that this server does not speak. */
  readonly transport?: string | undefined;
  /** A `sips` URI: TLS only (RFC 3263 section 4.1, RFC 5630). */
  readonly isSecure: boolean;
}

export type ResolutionErrorCode =
  | "no_dns_resolution"
  | "unsupported_transport"
  | "no_ipv4"
  | "no_ipv6"
  | "no_dns";

/** Why there is no target, with the answer that the request gets. */
export class ResolutionError {
  readonly status: number;
  readonly reason: string;
  readonly code: ResolutionErrorCode;

  constructor(status: number, reason: string, code: ResolutionErrorCode) {
    this.status = status;
    this.reason = reason;
    this.code = code;
  }
}

export interface Resolver {
  /**
   * The targets to try, best first, at least one. PERF: an address needs no
   * lookup and is answered in the same turn, without a promise. Never rejects.
   */
  resolve(
    query: ResolverQuery,
    profile: ProxyProfile,
  ): readonly Target[] | ResolutionError | Promise<readonly Target[] | ResolutionError>;
}
