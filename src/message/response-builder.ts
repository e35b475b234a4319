/** Responses of the server's own (RFC 3261 section 8.2.6). */
import { HeaderValueError } from "../errors/errors.ts";
import { addTag } from "../grammar/address-value.ts";
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { encodeText } from "../grammar/text-encoding.ts";
import { type HeaderLine, makeHeaderLine } from "./header-line.ts";
import { HEADER_ID, resolveHeaderName } from "./header-names.ts";
import { requireHeaderName, requireHeaderValue, requireReasonPhrase } from "./header-value.ts";
import type { SipRequest } from "./sip-request.ts";
import { requireStatusCode, SipResponse } from "./sip-response.ts";
import { reasonPhraseOf } from "./status-codes.ts";

export interface ResponseOptions {
  readonly statusCode: number;
  /** Default: the registered phrase of the status code. */
  readonly reasonPhrase?: string | undefined;
  /** Added to To where the request's To has no tag, except to a 100. */
  readonly toTag?: string | undefined;
  /** Lines `Name: value`, without CRLF. */
  readonly extraHeaders?: readonly string[] | undefined;
  readonly body?: Uint8Array | string | undefined;
}

/**
 * Via, From, To, Call-ID and CSeq are the request's own lines, in its order
 * and spelling; of a request refused for a missing one, those that are there.
 *
 * @throws {SipRuntimeError} on a bad status code.
 * @throws {HeaderValueError} on an extra header or reason phrase that cannot be written.
 */
export function buildResponse(request: SipRequest, options: ResponseOptions): SipResponse {
  const reasonPhrase = options.reasonPhrase ?? reasonPhraseOf(options.statusCode);

  requireStatusCode(options.statusCode);
  requireReasonPhrase(reasonPhrase);

  const rawReason = encodeText(reasonPhrase);
  const text = `SIP/2.0 ${options.statusCode} ${rawReason}\r\n`;
  const lines = copyLines(request, options);

  for (const line of options.extraHeaders ?? []) {
    lines.push(parseExtraHeader(line));
  }

  const end = text.length;
  const response = new SipResponse(
    { text, startLineEnd: end, lines, bodyStart: end, bodyEnd: end, knownTopVia: request.knownTopVia },
    options.statusCode,
    rawReason,
  );

  response.body = options.body ?? "";

  return response;
}

function copyLines(request: SipRequest, options: ResponseOptions): HeaderLine[] {
  const lines: HeaderLine[] = [];
  let copiedSingles = 0;

  for (const line of request.lines) {
    switch (line.id) {
      case HEADER_ID.VIA:
        lines.push(line);
        break;
      case HEADER_ID.FROM:
      case HEADER_ID.TO:
      case HEADER_ID.CALL_ID:
      case HEADER_ID.CSEQ: {
        const bit = singleBit(line.id);

        if ((copiedSingles & bit) === 0) {
          copiedSingles |= bit;
          lines.push(line.id === HEADER_ID.TO ? addToTag(request, line, options) : line);
        }

        break;
      }
      case HEADER_ID.RECORD_ROUTE: {
        // RFC 3261 section 12.1.1: a response that makes a dialog carries the route set.
        if (request.dialogForming && options.statusCode > 100 && options.statusCode < 300) {
          lines.push(line);
        }

        break;
      }
      default:
        break;
    }
  }

  return lines;
}

function singleBit(id: number): number {
  return id === HEADER_ID.FROM ? 1 : id === HEADER_ID.TO ? 2 : id === HEADER_ID.CALL_ID ? 4 : 8;
}

function addToTag(request: SipRequest, line: HeaderLine, options: ResponseOptions): HeaderLine {
  if (options.toTag === undefined || options.statusCode === 100 || hasToTag(request, line)) {
    return line;
  }

  return makeHeaderLine(line.id, line.name, addTag(line.rawValue, options.toTag));
}

/** Whether To has a tag; of a To that is refused for its grammar, whether it looks like having one. */
function hasToTag(request: SipRequest, line: HeaderLine): boolean {
  const to = request.readTo();

  if (!(to instanceof GrammarFault)) {
    return to.parameter("tag") !== undefined;
  }

  const value = line.rawValue;

  return /;\s*tag\s*=/i.test(value.slice(value.lastIndexOf(">") + 1));
}

function parseExtraHeader(line: string): HeaderLine {
  const colon = typeof line === "string" ? line.indexOf(":") : -1;

  if (colon === -1) {
    throw new HeaderValueError(`extra header ${JSON.stringify(line)} is not of the form "Name: value"`);
  }

  const name = line.slice(0, colon).trim();
  const value = line.slice(colon + 1).trim();
  const resolved = resolveHeaderName(name);

  requireHeaderName(name);
  requireHeaderValue(name, value);

  return makeHeaderLine(resolved.id, resolved.canonical, encodeText(value));
}
