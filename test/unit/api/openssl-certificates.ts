/** Certificates with any extensions, right or wrong, made by the openssl command. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SignedCertificate {
  readonly pem: string;
  /** Files without their ending; `.crt` and `.key` are there. */
  readonly path: string;
}

export interface SigningOptions {
  /** Such as "/CN=leaf.example.com". */
  readonly subject: string;
  /** Lines of openssl's extension section. Default: none. */
  readonly extensions?: readonly string[];
  /** Default: itself. */
  readonly issuer?: SignedCertificate;
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** Default "sha256". */
  readonly digest?: string;
  /** Whose key it has. Default: a new one. */
  readonly keyOf?: SignedCertificate;
}

export const CA_EXTENSIONS = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
export const LEAF_EXTENSIONS = ["basicConstraints=CA:FALSE"];

export class CertificateWorkshop {
  readonly #folder = mkdtempSync(join(tmpdir(), "oversip-certificates-"));
  #count = 0;

  sign(options: SigningOptions): SignedCertificate {
    const path = join(this.#folder, String(this.#count++));
    const issuer = options.issuer?.path ?? path;

    if (options.keyOf === undefined) {
      openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${path}.key`);
    } else {
      writeFileSync(`${path}.key`, readFileSync(`${options.keyOf.path}.key`));
    }

    writeFileSync(
      join(this.#folder, "ca.conf"),
      `[ca]
default_ca = own
[own]
database = ${path}.index
serial = ${path}.serial
new_certs_dir = ${this.#folder}
default_md = ${options.digest ?? "sha256"}
policy = any
unique_subject = no
x509_extensions = extensions
[any]
commonName = optional
organizationName = optional
[extensions]
${(options.extensions ?? []).join("\n")}
[req]
distinguished_name = name
[name]
`,
    );
    writeFileSync(`${path}.index`, "");
    writeFileSync(`${path}.serial`, `${(1000 + this.#count).toString()}\n`);
    openssl(
      ...["req", "-new", "-utf8", "-config", join(this.#folder, "ca.conf")],
      ...["-key", `${path}.key`, "-out", `${path}.csr`, "-subj", options.subject],
    );
    openssl(
      ...["ca", "-batch", "-notext", "-preserveDN", "-config", join(this.#folder, "ca.conf")],
      ...["-in", `${path}.csr`, "-out", `${path}.crt`, "-keyfile", `${issuer}.key`],
      ...(options.issuer === undefined ? ["-selfsign"] : ["-cert", `${issuer}.crt`]),
      ...[
        "-startdate",
        options.notBefore ?? "20200101000000Z",
        "-enddate",
        options.notAfter ?? "20490101000000Z",
      ],
    );

    return { pem: readFileSync(`${path}.crt`, "utf8"), path };
  }

  /** Removes its files. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
