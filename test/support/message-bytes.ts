/**
 * Builds the bytes of a small well-formed message with one thing changed.
 * Text is latin1, one character a byte; lines end in CRLF unless the case
 * says otherwise.
 */

/** What differs from the base message. */
export interface MessageChanges {
  readonly startLine?: string;
  /** Lines in place of the base line of that name; none to leave the header out. */
  readonly replace?: Readonly<Record<string, string | readonly string[]>>;
  /** Lines before the first header line. */
  readonly first?: readonly string[];
  /** Lines after the last header line. */
  readonly extra?: readonly string[];
  /** The body; Content-Length stays 0 unless it is replaced. */
  readonly body?: string;
  /** Bytes before the start line. */
  readonly prefix?: string;
  /** What ends a line; CRLF by default. */
  readonly lineEnd?: string;
}

const REQUEST_LINES: ReadonlyArray<readonly [name: string, line: string]> = [
  ["Via", "Via: SIP/2.0/UDP client.example.org:5062;branch=z9hG4bKbase"],
  ["Max-Forwards", "Max-Forwards: 70"],
  ["From", "From: <sip:alice@example.org>;tag=from1"],
  ["To", "To: <sip:bob@example.com>"],
  ["Call-ID", "Call-ID: base@client.example.org"],
  ["CSeq", "CSeq: 1 INVITE"],
  ["Content-Length", "Content-Length: 0"],
];

const RESPONSE_LINES: ReadonlyArray<readonly [name: string, line: string]> = [
  [
    "Via",
    "Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bKproxy, SIP/2.0/UDP client.example.org:5062;branch=z9hG4bKbase",
  ],
  ["From", "From: <sip:alice@example.org>;tag=from1"],
  ["To", "To: <sip:bob@example.com>;tag=to1"],
  ["Call-ID", "Call-ID: base@client.example.org"],
  ["CSeq", "CSeq: 1 INVITE"],
  ["Content-Length", "Content-Length: 0"],
];

/** An INVITE. */
export function request(changes: MessageChanges = {}): Buffer {
  return build("INVITE sip:bob@example.com SIP/2.0", REQUEST_LINES, changes);
}

/** A request of another method, its CSeq included. */
export function requestOf(method: string, changes: MessageChanges = {}): Buffer {
  return build(`${method} sip:bob@example.com SIP/2.0`, REQUEST_LINES, {
    ...changes,
    replace: { CSeq: `CSeq: 1 ${method}`, ...changes.replace },
  });
}

/** A 200 to an INVITE. */
export function response(changes: MessageChanges = {}): Buffer {
  return build("SIP/2.0 200 OK", RESPONSE_LINES, changes);
}

function build(
  startLine: string,
  base: ReadonlyArray<readonly [name: string, line: string]>,
  changes: MessageChanges,
): Buffer {
  const lineEnd = changes.lineEnd ?? "\r\n";
  const lines = [changes.startLine ?? startLine, ...(changes.first ?? [])];

  for (const [name, line] of base) {
    lines.push(...[changes.replace?.[name] ?? line].flat());
  }
  lines.push(...(changes.extra ?? []), "");
  const head = lines.map((line) => line + lineEnd).join("");

  return Buffer.from((changes.prefix ?? "") + head + (changes.body ?? ""), "latin1");
}
