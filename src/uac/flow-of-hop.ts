/** The way for what is sent without a transaction: the ACK of a 2xx (RFC 3261 section 13.2.2.4). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { NextHop } from "../proxy/next-hop.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import { CONNECTION_ERROR, RoutingError } from "../proxy/routing-error.ts";
import { flowlessError, withTlsPolicy } from "../proxy/target-choice.ts";
import { ResolutionError } from "../resolver/resolver.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";

export type FlowOfHop = Flow | RoutingError;

/** The flow to the first target of a hop that can be reached, or why there is none. */
export function flowOfHop(
  hop: NextHop,
  environment: ProxyEnvironment,
  profile: ProxyProfile,
): FlowOfHop | Promise<FlowOfHop> {
  if (hop.flow !== undefined || hop.query === undefined) {
    return hop.flow ?? CONNECTION_ERROR;
  }

  const { resolver } = environment;
  const found = resolver.resolve(hop.query, profile);

  return found instanceof Promise
    ? found.then((result) => flowOfTargets(result, environment, profile))
    : flowOfTargets(found, environment, profile);
}

function flowOfTargets(
  found: readonly Target[] | ResolutionError,
  { transports }: ProxyEnvironment,
  profile: ProxyProfile,
): FlowOfHop {
  if (found instanceof ResolutionError) {
    return new RoutingError(found.status, found.reason, found.code);
  }

  let error = CONNECTION_ERROR;

  for (const target of found) {
    const flow = transports.flowTo(withTlsPolicy(target, profile));

    if (flow !== undefined) {
      return flow;
    }

    error = flowlessError(target, transports.listeningPoints);
  }

  return error;
}
