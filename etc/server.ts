/**
 * The logic of this server: your code. OverSIP calls the functions below;
 * leave out those that you do not need. After a change, reload with
 *
 *     kill -HUP <pid>          (or: systemctl reload oversip)
 *
 * Requests under way finish with the code that they began with. A file that
 * cannot be loaded is reported, and the one before it stays in force.
 *
 * What stands here is an edge proxy: it takes requests of phones and browsers,
 * helps them through NAT, and passes them on to where their Request-URI says.
 *
 * SECURITY: it passes on whatever it is asked to, for whomever. That is why the
 * sample oversip.conf listens on the loopback interface only. Before you listen
 * on another, decide here who may call whom.
 */
import {
  logger,
  outboundMangling,
  type SipEvents,
  SipProxy,
  type SipRequest,
  type SystemEvents,
  userAssertion,
  type WebSocketEvents,
} from "oversip";

export const systemEvents: SystemEvents = {
  /** First of all: set your modules up, such as the address of a database. */
  onInitialize() {},

  /** Your modules are started: load what you need from them. Traffic follows. */
  onStarted() {
    logger.info("server.ts is started");
  },

  /** `kill -USR1 <pid>`: for what you want done without a reload. */
  onUserReload() {},

  /** The server stops; `error` is true when it dies of an error of its own. */
  onTerminated(error) {
    logger.info(error ? "server.ts ends after an error" : "server.ts ends");
  },
};

export const sipEvents: SipEvents = {
  /** Every request, but for retransmissions and CANCEL, which OverSIP deals with. */
  async onRequest(request) {
    logger.info(`${request.method} from ${request.from.uri} to ${request.ruri}`, {
      transport: request.transport,
      source: `${request.sourceIp}:${request.sourcePort}`,
      callId: request.callId,
    });

    // A request that went in circles is answered 483 (RFC 3261 section 16.3).
    if (!request.checkMaxForwards(10)) {
      return;
    }

    // We take every client for one behind NAT: answers go to where its request
    // came from, and its later requests and calls come back over this connection.
    request.fixNat();

    if (request.inDialog) {
      await routeInDialog(request);
    } else {
      await routeInitial(request);
    }
  },

  /** A client did its TLS handshake; `connection.close()` refuses it. */
  onClientTlsHandshake(connection, _certificates) {
    logger.debug(`TLS client ${connection.remoteDescription}`);
  },

  /** We did a TLS handshake with a server; `connection.close()` refuses it. */
  onServerTlsHandshake(connection, _certificates) {
    logger.debug(`TLS server ${connection.remoteDescription}`);
  },
};

export const webSocketEvents: WebSocketEvents = {
  /**
   * A browser wants to connect. Look at its cookies or at the URI, and refuse
   * with `connection.httpReject(403)`; what you put into `connection.cvars` is
   * there in each of its requests.
   */
  onConnection(connection, httpRequest) {
    logger.info(`WebSocket from ${connection.remoteDescription}`, { origin: httpRequest.origin });
  },

  onDisconnection(connection, clientClosed) {
    logger.info(`WebSocket of ${connection.remoteDescription} is closed`, { clientClosed });
  },
};

/** Requests inside of a call: they carry the Route that we put into the call's first request. */
async function routeInDialog(request: SipRequest): Promise<void> {
  // Simple clients leave the Route out; their Request-URI leads to the other side, unless it names us.
  if (request.looseRoute() || !request.destinationMyself()) {
    await new SipProxy("proxy_in_dialog").route(request);
  } else if (request.method !== "ACK") {
    // Nobody may answer an ACK (RFC 3261 section 17).
    request.reply(403, "In-dialog Request without Route to this Server");
  }
}

/** Requests that begin something: a call, a registration, a message. */
async function routeInitial(request: SipRequest): Promise<void> {
  // Only Routes that lead through this server are taken; with others, strangers would choose our way.
  if (request.looseRoute()) {
    if (request.method !== "ACK") {
      request.reply(403, "Pre-loaded Route not Allowed");
    }

    return;
  }

  // Registrars that do not know Path (RFC 3327) have the way back in the Contact instead: see below.
  outboundMangling.extractOutboundFromRuri(request);

  // To a client of ours, over the connection that it registered on.
  if (request.incomingOutboundRequested) {
    await new SipProxy("proxy_to_users").route(request);

    return;
  }

  if (request.destinationMyself()) {
    answerForMyself(request);

    return;
  }

  await routeOut(request);
}

/** This server is no phone: it tells that it is there, and has nobody to ring. */
function answerForMyself(request: SipRequest): void {
  if (request.method === "OPTIONS") {
    request.reply(200, "OK");
  } else if (request.method !== "ACK") {
    request.reply(404, "Nobody Here");
  }
}

/** From a client of ours to the world. */
async function routeOut(request: SipRequest): Promise<void> {
  const proxy = new SipProxy("proxy_out");

  if (request.method === "REGISTER") {
    outboundMangling.addOutboundToContact(proxy);
    // The registrar checked the password: from now on the connection speaks for this user.
    proxy.onSuccessResponse(() => {
      userAssertion.assertConnection(request);
    });
  } else {
    // P-Asserted-Identity (RFC 3325) for users whose connection is asserted; taken away from all others.
    userAssertion.addPai(request);
  }

  proxy.onError((status, reason, code) => {
    logger.info(`${request.method} to ${request.ruri} failed: ${status} ${reason}`, { code });
  });

  await proxy.route(request);
}
