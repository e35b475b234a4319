/**
 * Keeps scanners away: programs that try all the addresses of the Internet for
 * SIP servers, then users, then passwords. To answer them, be it with 403,
 * tells them that there is something to attack.
 *
 *     scanner  ->  OverSIP     everybody else  <->  OverSIP  <->  PBX
 */
import { logger, type SipEvents, SipProxy, type SipRequest } from "oversip";

const PBX = {
  host: process.env["PBX_HOST"] ?? "127.0.0.1",
  port: Number(process.env["PBX_PORT"] ?? 5080),
};

/** How the best known ones call themselves in User-Agent; sipvicious says "friendly-scanner". */
const SCANNERS = [
  "friendly-scanner",
  "sipvicious",
  "sipcli",
  "sip-scan",
  "sipsak",
  "sundayddr",
  "iwar",
  "vaxsipuseragent",
];

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (isScanner(request)) {
      drop(request);

      return;
    }

    if (!request.checkMaxForwards(70)) {
      return;
    }

    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("proxy_in_dialog").route(request);
    } else {
      await new SipProxy("proxy_to_pbx").route(request, PBX);
    }
  },
};

function isScanner(request: SipRequest): boolean {
  const userAgent = request.header("User-Agent")?.toLowerCase() ?? "";

  return SCANNERS.some((name) => userAgent.includes(name));
}

/**
 * Over UDP, silence: nothing is answered that is neither routed nor replied to.
 * The sender's address is not remembered. It may be forged, and so anybody
 * could have anybody else locked out. A TCP, TLS or WebSocket connection is
 * closed; its address is real, and can be given to a firewall from here.
 */
function drop(request: SipRequest): void {
  const isClosed = request.closeConnection();

  logger.notice(
    `scanner at ${request.connection.remoteDescription} by ${request.transport}: ${isClosed ? "connection closed" : "not answered"}`,
  );
}
