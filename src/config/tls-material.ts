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

export interface TlsPair {
  /** PEM: the server's own certificate, then those of its issuers. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

/** Itself the first pair. */
export interface TlsMaterial extends TlsPair {
  /** The other pairs, in the order of the file: for the names that clients ask for. */
  readonly otherPairs: readonly TlsPair[];
  /** PEM, one certificate each; undefined when peers are not to be validated. */
  readonly ca: string[] | undefined;
}

export interface TlsFault {
  readonly key: "public_cert" | "private_cert" | "ca_dir";
  /** Which one of a list. */
  readonly index?: number;
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
  const pairs = readPairs(tls.publicCert ?? [], tls.privateCert ?? [], faults, notices);
  const authorities: AuthorityReading =
    tls.caDir === null ? { ca: undefined, faults: [], notices: [] } : readAuthorities(tls.caDir);

  faults.push(...authorities.faults.map((fault) => ({ key: "ca_dir" as const, ...fault })));
  notices.push(...authorities.notices);

  const [first, ...otherPairs] = pairs;
  const isComplete = first !== undefined && faults.length === 0;

  return {
    material: isComplete ? { ...first, otherPairs, ca: authorities.ca } : undefined,
    ca: authorities.ca,
    faults,
    notices,
  };
}

/** Pairs by their positions; what lacks its other half, or is faulty, makes none. */
function readPairs(
  chainPaths: readonly string[],
  keyPaths: readonly string[],
  faults: TlsFault[],
  notices: string[],
): TlsPair[] {
  const pairs: TlsPair[] = [];
  const chains = chainPaths.map((path, index) => readChain(path, index, faults, notices));
  const keys = keyPaths.map((path, index) => readKey(path, index, faults));

  for (const [index, chain] of chains.entries()) {
    const key = keys[index];

    if (chain !== undefined && key !== undefined && isPair(chain, key, faults)) {
      pairs.push({ cert: chain.pem, key: key.pem });
    }
  }

  return pairs;
}

/** Text of a file, or undefined and a fault. */
function readText(key: TlsFault["key"], path: string, index: number, faults: TlsFault[]): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";

    faults.push({ key, path, index, message: `cannot be read (${code}); expected a readable PEM file` });

    return undefined;
  }
}

interface Chain {
  readonly path: string;
  readonly leaf: X509Certificate;
  readonly pem: string;
}

function readChain(path: string, index: number, faults: TlsFault[], notices: string[]): Chain | undefined {
  const text = readText("public_cert", path, index, faults);

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
      index,
      message: `${what}; expected PEM certificates, the server's first`,
    });

    return undefined;
  }

  certificates.forEach((certificate, position) => {
    const issuer = certificates[position + 1];

    if (issuer !== undefined && !certificate.checkIssued(issuer)) {
      notices.push(`${path}: certificate ${position + 2} is not the issuer of certificate ${position + 1}`);
    }
  });

  if (leaf.validToDate.getTime() < Date.now()) {
    notices.push(`${path}: the certificate expired on ${leaf.validToDate.toISOString()}`);
  }

  return { path, leaf, pem: certificates.map((certificate) => certificate.toString()).join("") };
}

const KEY_TYPES: ReadonlySet<string> = new Set(["rsa", "rsa-pss", "ec", "ed25519"]);

interface PrivateKey {
  readonly path: string;
  readonly index: number;
  readonly object: KeyObject;
  readonly pem: string;
}

function readKey(path: string, index: number, faults: TlsFault[]): PrivateKey | undefined {
  const pem = readText("private_cert", path, index, faults);

  if (pem === undefined) {
    return undefined;
  }

  if (isEncryptedKey(pem)) {
    const message = "the key is protected by a passphrase; expected a key without one";

    faults.push({ key: "private_cert", path, index, message });

    return undefined;
  }

  try {
    const object = createPrivateKey(pem);

    if (KEY_TYPES.has(object.asymmetricKeyType ?? "")) {
      return { path, index, object, pem };
    }

    const message = `a key of type ${object.asymmetricKeyType} is not allowed; expected RSA, EC or Ed25519`;

    faults.push({ key: "private_cert", path, index, message });
  } catch {
    const message = "holds no private key that can be parsed; expected RSA, EC or Ed25519 in PEM";

    faults.push({ key: "private_cert", path, index, message });
  }

  return undefined;
}

function isPair(chain: Chain, key: PrivateKey, faults: TlsFault[]): boolean {
  const { path, index } = key;

  if (!chain.leaf.checkPrivateKey(key.object)) {
    const message = `the key does not belong to the first certificate of ${chain.path}; expected its key`;

    faults.push({ key: "private_cert", path, index, message });

    return false;
  }

  // What parses may still be refused when used, such as an RSA key that is too short.
  try {
    createSecureContext({ cert: chain.pem, key: key.pem });

    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);

    faults.push({
      key: "private_cert",
      path,
      index,
      message: `TLS refuses certificate and key: ${reason}`,
    });

    return false;
  }
}
