/**
 * P-Asserted-Identity (RFC 3325) for users who have proved who they are once:
 * the registrar checks the password of the first REGISTER, and from then on
 * their connection speaks for them.
 */
import { type SipEvents, SipProxy, type SipRequest, userAssertion } from "oversip";

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
  } else {
    await routeToRegistrar(request);
  }
}

async function routeToRegistrar(request: SipRequest): Promise<void> {
  const proxy = new SipProxy("proxy_to_registrar");

  // The identity of the connection where From is the user that it was asserted for. What a client itself wrote
  // into P-Asserted-Identity never gets past this line.
  userAssertion.addPai(request);

  // The user has registered for herself: what the registrar checked is the name in From.
  if (request.method === "REGISTER" && request.from.uri === request.to.uri) {
    proxy.onSuccessResponse(() => {
      if (isGoodbye(request)) {
        userAssertion.revokeAssertion(request);
      } else {
        userAssertion.assertConnection(request);
      }
    });
  }

  await proxy.route(request, REGISTRAR);
}

/** Whether a REGISTER takes a binding away. */
function isGoodbye(request: SipRequest): boolean {
  return request.header("Expires") === "0" || /;\s*expires=0\b/i.test(request.contactParams ?? "");
}
