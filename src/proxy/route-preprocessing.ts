/**
 * Removal of the Routes that brought a request here (RFC 3261 section 16.4),
 * those of strict routers included, and what they say of the flow that the
 * request is to take (RFC 5626 section 5.3).
 */
import { parseAddressValues } from "../grammar/address-value.ts";
import { allValues } from "../message/header-edits.ts";
import { type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import { DEFAULT_PORT } from "../transport/default-port.ts";
import type { Flow } from "../transport/flow.ts";
import type { LocalIdentity, OwnRoutes, RouteOrigin } from "./own-routes.ts";
import { lineOf } from "./response-forwarding.ts";

const ROUTE: HeaderName = resolveHeaderName("Route");
/** More than any honest request brings at a time: two for each time that it passed this server. */
const MAX_REMOVED_SINGLY = 16;
const LR = /;lr\b/i;
const MADDR = /;maddr=/i;

/** What the Routes of this server said. */
export class OwnRouteFindings {
  /** How many Routes of this server there were. */
  removedCount = 0;
  /** The user part of the last one: a flow token, or what somebody wrote there. */
  flowToken: string | undefined = undefined;
  /** Whose the last one is; "local" when there was none. */
  origin: RouteOrigin = "local";
  /** Whether one of them has `ob`. */
  isOutboundAsked = false;
}

/** Removes the topmost Routes that are this server's, and adds what they say to `findings`. */
export function removeOwnRoutes(request: SipRequest, ownRoutes: OwnRoutes, findings: OwnRouteFindings): void {
  // PERF: most requests that begin something have no Route.
  if (!request.hasHeader("Route")) {
    return;
  }

  undoStrictRouting(request, ownRoutes);
  removeKnownLines(request, ownRoutes, findings);

  if (lineOf(request, ROUTE) === undefined) {
    return;
  }

  const values = allValues(request.lines, ROUTE);
  let count = 0;

  for (const text of values) {
    if (ownRoutes.isKnownValue(text)) {
      findings.flowToken = undefined;
      findings.origin = "proven";
    } else if (!examine(text, ownRoutes, findings)) {
      break;
    }

    count++;
  }

  findings.removedCount += count;

  if (count > MAX_REMOVED_SINGLY) {
    // SECURITY: one by one, a line of thousands would be read and written as often.
    request.setHeader("Route", values.slice(count));

    return;
  }

  for (let i = 0; i < count; i++) {
    // What is left of the line stays as it was spelled.
    request.removeRawTopValue(ROUTE);
  }
}

/**
 * Those of the topmost Routes that this server has handed out and that stand on lines of their own.
 * PERF: mostly that is all there is, and nothing has to be split (benchmarks/proxy/forward-call.ts).
 */
function removeKnownLines(request: SipRequest, ownRoutes: OwnRoutes, findings: OwnRouteFindings): void {
  for (let count = 0; count < MAX_REMOVED_SINGLY; count++) {
    const line = lineOf(request, ROUTE);

    if (line === undefined || !ownRoutes.isKnownValue(line.rawValue)) {
      return;
    }

    findings.flowToken = undefined;
    findings.origin = "proven";
    findings.removedCount++;
    request.removeRawTopLine(ROUTE);
  }
}

/** False when the Route is not this server's. */
function examine(text: string, ownRoutes: OwnRoutes, findings: OwnRouteFindings): boolean {
  const route = parseAddressValues([text], ROUTE.canonical)[0]?.nameAddr;
  const origin = route === undefined ? "foreign" : ownRoutes.originOf(route);

  if (route === undefined || origin === "foreign") {
    return false;
  }

  // RFC 5658: of two, the last one is for the side that the request leaves by.
  findings.flowToken = route.user;
  findings.origin = origin;
  findings.isOutboundAsked ||= route.hasOb;

  return true;
}

/**
 * Puts the remote target of a request that a strict router sent here back
 * into the Request-URI: such a router puts our own Record-Route there and the
 * remote target at the end of the Route.
 */
function undoStrictRouting(request: SipRequest, ownRoutes: OwnRoutes): void {
  // PERF: a remote target has no `lr`, and is not parsed here.
  if (!LR.test(request.requestUriText)) {
    return;
  }

  const { ruri } = request;

  if (!ruri.isSip || !ruri.hasLr || ownRoutes.originOf(ruri) === "foreign") {
    return;
  }

  const values = request.headerAll("Route");
  const last = request.routes.at(-1);

  if (last !== undefined) {
    // Our own Record-Route was the topmost Route: it stays the first to be looked at.
    const own = `<${ruri.uri}>`;

    request.ruri = last.uri;
    request.setHeader("Route", [own, ...values.slice(0, -1)]);
  }
}

/**
 * A `maddr` in the Request-URI that names the listening point that the request
 * came to has done its work (RFC 3261 section 16.4).
 */
export function stripOwnMaddr(request: SipRequest, flow: Flow, local: LocalIdentity): void {
  // PERF: hardly any request has it.
  if (!MADDR.test(request.requestUriText)) {
    return;
  }

  const { ruri } = request;
  const maddr = ruri.getParam("maddr");
  const transport = ruri.transportParam ?? (ruri.scheme === "sips" ? "tls" : "udp");
  const port = ruri.port ?? DEFAULT_PORT[flow.transport];

  if (
    typeof maddr === "string" &&
    transport === flow.transport &&
    port === flow.listeningPoint.port &&
    local.isLocal(maddr, port)
  ) {
    ruri.deleteParam("maddr");
    ruri.deleteParam("transport");
    ruri.port = undefined;
  }
}
