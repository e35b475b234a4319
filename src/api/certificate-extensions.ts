/**
 * What `X509Certificate` does not tell of a certificate but its validation
 * must know (RFC 5280 section 4.2): extensions that have to be understood, and
 * how many authorities may follow it.
 */
import type { X509Certificate } from "node:crypto";

export interface CertificateExtensions {
  /** Whether there is one that must be processed, and that `tls.validate` does not. */
  readonly hasUnhandled: boolean;
  /** pathLenConstraint of the basic constraints (RFC 5280 section 4.2.1.9). */
  readonly pathLength: number | undefined;
}

/** Content of a DER value, as offsets. */
interface DerValue {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;

const BASIC_CONSTRAINTS = "551d13";
const NAME_CONSTRAINTS = "551d1e";

/**
 * Object identifiers, as hexadecimal: key usage (which `checkIssued` looks
 * at), alternative names, certificate policies (any will do), extended key usage.
 */
const HANDLED: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, "551d0f", "551d11", "551d20", "551d25"]);

/** SECURITY: a certificate whose bytes are not as expected counts as one with an unhandled extension. */
export function readExtensions(certificate: X509Certificate): CertificateExtensions {
  const bytes = certificate.raw;
  const [outer] = children(bytes, { tag: 0, start: 0, end: bytes.length });
  const [signed] = outer === undefined ? [] : children(bytes, outer);

  if (signed === undefined) {
    return { hasUnhandled: true, pathLength: undefined };
  }

  const field = children(bytes, signed).find(({ tag }) => tag === EXTENSIONS);
  const [list] = field === undefined ? [] : children(bytes, field);
  let hasUnhandled = false;
  let pathLength: number | undefined;

  for (const extension of list === undefined ? [] : children(bytes, list)) {
    const [identifier, ...rest] = children(bytes, extension);
    const name = identifier === undefined ? "" : bytes.toString("hex", identifier.start, identifier.end);
    const isCritical = rest.some(({ tag, start }) => tag === BOOLEAN && bytes[start] !== 0);
    const value = rest.find(({ tag }) => tag === OCTET_STRING);

    // Name constraints are not processed, so whoever is under them is refused even when they are not critical.
    hasUnhandled ||= (isCritical && !HANDLED.has(name)) || name === NAME_CONSTRAINTS;

    if (name === BASIC_CONSTRAINTS && value !== undefined) {
      pathLength = readPathLength(bytes, value);
    }
  }

  return { hasUnhandled, pathLength };
}

/** BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
function readPathLength(bytes: Buffer, value: DerValue): number | undefined {
  const [constraints] = children(bytes, value);
  const length = (constraints === undefined ? [] : children(bytes, constraints)).find(
    ({ tag }) => tag === INTEGER,
  );

  // More than one byte is more than any path has.
  return length === undefined || length.end - length.start !== 1 ? undefined : bytes[length.start];
}

/** The values within a value; ends at the first that is not well-formed. */
function children(bytes: Buffer, parent: DerValue): DerValue[] {
  const values: DerValue[] = [];
  let offset = parent.start;

  while (offset + 2 <= parent.end) {
    const tag = bytes.readUInt8(offset);
    const first = bytes.readUInt8(offset + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const start = offset + 2 + lengthBytes;

    if (lengthBytes > 4 || start > parent.end) {
      break;
    }

    const length = lengthBytes === 0 ? first : bytes.readUIntBE(offset + 2, lengthBytes);

    if (start + length > parent.end) {
      break;
    }

    values.push({ tag, start, end: start + length });
    offset = start + length;
  }

  return values;
}
