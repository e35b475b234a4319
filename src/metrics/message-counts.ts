/**
 * Counts the messages that pass the transport layer. PERF: a message costs the
 * increment of a number in an array that is there from the start.
 */
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { TransportObserver } from "../transport/transport-observer.ts";
import { TRANSPORT_PROTOCOLS, type TransportProtocol } from "../transport/transport-protocol.ts";
import { increment } from "./increment.ts";
import { METHOD_LABELS, methodIndex, methodIndexOfBytes, OTHER_METHOD } from "./methods.ts";

const DIRECTIONS = ["received", "sent"] as const;
const RECEIVED = 0;
const SENT = 1;
const STATUS_CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx", "6xx"] as const;
const TRANSPORTS = TRANSPORT_PROTOCOLS.length;
const METHODS = METHOD_LABELS.length;
const CLASSES = STATUS_CLASSES.length;

/** SECURITY: the rules are this server's own, and few; a peer cannot add to them, and no mistake of ours can without end. */
const MAX_RULES = 200;
const OTHER_RULE = "other";

const CAPITAL_S = 0x53;
const CAPITAL_I = 0x49;
const CAPITAL_P = 0x50;
const SLASH = 0x2f;

export type Labels = Readonly<Record<string, string>>;
export type TellCount = (labels: Labels, count: number) => void;

export class MessageCounts implements TransportObserver {
  readonly #requests = new Float64Array(DIRECTIONS.length * TRANSPORTS * METHODS);
  readonly #responses = new Float64Array(DIRECTIONS.length * TRANSPORTS * METHODS * CLASSES);
  readonly #failures = new Map<string, Float64Array>();

  messageReceived(message: SipRequest | SipResponse, flow: Flow): void {
    if (message.isRequest) {
      increment(this.#requests, requestIndex(RECEIVED, flow.transport, methodIndex(message.method)));
    } else {
      this.#countResponse(RECEIVED, message as SipResponse, flow);
    }
  }

  failureReceived({ rule }: ParseFailure, flow: Flow): void {
    const counts = this.#failures.get(rule) ?? this.#newRule(rule);

    increment(counts, transportIndex(flow.transport));
  }

  messageSent(bytes: Uint8Array, flow: Flow): void {
    if (!isResponse(bytes)) {
      increment(this.#requests, requestIndex(SENT, flow.transport, methodIndexOfBytes(bytes)));
    }
  }

  responseSent(response: SipResponse, flow: Flow): void {
    this.#countResponse(SENT, response, flow);
  }

  /** Tells the counts that are not 0. */
  tellRequests(tell: TellCount): void {
    for (const [d, direction] of DIRECTIONS.entries()) {
      for (const transport of TRANSPORT_PROTOCOLS) {
        for (const [m, method] of METHOD_LABELS.entries()) {
          tellNonZero(tell, { direction, transport, method }, this.#requests[requestIndex(d, transport, m)]);
        }
      }
    }
  }

  /** Tells the counts that are not 0. */
  tellResponses(tell: TellCount): void {
    for (const [d, direction] of DIRECTIONS.entries()) {
      for (const transport of TRANSPORT_PROTOCOLS) {
        for (const [m, method] of METHOD_LABELS.entries()) {
          const start = requestIndex(d, transport, m) * CLASSES;

          for (const [c, statusClass] of STATUS_CLASSES.entries()) {
            tellNonZero(
              tell,
              { direction, transport, method, class: statusClass },
              this.#responses[start + c],
            );
          }
        }
      }
    }
  }

  /** Tells the counts that are not 0. */
  tellFailures(tell: TellCount): void {
    for (const [rule, counts] of this.#failures) {
      for (const transport of TRANSPORT_PROTOCOLS) {
        tellNonZero(tell, { transport, rule }, counts[transportIndex(transport)]);
      }
    }
  }

  #countResponse(direction: number, response: SipResponse, flow: Flow): void {
    const place = requestIndex(direction, flow.transport, methodOfResponse(response));
    const statusClass = Math.floor(response.statusCode / 100) - 1;

    if (statusClass >= 0 && statusClass < CLASSES) {
      increment(this.#responses, place * CLASSES + statusClass);
    }
  }

  #newRule(rule: string): Float64Array {
    const name = this.#failures.size < MAX_RULES ? rule : OTHER_RULE;
    const counts = this.#failures.get(name) ?? new Float64Array(TRANSPORTS);

    this.#failures.set(name, counts);

    return counts;
  }
}

/** User code may have spoilt the CSeq of what it sends. */
function methodOfResponse(response: SipResponse): number {
  try {
    return methodIndex(response.method);
  } catch {
    return OTHER_METHOD;
  }
}

/** "SIP/" begins no method (RFC 3261 section 25.1: "/" is in no token). */
function isResponse(bytes: Uint8Array): boolean {
  return bytes[0] === CAPITAL_S && bytes[1] === CAPITAL_I && bytes[2] === CAPITAL_P && bytes[3] === SLASH;
}

function requestIndex(direction: number, transport: TransportProtocol, method: number): number {
  return (direction * TRANSPORTS + transportIndex(transport)) * METHODS + method;
}

/** Place in TRANSPORT_PROTOCOLS. */
function transportIndex(transport: TransportProtocol): number {
  switch (transport) {
    case "udp":
      return 0;
    case "tcp":
      return 1;
    case "tls":
      return 2;
    case "ws":
      return 3;
    default:
      return 4;
  }
}

function tellNonZero(tell: TellCount, labels: Labels, count: number | undefined): void {
  if (count !== undefined && count > 0) {
    tell(labels, count);
  }
}
