/**
 * What a finished transaction keeps of its messages: what responses are built
 * from and matched by (RFC 3261 sections 8.2.6.2 and 17.1.3), and no longer the
 * large text that a few lines came in.
 */
import { HeaderLine } from "../message/header-line.ts";
import { HEADER_ID } from "../message/header-names.ts";
import { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";

/** SECURITY: a line must not keep more characters than these alive; copying it costs more than keeping fewer. */
const MAX_KEPT_TEXT = 4096;

/** A request with its Via, From, To, Call-ID and CSeq, in that request's order. */
export function essentialsOf(request: SipRequest): SipRequest {
  const lines: HeaderLine[] = [];

  for (const line of request.lines) {
    switch (line.id) {
      case HEADER_ID.VIA:
      case HEADER_ID.FROM:
      case HEADER_ID.TO:
      case HEADER_ID.CALL_ID:
      case HEADER_ID.CSEQ:
        lines.push(line.source.length > MAX_KEPT_TEXT ? ownCopy(line) : line);
        break;
      default:
        break;
    }
  }

  // PERF: a slice has no room for further elements, as an array has that grew (benchmarks/proxy/finished-call-memory.ts).
  const parts = { text: "", startLineEnd: 0, lines: lines.slice(), bodyStart: 0, bodyEnd: 0 };

  return new SipRequest(parts, request.method, "");
}

/** A response as it is sent, without what its maker holds by it, and without the large text of the request. */
export function detachedCopy(response: SipResponse): SipResponse {
  const copy = response.clone();
  const { lines, text } = copy;

  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as HeaderLine;

    if (line.source.length > MAX_KEPT_TEXT && line.source !== text) {
      lines[i] = ownCopy(line);
    }
  }

  return copy;
}

/** Whether a final response is sent again by the transaction: of an INVITE, a 2xx is not (RFC 6026 section 7.1). */
export function isRepeated(isInvite: boolean, statusCode: number): boolean {
  return statusCode >= 300 || (statusCode >= 200 && !isInvite);
}

function ownCopy(line: HeaderLine): HeaderLine {
  const { start } = line;
  // Through bytes: a slice of a string keeps the whole of it.
  const source = Buffer.from(line.source.slice(start, line.end), "latin1").toString("latin1");

  return new HeaderLine(
    line.id,
    source,
    0,
    line.nameEnd - start,
    line.valueStart - start,
    line.valueEnd - start,
    source.length,
    line.isFolded,
  );
}
