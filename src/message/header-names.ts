/**
 * The header fields that this server knows by name: canonical spelling,
 * compact form (RFC 3261 section 7.3.3 and the IANA registry), and whether a
 * comma separates several values. A known header field is handled by its
 * number; number 0 stands for every other one.
 */

import { HeaderNameTable } from "./header-name-table.ts";

interface HeaderName {
  /** 0 for a header field that is not in the registry below. */
  readonly id: number;
  /** As it is written by this server. */
  readonly canonical: string;
  /** What names are compared by. */
  readonly lowerCase: string;
  /** Whether its grammar is a comma-separated list. */
  readonly isList: boolean;
}

export type { HeaderName };

/** Header fields whose value is a comma-separated list, `compact` after a slash. */
const LIST_HEADERS =
  "Accept Accept-Contact/a Accept-Encoding Accept-Language Accept-Resource-Priority Alert-Info Allow " +
  "Allow-Events/u Call-Info Contact/m Content-Encoding/e Content-Language Diversion Error-Info Feature-Caps " +
  "Geolocation History-Info In-Reply-To P-Access-Network-Info P-Asserted-Identity P-Asserted-Service " +
  "P-Associated-URI P-Early-Media P-Preferred-Identity P-Preferred-Service P-Visited-Network-ID Path " +
  "Permission-Missing Proxy-Require Reason Record-Route Recv-Info Reject-Contact/j Request-Disposition/d Require Resource-Priority Route " +
  "Security-Client Security-Server Security-Verify Service-Route Supported/k Trigger-Consent Unsupported User-to-User Via/v " +
  "Warning";

/** Header fields with one value a line, even where that value holds commas (RFC 3261 section 7.3.1). */
const SINGLE_HEADERS =
  "Answer-Mode Authentication-Info Authorization Call-ID/i Content-Disposition Content-Length/l " +
  "Content-Type/c CSeq Date Event/o Expires Flow-Timer From/f Geolocation-Error Geolocation-Routing " +
  "Identity/y Identity-Info/n Info-Package Join Max-Breadth Max-Forwards MIME-Version Min-Expires Min-SE " +
  "Organization P-Answer-State P-Called-Party-ID P-Charging-Function-Addresses P-Charging-Vector " +
  "P-Profile-Key P-Served-User P-User-Database Policy-Contact Policy-ID " +
  "Priority Priv-Answer-Mode Privacy Proxy-Authenticate Proxy-Authentication-Info Proxy-Authorization RAck " +
  "Refer-Events-At Refer-Sub Refer-To/r Referred-By/b Relayed-Charge Replaces Reply-To Resource-Share " +
  "Response-Source Retry-After RSeq Server Session-Expires/x Session-ID SIP-ETag SIP-If-Match Subject/s " +
  "Subscription-State Suppress-If-Match Target-Dialog Timestamp To/t User-Agent " +
  "WWW-Authenticate";

const KNOWN: readonly HeaderName[] = buildRegistry();
const BY_NAME: ReadonlyMap<string, HeaderName> = buildNameIndex();

function entries(): { canonical: string; compact: string | undefined; isList: boolean }[] {
  const read = (text: string, isList: boolean) =>
    text.split(" ").map((item) => {
      const [canonical = "", compact] = item.split("/");

      return { canonical, compact, isList };
    });

  return [...read(LIST_HEADERS, true), ...read(SINGLE_HEADERS, false)];
}

function buildRegistry(): HeaderName[] {
  return entries().map((entry, index) => ({
    id: index + 1,
    canonical: entry.canonical,
    lowerCase: entry.canonical.toLowerCase(),
    isList: entry.isList,
  }));
}

function buildNameIndex(): Map<string, HeaderName> {
  const index = new Map<string, HeaderName>();

  for (const [position, { compact }] of entries().entries()) {
    const name = KNOWN[position] as HeaderName;

    index.set(name.canonical, name);
    index.set(name.lowerCase, name);

    if (compact !== undefined) {
      index.set(compact, name);
      index.set(compact.toUpperCase(), name);
    }
  }

  return index;
}

function idOf(lowerCase: string): number {
  return (BY_NAME.get(lowerCase) as HeaderName).id;
}

/** Numbers of the header fields that the server itself reads. */
export const HEADER_ID = {
  UNKNOWN: 0,
  CALL_ID: idOf("call-id"),
  CONTACT: idOf("contact"),
  CONTENT_LENGTH: idOf("content-length"),
  CSEQ: idOf("cseq"),
  EXPIRES: idOf("expires"),
  FROM: idOf("from"),
  MAX_FORWARDS: idOf("max-forwards"),
  PATH: idOf("path"),
  PROXY_REQUIRE: idOf("proxy-require"),
  REASON: idOf("reason"),
  RECORD_ROUTE: idOf("record-route"),
  REQUIRE: idOf("require"),
  ROUTE: idOf("route"),
  SUPPORTED: idOf("supported"),
  TO: idOf("to"),
  VIA: idOf("via"),
} as const;

/** The registry entry of a known header field. */
export function headerNameOfId(id: number): HeaderName | undefined {
  return KNOWN[id - 1];
}

/**
 * Finds what a caller means by a header name: any case, compact or full. An
 * unknown name is kept as it was given. The result is not checked to be a
 * token; see `requireHeaderName` in `header-value.ts`.
 */
export function resolveHeaderName(name: string): HeaderName {
  const known = BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase());

  return known ?? { id: HEADER_ID.UNKNOWN, canonical: name, lowerCase: name.toLowerCase(), isList: false };
}

/** Canonical spelling of any header name: known ones as registered, others Capitalised-At-Dashes. */
export function canonicalHeaderName(name: string): string {
  const resolved = resolveHeaderName(name);

  return resolved.id === HEADER_ID.UNKNOWN
    ? resolved.lowerCase.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
    : resolved.canonical;
}

/** Recognises the names in the bytes of a message. */
export const HEADER_NAME_TABLE: HeaderNameTable = new HeaderNameTable(
  new Map([...BY_NAME].map(([name, { id }]) => [name.toLowerCase(), id])),
);
