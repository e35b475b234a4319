/** Where this server listens, and by which address it is named to others. */
import { type IpType, ipTypeOf } from "../util/ip-address.ts";
import type { TransportProtocol } from "./transport-protocol.ts";

export interface ListeningPoint {
  readonly transport: TransportProtocol;
  readonly ipType: IpType;
  /** Address and port that peers connect to; IPv6 without brackets. Those of the socket, but for a TLS tunnel. */
  readonly ip: string;
  readonly port: number;

  /** `host:port` of the socket of a TLS tunnel, which the program in front connects to. Undefined without one. */
  readonly behind?: string | undefined;

  /**
   * `host:port` for Via, Record-Route and Path: the record-route host name of
   * the configuration (TLS, WSS), or else the advertised address, or else the
   * bound one; IPv6 in brackets.
   */
  readonly sentBy: string;
}

/** Where a socket is to be bound. */
export interface ListenAddress {
  /** Without brackets. */
  readonly ip: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Name or address, IPv6 with or without brackets, that stands in `sentBy`. Default: `ip`. */
  readonly advertisedHost?: string | undefined;
}

/** The listening point of a socket that was bound to `address`, and to `boundPort` where that asked for any. */
export function createListeningPoint(
  transport: TransportProtocol,
  address: ListenAddress,
  boundPort: number = address.port,
): ListeningPoint {
  return {
    transport,
    ipType: ipTypeOf(address.ip) ?? "ipv4",
    ip: address.ip,
    port: boundPort,
    sentBy: formatHostPort(address.advertisedHost ?? address.ip, boundPort),
  };
}

/** `host:port`, with an IPv6 address in brackets. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]:${port}` : `${host}:${port}`;
}
