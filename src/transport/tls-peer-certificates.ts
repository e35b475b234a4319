/** The certificates that a TLS peer has presented, as user code gets them. */
import type { TLSSocket } from "node:tls";

/** More than any chain has; it bounds a chain that leads back to itself. */
const MAX_CERTIFICATES = 32;

/** PEM texts, the peer's own certificate first, then the chain; empty when it presented none. */
export function peerCertificates(socket: TLSSocket): string[] {
  const pems: string[] = [];
  let certificate = socket.getPeerX509Certificate();

  while (certificate !== undefined && pems.length < MAX_CERTIFICATES) {
    const issuer = certificate.issuerCertificate;

    pems.push(certificate.toString());
    certificate = issuer?.fingerprint256 === certificate.fingerprint256 ? undefined : issuer;
  }

  return pems;
}
