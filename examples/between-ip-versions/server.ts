/**
 * Between IPv6 and IPv4: callers that have one version only reach PBXs that
 * have only the other. The server listens on both and stands in the path of
 * every request of the call (RFC 6157 calls it a dual-stack proxy).
 *
 *     IPv6 caller  <-IPv6->  OverSIP  <-IPv4->  IPv4 PBX      and the other way round
 */
import { type SipEvents, SipProxy, type SipRequest } from "oversip";

const IPV4_PBX = destination(process.env["IPV4_PBX"] ?? "192.0.2.10:5060");
const IPV6_PBX = destination(process.env["IPV6_PBX"] ?? "[2001:db8::10]:5060");

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("proxy_in_dialog").route(request);
    } else {
      await routeInitial(request);
    }
  },
};

/**
 * Nothing is to be done but to route: where the versions differ, the server puts two Record-Routes into the request, one
 * for each side (RFC 5658), and sends each way from the address of the right version.
 */
async function routeInitial(request: SipRequest): Promise<void> {
  const pbx = request.sourceIpType === "ipv6" ? IPV4_PBX : IPV6_PBX;

  await new SipProxy("proxy_to_pbx").route(request, pbx);
}

/** @param text an address, IPv6 in brackets, and a port. */
function destination(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");

  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
