/**
 * What surrounds the WebSocket connections of one transport: where their
 * messages go, and what they share.
 */
import type { Socket } from "node:net";
import type { Logger } from "../log/logger.ts";
import type { MessageParser } from "../message/message-parser.ts";
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "./flow.ts";
import type { HandshakeRefusal } from "./http-refusal.ts";
import type { WebSocketConnection } from "./web-socket-connection.ts";
import type { WsWatch } from "./ws-watch.ts";

/** An open connection: a way for the server, an object for user code. */
export interface WsFlow extends Flow, WebSocketConnection {
  readonly transport: "ws" | "wss";
}

/** Where what arrives on open connections goes. */
export interface WsSink {
  /** A well-formed message, in the order of arrival. */
  receiveMessage(message: SipRequest | SipResponse, flow: WsFlow): void;
  /** A message that is none. With "answer" it is to be answered; the connection closes itself after, when it must. */
  receiveFailure(failure: ParseFailure, flow: WsFlow): void;
}

/** What all connections of a transport share. */
export interface WsConnectionContext {
  readonly parser: Pick<MessageParser, "parseDatagram">;
  readonly sink: WsSink;
  readonly logger: Logger;
  readonly watch: WsWatch;
  readonly maxSendBufferBytes: number;
  /** Makes the token of RFC 5626 section 5.2. */
  readonly flowToken: (flow: Flow) => string;
  /** Writes a refusal to the socket of a handshake and ends it. */
  refuse(socket: Socket, refusal: HandshakeRefusal): void;
  /** Called once for each connection that was open. */
  connectionClosed(connection: WsFlow, clientClosed: boolean, closeCode: number): void;
}

export interface WsEndpoints {
  readonly transport: "ws" | "wss";
  readonly localIp: string;
  readonly localPort: number;
  /** The client, as the PROXY protocol tells it behind a tunnel. */
  readonly remoteIp: string;
  readonly remotePort: number;
}
