/** The transports that the configuration asks for. */
import type { Configuration } from "../config/configuration.ts";
import type { TlsMaterial } from "../config/tls-material.ts";
import type { Logger } from "../log/logger.ts";
import { MessageParser } from "../message/message-parser.ts";
import type { StreamLimits } from "../transport/stream-limits.ts";
import { TcpTransport } from "../transport/tcp-transport.ts";
import type { Transport, TransportReceiver } from "../transport/transport.ts";
import { UdpTransport } from "../transport/udp-transport.ts";
import type { WsLimits } from "../transport/ws-limits.ts";
import { WsTransport } from "../transport/ws-transport.ts";
import type { WsSecurity } from "../transport/ws-transport-options.ts";
import type { WssCredentials } from "../transport/wss-tls-front.ts";
import type { Clock } from "../util/clock.ts";
import type { ListenAddresses } from "./listen-addresses.ts";
import type { ReloadableFiles } from "./server-parts.ts";
import type { ServerState } from "./server-state.ts";
import type { CheckedExports } from "./user-logic-exports.ts";
import { webSocketHandlers } from "./web-socket-handlers.ts";

export interface TransportsContext {
  readonly configuration: Configuration;
  readonly addresses: ListenAddresses;
  readonly files: ReloadableFiles;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly state: ServerState;
  readonly handlers: () => CheckedExports;
}

/** What a reload changes in transports that run. */
export interface Transports {
  readonly all: readonly Transport[];
  applyFiles(files: ReloadableFiles): void;
}

export function createTransports(context: TransportsContext, receiver: TransportReceiver): Transports {
  const { addresses, clock, configuration, files, logger } = context;
  const { sip, websocket } = configuration;
  const parser = new MessageParser({
    maxMessageBytes: sip.maxMessageSize,
    maxHeaderBlockBytes: sip.maxHeaderSize,
    maxHeaderCount: sip.maxHeaders,
    maxBodyBytes: sip.maxBodySize,
  });
  const all: Transport[] = [];
  const webSocketTls: WsTransport[] = [];

  if (addresses.udp.length > 0) {
    const limits = { maxPeers: sip.maxUdpPeers, peerTimeoutMs: sip.udpPeerTimeout * 1000 };

    all.push(new UdpTransport({ listen: addresses.udp, receiver, parser, logger, clock, limits }));
  }

  if (addresses.tcp.length > 0) {
    all.push(
      new TcpTransport({
        listen: addresses.tcp,
        receiver,
        parser,
        logger,
        clock,
        limits: streamLimits(sip),
        tcpKeepAliveIntervalMs: milliseconds(sip.tcpKeepaliveInterval),
      }),
    );
  }

  const addWebSocket = (security: WsSecurity, listen: ListenAddresses["wssTunnel"]): void => {
    if (listen.length > 0) {
      const transport = new WsTransport({
        security,
        listen,
        receiver,
        parser,
        logger,
        clock,
        handlers: webSocketHandlers(context.handlers, websocket.callbackOnClientTlsHandshake),
        serverStatus: () => context.state.status,
        allowedOrigins: websocket.allowedOrigins ?? undefined,
        limits: webSocketLimits(websocket),
      });

      all.push(transport);

      if ("credentials" in security) {
        webSocketTls.push(transport);
      }
    }
  };

  addWebSocket({ transport: "ws" }, addresses.ws);

  if (files.tls !== undefined) {
    addWebSocket({ transport: "wss", credentials: credentialsOf(files.tls) }, addresses.wss);
  }

  addWebSocket(
    { transport: "wss", tunnel: { trustedAddresses: websocket.tlsTunnelTrustedAddresses } },
    addresses.wssTunnel,
  );

  return {
    all,
    applyFiles: ({ tls }) => {
      if (tls !== undefined) {
        for (const transport of webSocketTls) {
          transport.setCredentials(credentialsOf(tls));
        }
      }
    },
  };
}

function credentialsOf(tls: TlsMaterial): WssCredentials {
  return { certificates: tls.cert, privateKey: tls.key };
}

function streamLimits(sip: Configuration["sip"]): Partial<StreamLimits> {
  return {
    maxConnections: sip.maxConnections,
    maxConnectionsPerAddress: sip.maxConnectionsPerAddress,
    maxSendBufferBytes: sip.maxSendBuffer,
    connectTimeoutMs: sip.connectTimeout * 1000,
    handshakeTimeoutMs: sip.tlsHandshakeTimeout * 1000,
    firstMessageTimeoutMs: sip.firstMessageTimeout * 1000,
    messageTimeoutMs: sip.messageTimeout * 1000,
    idleTimeoutMs: sip.idleTimeout * 1000,
  };
}

function webSocketLimits(websocket: Configuration["websocket"]): Partial<WsLimits> {
  return {
    maxConnections: websocket.maxConnections,
    maxConnectionsPerAddress: websocket.maxConnectionsPerAddress,
    maxPendingHandshakes: websocket.maxPendingHandshakes,
    maxMessageBytes: websocket.maxWsMessageSize,
    maxFrameBytes: websocket.maxWsFrameSize,
    maxHeaderBytes: websocket.maxHeaderSize,
    maxSendBufferBytes: websocket.maxSendBuffer,
    maxProxyHeaderBytes: websocket.maxProxyHeaderSize,
    handshakeTimeoutMs: websocket.handshakeTimeout * 1000,
    callbackTimeoutMs: websocket.callbackTimeout * 1000,
    firstMessageTimeoutMs: websocket.firstMessageTimeout * 1000,
    messageTimeoutMs: websocket.messageTimeout * 1000,
    idleTimeoutMs: websocket.idleTimeout * 1000,
    pingIntervalMs: milliseconds(websocket.wsKeepaliveInterval) ?? 0,
    pongTimeoutMs: websocket.pongTimeout * 1000,
    closeTimeoutMs: websocket.closeTimeout * 1000,
  };
}

function milliseconds(seconds: number | null): number | undefined {
  return seconds === null ? undefined : seconds * 1000;
}
