/** A WebSocket connection without a network, with what user code may do with one (RFC 6455). */
import { InvalidStateError, type TransportFailure } from "../errors/errors.ts";
import { buildRefusal, type HandshakeRefusal, type RefusalHeaders } from "../transport/http-refusal.ts";
import type { WebSocketConnection } from "../transport/web-socket-connection.ts";
import { checkCloseCode, truncateCloseReason, WS_CLOSE } from "../transport/ws-close-code.ts";
import { MemoryFlow } from "./memory-flow.ts";

/** What stands in a close frame. */
export interface WebSocketClosing {
  /** Close code (RFC 6455 section 7.4). */
  readonly code: number;
  /** "" when there is none. */
  readonly reason: string;
}

export class MemoryWebSocket extends MemoryFlow implements WebSocketConnection {
  /** How the handshake was refused. */
  refusal: HandshakeRefusal | undefined = undefined;
  /** What this server wrote into its close frame. */
  closing: WebSocketClosing | undefined = undefined;
  /** Whether the handshake request waits for its answer. */
  isInHandshake = false;
  /** Whether the client began to close. */
  isClosedByClient = false;
  /** Whether it was open once, so that its end is an event. */
  wasEstablished = false;

  override get transport(): "ws" | "wss" {
    return super.transport === "ws" ? "ws" : "wss";
  }

  override open(): void {
    super.open();
    this.isInHandshake = false;
    this.wasEstablished = true;
  }

  override close(code: number = WS_CLOSE.NORMAL, reason = ""): boolean {
    checkCloseCode(code);

    if (this.isEstablished) {
      this.closing = { code, reason: truncateCloseReason(reason) };
    }

    return this.end("closed");
  }

  override end(failure: TransportFailure): boolean {
    this.isInHandshake = false;

    return super.end(failure);
  }

  httpReject(statusCode = 403, reasonPhrase?: string, headers?: RefusalHeaders): boolean {
    const refusal = buildRefusal(statusCode, reasonPhrase, headers);

    if (!this.isInHandshake) {
      throw new InvalidStateError("httpReject: there is no WebSocket handshake to refuse");
    }

    return this.refuse(refusal);
  }

  /** Answers the handshake request with something else than 101. */
  refuse(refusal: HandshakeRefusal): boolean {
    this.refusal = refusal;

    return this.end("closed");
  }
}
