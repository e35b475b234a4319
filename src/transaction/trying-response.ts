/** The 100 that a transaction sends by itself (RFC 3261 sections 17.2.1 and 17.2.2, RFC 4320 section 4.1). */
import { buildResponse } from "../message/response-builder.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

/** RFC 3261 section 8.2.6.1: without To tag, with the Timestamp of the request. */
export function buildTrying(request: SipRequest): SipResponse {
  const timestamp = request.header("Timestamp");

  return buildResponse(request, {
    statusCode: 100,
    extraHeaders: timestamp === undefined ? undefined : [`Timestamp: ${timestamp}`],
  });
}
