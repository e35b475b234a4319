/** Limits on connections that both sections of the configuration have, as the transports take them. */
import type { SipConfiguration, WebSocketConfiguration } from "../config/configuration.ts";
import type { StreamLimits } from "../transport/stream-limits.ts";
import type { WsLimits } from "../transport/ws-limits.ts";

export function connectionLimits(section: SipConfiguration | WebSocketConfiguration) {
  return {
    maxConnections: section.maxConnections,
    maxConnectionsPerAddress: section.maxConnectionsPerAddress,
    maxPendingHandshakes: section.maxPendingHandshakes,
    maxSendBufferBytes: section.maxSendBuffer,
    maxProxyHeaderBytes: section.maxProxyHeaderSize,
    callbackTimeoutMs: section.callbackTimeout * 1000,
    firstMessageTimeoutMs: section.firstMessageTimeout * 1000,
    messageTimeoutMs: section.messageTimeout * 1000,
    idleTimeoutMs: section.idleTimeout * 1000,
    closeTimeoutMs: section.closeTimeout * 1000,
  } satisfies Partial<StreamLimits> & Partial<WsLimits>;
}
