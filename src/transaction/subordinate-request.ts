/**
 * The requests that follow from another one hop by hop: ACK of a failure
 * response and CANCEL. Both repeat the lines of the request as it was sent, so
 * that a rewritten From, To or Request-URI is the same in all three.
 */
import { findLine } from "../message/header-edits.ts";
import { type HeaderLine, makeHeaderLine } from "../message/header-line.ts";
import { HEADER_ID, type HeaderName, headerNameOfId } from "../message/header-names.ts";
import { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

const TO = headerNameOfId(HEADER_ID.TO) as HeaderName;

/** RFC 3261 section 17.1.1.3: To is the response's. */
export function makeAck(request: SipRequest, response: SipResponse): SipRequest {
  return makeSubordinate("ACK", request, response.lines[findLine(response.lines, TO)]);
}

/** RFC 3261 section 9.1. */
export function makeCancel(request: SipRequest): SipRequest {
  return makeSubordinate("CANCEL", request, undefined);
}

/** @param toLine in place of the request's own To. */
function makeSubordinate(
  method: "ACK" | "CANCEL",
  request: SipRequest,
  toLine: HeaderLine | undefined,
): SipRequest {
  const requestUri = request.requestUriText;
  const text = `${method} ${requestUri} SIP/2.0\r\n`;
  // "a single Via header field [...] equal to the top Via header field of the original request"
  const lines = [
    makeHeaderLine(HEADER_ID.VIA, "Via", request.topVia.text),
    makeHeaderLine(HEADER_ID.MAX_FORWARDS, "Max-Forwards", "70"),
  ];

  for (const line of request.lines) {
    switch (line.id) {
      case HEADER_ID.ROUTE:
      case HEADER_ID.FROM:
      case HEADER_ID.CALL_ID:
        lines.push(line);
        break;
      case HEADER_ID.TO:
        lines.push(toLine ?? line);
        break;
      case HEADER_ID.CSEQ:
        lines.push(makeHeaderLine(line.id, "CSeq", `${request.cseq} ${method}`));
        break;
      default:
        break;
    }
  }

  const end = text.length;
  const made = new SipRequest(
    { text, startLineEnd: end, lines, bodyStart: end, bodyEnd: end },
    method,
    requestUri,
  );

  made.body = "";

  return made;
}
