/** PEM files (RFC 7468): finding the blocks in their text. Private keys are not parsed here. */
import { X509Certificate } from "node:crypto";

/** OpenSSL writes three labels for certificates. */
const CERTIFICATE_BLOCK =
  /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[A-Za-z0-9+/=\s]*-----END \1-----/g;

/** The certificates of a text, each as PEM, in their order; what stands between them is left out. */
function certificateBlocks(text: string): string[] {
  return [...text.matchAll(CERTIFICATE_BLOCK)].map(([block]) => block);
}

export interface ParsedCertificates {
  readonly certificates: readonly X509Certificate[];
  /** How many blocks hold no certificate. */
  readonly unparsableCount: number;
}

export function parseCertificates(text: string): ParsedCertificates {
  const certificates: X509Certificate[] = [];
  let unparsableCount = 0;

  for (const block of certificateBlocks(text)) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      unparsableCount++;
    }
  }

  return { certificates, unparsableCount };
}

/** Whether the key block asks for a passphrase: PKCS #8 (RFC 5958) or the older "Proc-Type" header (RFC 1421). */
export function isEncryptedKey(text: string): boolean {
  return text.includes("-----BEGIN ENCRYPTED PRIVATE KEY-----") || /^Proc-Type:\s*4,\s*ENCRYPTED/m.test(text);
}
