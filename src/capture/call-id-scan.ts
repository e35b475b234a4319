/** The Call-ID of a message of which nothing but its text is at hand. */

const LF = "\n";

/**
 * The value of the first Call-ID header field (`i` in compact form), as
 * written; undefined when the header block has none. `text`: one character a
 * byte.
 */
export function callIdOf(text: string): string | undefined {
  let lineStart = text.indexOf(LF) + 1;

  while (lineStart > 0) {
    const lineEnd = text.indexOf(LF, lineStart);
    const line = text.slice(lineStart, lineEnd === -1 ? text.length : lineEnd);

    // The empty line ends the header block (RFC 3261 section 7).
    if (line === "" || line === "\r") {
      return undefined;
    }

    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();

    if (name === "call-id" || name === "i") {
      const value = line.slice(colon + 1).trim();

      return value === "" ? undefined : value;
    }

    lineStart = lineEnd + 1;
  }

  return undefined;
}
