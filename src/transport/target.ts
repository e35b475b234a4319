/** Where a request is sent: one transport address (RFC 3263 section 4). */
import type { IpType } from "../util/ip-address.ts";
import type { TransportProtocol } from "./transport-protocol.ts";

/** One transport address that a request is sent to. */
export interface Target {
  /** What it is sent over. */
  readonly transport: TransportProtocol;
  /** Without brackets. */
  readonly ip: string;
  /** Family of `ip`. */
  readonly ipType: IpType;
  /** Port at that address. */
  readonly port: number;

  /**
   * The domain that the target was found by: the name that TLS asks for (SNI)
   * and checks the peer's certificate against (RFC 5922). Undefined when the
   * destination was an address.
   */
  readonly domain?: string | undefined;

  /** Whether `onServerTlsHandshake` is left out for a connection opened to it. Default false. @internal */
  readonly isTlsCallbackOff?: boolean | undefined;
}
