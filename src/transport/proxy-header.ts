/**
 * What a PROXY protocol header says, whichever version it came in, and how
 * reading one can end.
 */

export interface ProxyEndpoint {
  readonly ip: string;
  readonly port: number;
}

/** What the terminator says of the TLS connection that it ended (version 2, PP2_TYPE_SSL). */
export interface ProxyTlsInfo {
  /** Such as "TLSv1.3". */
  readonly version: string | undefined;
  /** Whether the client presented a certificate on this connection, or in this session before. */
  readonly hasClientCertificate: boolean;
  /** Whether that certificate was presented and verified. */
  readonly isVerified: boolean;
  /** Common Name of the client certificate. */
  readonly commonName: string | undefined;
}

export interface ProxyHeader {
  readonly version: 1 | 2;
  /**
   * "proxy": the connection is relayed. "local": the terminator speaks for
   * itself (a health check, LOCAL) and the socket's own addresses count.
   */
  readonly command: "proxy" | "local";
  /** The client; undefined for UNKNOWN, LOCAL, AF_UNSPEC and AF_UNIX: the socket's own address counts. */
  readonly source: ProxyEndpoint | undefined;
  /** Where the client connected to; undefined as `source` is. */
  readonly destination: ProxyEndpoint | undefined;
  /** Host name the client asked for (PP2_TYPE_AUTHORITY, usually the TLS server name). */
  readonly authority?: string | undefined;
  readonly tls?: ProxyTlsInfo | undefined;
}

/**
 * Why bytes are no PROXY header. "not-proxy": they start with neither
 * signature. "too-long": a limit was passed. "malformed": anything else.
 */
export type ProxyHeaderFault = "not-proxy" | "too-long" | "malformed";

export type ProxyHeaderResult =
  | { readonly status: "incomplete" }
  | { readonly status: "complete"; readonly header: ProxyHeader; readonly consumed: number }
  | { readonly status: "invalid"; readonly fault: ProxyHeaderFault; readonly reason: string };

export function invalidProxyHeader(fault: ProxyHeaderFault, reason: string): ProxyHeaderResult {
  return { status: "invalid", fault, reason };
}
