/** `webSocketEvents` of the load that is in force, as the WebSocket transport asks for them at each event. */
import type { WebSocketHandlers } from "../transport/ws-events.ts";
import type { CheckedExports } from "./user-logic-exports.ts";

/** @param callsOnTls whether `onClientTlsHandshake` is called (`callback_on_client_tls_handshake`). */
export function webSocketHandlers(handlers: () => CheckedExports, callsOnTls: boolean): WebSocketHandlers {
  const current = (): WebSocketHandlers => handlers().webSocketEvents as WebSocketHandlers;

  /** The user's methods may want `this` to be the object that they were exported in. */
  const bound = <Name extends keyof WebSocketHandlers>(name: Name): WebSocketHandlers[Name] => {
    const events = current();

    return events[name]?.bind(events) as WebSocketHandlers[Name];
  };

  return {
    get onClientTlsHandshake() {
      return callsOnTls ? bound("onClientTlsHandshake") : undefined;
    },
    get onConnection() {
      return bound("onConnection");
    },
    get onDisconnection() {
      return bound("onDisconnection");
    },
  } as WebSocketHandlers;
}
