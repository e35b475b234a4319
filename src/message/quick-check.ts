/**
 * The checks of sanity-checks.ts in one pass over the lines of a message in
 * which every header field has its plainest form, as nearly every message is.
 * Accepts nothing that they refuse; what it does not accept, they judge.
 *
 * PERF: finding each header field by itself and reading its values costs more
 * than all the rest of parsing (benchmarks/message/message-layer.ts).
 */
import { ViaLayout } from "../grammar/via-layout.ts";
import { ViaValue } from "../grammar/via-value.ts";
import type { HeaderLine } from "./header-line.ts";
import { HEADER_ID } from "./header-names.ts";
import {
  isPlainCallId,
  isPlainCSeq,
  isPlainFromTo,
  isPlainMaxForwards,
  isPlainRoute,
  isPlainVia,
} from "./plain-values.ts";

const FROM = 1;
const TO = 2;
const CALL_ID = 4;
const CSEQ = 8;
const VIA = 16;
const MAX_FORWARDS = 32;
const CONTENT_LENGTH = 64;

const MANDATORY = FROM | TO | CALL_ID | CSEQ | VIA;

/**
 * The topmost Via, if the lines are plainly right; undefined if they are not.
 * Their offsets are into `bytes`, which begins with the start line.
 *
 * @param text `bytes` as latin1.
 * @param methodLength of the request's method; 0 for a response.
 */
export function topViaOfPlainMessage(
  bytes: Uint8Array,
  text: string,
  lines: readonly HeaderLine[],
  methodLength: number,
): ViaValue | undefined {
  // PERF: everybody reads the topmost Via first of all, and its parts are seen here anyway.
  const topVia = new ViaLayout();
  let seen = 0;

  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as HeaderLine;
    const { valueStart, valueEnd } = line;
    let bit = 0;
    let isPlain = true;

    switch (line.id) {
      case HEADER_ID.VIA:
        isPlain = isPlainVia(bytes, valueStart, valueEnd, (seen & VIA) === 0 ? topVia : undefined);
        seen |= VIA;
        break;
      case HEADER_ID.FROM:
        bit = FROM;
        isPlain = isPlainFromTo(bytes, valueStart, valueEnd);
        break;
      case HEADER_ID.TO:
        bit = TO;
        isPlain = isPlainFromTo(bytes, valueStart, valueEnd);
        break;
      case HEADER_ID.CALL_ID:
        bit = CALL_ID;
        isPlain = isPlainCallId(bytes, valueStart, valueEnd);
        break;
      case HEADER_ID.CSEQ:
        bit = CSEQ;
        isPlain = isPlainCSeq(bytes, valueStart, valueEnd, methodLength);
        break;
      case HEADER_ID.MAX_FORWARDS:
        bit = MAX_FORWARDS;
        isPlain = isPlainMaxForwards(bytes, valueStart, valueEnd);
        break;
      case HEADER_ID.CONTENT_LENGTH:
        // Its value was read to find the end of the body.
        bit = CONTENT_LENGTH;
        break;
      case HEADER_ID.ROUTE:
        isPlain = methodLength === 0 || isPlainRoute(bytes, valueStart, valueEnd);
        break;
      case HEADER_ID.PROXY_REQUIRE:
        isPlain = methodLength === 0;
        break;
      default:
        break;
    }

    if (!isPlain || (seen & bit) !== 0) {
      return undefined;
    }

    seen |= bit;
  }

  return (seen & MANDATORY) === MANDATORY ? new ViaValue(text, topVia) : undefined;
}
