/** Certificates and keys on disk. A key is readable by its owner alone, from its first byte on. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeDirectories } from "./make-directories.ts";
import type { SelfSignedCertificate } from "./self-signed-certificate.ts";

const KEY_MODE = 0o600;
const CERTIFICATE_MODE = 0o644;

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** `NAME.crt` and `NAME.key` in a directory. */
export function certificateFiles(directory: string, name: string): CertificateFiles {
  return { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
}

/**
 * Writes both, and makes the directory where there is none.
 *
 * @throws {Error} with `code` "EEXIST" when one of them is there: nothing is written over, and nothing is left behind.
 */
export function writeCertificateFiles(
  directory: string,
  files: CertificateFiles,
  { certificate, key }: SelfSignedCertificate,
): void {
  makeDirectories(directory);
  writeNew(files.key, key, KEY_MODE);

  try {
    writeNew(files.certificate, certificate, CERTIFICATE_MODE);
  } catch (error) {
    rmSync(files.key);

    throw error;
  }
}

function writeNew(path: string, text: string, mode: number): void {
  const descriptor = openSync(path, "wx", mode);

  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
