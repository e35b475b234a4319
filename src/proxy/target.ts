/** Where a request is sent: one transport address (RFC 3263 section 4). */
import type { Flow, TransportProtocol } from "../transport/flow.ts";
import type { IpType } from "../util/ip-address.ts";

export interface Target {
  readonly transport: TransportProtocol;
  readonly ip: string;
  readonly ipType: IpType;
  readonly port: number;
}

/** A destination chosen by the user's code. */
export interface Destination {
  /** IP address, IPv6 with or without brackets. */
  readonly host: string;
  /** Default: 5060. */
  readonly port?: number | undefined;
  /** Default: "udp". */
  readonly transport?: TransportProtocol | undefined;
}

/** Why a request got no response, in the words of the original server. */
export type RoutingErrorCode =
  | "client_timeout"
  | "connection_error"
  | "destination_aborted"
  | "no_dns_resolution"
  | "unsupported_uri_scheme"
  | "unsupported_transport"
  | "no_ipv4"
  | "no_ipv6"
  | "no_dns";

/** A request that cannot be sent, with the answer that its sender gets. */
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

/** Finds the way to a target. The transport layer is behind it. */
export interface FlowProvider {
  /** @returns the flow, or undefined when no listener can reach the target. */
  flowTo(target: Target): Flow | undefined;
}
