/** Record-Route of requests that this server wants to see the dialog of (RFC 3261 section 16.6 step 4). */
import type { SipRequest } from "../message/sip-request.ts";

export interface RecordRoutingPolicy {
  /** Record-Route on initial INVITE, SUBSCRIBE and REFER, and on every NOTIFY. */
  readonly doRecordRouting: boolean;
  /** Record-Route on every request; needs `doRecordRouting`. */
  readonly recordRouteAll: boolean;
}

/** Whether the request gets a Record-Route (RFC 6665 section 4.3 for NOTIFY). */
export function needsRecordRoute(request: SipRequest, policy: RecordRoutingPolicy): boolean {
  if (!policy.doRecordRouting) {
    return false;
  }

  return (
    policy.recordRouteAll ||
    request.method === "NOTIFY" ||
    (request.dialogForming && request.toTag === undefined)
  );
}

/** The value that brings in-dialog requests back to this server. */
export function recordRouteValue(sentBy: string, transport: string): string {
  // RFC 3261 section 19.1.2: UDP is what a SIP URI without a transport parameter means.
  return transport === "udp" ? `<sip:${sentBy};lr>` : `<sip:${sentBy};transport=${transport};lr>`;
}
