/**
 * Whether two URIs are equivalent: RFC 3261 section 19.1.4 for sip and sips
 * (hosts as RFC 5954 section 4.2 has it), RFC 3966 section 4 for tel, equal
 * text for any other scheme.
 */
import { isHost, normalizeHost } from "./host.ts";
import { normalizeNumber } from "./tel-uri.ts";
import type { UriComponents } from "./uri-components.ts";
import { normalizeEscapes } from "./uri-escape.ts";

/** Parameters of RFC 3261 section 19.1.4 that no URI without them can equal. */
const NEVER_IGNORED: readonly string[] = ["user", "ttl", "method", "maddr", "transport"];

export function isEquivalent(first: UriComponents, second: UriComponents): boolean {
  if (first.kind !== second.kind) {
    return false;
  }

  switch (first.kind) {
    case "sip":
    case "sips": {
      return isEquivalentSip(first, second);
    }
    case "tel": {
      return isEquivalentTel(first, second);
    }
    default: {
      return first.schemeText === second.schemeText && first.user === second.user;
    }
  }
}

function isEquivalentSip(first: UriComponents, second: UriComponents): boolean {
  return (
    isSamePart(first.user, second.user) &&
    isSamePart(first.password, second.password) &&
    normalizeHost(first.host) === normalizeHost(second.host) &&
    // A port that is left out is not the same as the default port.
    numberOf(first.port) === numberOf(second.port) &&
    haveSameSipParameters(first, second) &&
    normalizeHeaders(first.headers) === normalizeHeaders(second.headers)
  );
}

/** Of user and password, in which case counts. */
function isSamePart(first: string | undefined, second: string | undefined): boolean {
  if (first === undefined || second === undefined) {
    return first === second;
  }

  return normalizeEscapes(first) === normalizeEscapes(second);
}

function numberOf(port: string | undefined): number | undefined {
  return port === undefined ? undefined : Number(port);
}

function haveSameSipParameters(first: UriComponents, second: UriComponents): boolean {
  if (first.parameters.size === 0 && second.parameters.size === 0) {
    return true;
  }

  for (const name of NEVER_IGNORED) {
    if (first.parameters.has(name) !== second.parameters.has(name)) {
      return false;
    }
  }

  const others = second.parameters.toMap();

  for (const [name, value] of first.parameters.toMap()) {
    const other = others.get(name);

    // Any other parameter that only one of them has is ignored.
    if (other !== undefined && sipValue(name, value) !== sipValue(name, other)) {
      return false;
    }
  }

  return true;
}

function sipValue(name: string, value: string | null): string | null {
  if (value === null) {
    return null;
  }

  const normal = normalizeEscapes(value);

  if (name === "method") {
    // Methods are the exception: case counts in them (RFC 3261 section 7.1).
    return normal;
  }

  return name === "maddr" && isHost(normal) ? normalizeHost(normal) : normal.toLowerCase();
}

/**
 * Headers in a form that no longer depends on their order. None is ever
 * ignored. RFC 3261 section 7.3.1: names and, unless said otherwise, values
 * do not depend on case.
 */
function normalizeHeaders(headers: string): string {
  if (headers === "") {
    return "";
  }

  return headers
    .slice(1)
    .split("&")
    .map((header) => normalizeEscapes(header).toLowerCase())
    .sort()
    .join("&");
}

/** RFC 3966 section 4: a parameter that only one of them has makes them differ, and nothing depends on case. */
function isEquivalentTel(first: UriComponents, second: UriComponents): boolean {
  if (normalizeNumber(first.user ?? "") !== normalizeNumber(second.user ?? "")) {
    return false;
  }

  const parameters = first.parameters.toMap();
  const others = second.parameters.toMap();

  if (parameters.size !== others.size) {
    return false;
  }

  for (const [name, value] of parameters) {
    const other = others.get(name);

    if (other === undefined || telValue(name, value) !== telValue(name, other)) {
      return false;
    }
  }

  return true;
}

function telValue(name: string, value: string | null): string | null {
  if (value === null) {
    return null;
  }

  if (name === "ext" || (name === "phone-context" && value.startsWith("+"))) {
    return normalizeNumber(value);
  }

  return name === "phone-context" ? normalizeHost(value) : normalizeEscapes(value).toLowerCase();
}
