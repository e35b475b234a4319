/**
 * What the user's code gives as a part of a URI, made into the text of that
 * part: escaped where the grammar asks for it, refused where no escape can
 * help (RFC 3261 section 25.1, RFC 3966 section 3).
 *
 * SECURITY: a URI that is edited cannot become one of another shape, and no
 * value can end the line that the URI is written to.
 */
import { HeaderValueError } from "../errors/errors.ts";
import { isHost } from "./host.ts";
import {
  HEADER_CHARACTERS,
  PARAMETER_CHARACTERS,
  PASSWORD_CHARACTERS,
  skipHeaders,
  USER_CHARACTERS,
} from "./sip-uri.ts";
import { isTelephoneNumber, isTelParameter } from "./tel-uri.ts";
import { UriComponents } from "./uri-components.ts";
import { escapeText, escapeUnescaped, requireWritable } from "./uri-escape.ts";
import { UriParameters } from "./uri-parameters.ts";

const MAX_PORT = 65535;

/**
 * The parts of a new URI.
 *
 * @throws {HeaderValueError} when they make no URI of the scheme.
 */
export function buildComponents(
  scheme: string,
  user: string | undefined,
  host: string | undefined,
  port: number | undefined,
): UriComponents {
  requireWritable(scheme, "scheme");

  const kind = scheme.toLowerCase();

  if (kind === "tel") {
    const components = new UriComponents("tel", "tel", new UriParameters(""));

    components.user = toNumberText(user);

    return components;
  }

  if (kind !== "sip" && kind !== "sips") {
    throw new HeaderValueError(
      `only sip, sips and tel URIs can be built from parts, not ${JSON.stringify(scheme)}`,
    );
  }

  const components = new UriComponents(kind, kind, new UriParameters(""));

  components.user = toUserText(user);
  components.host = toHostText(host);
  components.port = toPortText(port);

  return components;
}

/** The escaped user part; undefined for an empty one, which no URI can have. */
export function toUserText(user: string | undefined): string | undefined {
  return user === undefined || user === "" ? undefined : escapeText(user, USER_CHARACTERS, "user");
}

/** @throws {HeaderValueError} when it is no telephone number of RFC 3966. */
export function toNumberText(number: string | undefined): string {
  if (typeof number !== "string" || !isTelephoneNumber(number)) {
    throw new HeaderValueError("a tel URI needs a number as RFC 3966 section 3 has it");
  }

  return number;
}

/** @throws {HeaderValueError} when it is no host. An IPv6 address gets its brackets. */
export function toHostText(host: string | undefined): string {
  const text = typeof host === "string" && host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;

  if (typeof text !== "string" || !isHost(text)) {
    throw new HeaderValueError("a SIP URI needs a host name or an IP address as its host");
  }

  return text;
}

/** @throws {HeaderValueError} when it is no port number. */
export function toPortText(port: number | undefined): string | undefined {
  if (port === undefined) {
    return undefined;
  }

  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new HeaderValueError(`a port must be a whole number from 0 to ${MAX_PORT}`);
  }

  return String(port);
}

/** The escaped password, which may be empty. */
export function toPasswordText(password: string | undefined): string | undefined {
  return password === undefined ? undefined : escapeText(password, PASSWORD_CHARACTERS, "password");
}

/**
 * Headers from the question mark on, which may be left out; "" for none.
 * Escapes that are there stay: only the caller knows where a name ends.
 *
 * @throws {HeaderValueError} when there is a header without a name or without an equals sign.
 */
export function toHeadersText(headers: string | undefined): string {
  if (headers === undefined || headers === "" || headers === "?") {
    return "";
  }

  requireWritable(headers, "headers");

  const text = (headers.startsWith("?") ? headers.slice(1) : headers)
    .split("&")
    .map((header) => {
      const equals = header.indexOf("=");

      return equals === -1
        ? header
        : `${escapeUnescaped(header.slice(0, equals), HEADER_CHARACTERS)}=${escapeUnescaped(header.slice(equals + 1), HEADER_CHARACTERS)}`;
    })
    .join("&");

  if (skipHeaders(`?${text}`, 0, text.length + 1) !== text.length + 1) {
    throw new HeaderValueError("each header of a URI needs a name and an equals sign");
  }

  return `?${text}`;
}

/**
 * Gives a parameter a value, or none with `null`.
 *
 * @throws {HeaderValueError} when the name or the value cannot be written, escaped or not.
 */
export function writeParameter(components: UriComponents, name: string, value: string | null): void {
  requireWritable(name, "parameter name");

  if (value !== null) {
    requireWritable(value, `parameter ${JSON.stringify(name)}`);
  }

  if (name === "" || value === "") {
    throw new HeaderValueError("neither the name nor the value of a URI parameter can be empty");
  }

  const key = name.toLowerCase();

  if (components.kind === "tel") {
    writeTelParameter(components.parameters, name, key, value);

    return;
  }

  const nameText = escapeText(name, PARAMETER_CHARACTERS, "parameter name");
  const valueText = value === null ? null : escapeText(value, PARAMETER_CHARACTERS, "parameter value");

  components.parameters.set(key, nameText, valueText);
}

/** RFC 3966 section 3 lets neither names nor the values of `ext` and `phone-context` have escapes. */
function writeTelParameter(parameters: UriParameters, name: string, key: string, value: string | null): void {
  const isLiteral = value === null || key === "ext" || key === "phone-context";
  const valueText = isLiteral ? value : escapeText(value, PARAMETER_CHARACTERS, "parameter value");

  if (!isTelParameter(valueText === null ? `;${name}` : `;${name}=${valueText}`)) {
    throw new HeaderValueError(`not a parameter that a tel URI can have: ${JSON.stringify(name)}`);
  }

  const place = telParameterPlace(key);

  parameters.set(key, name, valueText, (other) => telParameterPlace(other) > place);
}

/** RFC 3966 section 3: isub or ext first, then phone-context, then the others in the order of their names. */
function telParameterPlace(name: string): string {
  if (name === "isub" || name === "ext") {
    return "0";
  }

  return name === "phone-context" ? "1" : `2${name}`;
}

/**
 * The new scheme of a URI that keeps its other parts.
 *
 * @throws {HeaderValueError} unless both are sip or sips: other schemes have other parts.
 */
export function toSchemeText(components: UriComponents, scheme: string): "sip" | "sips" {
  requireWritable(scheme, "scheme");

  const kind = scheme.toLowerCase();

  if (components.kind === "tel" || (kind !== "sip" && kind !== "sips")) {
    throw new HeaderValueError(
      `a ${components.kind} URI cannot become one of scheme ${JSON.stringify(scheme)}`,
    );
  }

  return kind;
}
