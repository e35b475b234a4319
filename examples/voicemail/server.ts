/**
 * Serial forking to voicemail: a call rings at the phone, and goes to the
 * voicemail server when the phone is busy (486), does not answer for some
 * seconds, or cannot be reached at all.
 *
 *     caller  <->  OverSIP  <->  phone, else voicemail
 */
import { logger, type SipEvents, SipProxy, type SipRequest } from "oversip";

const VOICEMAIL = {
  host: process.env["VOICEMAIL_HOST"] ?? "127.0.0.1",
  port: Number(process.env["VOICEMAIL_PORT"] ?? 5080),
};

/** Busy, not there, not answering; 6xx and the like say that the caller is not wanted, by voicemail neither. */
const TO_VOICEMAIL: ReadonlySet<number> = new Set([408, 480, 486]);

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("proxy_in_dialog").route(request);
    } else if (request.method === "INVITE") {
      await routeCall(request);
    } else {
      await new SipProxy("proxy_to_phones").route(request);
    }
  },
};

async function routeCall(request: SipRequest): Promise<void> {
  const user = request.ruri.user ?? "";
  const phone = new SipProxy("proxy_to_phones");
  let why: string | undefined;

  // Drops what would go to the caller, and remembers why: the call goes on. These callbacks run one after the other for
  // one call, and never once it was canceled.
  const goOn = (status: number, reason: string): void => {
    if (TO_VOICEMAIL.has(status)) {
      why = `${status} ${reason}`;
      phone.dropResponse();
    }
  };

  phone.onFailureResponse((response) => goOn(response.statusCode, response.reasonPhrase));
  // Timer C: it rang for `timer_C` seconds. The phone is told by CANCEL.
  phone.onInviteTimeout(() => goOn(408, "No Answer"));
  // Timer B: it did not even ring.
  phone.onError((status, reason) => goOn(status, reason));

  await phone.route(request);

  if (why !== undefined) {
    logger.info(`${request.callId}: ${user} ${why}, goes to voicemail`);
    // The voicemail server learns whose box it is (RFC 4458), and why.
    request.ruri.setParam("target", `sip:${user}%40${request.ruri.host}`);
    request.ruri.setParam("cause", why.slice(0, 3));
    await new SipProxy("proxy_to_voicemail").route(request, VOICEMAIL);
  }
}
