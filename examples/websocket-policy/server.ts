/**
 * Who may connect by WebSocket, and as whom: the web site has logged the user
 * in and set a cookie with a signed token (JWT, RFC 7519). The token decides
 * about the handshake, and its subject about every request that follows.
 */
import { jwtVerify } from "jose";
import {
  logger,
  type SipEvents,
  SipProxy,
  type SipRequest,
  type SystemEvents,
  type WebSocketEvents,
} from "oversip";

const COOKIE = "session";
const AUDIENCE = "sip";
const DOMAIN = process.env["SIP_DOMAIN"] ?? "example.test";
/** Shared with the web site. */
const KEY = new TextEncoder().encode(process.env["SESSION_KEY"] ?? "");
const REGISTRAR = {
  host: process.env["REGISTRAR_HOST"] ?? "127.0.0.1",
  port: Number(process.env["REGISTRAR_PORT"] ?? 5060),
};

export const systemEvents: SystemEvents = {
  onInitialize() {
    // What is thrown here ends the start: better than a server whose tokens anybody can make.
    if (KEY.length < 32) {
      throw new Error("SESSION_KEY must have 32 bytes or more");
    }
  },
};

export const webSocketEvents: WebSocketEvents = {
  /** The handshake waits until this is done, and with it whatever the client sends meanwhile. */
  async onConnection(connection, httpRequest) {
    const token = httpRequest.cookies[COOKIE];

    if (token === undefined) {
      connection.httpReject(401, "No Session");

      return;
    }

    try {
      const { payload } = await jwtVerify(token, KEY, { audience: AUDIENCE, algorithms: ["HS256"] });

      // There in each request of this connection, as request.cvars.
      connection.cvars["user"] = payload.sub;
    } catch (error) {
      logger.info(`session of ${connection.remoteDescription} refused: ${String(error)}`);
      connection.httpReject(401, "Session not Valid");
    }
  },
};

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    request.fixNat();

    if (request.inDialog) {
      await routeInDialog(request);
    } else {
      await routeInitial(request);
    }
  },
};

async function routeInDialog(request: SipRequest): Promise<void> {
  if (request.looseRoute()) {
    await new SipProxy("proxy_in_dialog").route(request);
  } else if (request.method !== "ACK") {
    request.reply(403, "In-dialog Request without Route to this Server");
  }
}

async function routeInitial(request: SipRequest): Promise<void> {
  if (request.looseRoute()) {
    request.reply(403, "Pre-loaded Route not Allowed");
  } else if (request.incomingOutboundRequested) {
    await new SipProxy("proxy_to_users").route(request);
  } else if (isOfSessionUser(request)) {
    await new SipProxy("proxy_to_registrar").route(request, REGISTRAR);
  } else {
    request.reply(403, "Not the User of this Session");
  }
}

/** False also for all that comes by another way than WebSocket. */
function isOfSessionUser(request: SipRequest): boolean {
  const { user } = request.cvars;

  return typeof user === "string" && request.from.aor === `sip:${user}@${DOMAIN}`;
}
