/** What the WebSocket connections of one transport share. */
import type { Socket } from "node:net";
import type { Logger } from "../log/logger.ts";
import type { MessageParser } from "../message/message-parser.ts";
import type { Flow } from "./flow.ts";
import type { HandshakeRefusal } from "./http-refusal.ts";
import type { LimitedLog } from "./limited-log.ts";
import type { TransportReceiver } from "./transport.ts";
import type { WebSocketConnection } from "./web-socket-connection.ts";
import type { WsWatch } from "./ws-watch.ts";

/** A way for the server and an object for user code in one. */
export interface WsFlow extends Flow, WebSocketConnection {
  readonly transport: "ws" | "wss";
  close(code?: number, reason?: string): boolean;
}

export interface WsConnectionContext {
  readonly transport: "ws" | "wss";
  readonly parser: Pick<MessageParser, "parseDatagram">;
  readonly receiver: TransportReceiver;
  readonly logger: Logger;
  /** For what a peer can cause at will. */
  readonly limitedLog: LimitedLog;
  readonly watch: WsWatch;
  readonly maxSendBufferBytes: number;
  /** Writes a refusal to the socket of a handshake and ends it. */
  refuse(socket: Socket, refusal: HandshakeRefusal): void;
  /** Called once for each connection that was open, as the last of its events. */
  connectionClosed(connection: WsFlow, clientClosed: boolean): void;
}
