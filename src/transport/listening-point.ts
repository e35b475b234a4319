/** Where this server listens, and by which address it is named to others. */
import type { IpType } from "../util/ip-address.ts";
import type { TransportProtocol } from "./transport-protocol.ts";

export interface ListeningPoint {
  readonly transport: TransportProtocol;
  readonly ipType: IpType;
  /** Address and port that the socket is bound to; IPv6 without brackets. */
  readonly ip: string;
  readonly port: number;

  /**
   * `host:port` for Via, Record-Route and Path: the record-route host name of
   * the configuration (TLS, WSS), or else the advertised address, or else the
   * bound one; IPv6 in brackets.
   */
  readonly sentBy: string;
}
