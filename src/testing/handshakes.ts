/** TLS and WebSocket handshakes in memory: the user's code is asked as the transports ask it. */
import type { CurrentHandlers } from "../app/handlers.ts";
import type { ServerState } from "../app/server-state.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Logger } from "../log/logger.ts";
import { HttpRequest } from "../transport/http-request.ts";
import type { Target } from "../transport/target.ts";
import { runCallback } from "../transport/ws-callback.ts";
import { checkHandshake } from "../transport/ws-handshake.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import type { MemoryWebSocket } from "./memory-web-socket.ts";
import { type HeaderFields, headerPairs } from "./message-text.ts";

export interface HandshakesOptions {
  readonly configuration: Configuration;
  readonly handlers: CurrentHandlers;
  readonly state: ServerState;
  readonly logger: Logger;
}

export interface WebSocketHandshake {
  /** The request target, such as "/?token=1". */
  readonly path: string;
  readonly headers: HeaderFields;
}

export class Handshakes {
  readonly #options: HandshakesOptions;

  constructor(options: HandshakesOptions) {
    this.#options = options;
  }

  /** A client's TLS handshake is done: `then` follows unless it is refused. */
  clientTls(flow: MemoryFlow, certificates: readonly string[], then: () => void): void {
    const { configuration, handlers } = this.#options;

    if (!configuration.sip.callbackOnClientTlsHandshake) {
      then();

      return;
    }

    this.#ask(flow, () => handlers().sipEvents.onClientTlsHandshake?.(flow, certificates), then);
  }

  /** That of a WebSocket client. */
  webSocketTls(flow: MemoryWebSocket, certificates: readonly string[], then: () => void): void {
    const { configuration, handlers } = this.#options;

    if (!configuration.websocket.callbackOnClientTlsHandshake) {
      then();

      return;
    }

    this.#ask(flow, () => handlers().webSocketEvents.onClientTlsHandshake?.(flow, certificates), then);
  }

  /** That of a server that this server has connected to. */
  serverTls(flow: MemoryFlow, certificates: readonly string[], target: Target, then: () => void): void {
    const { handlers } = this.#options;

    if (target.isTlsCallbackOff === true) {
      then();

      return;
    }

    this.#ask(flow, () => handlers().sipEvents.onServerTlsHandshake?.(flow, certificates), then);
  }

  /** RFC 6455 section 4.2: ends with the connection open or refused. */
  webSocket(flow: MemoryWebSocket, handshake: WebSocketHandshake): void {
    const { configuration, handlers, logger, state } = this.#options;
    const { allowedOrigins } = configuration.websocket;
    const allowed = allowedOrigins?.map((origin) => origin.toLowerCase());
    const request = requestOf(flow, handshake);
    const refusal = checkHandshake(request, {
      isOriginAllowed: allowed === undefined ? undefined : (origin) => allowed.includes(origin),
    });

    if (refusal !== undefined) {
      flow.refuse(refusal);

      return;
    }

    if (state.status !== "running") {
      flow.refuse({
        statusCode: 500,
        reasonPhrase: state.status === "loading" ? "Server Still Loading" : "Server is Being Stopped",
      });

      return;
    }

    flow.isInHandshake = true;
    runCallback(() => handlers().webSocketEvents.onConnection?.(flow, new HttpRequest(request, flow)), {
      done: () => {
        if (flow.isInHandshake) {
          flow.open();
        }
      },
      failed: (error) => {
        logger.error(error, { callback: "webSocketEvents.onConnection" });

        if (flow.isInHandshake) {
          flow.refuse({ statusCode: 500 });
        }
      },
    });
  }

  /** The connection was closed. */
  webSocketClosed(flow: MemoryWebSocket): void {
    const { handlers, logger } = this.#options;

    if (flow.wasEstablished) {
      flow.wasEstablished = false;
      runCallback(() => handlers().webSocketEvents.onDisconnection?.(flow, flow.isClosedByClient), {
        done: () => undefined,
        failed: (error) => logger.error(error, { callback: "webSocketEvents.onDisconnection" }),
      });
    }
  }

  #ask(flow: MemoryFlow, callback: () => unknown, then: () => void): void {
    runCallback(callback, {
      done: () => {
        if (flow.isOpen) {
          then();
        }
      },
      failed: (error) => {
        this.#options.logger.error(error, { peer: flow.remoteDescription });
        flow.end("tls-validation");
      },
    });
  }
}

/** The handshake request of a client of RFC 7118; what `headers` name is theirs alone. */
function requestOf(flow: MemoryWebSocket, { headers, path }: WebSocketHandshake) {
  const given = headerPairs(headers);
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const filledIn = [
    ["Host", flow.listeningPoint.sentBy],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
    ["Sec-WebSocket-Protocol", "sip"],
  ] as const;

  return {
    method: "GET",
    url: path,
    httpVersion: "1.1",
    rawHeaders: [...filledIn.filter(([name]) => !names.has(name.toLowerCase())), ...given].flat(),
  };
}
