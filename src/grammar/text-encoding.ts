/**
 * Between the two forms of text in this server: "raw" text has one character
 * a byte (latin1, lossless), ordinary text is what people read. SIP is UTF-8
 * (RFC 3261 section 7).
 */

const NON_ASCII = /[\x80-\xff]/;

/** Text with one character a byte, read as UTF-8. What is no UTF-8 becomes U+FFFD. */
export function decodeText(raw: string): string {
  return NON_ASCII.test(raw) ? Buffer.from(raw, "latin1").toString("utf8") : raw;
}

/** Ordinary text as one character a byte of its UTF-8 form. */
export function encodeText(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) {
      return Buffer.from(text, "utf8").toString("latin1");
    }
  }

  return text;
}
