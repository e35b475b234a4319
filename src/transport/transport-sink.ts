/** What the transport layer delivers upward. The transaction layer implements it. */
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "./flow.ts";

export interface TransportSink {
  /** A well-formed request, `received` and `rport` of its topmost Via set (RFC 3261 section 18.2.1, RFC 3581). */
  receiveRequest(request: SipRequest, flow: Flow): void;

  /** A well-formed response whose topmost Via names this server. */
  receiveResponse(response: SipResponse, flow: Flow): void;

  /** A connection was closed or could not be opened. Once for each; never for UDP. */
  flowClosed(flow: Flow): void;
}
