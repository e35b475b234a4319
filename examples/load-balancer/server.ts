/**
 * A load balancer: what has one Call-ID goes to one application server, and
 * what belongs to a dialog to the server that has it.
 *
 *     callers  <->  OverSIP  <->  application servers
 *
 * Nothing is kept here: which server comes first for a call follows from its
 * Call-ID, so that several OverSIPs choose alike, and so does one after a
 * restart. A server that is gone loses its own calls to the others, and moves no others.
 */
import { createHash } from "node:crypto";
import { logger, type SipEvents, SipProxy, type SipRequest } from "oversip";

/** Addresses such as "192.0.2.31:5060", with commas between. */
const SERVERS = (process.env["SERVERS"] ?? "127.0.0.1:5081,127.0.0.1:5082,127.0.0.1:5083").split(",");

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    // The Record-Route of this server brings it here, the Contact of the application server is its Request-URI.
    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("proxy_in_dialog").route(request);
    } else {
      await balance(request);
    }
  },
};

async function balance(request: SipRequest): Promise<void> {
  const candidates = preferenceOf(request.callId);

  for (const [index, server] of candidates.entries()) {
    const [host = "", port] = server.split(":");
    const proxy = new SipProxy("proxy_to_servers");
    const isLast = index === candidates.length - 1;
    let isPassedOver = false;

    // Nothing came back, it is on the blacklist, or it answered 503: the next one gets the call.
    proxy.onError((status, reason) => {
      logger.warn(`${server} does not take ${request.method} ${request.callId}: ${status} ${reason}`);

      if (!isLast) {
        isPassedOver = true;
        proxy.dropResponse();
      }
    });

    const result = await proxy.route(request, { host, port: Number(port ?? 5060) });

    if (!isPassedOver) {
      logger.info(`${request.method} ${request.callId} to ${server}: ${result.outcome}`);

      return;
    }
  }
}

/** All servers, the one of this Call-ID first: by the highest hash of both ("rendezvous hashing"). */
function preferenceOf(callId: string): string[] {
  const weighed = SERVERS.map((server) => ({
    server,
    weight: createHash("sha256").update(`${callId} ${server}`).digest("hex"),
  }));

  return weighed.sort((a, b) => (a.weight < b.weight ? 1 : -1)).map(({ server }) => server);
}
