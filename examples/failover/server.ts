/**
 * Failover by DNS (RFC 3263): calls go to the gateways that the SRV records of
 * one name list, by priority and weight. One that fails is passed over for the
 * call at hand, and skipped by the next ones until its time on the blacklist is over.
 *
 *     caller  <->  OverSIP  <->  gateway-1, gateway-2 | gateway-3
 *
 * None of it is code: proxies.conf says how long what is waited for.
 */
import { logger, type SipEvents, SipProxy, type SipRequest } from "oversip";

/** Has SRV records: _sip._udp, _sip._tcp, or _sips._tcp. */
const GATEWAYS = process.env["GATEWAYS"] ?? "gateways.example.test";

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    if (request.looseRoute() || request.inDialog) {
      await routeInDialog(request);
    } else {
      await routeInitial(request);
    }
  },
};

/** What belongs to a call goes to the gateway that has it: to no other, whether that one is well or not. */
async function routeInDialog(request: SipRequest): Promise<void> {
  const proxy = new SipProxy("proxy_in_dialog");

  proxy.onSuccessResponse(() => logger.info(`${request.callId} ${request.method} done`));
  proxy.onError((status, reason) =>
    logger.notice(`${request.callId} ${request.method} not delivered: ${status} ${reason}`),
  );
  await proxy.route(request);
}

async function routeInitial(request: SipRequest): Promise<void> {
  const proxy = new SipProxy("proxy_to_gateways");
  const gateway = () => `${proxy.currentTarget?.ip}:${proxy.currentTarget?.port}`;

  // Once for each gateway that is tried for this call.
  proxy.onTarget(() => logger.info(`${request.callId} tries ${gateway()}`));
  proxy.onProvisionalResponse(() => logger.info(`${request.callId} proceeds at ${gateway()}`));
  proxy.onSuccessResponse(() => logger.info(`${request.callId} answered by ${gateway()}`));
  // Only when there is no gateway left to try.
  proxy.onError((status, reason) => logger.error(`${request.callId} failed: ${status} ${reason}`));
  await proxy.route(request, { host: GATEWAYS });
}
