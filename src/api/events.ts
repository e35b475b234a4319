/** The events that the user's server module handles. Each handler may be sync or async, and may be left out. */
import type { HttpRequest } from "../transport/http-request.ts";
import type { SipConnection } from "../transport/sip-connection.ts";
import type { WebSocketConnection } from "../transport/web-socket-connection.ts";
import type { IncomingRequest } from "./incoming-request.ts";

type Result = void | Promise<void>;

/** The server as a whole: start, stop, user reload. */
export interface SystemEvents {
  /** The files are loaded and the sockets bound. What is thrown ends the start. */
  onInitialize?(): Result;
  /** All modules have started; traffic is processed next. What is thrown ends the start. */
  onStarted?(): Result;
  /** The signal USR1 came. */
  onUserReload?(): Result;
  /** @param error true when the server dies of an unexpected error. */
  onTerminated?(error: boolean): Result;
}

/** SIP requests, and TLS connections of SIP. */
export interface SipEvents {
  /** A request came: any but retransmissions, CANCEL, and the ACK of a non-2xx. What is thrown is answered 500. */
  onRequest?(request: IncomingRequest): Result;
  /**
   * A client has connected over TLS, and nothing of it was read yet; `close()` refuses it.
   *
   * @param certificates of the client as PEM, its own first; empty when it sent none.
   */
  onClientTlsHandshake?(connection: SipConnection, certificates: readonly string[]): Result;
  /** This server has connected over TLS; `close()` fails the requests that wait with 500 "TLS Validation Failed". */
  onServerTlsHandshake?(connection: SipConnection, certificates: readonly string[]): Result;
}

/** WebSocket clients. */
export interface WebSocketEvents {
  /** A WebSocket handshake came; `connection.httpReject` refuses it. What is thrown is answered 500. */
  onConnection?(connection: WebSocketConnection, httpRequest: HttpRequest): Result;
  /** @param clientClosed whether the client began to close. */
  onDisconnection?(connection: WebSocketConnection, clientClosed: boolean): Result;
  /** A WebSocket client has connected over TLS, before its handshake; `close()` refuses it. */
  onClientTlsHandshake?(connection: WebSocketConnection, certificates: readonly string[]): Result;
}
