/**
 * The user's handlers as the transports ask for them: those of the load that
 * is in force at each event, so that a reload takes effect with the next one.
 */
import type { TlsHandshakeCallback } from "../transport/tls-callback.ts";
import type { WebSocketHandlers } from "../transport/ws-events.ts";
import type { EventHandlers } from "./user-logic-exports.ts";

export type CurrentHandlers = () => EventHandlers;

/** `sipEvents.onClientTlsHandshake` or `onServerTlsHandshake`. */
export function tlsHandshakeHandler(
  handlers: CurrentHandlers,
  name: "onClientTlsHandshake" | "onServerTlsHandshake",
): TlsHandshakeCallback {
  return (connection, certificates) => handlers().sipEvents[name]?.(connection, certificates);
}

/**
 * `webSocketEvents`.
 *
 * @param callsOnTls whether `onClientTlsHandshake` is called (`callback_on_client_tls_handshake`).
 */
export function webSocketHandlers(handlers: CurrentHandlers, callsOnTls: boolean): WebSocketHandlers {
  return {
    onConnection: (connection, httpRequest) =>
      handlers().webSocketEvents.onConnection?.(connection, httpRequest),
    onDisconnection: (connection, clientClosed) =>
      handlers().webSocketEvents.onDisconnection?.(connection, clientClosed),
    ...(callsOnTls && {
      onClientTlsHandshake: (connection, certificates) =>
        handlers().webSocketEvents.onClientTlsHandshake?.(connection, certificates),
    }),
  };
}
