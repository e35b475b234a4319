/** What a WebSocket transport is told. */
import type { Logger } from "../log/logger.ts";
import type { MessageParser } from "../message/message-parser.ts";
import type { Clock } from "../util/clock.ts";
import type { ListenAddress } from "./listening-point.ts";
import type { TlsCredentials } from "./tls-credentials.ts";
import type { TransportReceiver } from "./transport.ts";
import type { WebSocketHandlers } from "./ws-events.ts";
import type { ServerStatus } from "./ws-http-front.ts";
import type { WsLimits } from "./ws-limits.ts";

export interface WsListenAddress extends ListenAddress {
  /** Behind a tunnel: where clients connect to, of which the listening point is made. Default: this address. */
  readonly publicAddress?: ListenAddress | undefined;
}

/** What stands between the socket and HTTP. */
export type WsSecurity =
  | { readonly transport: "ws" }
  | { readonly transport: "wss"; readonly credentials: TlsCredentials }
  /** Behind a TLS terminator that sends a PROXY protocol header, version 1 or 2. */
  | { readonly transport: "wss"; readonly tunnel: WsTunnelOptions };

export interface WsTunnelOptions {
  /** Addresses, or networks such as "10.0.0.0/8", of terminators; others are closed at once. Default: 127.0.0.0/8 and ::1. */
  readonly trustedAddresses?: readonly string[] | undefined;
}

export interface WsTransportOptions {
  readonly security: WsSecurity;
  readonly listen: readonly WsListenAddress[];
  readonly receiver: TransportReceiver;
  readonly parser: Pick<MessageParser, "parseDatagram">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The user's callbacks. They are looked up at each event, so a reload may replace them. */
  readonly handlers: WebSocketHandlers;
  /** Handshakes are refused with 500 unless "running". */
  serverStatus(): ServerStatus;
  /** Whether TLS clients are asked for a certificate; see `WssTlsFrontOptions`. Default false. */
  readonly requestsClientCertificates?: boolean | undefined;
  /** Origins of browsers that may connect, such as "https://phone.example.com". Default: all. */
  readonly allowedOrigins?: readonly string[] | undefined;
  readonly limits?: Partial<WsLimits> | undefined;
}
