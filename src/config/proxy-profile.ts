/** One section of `proxies.conf`: how requests are routed that are sent with this profile. */
import type { IpType } from "../util/ip-address.ts";

export interface ProxyProfile {
  readonly name: string;
  readonly doRecordRouting: boolean;
  readonly recordRouteAll: boolean;
  readonly useDns: boolean;
  readonly useDnsCache: boolean;
  /** Seconds: the longest time that an answer is kept, whatever its TTL. */
  readonly dnsCacheTime: number;
  readonly useBlacklist: boolean;
  /** Seconds. */
  readonly blacklistTime: number;
  readonly useNaptr: boolean;
  readonly useSrv: boolean;
  readonly transportPreference: readonly ("udp" | "tcp" | "tls")[];
  readonly forceTransportPreference: boolean;
  readonly ipTypePreference: readonly IpType[];
  readonly dnsFailoverOn503: boolean;
  /** Seconds. */
  readonly timerB: number;
  /** Seconds. */
  readonly timerC: number;
  /** Seconds. */
  readonly timerF: number;
  readonly callbackOnServerTlsHandshake: boolean;
}
