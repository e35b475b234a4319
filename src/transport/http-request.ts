/**
 * The HTTP request of a WebSocket handshake (RFC 6455 section 4.2.1), as the
 * user's `onConnection` sees it. Read-only; keeps nothing of the HTTP server
 * alive.
 */
import {
  collectHeaders,
  type HttpHeaders,
  type HttpRequestSource,
  listHeader,
  parseAuthority,
} from "./http-headers.ts";
import type { WebSocketConnection } from "./web-socket-connection.ts";

/** The HTTP request of a WebSocket handshake (RFC 6455 section 4.2.1). Read-only. */
export class HttpRequest {
  /** Upper-case, such as "GET". */
  readonly method: string;
  /** Such as "1.1". */
  readonly version: string;
  /** The request target as received. */
  readonly url: string;
  /** Without query and fragment; "/" at least. */
  readonly path: string;
  /** Without its question mark; undefined when there is none. */
  readonly query: string | undefined;
  /** Without its number sign; undefined when there is none, as in every request of a browser. */
  readonly fragment: string | undefined;
  /** Lower-case host that the client asked for, an IPv6 address in brackets; undefined when it gave none. */
  readonly host: string | undefined;
  /** Undefined when the client gave none, which means the default port. */
  readonly port: number | undefined;
  /** Every header by its lower-case name, each with its values. Has no prototype. */
  readonly headers: HttpHeaders;
  /** Lower-case; undefined when the client is no browser. */
  readonly origin: string | undefined;
  /** Sub-protocols offered, in order of preference. */
  readonly protocols: readonly string[];
  /** The connection that this request arrived on. */
  readonly connection: WebSocketConnection;
  #cookies: Readonly<Record<string, string>> | undefined;
  #searchParams: URLSearchParams | undefined;

  /** @internal */
  constructor(source: HttpRequestSource, connection: WebSocketConnection) {
    const target = splitTarget(source.url ?? "/");

    this.method = source.method ?? "";
    this.version = source.httpVersion;
    this.url = source.url ?? "/";
    this.path = target.path;
    this.query = target.query;
    this.fragment = target.fragment;
    this.headers = collectHeaders(source.rawHeaders);

    // RFC 9112 §3.2.2: an absolute target wins over Host.
    const authority = parseAuthority(target.authority ?? this.headers["host"]?.[0] ?? "");

    this.host = authority?.host;
    this.port = authority?.port;
    this.origin = this.headers["origin"]?.[0]?.toLowerCase();
    this.protocols = listHeader(this.headers, "sec-websocket-protocol");
    this.connection = connection;
  }

  /** Address of the client, as `connection.remoteIp`. */
  get remoteIp(): string {
    return this.connection.remoteIp;
  }

  /** First value of a header, whatever the case of `name`; undefined when it is absent. */
  header(name: string): string | undefined {
    return this.headers[name.toLowerCase()]?.[0];
  }

  /** All values of a header, in order; empty when it is absent. */
  headerAll(name: string): readonly string[] {
    return this.headers[name.toLowerCase()] ?? [];
  }

  /** Cookies by name (RFC 6265 section 5.4), percent-decoded where that is possible. Has no prototype. */
  get cookies(): Readonly<Record<string, string>> {
    this.#cookies ??= parseCookies(this.headers["cookie"] ?? []);

    return this.#cookies;
  }

  /** The query as parameters; empty when there is none. */
  get searchParams(): URLSearchParams {
    this.#searchParams ??= new URLSearchParams(this.query ?? "");

    return this.#searchParams;
  }
}

interface SplitTarget {
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
}

function splitTarget(url: string): SplitTarget {
  const [beforeFragment, fragment] = splitOnce(url, "#");
  const [beforeQuery, query] = splitOnce(beforeFragment, "?");
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(beforeQuery);
  const path = absolute === null ? beforeQuery : (absolute[2] as string);

  return { authority: absolute?.[1], path: path === "" ? "/" : path, query, fragment };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);

  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function parseCookies(values: readonly string[]): Readonly<Record<string, string>> {
  const cookies: Record<string, string> = Object.create(null);

  for (const pair of values.flatMap((value) => value.split(";"))) {
    const [name, value] = splitOnce(pair, "=");
    const key = name.trim();

    // The more specific path comes first (RFC 6265 §5.4), and so wins.
    if (value !== undefined && key !== "" && !(key in cookies)) {
      cookies[key] = decodeCookieValue(value.trim());
    }
  }

  return cookies;
}

function decodeCookieValue(value: string): string {
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"');
  const text = isQuoted ? value.slice(1, -1) : value;

  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
