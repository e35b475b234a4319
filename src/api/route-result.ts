/** How `route` ended. */
import type { RoutingErrorCode } from "../proxy/routing-error.ts";
import type { IncomingResponse } from "./incoming-response.ts";

/**
 * - "response": the final response, whether it was sent upstream or dropped.
 * - "error": no response could be had.
 * - "canceled": the caller canceled the request, or is gone.
 * - "forwarded": an ACK was passed on, which has no response.
 */
export type RouteResult<Response = IncomingResponse> =
  | { readonly outcome: "response"; readonly response: Response }
  | {
      readonly outcome: "error";
      readonly status: number;
      readonly reason: string;
      readonly code: RoutingErrorCode;
    }
  | { readonly outcome: "canceled" }
  | { readonly outcome: "forwarded" };
