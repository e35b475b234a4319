/** The ACK of a 2xx, and the BYE after it: requests in the dialog that the 2xx made (RFC 3261 sections 12.2.1.1 and 13.2.2.4). */
import { Uri } from "../grammar/uri.ts";
import { allValues, findLine } from "../message/header-edits.ts";
import { type HeaderLine, makeHeaderLine } from "../message/header-line.ts";
import { HEADER_ID, type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

const TO: HeaderName = resolveHeaderName("To");
const RECORD_ROUTE: HeaderName = resolveHeaderName("Record-Route");
const AUTHORIZATION: HeaderName = resolveHeaderName("Authorization");
const PROXY_AUTHORIZATION: HeaderName = resolveHeaderName("Proxy-Authorization");

/**
 * The request without Via.
 *
 * @param invite as it was sent.
 * @param success the 2xx.
 */
export function makeDialogRequest(
  method: "ACK" | "BYE",
  invite: SipRequest,
  success: SipResponse,
): SipRequest {
  const requestUri = remoteTarget(invite, success);
  const text = `${method} ${requestUri} SIP/2.0\r\n`;
  const lines = [makeHeaderLine(HEADER_ID.MAX_FORWARDS, "Max-Forwards", "70")];

  // Section 12.1.2: the route set is the Record-Route in reverse order.
  for (const route of allValues(success.lines, RECORD_ROUTE).reverse()) {
    lines.push(makeHeaderLine(HEADER_ID.ROUTE, "Route", route));
  }

  for (const line of invite.lines) {
    const made = dialogLine(line, method, invite, success);

    if (made !== undefined) {
      lines.push(made);
    }
  }

  const end = text.length;
  const request = new SipRequest(
    { text, startLineEnd: end, lines, bodyStart: end, bodyEnd: end },
    method,
    requestUri,
  );

  request.body = "";

  return request;
}

/** What becomes of a line of the INVITE. */
function dialogLine(
  line: HeaderLine,
  method: "ACK" | "BYE",
  invite: SipRequest,
  success: SipResponse,
): HeaderLine | undefined {
  switch (line.id) {
    case HEADER_ID.FROM:
    case HEADER_ID.CALL_ID:
    // Section 13.2.2.4: "The ACK MUST contain the same credentials as the INVITE."
    case AUTHORIZATION.id:
    case PROXY_AUTHORIZATION.id:
      return line;
    case HEADER_ID.TO:
      return success.lines[findLine(success.lines, TO)];
    case HEADER_ID.CSEQ:
      return makeHeaderLine(line.id, "CSeq", `${method === "ACK" ? invite.cseq : invite.cseq + 1} ${method}`);
    default:
      return undefined;
  }
}

/** The Contact of the 2xx; INTEROP: of one without a usable Contact, where the INVITE went. */
function remoteTarget(invite: SipRequest, success: SipResponse): string {
  const target = Uri.parse(success.contact?.uri ?? invite.requestUriText);

  // Section 19.1.1, table 1: neither may stand in a Request-URI.
  target.headers = undefined;
  target.deleteParam("method");

  return target.uri;
}
