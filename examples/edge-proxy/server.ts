/**
 * An edge proxy: browsers (WSS) and phones (UDP, TCP, TLS) on one side, a
 * registrar that knows Path (RFC 3327) on the other.
 *
 *     browser, phone  <->  OverSIP  <->  registrar
 *
 * The registrar keeps who is where; OverSIP keeps the connections, and the
 * registrar finds them again by the Path that OverSIP puts into each REGISTER.
 */
import { logger, type SipEvents, SipProxy, type SipRequest } from "oversip";

const REGISTRAR = {
  host: process.env["REGISTRAR_HOST"] ?? "127.0.0.1",
  port: Number(process.env["REGISTRAR_PORT"] ?? 5060),
};

export const sipEvents: SipEvents = {
  async onRequest(request) {
    logger.info(`${request.method} ${request.ruri} by ${request.transport}`);

    if (!request.checkMaxForwards(70)) {
      return;
    }

    // Every client may be behind NAT: what goes to it goes by the connection that it came on.
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
    const proxy = new SipProxy("proxy_in_dialog");

    proxy.onError((status, reason) => logger.notice(`${request.method} not delivered: ${status} ${reason}`));
    await proxy.route(request);
  } else if (request.method !== "ACK") {
    request.reply(403, "In-dialog Request without Route to this Server");
  }
}

async function routeInitial(request: SipRequest): Promise<void> {
  // Takes the Routes away that lead to this server, and learns from them which flow is meant. What remains
  // would lead elsewhere: only the registrar's own Path does that, and it ends here.
  if (request.looseRoute()) {
    request.reply(403, "Pre-loaded Route not Allowed");

    return;
  }

  // The Route is a Path that we made, with a token that nobody can forge: so the registrar asks us to pass this
  // on to one of our clients. A connection that is gone is answered 430 "Flow Failed" (RFC 5626 section 5.3.1).
  if (request.incomingOutboundRequested) {
    const proxy = new SipProxy("proxy_to_users");

    proxy.onError((status, reason) => logger.notice(`${request.method} not delivered: ${status} ${reason}`));
    await proxy.route(request);

    return;
  }

  // All else goes to the registrar: REGISTER, and calls to users that it knows.
  await new SipProxy("proxy_to_registrar").route(request, REGISTRAR);
}
