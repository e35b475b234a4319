/**
 * Headers of an HTTP request as received (RFC 9110 section 5): repeated ones
 * kept apart, names in lower case, and the few values that a handshake needs.
 */

/** The parts of a received request that this class reads; `IncomingMessage` has them. */
export interface HttpRequestSource {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
}

/** Values by lower-case header name, in the order received. Has no prototype. */
export type HttpHeaders = Readonly<Record<string, readonly string[]>>;

/** Host and port of a Host header or of an absolute request target. */
export interface HttpAuthority {
  /** Lower-case; an IPv6 address in brackets. */
  readonly host: string;
  readonly port: number | undefined;
}

/** Headers as received, by lower-case name. A repeated header has one element for each time. */
export function collectHeaders(rawHeaders: readonly string[]): HttpHeaders {
  // SECURITY: a peer may name a header `__proto__`.
  const headers: Record<string, string[]> = Object.create(null);

  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    const value = rawHeaders[index + 1] as string;
    const values = headers[name];

    if (values === undefined) {
      headers[name] = [value];
    } else {
      values.push(value);
    }
  }

  return headers;
}

/** Elements of a comma-separated header, over all times that it was sent; empty ones are left out. */
export function listHeader(headers: HttpHeaders, name: string): string[] {
  return (headers[name] ?? [])
    .flatMap((value) => value.split(","))
    .map((element) => element.trim())
    .filter((element) => element !== "");
}

/** Reads `host [":" port]` (RFC 9110 section 7.2). Undefined when it is none. */
export function parseAuthority(text: string): HttpAuthority | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._~!$&'()*+,;=%-]+)(?::([0-9]{0,5}))?$/i.exec(text);

  if (match === null || Number(match[2] ?? 0) > 65535) {
    return undefined;
  }

  const port = match[2];

  return {
    host: (match[1] as string).toLowerCase(),
    port: port === undefined || port === "" ? undefined : Number(port),
  };
}
