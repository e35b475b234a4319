/**
 * The certificate chain, key and authorities that the `tls` section names,
 * read and checked. Apart from oversip.conf, because a reload reads them again.
 */
import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ConfigurationError } from "../errors/errors.ts";
import { type AuthorityReading, readAuthorities } from "./certificate-authorities.ts";
import type { Configuration, TlsConfiguration } from "./configuration.ts";
import { isEncryptedKey, parseCertificates } from "./pem.ts";

export interface TlsMaterial {
  /** PEM: the server's own certificate, then those of its issuers. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM, one certificate each; undefined when peers are not to be validated. */
  readonly ca: string[] | undefined;
}

export interface TlsFault {
  readonly key: "public_cert" | "private_cert" | "ca_dir";
  readonly path: string;
  readonly message: string;
}

export interface TlsReading {
  /** Undefined without `public_cert` and `private_cert`, and when there are faults. */
  readonly material: TlsMaterial | undefined;
  /** The authorities, whether there is a certificate or not. */
  readonly ca: string[] | undefined;
  readonly faults: readonly TlsFault[];
  readonly notices: readonly string[];
}

/**
 * Reads the files anew.
 *
 * @returns undefined when the configuration has no certificate or no key
 * @throws {ConfigurationError} with every problem; `file` is the file that has it
 */
export function loadTlsMaterial(configuration: Configuration): TlsMaterial | undefined {
  const { material, faults } = readTlsMaterial(configuration.tls);

  throwFaults(faults);

  return material;
}

/**
 * The authorities alone, for a server that opens TLS connections without a certificate of its own.
 *
 * @throws {ConfigurationError} with every problem
 */
export function loadCertificateAuthorities(configuration: Configuration): string[] | undefined {
  const { ca, faults } = readTlsMaterial({ ...configuration.tls, publicCert: null, privateCert: null });

  throwFaults(faults);

  return ca;
}

function throwFaults(faults: readonly TlsFault[]): void {
  if (faults.length > 0) {
    throw new ConfigurationError(
      faults.map(({ key, path, message }) => ({ file: path, key: `tls.${key}`, message })),
    );
  }
}

/** As `loadTlsMaterial`, for callers that know the place of each key. */
export function readTlsMaterial(tls: TlsConfiguration): TlsReading {
  const faults: TlsFault[] = [];
  const notices: string[] = [];
  const chain = tls.publicCert === null ? undefined : readChain(tls.publicCert, faults, notices);
  const key = tls.privateCert === null ? undefined : readKey(tls.privateCert, faults);
  const authorities: AuthorityReading =
    tls.caDir === null ? { ca: undefined, faults: [], notices: [] } : readAuthorities(tls.caDir);

  faults.push(...authorities.faults.map((fault) => ({ key: "ca_dir" as const, ...fault })));
  notices.push(...authorities.notices);

  if (chain !== undefined && key !== undefined && tls.privateCert !== null) {
    checkPair(chain, key, tls.privateCert, faults);
  }

  const isComplete = chain !== undefined && key !== undefined && faults.length === 0;

  return {
    material: isComplete ? { cert: chain.pem, key: key.pem, ca: authorities.ca } : undefined,
    ca: authorities.ca,
    faults,
    notices,
  };
}

/** Text of a file, or undefined and a fault. */
function readText(key: TlsFault["key"], path: string, faults: TlsFault[]): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";

    faults.push({ key, path, message: `cannot be read (${code}); expected a readable PEM file` });

    return undefined;
  }
}

interface Chain {
  readonly leaf: X509Certificate;
  readonly pem: string;
}

function readChain(path: string, faults: TlsFault[], notices: string[]): Chain | undefined {
  const text = readText("public_cert", path, faults);

  if (text === undefined) {
    return undefined;
  }

  const { certificates, unparsableCount } = parseCertificates(text);
  const [leaf] = certificates;

  if (leaf === undefined || unparsableCount > 0) {
    const what = unparsableCount > 0 ? "holds a certificate that cannot be parsed" : "holds no certificate";

    faults.push({
      key: "public_cert",
      path,
      message: `${what}; expected PEM certificates, the server's first`,
    });

    return undefined;
  }

  certificates.forEach((certificate, index) => {
    const issuer = certificates[index + 1];

    if (issuer !== undefined && !certificate.checkIssued(issuer)) {
      notices.push(`${path}: certificate ${index + 2} is not the issuer of certificate ${index + 1}`);
    }
  });

  if (leaf.validToDate.getTime() < Date.now()) {
    notices.push(`${path}: the certificate expired on ${leaf.validToDate.toISOString()}`);
  }

  return { leaf, pem: certificates.map((certificate) => certificate.toString()).join("") };
}

const KEY_TYPES: ReadonlySet<string> = new Set(["rsa", "rsa-pss", "ec", "ed25519"]);

interface PrivateKey {
  readonly object: KeyObject;
  readonly pem: string;
}

function readKey(path: string, faults: TlsFault[]): PrivateKey | undefined {
  const pem = readText("private_cert", path, faults);

  if (pem === undefined) {
    return undefined;
  }

  if (isEncryptedKey(pem)) {
    const message = "the key is protected by a passphrase; expected a key without one";

    faults.push({ key: "private_cert", path, message });

    return undefined;
  }

  try {
    const object = createPrivateKey(pem);

    if (KEY_TYPES.has(object.asymmetricKeyType ?? "")) {
      return { object, pem };
    }

    const message = `a key of type ${object.asymmetricKeyType} is not allowed; expected RSA, EC or Ed25519`;

    faults.push({ key: "private_cert", path, message });
  } catch {
    const message = "holds no private key that can be parsed; expected RSA, EC or Ed25519 in PEM";

    faults.push({ key: "private_cert", path, message });
  }

  return undefined;
}

function checkPair(chain: Chain, key: PrivateKey, keyPath: string, faults: TlsFault[]): void {
  if (!chain.leaf.checkPrivateKey(key.object)) {
    const message = "the key does not belong to the first certificate of tls.public_cert; expected its key";

    faults.push({ key: "private_cert", path: keyPath, message });

    return;
  }

  // What parses may still be refused when used, such as an RSA key that is too short.
  try {
    createSecureContext({ cert: chain.pem, key: key.pem });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);

    faults.push({
      key: "private_cert",
      path: keyPath,
      message: `TLS refuses certificate and key: ${reason}`,
    });
  }
}
