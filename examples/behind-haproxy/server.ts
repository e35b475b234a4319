/**
 * TLS ends at haproxy, which passes the bytes on with the PROXY protocol: the
 * certificates are its business, and each client is still seen by its own address.
 *
 *     phone  <-TLS->  haproxy  <-TCP, PROXY protocol->  OverSIP  <->  PBX
 */
import { logger, type SipEvents, SipProxy } from "oversip";

const PBX = {
  host: process.env["PBX_HOST"] ?? "127.0.0.1",
  port: Number(process.env["PBX_PORT"] ?? 5080),
};

export const sipEvents: SipEvents = {
  async onRequest(request) {
    // "tls", and what is behind haproxy: as if the phone had connected here.
    const { sourceIp, sourcePort, transport } = request;

    logger.info(`${request.method} of ${sourceIp}:${sourcePort} by ${transport}`);

    if (!request.checkMaxForwards(70)) {
      return;
    }

    request.fixNat();

    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("proxy_in_dialog").route(request);
    } else {
      await new SipProxy("proxy_to_pbx").route(request, PBX);
    }
  },
};
