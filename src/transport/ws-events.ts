/**
 * The callbacks of `webSocketEvents`, as the user's code gives them.
 */
import type { HttpRequest } from "./http-request.ts";
import type { WebSocketConnection } from "./web-socket-connection.ts";

/** The user's callbacks; each may be absent, and may be asynchronous. */
export interface WebSocketHandlers {
  /** A client ended its TLS handshake; nothing of it is read as HTTP before this settles. `close` refuses it. */
  onClientTlsHandshake?(connection: WebSocketConnection, certificates: string[]): void | Promise<void>;
  /** A handshake request passed the checks. `httpReject` refuses it; frames wait until this settles. */
  onConnection?(connection: WebSocketConnection, httpRequest: HttpRequest): void | Promise<void>;
  /** An open connection was closed, first by the client or not. Once for each. */
  onDisconnection?(connection: WebSocketConnection, clientClosed: boolean): void | Promise<void>;
}
