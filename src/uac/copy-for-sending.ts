/** Makes the request that goes to one target (RFC 3261 section 8.1.1). */
import { type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { RequestContext } from "../proxy/request-context.ts";
import { adaptToStrictRouter, addVia, forwardedMaxForwards } from "../proxy/request-forwarding.ts";
import { OwnRouteFindings, removeOwnRoutes } from "../proxy/route-preprocessing.ts";
import type { Flow } from "../transport/flow.ts";
import { URI_TRANSPORT } from "../transport/transport-protocol.ts";
import type { SendingPlan } from "./sending-plan.ts";

const MAX_FORWARDS: HeaderName = resolveHeaderName("Max-Forwards");
const SIPS = /^\s*<?sips:/i;

/** @param request as the user's code has it now. */
export function copyForSending(request: SipRequest, plan: SendingPlan, flow: Flow): SipRequest {
  const { environment, hop, received } = plan;
  const copy = request.clone();

  if (received === undefined) {
    addContact(copy, flow);
  } else {
    takeOver(copy, request, received);
  }

  removeOwnRoutes(copy, environment.ownRoutes, new OwnRouteFindings());

  if (hop.isStrictRouter) {
    adaptToStrictRouter(copy);
  }

  addVia(copy, flow, environment.loopDetection.newBranch());

  return copy;
}

/**
 * This server is the client of the copy: nobody before it gets its responses
 * (Via) or is in its dialog (Record-Route).
 */
function takeOver(copy: SipRequest, request: SipRequest, received: RequestContext): void {
  copy.deleteHeader("Via");
  copy.deleteHeader("Record-Route");
  copy.replaceRawTopValue(MAX_FORWARDS, String(forwardedMaxForwards(request, received)));
}

/** RFC 3261 section 8.1.1.8: what can make a dialog MUST have a Contact, with `sips` where the way is `sips`. */
function addContact(copy: SipRequest, flow: Flow): void {
  if (!copy.dialogForming || copy.hasHeader("Contact")) {
    return;
  }

  const isSecure = SIPS.test(copy.requestUriText) || SIPS.test(copy.header("Route") ?? "");
  const transport = URI_TRANSPORT[flow.transport];
  const parameter = isSecure && transport === "tls" ? "" : `;transport=${transport}`;

  copy.appendHeader(
    "Contact",
    `<${isSecure ? "sips" : "sip"}:oversip@${flow.listeningPoint.sentBy}${parameter}>`,
  );
}
