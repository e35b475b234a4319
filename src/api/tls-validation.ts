/**
 * Validation of a peer's certificates (RFC 5280 section 6) against the
 * authorities of `tls.ca_dir`. Whom a valid certificate speaks for is another
 * question: `getSipIdentities`. Revocation is not looked at.
 */
import type { X509Certificate } from "node:crypto";
import { readExtensions } from "./certificate-extensions.ts";
import { parseCertificate } from "./sip-identities.ts";

/** What `tls.validate` found. */
export interface CertificateValidation {
  /** The peer's own certificate. */
  readonly cert: X509Certificate | undefined;
  /** Undefined when there is nothing to validate by. */
  readonly validated: boolean | undefined;
  /** As Node.js names it for its own connections, such as "CERT_HAS_EXPIRED". */
  readonly errorCode: string | undefined;
  /** For a log. */
  readonly errorText: string | undefined;
}

interface Fault {
  readonly code: string;
  readonly text: string;
}

/** SECURITY: what a peer presents beyond these is not looked at. */
const MAX_CERTIFICATES = 32;

/** Certificates between the peer's and an authority of ours. */
const MAX_INTERMEDIATES = 8;

/** Certificates that are looked at in the search for a path. */
const MAX_STEPS = 64;

const EXPIRED: Fault = { code: "CERT_HAS_EXPIRED", text: "certificate has expired" };
const NOT_YET_VALID: Fault = { code: "CERT_NOT_YET_VALID", text: "certificate is not yet valid" };
const NO_ISSUER: Fault = {
  code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  text: "unable to get local issuer certificate",
};
const SELF_SIGNED: Fault = { code: "DEPTH_ZERO_SELF_SIGNED_CERT", text: "self-signed certificate" };
const SELF_SIGNED_IN_CHAIN: Fault = {
  code: "SELF_SIGNED_CERT_IN_CHAIN",
  text: "self-signed certificate in certificate chain",
};
const BAD_SIGNATURE: Fault = { code: "CERT_SIGNATURE_FAILURE", text: "certificate signature failure" };
const WEAK_SIGNATURE: Fault = { code: "CA_MD_TOO_WEAK", text: "CA signature digest algorithm too weak" };
const INVALID_CA: Fault = { code: "INVALID_CA", text: "invalid CA certificate" };
const PATH_TOO_LONG: Fault = { code: "PATH_LENGTH_EXCEEDED", text: "path length constraint exceeded" };
const CHAIN_TOO_LONG: Fault = { code: "CERT_CHAIN_TOO_LONG", text: "certificate chain too long" };
const UNHANDLED: Fault = {
  code: "UNHANDLED_CRITICAL_EXTENSION",
  text: "unhandled critical extension",
};

/** Authorities that are trusted, read once. */
export class TrustedAuthorities {
  readonly #bySubject = new Map<string, X509Certificate[]>();
  readonly #fingerprints = new Set<string>();

  /** Texts that are no certificate are left out. */
  constructor(pems: readonly string[]) {
    for (const authority of pems.flatMap((pem) => parseCertificate(pem) ?? [])) {
      const known = this.#bySubject.get(authority.subject);

      this.#fingerprints.add(authority.fingerprint256);

      if (known === undefined) {
        this.#bySubject.set(authority.subject, [authority]);
      } else {
        known.push(authority);
      }
    }
  }

  get size(): number {
    return this.#fingerprints.size;
  }

  has(certificate: X509Certificate): boolean {
    return this.#fingerprints.has(certificate.fingerprint256);
  }

  issuersOf(certificate: X509Certificate): readonly X509Certificate[] {
    return this.#bySubject.get(certificate.issuer) ?? [];
  }
}

/**
 * Builds a path from the first certificate, through the others in any order,
 * to a trusted authority. The list is not changed. Never throws.
 *
 * @param pems what the peer presented, its own certificate first.
 * @param authorities undefined or empty: nothing is validated.
 */
export function validateCertificates(
  pems: readonly string[],
  authorities: TrustedAuthorities | undefined,
): CertificateValidation {
  if (authorities === undefined || authorities.size === 0) {
    return result(undefined, undefined, {
      code: undefined,
      text: "no CAs provided, validation disabled",
    });
  }

  const [first, ...others] = pems.slice(0, MAX_CERTIFICATES);

  if (first === undefined) {
    return result(undefined, false, { code: undefined, text: "no certificate provided by peer" });
  }

  const cert = parseCertificate(first);

  if (cert === undefined) {
    return result(undefined, false, { code: "CERT_MALFORMED", text: "not a certificate" });
  }

  const intermediates = others.flatMap((pem) => parseCertificate(pem) ?? []);
  const fault = findFault([cert], { authorities, intermediates, now: new Date(), stepsLeft: MAX_STEPS });

  return result(cert, fault === undefined, fault);
}

interface Search {
  readonly authorities: TrustedAuthorities;
  readonly intermediates: readonly X509Certificate[];
  readonly now: Date;
  /** SECURITY: certificates that sign each other in all ways make paths without end. */
  stepsLeft: number;
}

/** Why the last certificate of `path`, which begins with the peer's, leads to no authority; undefined when it does. */
function findFault(path: readonly X509Certificate[], search: Search): Fault | undefined {
  search.stepsLeft -= 1;

  if (search.stepsLeft < 0) {
    return CHAIN_TOO_LONG;
  }

  const certificate = path.at(-1) as X509Certificate;
  const own = findOwnFault(certificate, search);

  if (own !== undefined || search.authorities.has(certificate)) {
    return own;
  }

  // SECURITY: no certificate twice in a path, so that a circle of issuers ends.
  const issuers = [...search.authorities.issuersOf(certificate), ...search.intermediates].filter(
    (issuer) => certificate.checkIssued(issuer) && !path.some((other) => isSame(other, issuer)),
  );

  if (path.length > MAX_INTERMEDIATES && issuers.length > 0) {
    return CHAIN_TOO_LONG;
  }

  let fault: Fault = withoutIssuer(certificate, path.length);

  for (const issuer of issuers) {
    const found = findIssuerFault(certificate, issuer, path) ?? findFault([...path, issuer], search);

    if (found === undefined) {
      return undefined;
    }

    fault = found;
  }

  return fault;
}

/** RFC 5280 section 6.1.3: dates, and extensions that must be understood. */
function findOwnFault(certificate: X509Certificate, search: Search): Fault | undefined {
  if (certificate.validFromDate > search.now) {
    return NOT_YET_VALID;
  }

  if (certificate.validToDate < search.now) {
    return EXPIRED;
  }

  // What is asked of a trusted authority was settled when it was trusted (RFC 5280 section 6.1.1 d).
  return !search.authorities.has(certificate) && readExtensions(certificate).hasUnhandled
    ? UNHANDLED
    : undefined;
}

/** RFC 5280 section 6.1.3 a 1 and 6.1.4 k to n: whether the issuer may, and did, sign the certificate. */
function findIssuerFault(
  certificate: X509Certificate,
  issuer: X509Certificate,
  path: readonly X509Certificate[],
): Fault | undefined {
  if (!issuer.ca) {
    return INVALID_CA;
  }

  // Authorities below the issuer; those that only renewed their own key do not count.
  const below = path.slice(1).filter((other) => other.subject !== other.issuer).length;
  const { pathLength } = readExtensions(issuer);

  if (pathLength !== undefined && below > pathLength) {
    return PATH_TOO_LONG;
  }

  // SECURITY: signatures over MD5 and SHA-1 can be forged. Node.js before 24.9 does not tell.
  if (/md[245]|sha-?1(?![0-9])/i.test(certificate.signatureAlgorithm ?? "")) {
    return WEAK_SIGNATURE;
  }

  return isSignedBy(certificate, issuer) ? undefined : BAD_SIGNATURE;
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind that this runtime does not know.
    return false;
  }
}

function withoutIssuer(certificate: X509Certificate, pathLength: number): Fault {
  if (!certificate.checkIssued(certificate)) {
    return NO_ISSUER;
  }

  return pathLength === 1 ? SELF_SIGNED : SELF_SIGNED_IN_CHAIN;
}

function isSame(left: X509Certificate, right: X509Certificate): boolean {
  return left.fingerprint256 === right.fingerprint256;
}

function result(
  cert: X509Certificate | undefined,
  validated: boolean | undefined,
  fault: { readonly code: string | undefined; readonly text: string } | undefined,
): CertificateValidation {
  return { cert, validated, errorCode: fault?.code, errorText: fault?.text };
}
