/** The SIP domains that a certificate speaks for (RFC 5922 section 7.1). */
import { X509Certificate } from "node:crypto";
import { isHost, normalizeHost, skipHost } from "../grammar/host.ts";

const COLON = 0x3a;
const SEMICOLON = 0x3b;
const QUESTION_MARK = 0x3f;
const SIP_SCHEME_LENGTH = "sip:".length;

/**
 * Lower-case domains, each once: of the `sip` URIs among the certificate's
 * alternative names; without any, of its DNS names; without alternative names
 * at all, its first Common Name. Empty for what is no certificate.
 *
 * SECURITY: a URI with a user part names that user, not the domain, and a
 * wildcard names no domain (RFC 5922 sections 7.1 and 7.2).
 *
 * @param certificate as `tls.validate` gives it, or PEM.
 */
export function getSipIdentities(certificate: X509Certificate | string | undefined): string[] {
  const x509 = typeof certificate === "string" ? parseCertificate(certificate) : certificate;

  if (x509 === undefined) {
    return [];
  }

  if (x509.subjectAltName === undefined) {
    return unique(firstCommonName(x509).flatMap(domainOfHost));
  }

  const names = parseAltNames(x509.subjectAltName);
  const byUri = names.flatMap(({ type, value }) => (type === "URI" ? domainOfUri(value) : []));

  return unique(
    byUri.length > 0
      ? byUri
      : names.flatMap(({ type, value }) => (type === "DNS" ? domainOfHost(value) : [])),
  );
}

/** Undefined for what is no certificate. */
export function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

interface AltName {
  readonly type: string;
  readonly value: string;
}

/**
 * Takes Node's text of alternative names apart: `TYPE:value` separated by ", ".
 * SECURITY (CVE-2021-44532): a value that has a separator, a quote or a control
 * character is a JSON string, so the text must not simply be split.
 */
function parseAltNames(text: string): AltName[] {
  const names: AltName[] = [];
  const pattern = /([^:]*):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy;

  for (let match = pattern.exec(text); match !== null && match[0] !== ""; match = pattern.exec(text)) {
    const [, type = "", value = ""] = match;

    names.push({ type, value: value.startsWith('"') ? String(JSON.parse(value)) : value });
  }

  return names;
}

/** The host of a `sip` URI without user part; `sips` and other schemes are no SIP domain identity. */
function domainOfUri(uri: string): string[] {
  if (uri.slice(0, SIP_SCHEME_LENGTH).toLowerCase() !== "sip:" || uri.includes("@")) {
    return [];
  }

  const end = skipHost(uri, SIP_SCHEME_LENGTH, uri.length);
  const next = uri.charCodeAt(end);
  const isHostEnd = end === uri.length || next === COLON || next === SEMICOLON || next === QUESTION_MARK;

  return end > 0 && isHostEnd ? domainOfHost(uri.slice(SIP_SCHEME_LENGTH, end)) : [];
}

/** The normal form of a host; nothing for what is none, such as a wildcard. */
function domainOfHost(host: string): string[] {
  return isHost(host) ? [normalizeHost(host)] : [];
}

function firstCommonName(certificate: X509Certificate): string[] {
  // Several Common Names come as a list, which the types do not say.
  const names: string | string[] | undefined = certificate.toLegacyObject().subject?.CN;

  return [names]
    .flat()
    .slice(0, 1)
    .filter((name) => name !== undefined);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
