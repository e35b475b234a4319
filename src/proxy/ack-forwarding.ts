/** The ACK of a 2xx is passed on without a transaction and without an answer (RFC 3261 sections 16 and 16.11). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { SipRequest } from "../message/sip-request.ts";
import { ResolutionError } from "../resolver/resolver.ts";
import type { Target } from "../transport/target.ts";
import { type AttemptOptions, planAttempt } from "./attempt.ts";
import type { NextHop } from "./next-hop.ts";
import type { RequestContext } from "./request-context.ts";
import { copyForForwarding, type ForwardingPlan } from "./request-forwarding.ts";
import { RoutingError } from "./routing-error.ts";
import { targetOfFlow } from "./target-choice.ts";

/** Why the ACK was not sent; undefined when it was handed to the transport. */
export type AckResult = RoutingError | undefined;

/** @param request as the user's code left it, the Routes of this server removed. */
export function forwardAck(
  request: SipRequest,
  context: RequestContext,
  profile: ProxyProfile,
  hop: NextHop,
): AckResult | Promise<AckResult> {
  const { environment, received } = context;
  const plan: ForwardingPlan = { context, profile, hop, isOutgoingOutbound: false };
  const branch = environment.loopDetection.ackBranch(received);
  const options: AttemptOptions = {
    environment,
    profile,
    flow: hop.flow,
    user: { makeRequest: (flow) => copyForForwarding(request, plan, flow, branch) },
    mayChangeTransport: true,
  };

  if (hop.flow !== undefined || hop.query === undefined) {
    return hop.flow === undefined ? undefined : sendToFirst([targetOfFlow(hop.flow)], options);
  }

  const found = environment.resolver.resolve(hop.query, profile);

  return found instanceof Promise
    ? found.then((result) => sendToTargets(result, options))
    : sendToTargets(found, options);
}

function sendToTargets(found: readonly Target[] | ResolutionError, options: AttemptOptions): AckResult {
  return found instanceof ResolutionError
    ? new RoutingError(found.status, found.reason, found.code)
    : sendToFirst(found, options);
}

/** To the first target that this server has a way to. Nobody says whether it arrives. */
function sendToFirst(targets: readonly Target[], options: AttemptOptions): AckResult {
  let error: AckResult;

  for (const target of targets) {
    const attempt = planAttempt(target, options);

    if (!(attempt instanceof RoutingError)) {
      const { fallback } = attempt;

      attempt.flow.sendText(
        attempt.request.toRawText(),
        fallback && (() => sendToFirst([fallback], { ...options, mayChangeTransport: false })),
      );

      return undefined;
    }

    error = attempt;
  }

  return error;
}
