/**
 * What a server adds to the topmost Via of a request before anything else
 * reads it: `received` (RFC 3261 section 18.2.1) and `rport` (RFC 3581
 * section 4).
 */
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { normalizeHost } from "../grammar/host.ts";
import { parameterEnd } from "../grammar/parameters.ts";
import { scanViaValue, type ViaValue } from "../grammar/via-value.ts";
import { findLine } from "../message/header-edits.ts";
import { HEADER_ID, type HeaderName, headerNameOfId } from "../message/header-names.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { Flow } from "./flow.ts";

const TAB = 0x09;
const SPACE = 0x20;
const UPPER_R = 0x52;
const LOWER_R = 0x72;
const VIA = headerNameOfId(HEADER_ID.VIA) as HeaderName;

/**
 * Sets `received` and `rport` where they are due. SECURITY: values that the
 * client wrote are replaced by the true ones, so that nobody above is misled.
 *
 * PERF: the message is edited only when something has to change.
 */
export function fixUpTopmostVia(request: SipRequest, flow: Flow): void {
  const via = request.topVia;
  const { remoteIp } = flow;
  // RFC 3581 section 4: with rport, "received" is there even when it says nothing new.
  const needsReceived = via.hasRport || via.received !== undefined || !isSameHost(via.host, remoteIp);

  if (!needsReceived || (via.received === remoteIp && (!via.hasRport || via.rport === flow.remotePort))) {
    return;
  }

  request.replaceRawTopValue(VIA, withReceived(via, remoteIp, flow.remotePort));
}

/**
 * The same for a request that is refused as malformed, when its topmost Via is
 * not what is wrong with it.
 */
export function fixUpTopmostViaIfSound(request: SipRequest, flow: Flow): void {
  const line = request.lines[findLine(request.lines, VIA)];

  if (
    line !== undefined &&
    !(scanViaValue(line.source, line.valueStart, line.valueEnd) instanceof GrammarFault)
  ) {
    fixUpTopmostVia(request, flow);
  }
}

/** Whether the sent-by host, lower-case, is this address. A name never is: nobody looks it up. */
function isSameHost(sentByHost: string, ip: string): boolean {
  return sentByHost.charCodeAt(0) === 0x5b ? normalizeHost(sentByHost) === `[${ip}]` : sentByHost === ip;
}

/** The Via value with `received`, and with `rport` where there is one; `received` stands last. */
function withReceived(via: ViaValue, ip: string, port: number): string {
  const parameters = via.parametersText;
  let output = via.text.slice(0, via.text.length - parameters.length);
  let start = parameters.indexOf(";");

  while (start !== -1) {
    const end = parameterEnd(parameters, start + 1);

    switch (parameterName(parameters, start + 1, end)) {
      case "rport":
        output += `;rport=${port}`;
        break;
      case "received":
        break;
      default:
        output += parameters.slice(start, end);
        break;
    }

    start = end < parameters.length ? end : -1;
  }

  return `${output};received=${ip}`;
}

/** Lower-case, when it is one of the two that are changed here. */
function parameterName(text: string, start: number, end: number): "rport" | "received" | undefined {
  const first = text.charCodeAt(start);

  // PERF: the branch, which every Via has, needs no text of its own.
  if (first !== LOWER_R && first !== UPPER_R && first !== SPACE && first !== TAB) {
    return undefined;
  }

  const equals = text.indexOf("=", start);
  const name = text
    .slice(start, equals === -1 || equals > end ? end : equals)
    .trim()
    .toLowerCase();

  return name === "rport" || name === "received" ? name : undefined;
}
