/** One way to try one target: the flow, and the request as it is sent there. */
import type { Logger } from "../log/logger.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import { fitsDatagram } from "./target-choice.ts";

export interface Attempt {
  readonly target: Target;
  readonly flow: Flow;
  readonly request: SipRequest;
  /** What is tried when this fails, before any other target. */
  readonly fallback: Target | undefined;
}

/**
 * Chooses between UDP and TCP (RFC 3261 section 18.1.1): a request that is too
 * large for a datagram takes TCP, and UDP after all when TCP fails.
 *
 * @param mayChangeTransport false for the second try.
 * @returns undefined when this server has no way to the target.
 */
export function planAttempt(
  target: Target,
  environment: ProxyEnvironment,
  makeRequest: (flow: Flow) => SipRequest,
  mayChangeTransport: boolean,
): Attempt | undefined {
  const { transports, blacklist } = environment;
  const flow = transports.flowTo(target);

  if (flow === undefined) {
    return undefined;
  }

  const request = makeRequest(flow);

  if (!mayChangeTransport || target.transport !== "udp" || fitsDatagram(request)) {
    return { target, flow, request, fallback: undefined };
  }

  const streamTarget: Target = { ...target, transport: "tcp" };
  // Where TCP has just failed it is not tried again for each large request.
  const streamFlow = blacklist.find(streamTarget) === undefined ? transports.flowTo(streamTarget) : undefined;

  return streamFlow === undefined
    ? { target, flow, request, fallback: undefined }
    : { target: streamTarget, flow: streamFlow, request: makeRequest(streamFlow), fallback: target };
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
