/** The two ends of a TCP or TLS connection: what a flow says of them. */
import type { IpType } from "../util/ip-address.ts";
import { formatHostPort, type ListeningPoint } from "./listening-point.ts";
import type { StreamEndpoints } from "./stream-context.ts";

export abstract class StreamEnds implements Omit<StreamEndpoints, "localPort" | "isQuiet"> {
  readonly transport: "tcp" | "tls";
  readonly isOpenedByServer: boolean;
  readonly listeningPoint: ListeningPoint;
  readonly localIp: string;
  readonly remoteIp: string;
  readonly remoteIpType: IpType;
  readonly remotePort: number;
  readonly domain: string | undefined;

  constructor(endpoints: StreamEndpoints) {
    this.transport = endpoints.transport;
    this.isOpenedByServer = endpoints.isOpenedByServer;
    this.listeningPoint = endpoints.listeningPoint;
    this.localIp = endpoints.localIp;
    this.remoteIp = endpoints.remoteIp;
    this.remoteIpType = endpoints.remoteIpType;
    this.remotePort = endpoints.remotePort;
    this.domain = endpoints.domain;
  }

  get isReliable(): boolean {
    return true;
  }

  get ipType(): IpType {
    return this.remoteIpType;
  }

  get remoteDescription(): string {
    return formatHostPort(this.remoteIp, this.remotePort);
  }
}
