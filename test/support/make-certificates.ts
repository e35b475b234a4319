/** Certificates for tests, made by the openssl command: an authority, and what it signs. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type KeyKind = "ec" | "rsa" | "ed25519";

export interface LeafOptions {
  /** Common Name. Default "leaf.example.com". */
  readonly commonName?: string;
  /** Such as "DNS:example.com", "URI:sip:example.com", "IP:127.0.0.1". Default: no such extension. */
  readonly subjectAltNames?: readonly string[];
  /** Default "ec". */
  readonly keyKind?: KeyKind;
  /** Default 30; a negative number makes one that has expired. */
  readonly validDays?: number;
}

export interface MadeCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

const KEY_ARGUMENTS: Readonly<Record<KeyKind, readonly string[]>> = {
  ec: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  rsa: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  ed25519: ["-algorithm", "ED25519"],
};

/** An authority of its own in a directory of its own. */
export class CertificateAuthority {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly #directory: string;
  readonly #issuer: string;
  #count = 0;

  constructor(commonName = "Test Authority", parent?: CertificateAuthority) {
    this.#directory = mkdtempSync(join(tmpdir(), "certificates-"));
    this.#issuer = this.#path("ca");

    if (parent === undefined) {
      this.key = this.#makeKey("ca", "ec");
      openssl(
        ...["req", "-x509", "-new", "-key", `${this.#issuer}.key`, "-out", `${this.#issuer}.crt`],
        ...["-days", "30", "-subj", `/CN=${commonName}`],
        ...[
          "-addext",
          "basicConstraints=critical,CA:TRUE",
          "-addext",
          "keyUsage=critical,keyCertSign,cRLSign",
        ],
      );
      this.cert = readFileSync(`${this.#issuer}.crt`, "utf8");
    } else {
      const made = parent.#sign(commonName, "ec", 30, [
        "basicConstraints=critical,CA:TRUE",
        "keyUsage=critical,keyCertSign,cRLSign",
      ]);

      this.cert = made.cert;
      this.key = made.key;
      writeFileSync(`${this.#issuer}.crt`, made.cert);
      writeFileSync(`${this.#issuer}.key`, made.key);
    }
  }

  /** An authority whose certificate this one has signed. */
  intermediate(commonName = "Test Intermediate"): CertificateAuthority {
    return new CertificateAuthority(commonName, this);
  }

  leaf(options: LeafOptions = {}): MadeCertificate {
    const { commonName = "leaf.example.com", subjectAltNames, keyKind = "ec", validDays = 30 } = options;
    const extensions = ["basicConstraints=CA:FALSE", "extendedKeyUsage=serverAuth,clientAuth"];

    return this.#sign(
      commonName,
      keyKind,
      validDays,
      subjectAltNames === undefined
        ? extensions
        : [...extensions, `subjectAltName=${subjectAltNames.join(",")}`],
    );
  }

  /** Removes its files. */
  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #sign(
    commonName: string,
    keyKind: KeyKind,
    validDays: number,
    extensions: readonly string[],
  ): MadeCertificate {
    const name = `leaf-${this.#count++}`;
    const path = this.#path(name);
    const key = this.#makeKey(name, keyKind);

    writeFileSync(`${path}.ext`, `${extensions.join("\n")}\n`);
    openssl("req", "-new", "-key", `${path}.key`, "-out", `${path}.csr`, "-subj", `/CN=${commonName}`);
    openssl(
      ...["x509", "-req", "-in", `${path}.csr`, "-out", `${path}.crt`],
      ...["-CA", `${this.#issuer}.crt`, "-CAkey", `${this.#issuer}.key`, "-CAcreateserial"],
      ...["-days", String(validDays), "-extfile", `${path}.ext`],
    );

    return { cert: readFileSync(`${path}.crt`, "utf8"), key };
  }

  #makeKey(name: string, keyKind: KeyKind): string {
    const file = `${this.#path(name)}.key`;

    openssl("genpkey", ...KEY_ARGUMENTS[keyKind], "-out", file);

    return readFileSync(file, "utf8");
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
