/** A `Uac` on a server in memory, with everything that it tells written down. */
import type { Destination } from "../../src/proxy/next-hop.ts";
import type { UacRequestData } from "../../src/uac/uac-request.ts";
import { ProxyHarness, type ProxyHarnessOptions } from "./proxy-harness.ts";

/** Lets promises settle. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export interface UacStartOptions extends ProxyHarnessOptions {
  readonly destination?: Destination;
  readonly extraHeaders?: readonly string[];
}

/** Sends a request; its target is 198.51.100.7:5062 over UDP unless `data` says otherwise. */
export function startUac(data: Partial<UacRequestData> = {}, options: UacStartOptions = {}) {
  const harness = new ProxyHarness(options);
  const { Uac, UacRequest } = harness.oversip;
  const events: string[] = [];
  const uac = new Uac()
    .onProvisionalResponse(({ statusCode }) => void events.push(`provisional ${statusCode}`))
    .onSuccessResponse(({ statusCode, toTag }) => void events.push(`success ${statusCode} ${toTag}`))
    .onFailureResponse(({ statusCode }) => void events.push(`failure ${statusCode}`))
    .onCanceled(() => void events.push("canceled"))
    .onInviteTimeout(() => void events.push("invite timeout"))
    .onError((status, reason, code) => void events.push(`error ${status} ${reason} ${code}`))
    .onTarget(({ transport, ip, port }) => void events.push(`target ${transport} ${ip} ${port}`));
  const request = new UacRequest(
    {
      method: "INVITE",
      ruri: "sip:bob@198.51.100.7:5062",
      fromTag: "mine",
      callId: "call-1",
      cseq: 7,
      ...data,
    },
    options.extraHeaders,
  );
  const result = uac.route(request, options.destination);

  return {
    harness,
    uac,
    request,
    result,
    events,
    callee: harness.flowTo("198.51.100.7", 5062),
  };
}
