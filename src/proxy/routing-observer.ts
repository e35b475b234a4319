/** The user's code on one act of routing, as the core sees it. */
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { RoutingError } from "./routing-error.ts";

/** How the act of routing ended. */
export type RoutingEnd<Response> =
  | { readonly outcome: "response"; readonly response: Response }
  | { readonly outcome: "error"; readonly error: RoutingError }
  | { readonly outcome: "canceled" };

/** The user's code on an act of routing. What a method returns is waited for; none of them throws or rejects. */
export interface RoutingObserver<Response extends SipResponse> {
  /** Makes of a received response what the callbacks are given and what goes upstream. */
  createResponse(received: SipResponse, flow: Flow): Response;
  /** Whether there are callbacks for a 2xx. */
  readonly seesSuccesses: boolean;
  provisionalResponse(response: Response): Promise<void> | undefined;
  successResponse(response: Response): Promise<void> | undefined;
  failureResponse(response: Response): Promise<void> | undefined;
  canceled(): void;
  inviteTimedOut(): Promise<void> | undefined;
  routingFailed(error: RoutingError): Promise<void> | undefined;
  targetChosen(target: Target): Promise<void> | undefined;
  /** Once. */
  routingEnded(end: RoutingEnd<Response>): void;
}
