/** One way to try one target: the flow, and the request as it is sent there. */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { Logger } from "../log/logger.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import { type RoutingError, UNFORWARDABLE_REQUEST } from "./routing-error.ts";
import type { RoutingUser } from "./routing-user.ts";
import { fitsDatagram, flowlessError, withTlsPolicy } from "./target-choice.ts";

export interface Attempt {
  readonly target: Target;
  readonly flow: Flow;
  readonly request: SipRequest;
  /** What is tried when this fails, before any other target. */
  readonly fallback: Target | undefined;
}

export interface AttemptOptions {
  readonly environment: ProxyEnvironment;
  readonly profile: ProxyProfile;
  /** The only way to the target, where the user or a flow token chose it. */
  readonly flow: Flow | undefined;
  /** Makes the request for the flow that it is to go down. */
  readonly user: Pick<RoutingUser, "makeRequest">;
  /** False for the second try. */
  readonly mayChangeTransport: boolean;
}

/**
 * @returns `UNFORWARDABLE_REQUEST`, with the cause in the log, when the user's
 * code has made of the request what no copy can be made of; another error when
 * this server has no way to the target.
 */
export function planAttempt(target: Target, options: AttemptOptions): Attempt | RoutingError {
  const { environment, profile, flow, user } = options;

  try {
    return flow === undefined
      ? planOwnFlow(withTlsPolicy(target, profile), options)
      : { target, flow, request: user.makeRequest(flow), fallback: undefined };
  } catch (error) {
    environment.logger.error(error);

    return UNFORWARDABLE_REQUEST;
  }
}

/**
 * Chooses between UDP and TCP (RFC 3261 section 18.1.1): a request that is too
 * large for a datagram takes TCP, and UDP after all when TCP fails.
 */
function planOwnFlow(target: Target, options: AttemptOptions): Attempt | RoutingError {
  const { transports, blacklist } = options.environment;
  const flow = transports.flowTo(target);

  if (flow === undefined) {
    return flowlessError(target, transports.listeningPoints);
  }

  const request = options.user.makeRequest(flow);

  if (!options.mayChangeTransport || target.transport !== "udp" || fitsDatagram(request)) {
    return { target, flow, request, fallback: undefined };
  }

  const streamTarget: Target = { ...target, transport: "tcp" };
  // Where TCP has just failed it is not tried again for each large request.
  const streamFlow = blacklist.find(streamTarget) === undefined ? transports.flowTo(streamTarget) : undefined;

  return streamFlow === undefined
    ? { target, flow, request, fallback: undefined }
    : {
        target: streamTarget,
        flow: streamFlow,
        request: options.user.makeRequest(streamFlow),
        fallback: target,
      };
}

/** PERF: the line is built only where it is written (benchmarks/proxy/forward-call.ts). */
export function logAttempt({ target, request }: Attempt, logger: Logger): void {
  if (logger.isEnabled("debug")) {
    const { transport, ip, port } = target;

    logger.debug("request forwarded", {
      method: request.method,
      callId: request.callId,
      target: `${transport}:${ip}:${port}`,
    });
  }
}
