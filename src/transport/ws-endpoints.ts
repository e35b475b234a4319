/** The two ends of a WebSocket connection: what a flow says of them. */
import { type IpType, ipTypeOf } from "../util/ip-address.ts";
import { formatHostPort, type ListeningPoint } from "./listening-point.ts";

/** The addresses of one connection. */
export interface WsEndpointAddresses {
  readonly listeningPoint: ListeningPoint;
  readonly localIp: string;
  readonly localPort: number;
  /** The client, as the PROXY protocol tells it behind a tunnel. */
  readonly remoteIp: string;
  readonly remotePort: number;
}

export abstract class WsEndpoints implements WsEndpointAddresses {
  readonly listeningPoint: ListeningPoint;
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;

  constructor(addresses: WsEndpointAddresses) {
    this.listeningPoint = addresses.listeningPoint;
    this.localIp = addresses.localIp;
    this.localPort = addresses.localPort;
    this.remoteIp = addresses.remoteIp;
    this.remotePort = addresses.remotePort;
  }

  get isReliable(): boolean {
    return true;
  }

  /** WebSocket connections are opened by clients only. */
  get isOpenedByServer(): boolean {
    return false;
  }

  get ipType(): IpType {
    return ipTypeOf(this.remoteIp) ?? "ipv4";
  }

  get remoteIpType(): IpType {
    return this.ipType;
  }

  get remoteDescription(): string {
    return formatHostPort(this.remoteIp, this.remotePort);
  }
}
