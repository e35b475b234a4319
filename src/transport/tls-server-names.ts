/** Which certificate a client is shown, by the name that it asks for (SNI, RFC 6066 section 3). */
import { X509Certificate } from "node:crypto";
import type { SecureContext } from "node:tls";
import { createTlsContext, type TlsCredentials } from "./tls-credentials.ts";

interface NamedContext {
  readonly certificate: X509Certificate;
  /** Whether its common name counts: only without subjectAltName (RFC 6125 section 6.4.4). */
  readonly subject: "always" | "never";
  readonly context: SecureContext;
}

export class TlsServerNames {
  /** Empty when there is nothing to choose from. */
  readonly #contexts: readonly NamedContext[];

  /** @throws {Error} when a pair cannot be used. */
  constructor(credentials: TlsCredentials) {
    const { cert, ca, otherPairs = [] } = credentials;

    // Also when there is no other: it finds what cannot be used.
    const first = createTlsContext(credentials);

    this.#contexts =
      cert === undefined || otherPairs.length === 0
        ? []
        : [
            namedContext(cert, first),
            ...otherPairs.map((pair) => namedContext(pair.cert, createTlsContext({ ...pair, ca }))),
          ];
  }

  /** Undefined when none is for the name. A certificate that has it is better than one with a wildcard for it. */
  contextFor(name: string): SecureContext | undefined {
    // INTEROP: RFC 6066 has no dot at the end, but some clients send the name as they were given it.
    const host = name.endsWith(".") ? name.slice(0, -1) : name;
    let wildcardContext: SecureContext | undefined;

    for (const { certificate, subject, context } of this.#contexts) {
      // A wildcard stands for one label, and for the whole of it.
      const found = certificate.checkHost(host, { subject, partialWildcards: false });

      if (found !== undefined && !found.startsWith("*.")) {
        return context;
      }

      wildcardContext ??= found === undefined ? undefined : context;
    }

    return wildcardContext;
  }
}

function namedContext(cert: string | Buffer, context: SecureContext): NamedContext {
  const certificate = new X509Certificate(cert);

  return { certificate, subject: certificate.subjectAltName === undefined ? "always" : "never", context };
}
