/**
 * Makes a key and a certificate that it signs itself (RFC 5280), for SIP over
 * TLS as RFC 5922 and for WSS as browsers want it. Node.js can read
 * certificates but not write them.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { ipAddressBytes } from "../transport/ip-address-bytes.ts";
import {
  bitString,
  explicit,
  implicit,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  trueValue,
  unsignedInteger,
  utf8String,
} from "./der-writer.ts";

export type CertificateKeyType = "ec" | "rsa";

export interface CertificateSubject {
  /** Common Name, 64 characters at most. */
  readonly commonName: string;
  /** Domains, and addresses without brackets. */
  readonly domains: readonly string[];
  /** Such as "sip:example.com": the SIP domains that it speaks for (RFC 5922 section 7.1). */
  readonly sipUris: readonly string[];
  /** How long it is valid, from now on. */
  readonly days: number;
  /** P-256 or 3072 bits. */
  readonly keyType: CertificateKeyType;
}

export interface SelfSignedCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

const RSA_BITS = 3072;
/** RFC 5280 section 4.1.2.2: at most 20, positive and unique. */
const SERIAL_BYTES = 16;
const DAY_MS = 86_400_000;
/** Clocks differ: valid from a little before now on. */
const BACKDATED_MS = 3_600_000;

const COMMON_NAME = "2.5.4.3";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";

const EXTENSION = {
  SUBJECT_KEY_IDENTIFIER: "2.5.29.14",
  KEY_USAGE: "2.5.29.15",
  SUBJECT_ALT_NAME: "2.5.29.17",
  BASIC_CONSTRAINTS: "2.5.29.19",
  EXTENDED_KEY_USAGE: "2.5.29.37",
} as const;

/** serverAuth and clientAuth: a SIP server is both; sipDomain of RFC 5924. */
const PURPOSES = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.20"] as const;

/** GeneralName, RFC 5280 section 4.2.1.6. */
const GENERAL_NAME = { DNS: 2, URI: 6, IP: 7 } as const;

export function makeSelfSignedCertificate(subject: CertificateSubject): SelfSignedCertificate {
  const { privateKey, publicKey } =
    subject.keyType === "ec"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: RSA_BITS });
  const algorithm =
    subject.keyType === "ec"
      ? sequence(objectIdentifier(ECDSA_WITH_SHA256))
      : sequence(objectIdentifier(SHA256_WITH_RSA), nullValue());
  const toSign = certificateToSign(subject, publicKey, algorithm);
  const certificate = sequence(toSign, algorithm, bitString(sign("sha256", toSign, privateKey)));

  return {
    certificate: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** TBSCertificate, section 4.1. */
function certificateToSign(subject: CertificateSubject, publicKey: KeyObject, algorithm: Buffer): Buffer {
  const name = sequence(set(sequence(objectIdentifier(COMMON_NAME), utf8String(subject.commonName))));
  const notBefore = new Date(Date.now() - BACKDATED_MS);
  const notAfter = new Date(Date.now() + subject.days * DAY_MS);
  const keyInfo = publicKey.export({ type: "spki", format: "der" });
  const version3 = explicit(0, unsignedInteger(Buffer.from([2])));
  const serial = randomBytes(SERIAL_BYTES);

  // Positive, and of the same length each time.
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;

  return sequence(
    version3,
    unsignedInteger(serial),
    algorithm,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    keyInfo,
    explicit(3, sequence(...extensions(subject, keyInfo))),
  );
}

function extensions(subject: CertificateSubject, keyInfo: Buffer): Buffer[] {
  // RFC 7093 section 2, method 4, cut to the usual 160 bits.
  const keyIdentifier = createHash("sha256").update(keyInfo).digest().subarray(0, 20);
  // digitalSignature; for RSA keyEncipherment too, which old peers ask for (section 4.2.1.3).
  const [usage, unusedBits] = subject.keyType === "ec" ? [0x80, 7] : [0xa0, 5];
  const names = [
    ...subject.domains.map(domainName),
    ...subject.sipUris.map((uri) => implicit(GENERAL_NAME.URI, Buffer.from(uri))),
  ];

  return [
    extension(EXTENSION.BASIC_CONSTRAINTS, true, sequence()),
    extension(EXTENSION.KEY_USAGE, true, bitString(Buffer.from([usage]), unusedBits)),
    extension(EXTENSION.EXTENDED_KEY_USAGE, false, sequence(...PURPOSES.map(objectIdentifier))),
    extension(EXTENSION.SUBJECT_KEY_IDENTIFIER, false, octetString(keyIdentifier)),
    ...(names.length === 0 ? [] : [extension(EXTENSION.SUBJECT_ALT_NAME, false, sequence(...names))]),
  ];
}

function domainName(domain: string): Buffer {
  const address = ipAddressBytes(domain);

  return address === undefined
    ? implicit(GENERAL_NAME.DNS, Buffer.from(domain))
    : implicit(GENERAL_NAME.IP, address);
}

function extension(identifier: string, isCritical: boolean, content: Buffer): Buffer {
  return sequence(objectIdentifier(identifier), ...(isCritical ? [trueValue()] : []), octetString(content));
}

/** RFC 7468: 64 characters a line. */
function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];

  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
