/**
 * An edge proxy in front of a registrar that does not know Path (RFC 3327):
 * the token of the client's connection travels in the Contact instead.
 *
 *     client -> OverSIP    REGISTER, Contact: <sip:alice@10.0.0.7>
 *     OverSIP -> registrar REGISTER, Contact: <sip:alice@10.0.0.7;ov-ob=TOKEN>
 *     registrar -> OverSIP INVITE sip:alice@10.0.0.7;ov-ob=TOKEN
 *     OverSIP -> client    INVITE sip:alice@10.0.0.7, over that connection
 *
 * The registrar has to send all calls for its users here: it needs this server
 * as its outbound proxy.
 */
import { outboundMangling, type SipEvents, SipProxy, type SipRequest } from "oversip";

const REGISTRAR = {
  host: process.env["REGISTRAR_HOST"] ?? "127.0.0.1",
  port: Number(process.env["REGISTRAR_PORT"] ?? 5060),
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
  // The remote target of a dialog is the Contact as the client wrote it, without a token; its Record-Route has one.
  if (request.looseRoute()) {
    await new SipProxy("proxy_in_dialog").route(request);
  } else if (request.method !== "ACK") {
    request.reply(403, "In-dialog Request without Route to this Server");
  }
}

async function routeInitial(request: SipRequest): Promise<void> {
  if (request.looseRoute()) {
    request.reply(403, "Pre-loaded Route not Allowed");

    return;
  }

  // Takes ov-ob off the Request-URI. A token that this server did not make decides nothing.
  outboundMangling.extractOutboundFromRuri(request);

  if (request.incomingOutboundRequested) {
    await new SipProxy("proxy_to_users").route(request);
  } else if (request.method === "REGISTER") {
    const proxy = new SipProxy("proxy_register");

    // Puts the token into the Contact, and takes it off the Contacts of the answer.
    outboundMangling.addOutboundToContact(proxy);
    await proxy.route(request, REGISTRAR);
  } else {
    await new SipProxy("proxy_to_registrar").route(request, REGISTRAR);
  }
}
