/** WS and WSS, as section `websocket` of the configuration asks for them. */
import type { WebSocketConfiguration } from "../config/configuration.ts";
import type { WsLimits } from "../transport/ws-limits.ts";
import { WsTransport } from "../transport/ws-transport.ts";
import type { WsListenAddress, WsSecurity } from "../transport/ws-transport-options.ts";
import { connectionLimits } from "./connection-limits.ts";
import { webSocketHandlers } from "./handlers.ts";
import { tlsCredentials } from "./sip-transports.ts";
import type { TransportsContext } from "./transports-context.ts";

/** Those that are on, and those of them that use a certificate. */
export interface WebSocketTransports {
  readonly all: readonly WsTransport[];
  readonly tls: readonly WsTransport[];
}

export function createWebSocketTransports(context: TransportsContext): WebSocketTransports {
  const { addresses, configuration, files } = context;
  const { tlsTunnelTrustedAddresses } = configuration.websocket;

  const create = (security: WsSecurity, listen: readonly WsListenAddress[]): WsTransport[] =>
    listen.length === 0 ? [] : [createTransport(context, security, listen)];

  const plain = create({ transport: "ws" }, addresses.ws);
  const tls =
    files.tls === undefined
      ? []
      : create({ transport: "wss", credentials: tlsCredentials(files) }, addresses.wss);
  const tunnel = create(
    { transport: "wss", tunnel: { trustedAddresses: tlsTunnelTrustedAddresses } },
    addresses.wssTunnel,
  );

  return { all: [...plain, ...tls, ...tunnel], tls };
}

function createTransport(
  context: TransportsContext,
  security: WsSecurity,
  listen: readonly WsListenAddress[],
): WsTransport {
  const { clock, configuration, handlers, logger, parser, receiver, state } = context;
  const { websocket } = configuration;

  return new WsTransport({
    security,
    listen,
    receiver,
    parser,
    logger,
    clock,
    handlers: webSocketHandlers(handlers, websocket.callbackOnClientTlsHandshake),
    serverStatus: () => state.status,
    requestsClientCertificates: websocket.requestClientCertificates,
    allowedOrigins: websocket.allowedOrigins ?? undefined,
    limits: webSocketLimits(websocket),
  });
}

export function webSocketLimits(websocket: WebSocketConfiguration): WsLimits {
  return {
    ...connectionLimits(websocket),
    maxMessageBytes: websocket.maxWsMessageSize,
    maxFrameBytes: websocket.maxWsFrameSize,
    maxMessagePieces: websocket.maxWsMessagePieces,
    maxHeaderBytes: websocket.maxHeaderSize,
    handshakeTimeoutMs: websocket.handshakeTimeout * 1000,
    pingIntervalMs: (websocket.wsKeepaliveInterval ?? 0) * 1000,
    pongTimeoutMs: websocket.pongTimeout * 1000,
  };
}
