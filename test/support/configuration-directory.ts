/** A configuration directory that lasts as long as its test, and what its files are made of. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** Makes the directory with the given files, by their paths in it. */
export function makeConfigurationDirectory(
  context: TestContext,
  files: Readonly<Record<string, string>>,
): string {
  const directory = mkdtempSync(join(tmpdir(), "oversip-config-"));

  context.after(() => rmSync(directory, { recursive: true, force: true }));

  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }

  return directory;
}

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const KEY_OPTIONS = {
  ec: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  rsa: ["-newkey", "rsa:2048"],
  "rsa-512": ["-newkey", "rsa:512"],
  ed25519: ["-newkey", "ed25519"],
} as const;

/** Writes NAME.crt and NAME.key (PEM) into the directory, self-signed, and returns their paths. */
export function writeCertificate(
  directory: string,
  name: string,
  options: { readonly keyType?: "ec" | "rsa" | "rsa-512" | "ed25519"; readonly days?: number } = {},
): CertificateFiles {
  mkdirSync(directory, { recursive: true });

  const files = { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };

  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      ...KEY_OPTIONS[options.keyType ?? "ec"],
      "-nodes",
      "-keyout",
      files.key,
      "-out",
      files.certificate,
      "-days",
      String(options.days ?? 2),
      "-subj",
      `/CN=${name}.example.com`,
    ],
    { stdio: "pipe" },
  );

  return files;
}
