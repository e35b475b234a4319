/** A request of this server's own, and the header fields that it gets when the user's code does not say (RFC 3261 section 8.1.1). */
import { randomBytes, randomInt } from "node:crypto";
import { HeaderValueError, SipRuntimeError } from "../errors/errors.ts";
import { NameAddr } from "../grammar/name-addr.ts";
import { Uri } from "../grammar/uri.ts";
import { HEADER_ID, resolveHeaderName } from "../message/header-names.ts";
import { SipRequest } from "../message/sip-request.ts";
import { isCallId, isToken } from "../message/typed-values.ts";

/**
 * DEVIATION: RFC 3261 section 8.1.1.6 recommends 70. OverSIP has always sent
 * 20: its own requests have few hops to go, and a loop ends sooner.
 */
const DEFAULT_MAX_FORWARDS = 20;
const MAX_MAX_FORWARDS = 255;
const MAX_DEFAULT_CSEQ = 1000;
/** RFC 3261 section 8.1.1.5. */
const MAX_CSEQ = 2 ** 31 - 1;
/** RFC 3261 section 19.3 asks for 32 bits or more. */
const TAG_BYTES = 4;
const CALL_ID_BYTES = 8;

/** RFC 3261 section 19.1.1, table 1: what a URI must not have in To. */
const NOT_IN_TO: readonly string[] = ["method", "maddr", "ttl", "transport", "lr"];

/** What the user's code says by `data`, or what the transport adds. */
const NOT_EXTRA: ReadonlySet<number> = new Set([
  HEADER_ID.VIA,
  HEADER_ID.FROM,
  HEADER_ID.TO,
  HEADER_ID.CALL_ID,
  HEADER_ID.CSEQ,
  HEADER_ID.MAX_FORWARDS,
]);

/** What a `UacRequest` is made of. */
export interface UacRequestData {
  /** Upper case as a rule. Not CANCEL, which `Uac.cancel` sends. */
  readonly method: string;
  /** The Request-URI; of a NameAddr, its URI. */
  readonly ruri: Uri | string;
  /** Default: name and version of this server, and the URI `sip:oversip@` with its address. */
  readonly from?: Uri | string | undefined;
  /** Default: random. */
  readonly fromTag?: string | undefined;
  /** Default: the Request-URI. */
  readonly to?: Uri | string | undefined;
  /** For a request in a dialog. Default: none. */
  readonly toTag?: string | undefined;
  /** Default: random. */
  readonly callId?: string | undefined;
  /** 0 to 2147483647. Default: random, from 1 to 999. */
  readonly cseq?: number | undefined;
  /** 0 to 255. Default 20. */
  readonly maxForwards?: number | undefined;
}

/** Who this server is to others. */
export interface UacIdentity {
  readonly name: string;
  readonly version: string;
  /** Address or name without port, IPv6 in brackets. Asked only when it is needed. */
  readonly host: () => string;
}

/**
 * Whatever of `SipRequest` is edited before `Uac.route`, or in `onTarget`, is
 * sent. `Uac` adds Via, and Contact where the method makes a dialog and there
 * is none.
 */
export class UacRequest extends SipRequest {
  /** Variables of the transaction, shared with all its responses. Has no prototype. */
  tvars: Record<string, unknown> = Object.create(null);

  /**
   * @param extraHeaders lines `Name: value`.
   * @throws {SipRuntimeError} without method or Request-URI, and on a number out of its range.
   * @throws {ParsingError} on a malformed method or URI.
   * @throws {HeaderValueError} on a tag, Call-ID or header that cannot be written.
   * @throws {InvalidStateError} without `from`, before the server is started.
   * @internal
   */
  constructor(
    identity: UacIdentity,
    data: UacRequestData,
    extraHeaders: readonly string[] = [],
    body: Uint8Array | string = "",
  ) {
    const built = buildRequest(identity, data, extraHeaders);

    super(built, built.method, built.requestUriText);
    this.body = body;
  }
}

function buildRequest(
  identity: UacIdentity,
  data: UacRequestData,
  extraHeaders: readonly string[],
): SipRequest {
  const { method, ruri } = requireData(data);
  const { fromTag = randomHex(TAG_BYTES), toTag, callId = randomHex(CALL_ID_BYTES) } = data;
  const { cseq = randomInt(1, MAX_DEFAULT_CSEQ), maxForwards = DEFAULT_MAX_FORWARDS } = data;

  requireNumber("cseq", cseq, MAX_CSEQ);
  requireNumber("maxForwards", maxForwards, MAX_MAX_FORWARDS);

  if (!isCallId(callId)) {
    throw new HeaderValueError(`callId ${JSON.stringify(callId)} is no Call-ID (RFC 3261 section 25.1)`);
  }

  const from = data.from === undefined ? defaultFrom(identity) : addressOf("from", data.from);
  const to = data.to === undefined ? `<${toUriOf(ruri)}>` : addressOf("to", data.to);
  const extras = extraHeaders.map(splitHeader);
  const hasUserAgent = extras.some(([name]) => name.toLowerCase() === "user-agent");

  return SipRequest.build(method, ruri, [
    ["Max-Forwards", String(maxForwards)],
    ["From", `${from};tag=${requireTag("fromTag", fromTag)}`],
    ["To", toTag === undefined ? to : `${to};tag=${requireTag("toTag", toTag)}`],
    ["Call-ID", callId],
    ["CSeq", `${cseq} ${method}`],
    ...(hasUserAgent ? [] : [["User-Agent", `${identity.name}/${identity.version}`] as const]),
    ...extras,
  ]);
}

function requireData(data: UacRequestData): { method: string; ruri: Uri } {
  if (typeof data !== "object" || data === null) {
    throw new TypeError("a UacRequest is made of an object { method, ruri, ... }");
  }

  const { method, ruri } = data;

  if (typeof method !== "string" || method === "") {
    throw new SipRuntimeError("a UacRequest needs a method");
  }

  if (method === "CANCEL") {
    throw new SipRuntimeError("a CANCEL is no request of its own: call cancel() of the Uac");
  }

  if (ruri === undefined || ruri === null || ruri === "") {
    throw new SipRuntimeError("a UacRequest needs a ruri");
  }

  return { method, ruri: Uri.parse(ruri instanceof Uri ? ruri.uri : requireText("ruri", ruri)) };
}

function defaultFrom({ name, version, host }: UacIdentity): string {
  return new NameAddr(`${name} ${version}`, "sip", name.toLowerCase(), host()).toString();
}

/** In brackets, so that the tag cannot be taken for a parameter of the URI (RFC 3261 section 20.10). */
function addressOf(field: "from" | "to", value: Uri | string): string {
  const address = value instanceof Uri ? value : parseAddress(requireText(field, value));

  return address instanceof NameAddr && address.displayName !== undefined
    ? address.toString()
    : `<${address.uri}>`;
}

/** Without brackets the text is a URI, and its parameters are the URI's. */
function parseAddress(text: string): Uri {
  return text.includes("<") ? NameAddr.parse(text) : Uri.parse(text);
}

/** RFC 3261 section 8.1.1.2: To is first of all the Request-URI. */
function toUriOf(ruri: Uri): string {
  const uri = ruri.clone();

  if (uri.isSip) {
    uri.port = undefined;
    uri.headers = undefined;

    for (const name of NOT_IN_TO) {
      uri.deleteParam(name);
    }
  }

  return uri.uri;
}

function splitHeader(line: string): readonly [name: string, value: string] {
  const colon = typeof line === "string" ? line.indexOf(":") : -1;

  if (colon === -1) {
    throw new HeaderValueError(`extra header ${JSON.stringify(line)} is not of the form "Name: value"`);
  }

  const name = line.slice(0, colon).trim();
  const { id, canonical } = resolveHeaderName(name);

  if (NOT_EXTRA.has(id)) {
    throw new SipRuntimeError(`${canonical} cannot be an extra header: a request has it once`);
  }

  return [canonical, line.slice(colon + 1).trim()];
}

function requireText(field: string, value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(`${field} of a UacRequest is a string, a Uri or a NameAddr, not ${typeof value}`);
  }

  return value;
}

function requireTag(field: string, value: string): string {
  if (typeof value !== "string" || value === "" || !isToken(value)) {
    throw new HeaderValueError(`${field} ${JSON.stringify(value)} is no token (RFC 3261 section 25.1)`);
  }

  return value;
}

function requireNumber(field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new SipRuntimeError(`${field} is an integer from 0 to ${max}, not ${String(value)}`);
  }
}

function randomHex(byteCount: number): string {
  return randomBytes(byteCount).toString("hex");
}
