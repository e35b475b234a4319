/**
 * The certificate by which a new configuration serves TLS and WSS on this
 * machine before there is a real one. It is made where it is needed and never
 * shipped: a key that others have protects nothing.
 */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { certificateFiles, writeCertificateFiles } from "./certificate-files.ts";
import { makeSelfSignedCertificate } from "./self-signed-certificate.ts";

/** `tls.public_cert` and `tls.private_cert` of the sample configuration, without their endings. */
export const DEMO_CERTIFICATE_NAME = "demo";

/** Browsers accept no longer ones. */
const DAYS = 365;

/**
 * Makes `demo.crt` and `demo.key` unless they are there; when the certificate
 * has expired, anew.
 *
 * @param directory `tls/` of the configuration directory.
 * @returns the files that were written; empty when they were there.
 * @throws {Error} when they cannot be written.
 */
export function ensureDemoCertificate(directory: string): readonly string[] {
  const files = certificateFiles(directory, DEMO_CERTIFICATE_NAME);
  const paths = [files.certificate, files.key];

  if (paths.some((path) => existsSync(path))) {
    if (!hasExpired(files.certificate)) {
      return [];
    }

    for (const path of paths) {
      rmSync(path, { force: true });
    }
  }

  writeCertificateFiles(
    directory,
    files,
    makeSelfSignedCertificate({
      commonName: "localhost",
      domains: ["localhost", "127.0.0.1", "::1"],
      sipUris: ["sip:localhost"],
      days: DAYS,
      keyType: "ec",
    }),
  );

  return paths;
}

/** False for what cannot be read: what somebody put there is left alone, and the configuration check tells what is wrong. */
function hasExpired(path: string): boolean {
  try {
    return new X509Certificate(readFileSync(path)).validToDate.getTime() < Date.now();
  } catch {
    return false;
  }
}
