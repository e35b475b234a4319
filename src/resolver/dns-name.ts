/** Domain names between their text and their bytes in a DNS message (RFC 1035 sections 3.1 and 4.1.4). */

const DOT = 0x2e;
const BACKSLASH = 0x5c;
const MAX_LABEL_BYTES = 63;
const MAX_NAME_BYTES = 255;
const POINTER = 0xc0;

/** A name that was read, and the offset after it. */
export interface ReadName {
  /** Lower-case, without a dot at the end; "." for the root. */
  readonly name: string;
  readonly end: number;
}

/**
 * Whether a text can be asked for: labels of 1 to 63 letters, digits, hyphens
 * and underscores (of `_sip._udp`), 253 characters in all.
 */
export function isDomainName(text: string): boolean {
  return text.length <= MAX_NAME_BYTES - 2 && text.split(".").every(isLabel);
}

function isLabel(label: string): boolean {
  return label.length <= MAX_LABEL_BYTES && /^[a-z0-9_-]+$/i.test(label);
}

/** The bytes of a name that `isDomainName` accepts. */
export function encodeName(name: string): Buffer {
  const bytes = Buffer.alloc(name.length + 2);
  let offset = 0;

  for (const label of name.split(".")) {
    bytes[offset] = label.length;
    offset += 1 + bytes.write(label, offset + 1, "latin1");
  }

  return bytes;
}

/**
 * Reads the name at `offset`; undefined when it runs out of the message, is
 * too long, or is not made as RFC 1035 says.
 *
 * SECURITY (CVE-2017-9454 and its kin): each compression pointer must lead to
 * before the place where the labels read so far began, so no chain of them
 * can loop; and the name's own limit of 255 bytes ends every chain.
 */
export function readName(message: Uint8Array, offset: number): ReadName | undefined {
  const labels: string[] = [];
  let position = offset;
  let runStart = offset;
  let end = -1;
  let nameBytes = 1;

  for (;;) {
    const length = message[position];

    if (length === undefined) {
      return undefined;
    }

    if (length === 0) {
      const name = labels.length === 0 ? "." : labels.join(".");

      return { name, end: end === -1 ? position + 1 : end };
    }

    if (length >= POINTER) {
      const low = message[position + 1];
      const target = low === undefined ? runStart : ((length & ~POINTER) << 8) | low;

      if (target >= runStart) {
        return undefined;
      }

      end = end === -1 ? position + 2 : end;
      position = target;
      runStart = target;
    } else {
      nameBytes += 1 + length;

      // The other two values of the first two bits were never put to use.
      if (length > MAX_LABEL_BYTES || nameBytes > MAX_NAME_BYTES || position + 1 + length > message.length) {
        return undefined;
      }

      labels.push(labelText(message, position + 1, length));
      position += 1 + length;
    }
  }
}

/**
 * SECURITY: a label may hold any bytes. What no host name has is written as
 * `\DDD` (RFC 1035 section 5.1), so that a dot within a label cannot pass for
 * two labels, nor a line end reach a log.
 */
function labelText(message: Uint8Array, start: number, length: number): string {
  let text = "";

  for (let offset = start; offset < start + length; offset++) {
    const byte = message[offset] as number;
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== DOT && byte !== BACKSLASH;

    text += isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`;
  }

  return text.toLowerCase();
}
