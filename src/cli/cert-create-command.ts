/** `oversip cert create`: makes a key and a self-signed certificate, and never writes over a file. */
import { existsSync } from "node:fs";
import { certificateFiles, writeCertificateFiles } from "../app/certificate-files.ts";
import { makeSelfSignedCertificate } from "../app/self-signed-certificate.ts";
import type { CertificateOptions } from "./cert-options.ts";
import { describeFileError } from "./report.ts";

export function certCreateCommand(options: CertificateOptions): number {
  const { days, directory, domains, keyType, name, sipUris } = options;
  const files = certificateFiles(directory, name);
  const existing = [files.certificate, files.key].filter((path) => existsSync(path));

  if (existing.length > 0) {
    process.stderr.write(
      `oversip: nothing was written, for there is already\n${existing.map((path) => `  ${path}\n`).join("")}`,
    );

    return 1;
  }

  try {
    writeCertificateFiles(
      directory,
      files,
      makeSelfSignedCertificate({ commonName: name, domains, sipUris, days, keyType }),
    );
  } catch (error) {
    process.stderr.write(`oversip: ${describeFileError(error)}\n`);

    return 1;
  }

  process.stdout.write(
    `${files.certificate}\n${files.key}\n\n` +
      `For ${[...domains, ...sipUris].join(", ")}; valid for ${days} day${days === 1 ? "" : "s"}. To use it, in section tls of oversip.conf:\n` +
      `  public_cert: ${name}.crt\n  private_cert: ${name}.key\n` +
      "with both files in the folder tls/ beside it. It is self-signed: whoever connects has to be told to trust it.\n",
  );

  return 0;
}
