/** Certificate and key of this server, and how its TLS is set up from them (RFC 8446, RFC 5246). */
import { constants, createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";

export interface TlsPair {
  /** PEM: a certificate of this server, then those that lead to its authority. */
  readonly cert: string | Buffer;
  /** PEM, without passphrase. */
  readonly key: string | Buffer;
}

export interface TlsCredentials {
  /** PEM: the certificate of this server, then those that lead to its authority. */
  readonly cert?: string | Buffer | undefined;
  /** PEM, without passphrase. */
  readonly key?: string | Buffer | undefined;
  /** For clients that ask for one of their names (SNI); others, and servers, are shown `cert`. */
  readonly otherPairs?: readonly TlsPair[] | undefined;
  /** PEM, one authority each: named to clients that are asked for a certificate. */
  readonly ca?: readonly (string | Buffer)[] | undefined;
}

/** With more, the request for a certificate is longer than some clients take; then it names none, which is any. */
const MAX_NAMED_AUTHORITIES = 64;

/**
 * SECURITY: TLS 1.2 and 1.3 only, no renegotiation. No session tickets: of a
 * resumed session the peer's chain is unknown, and user code is to judge it.
 */
export function secureContextOptions(credentials: TlsCredentials): SecureContextOptions {
  const { cert, key, ca = [] } = credentials;

  return {
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
    // Not the authorities that the runtime brings along: what a peer presents is judged by user code.
    ca: ca.length > MAX_NAMED_AUTHORITIES ? [] : [...ca],
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** @throws {Error} when a PEM text cannot be read, or key and certificate do not belong together. */
export function createTlsContext(credentials: TlsCredentials): SecureContext {
  const { cert, key } = credentials;

  // OpenSSL itself takes a pair of two kinds, such as RSA and EC, and then fails every handshake.
  if (
    cert !== undefined &&
    key !== undefined &&
    !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  ) {
    throw new Error("the private key does not belong to the certificate");
  }

  return createSecureContext(secureContextOptions(credentials));
}
