/**
 * The `server.ts` that the sipp scenarios call through. The Request-URI says
 * what it does with an initial request: `case` names it in what is printed,
 * `profile` is the section of proxies.conf, `next` the address that is tried
 * after a 486.
 */
export const SIPP_USER_LOGIC = `
import { type SipEvents, SipProxy, type SipRequest } from "oversip";

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("in_dialog").route(request);
    } else {
      await routeInitial(request);
    }
  },
};

async function routeInitial(request: SipRequest) {
  const next = request.ruri.getParam("next");
  const tell = (what: string) => console.log("> " + request.ruri.getParam("case") + ": " + what);
  const proxy = new SipProxy(request.ruri.getParam("profile") ?? "default_proxy");

  proxy.onTarget(({ transport, ipType }) => tell("target " + transport + " " + ipType));
  proxy.onProvisionalResponse((response) => tell("provisional " + response.statusCode));
  proxy.onSuccessResponse((response) => {
    const { statusCode, transport } = response;

    tell("success " + statusCode + " over " + transport + ", Record-Routes: " + response.headerAll("Record-Route").length);
  });
  proxy.onFailureResponse((response) => {
    tell("failure " + response.statusCode);

    if (next && response.statusCode === 486) {
      proxy.dropResponse();
    }
  });
  proxy.onCanceled(() => tell("canceled"));
  proxy.onInviteTimeout(() => tell("INVITE timeout"));
  proxy.onError((status, _reason, code) => tell("error " + status + " " + code));

  const result = await proxy.route(request);

  tell("outcome " + result.outcome);

  if (next && result.outcome === "response" && result.response.statusCode === 486) {
    const [host, port] = next.split(":");
    const second = new SipProxy();

    second.onSuccessResponse((response) => tell("second success " + response.statusCode));
    await second.route(request, { host, port: Number(port) });
  }
}
`;

export const SIPP_PROFILES = `default_proxy:
  use_blacklist: no
in_dialog:
  use_blacklist: no
  use_srv: no
patience_8_seconds:
  use_blacklist: no
  timer_C: 8
deaf_after_2_seconds:
  use_blacklist: no
  timer_B: 2
`;

/** How often each line was printed for a case, in the order of the first of each. */
export function tellings(marked: readonly string[], caseName: string): Record<string, number> {
  const counts: Record<string, number> = {};

  for (const line of marked) {
    if (line.startsWith(`${caseName}: `)) {
      const what = line.slice(caseName.length + 2);

      counts[what] = (counts[what] ?? 0) + 1;
    }
  }

  return counts;
}
