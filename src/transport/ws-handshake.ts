/**
 * The checks of a WebSocket handshake request (RFC 6455 section 4.2, RFC 7118
 * section 4). What passes here is accepted by the `ws` library as well.
 */
import { collectHeaders, type HttpRequestSource, listHeader, parseAuthority } from "./http-headers.ts";
import type { HandshakeRefusal } from "./http-refusal.ts";

/** The sub-protocol of RFC 7118. */
export const SIP_SUBPROTOCOL = "sip";
/**
 * DEVIATION: OverSIP 2.0 took versions 7 and 8 as well. They are drafts of
 * 2011 that no living client speaks, RFC 6455 section 11.6 reserves them, and
 * they carry the origin in another header, past a check of `Origin`.
 */
const WEBSOCKET_VERSION = "13";

export interface HandshakeChecks {
  /** Whether a browser's page of this origin (lower-case) may connect; every origin may when left out. */
  readonly isOriginAllowed?: ((origin: string) => boolean) | undefined;
}

/** The answer to a request that is no acceptable handshake; undefined when it is one. */
export function checkHandshake(
  request: HttpRequestSource,
  checks: HandshakeChecks = {},
): HandshakeRefusal | undefined {
  const headers = collectHeaders(request.rawHeaders);

  if (request.method !== "GET") {
    return { statusCode: 405, headers: [["Allow", "GET"]] };
  }

  if (request.httpVersion !== "1.1") {
    return badRequest("HTTP version must be 1.1");
  }

  if (headers["host"]?.length !== 1 || parseAuthority(headers["host"][0] ?? "") === undefined) {
    return badRequest("Host header must be present once and well-formed");
  }

  // SECURITY: what follows the header block is WebSocket. A body there would
  // be read differently by an HTTP intermediary and by this server.
  if (
    headers["transfer-encoding"] !== undefined ||
    (headers["content-length"] ?? ["0"]).some((value) => value !== "0")
  ) {
    return badRequest("Request must not have a body");
  }

  if (headers["sec-websocket-version"]?.join() !== WEBSOCKET_VERSION) {
    // RFC 6455 §4.4 wants the versions, RFC 9110 §15.5.22 the protocol.
    return {
      statusCode: 426,
      headers: [
        ["Sec-WebSocket-Version", WEBSOCKET_VERSION],
        ["Upgrade", "websocket"],
      ],
    };
  }

  if (!listHeader(headers, "connection").some((token) => token.toLowerCase() === "upgrade")) {
    return badRequest('Connection header must include "upgrade"');
  }

  if (headers["upgrade"]?.join().toLowerCase() !== "websocket") {
    return badRequest('Upgrade header must be "websocket"');
  }

  if (headers["sec-websocket-key"] === undefined) {
    return badRequest("Sec-WebSocket-Key header not present");
  }

  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers["sec-websocket-key"].join())) {
    return badRequest("Sec-WebSocket-Key header is malformed");
  }

  return checkProtocol(headers["sec-websocket-protocol"]) ?? checkOrigin(headers["origin"], checks);
}

function badRequest(reasonPhrase: string): HandshakeRefusal {
  return { statusCode: 400, reasonPhrase };
}

/** RFC 7118 §4.1: the client offers "sip", and no name twice (RFC 6455 §4.1 step 10). */
function checkProtocol(values: readonly string[] | undefined): HandshakeRefusal | undefined {
  const offered = (values ?? []).flatMap((value) => value.split(",")).map((name) => name.trim());
  const isWellFormed = offered.every((name) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name));

  if (!isWellFormed || new Set(offered).size !== offered.length) {
    return badRequest("Sec-WebSocket-Protocol header is malformed");
  }

  return offered.includes(SIP_SUBPROTOCOL)
    ? undefined
    : { statusCode: 501, reasonPhrase: "No Suitable WebSocket Protocol" };
}

/** SECURITY: a page of another site must not ride on the user's cookies (RFC 6455 §10.2). */
function checkOrigin(
  values: readonly string[] | undefined,
  checks: HandshakeChecks,
): HandshakeRefusal | undefined {
  if (values === undefined || checks.isOriginAllowed === undefined) {
    return undefined;
  }

  const isAllowed = values.length === 1 && checks.isOriginAllowed((values[0] as string).toLowerCase());

  return isAllowed ? undefined : { statusCode: 403, reasonPhrase: "Origin Not Allowed" };
}
