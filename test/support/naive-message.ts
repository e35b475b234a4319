/**
 * A slow and simple model of a message's header interface, written apart from
 * the implementation, to compare it with. A message is a list of lines, each
 * with its values; every call walks the whole list.
 */

/** One header field: its first line and the folded lines that continue it. */
export interface NaiveLine {
  readonly name: string;
  /** The text as received, line end included; undefined once the line is new or edited. */
  raw: string | undefined;
  values: string[];
}

const COMPACT: ReadonlyMap<string, string> = new Map([
  ["a", "accept-contact"],
  ["b", "referred-by"],
  ["c", "content-type"],
  ["d", "request-disposition"],
  ["e", "content-encoding"],
  ["f", "from"],
  ["i", "call-id"],
  ["j", "reject-contact"],
  ["k", "supported"],
  ["l", "content-length"],
  ["m", "contact"],
  ["n", "identity-info"],
  ["o", "event"],
  ["r", "refer-to"],
  ["s", "subject"],
  ["t", "to"],
  ["u", "allow-events"],
  ["v", "via"],
  ["x", "session-expires"],
  ["y", "identity"],
]);

/** Headers of RFC 3261, 3326, 3327 and 6665 whose grammar is a comma-separated list of values. */
const LISTS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "alert-info",
  "allow",
  "allow-events",
  "call-info",
  "contact",
  "content-encoding",
  "content-language",
  "error-info",
  "in-reply-to",
  "path",
  "proxy-require",
  "reason",
  "record-route",
  "require",
  "route",
  "supported",
  "unsupported",
  "via",
  "warning",
]);

/** The name without case and compact form. */
export function naiveName(name: string): string {
  const lower = name.toLowerCase();

  return COMPACT.get(lower) ?? lower;
}

/** The values of one header line's text: unfolded, trimmed, and cut at its commas where the header is a list. */
export function naiveValues(name: string, text: string): string[] {
  const unfolded = trim(text.replace(/[ \t]*(?:\r\n[ \t]+)+/g, " "));

  return (LISTS.has(naiveName(name)) ? splitList(unfolded) : [unfolded]).map((value) =>
    Buffer.from(value, "latin1").toString("utf8"),
  );
}

function trim(text: string): string {
  return text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
}

function splitList(text: string): string[] {
  const values: string[] = [];
  let value = "";
  let quoted = false;
  let bracketed = false;

  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;

    if (quoted && character === "\\") {
      value += character + (text[++index] ?? "");
      continue;
    }
    if (character === '"' && !bracketed) {
      quoted = !quoted;
    } else if (character === "<" && !quoted) {
      bracketed = true;
    } else if (character === ">" && !quoted) {
      bracketed = false;
    }
    if (character === "," && !quoted && !bracketed) {
      values.push(trim(value));
      value = "";
    } else {
      value += character;
    }
  }
  values.push(trim(value));

  return values;
}

/** The bytes of a datagram that are its message: without CRLFs in front and without what Content-Length leaves out. */
export function receivedMessageBytes(datagram: Buffer): Buffer {
  const naive = NaiveMessage.parse(datagram);
  const length = naive.header("Content-Length");
  const start = naive.leadingBytes;
  const bodyStart = start + naive.headBytes;

  return datagram.subarray(start, length === undefined ? datagram.length : bodyStart + Number(length));
}

/** A message as a list of lines. */
export class NaiveMessage {
  readonly startLine: string;
  readonly lines: NaiveLine[];
  readonly body: string;
  /** Bytes of the CRLFs before the start line. */
  readonly leadingBytes: number;
  /** Bytes from the start line to the empty line, both included. */
  readonly headBytes: number;

  private constructor(head: string, body: string, leadingBytes: number) {
    const [startLine = "", ...rest] = head.split(/\r\n(?![ \t])/);

    this.startLine = startLine;
    this.body = body;
    this.leadingBytes = leadingBytes;
    this.headBytes = head.length + 4;
    this.lines = rest.map((line) => {
      const colon = line.indexOf(":");
      const name = trim(colon < 0 ? line : line.slice(0, colon));

      return { name, raw: `${line}\r\n`, values: naiveValues(name, colon < 0 ? "" : line.slice(colon + 1)) };
    });
  }

  /** Of any bytes: what is no header line becomes one without a value. */
  static parse(bytes: Buffer): NaiveMessage {
    const text = bytes.toString("latin1");
    const message = text.replace(/^(\r\n)+/, "");
    const end = message.indexOf("\r\n\r\n");

    return end < 0
      ? new NaiveMessage(message, "", text.length - message.length)
      : new NaiveMessage(message.slice(0, end), message.slice(end + 4), text.length - message.length);
  }

  /** Each name once, as it is first spelled. */
  names(): string[] {
    return [...new Map(this.lines.map(({ name }) => [naiveName(name), name])).values()];
  }

  header(name: string): string | undefined {
    return this.headerAll(name)[0];
  }

  headerAll(name: string): string[] {
    return this.#linesOf(name).flatMap(({ values }) => values);
  }

  hasHeader(name: string): boolean {
    return this.#linesOf(name).length > 0;
  }

  setHeader(name: string, value: string | readonly string[]): void {
    const first = this.lines.findIndex((line) => naiveName(line.name) === naiveName(name));

    this.deleteHeader(name);
    this.lines.splice(
      first < 0 ? this.lines.length : first,
      0,
      ...[value].flat().map((one) => newLine(name, one)),
    );
  }

  deleteHeader(name: string): string[] | undefined {
    const values = this.headerAll(name);
    const had = this.hasHeader(name);

    for (const line of this.#linesOf(name)) {
      this.lines.splice(this.lines.indexOf(line), 1);
    }

    return had ? values : undefined;
  }

  deleteHeaderTop(name: string): string | undefined {
    const line = this.#linesOf(name)[0];

    if (line === undefined) {
      return undefined;
    }
    const value = line.values[0];

    line.values = line.values.slice(1);
    line.raw = undefined;
    if (line.values.length === 0) {
      this.lines.splice(this.lines.indexOf(line), 1);
    }

    return value;
  }

  insertHeader(name: string, value: string): void {
    const line = this.#linesOf(name)[0];

    this.lines.splice(line === undefined ? 0 : this.lines.indexOf(line), 0, newLine(name, value));
  }

  appendHeader(name: string, value: string): void {
    const line = this.#linesOf(name).at(-1);

    this.lines.splice(
      line === undefined ? this.lines.length : this.lines.indexOf(line) + 1,
      0,
      newLine(name, value),
    );
  }

  replaceHeaderTop(name: string, value: string): void {
    const line = this.#linesOf(name)[0];

    if (line === undefined) {
      this.appendHeader(name, value);

      return;
    }
    line.values = [...newLine(name, value).values, ...line.values.slice(1)];
    line.raw = undefined;
  }

  #linesOf(name: string): NaiveLine[] {
    return this.lines.filter((line) => naiveName(line.name) === naiveName(name));
  }
}

function newLine(name: string, value: string): NaiveLine {
  const bytes = Buffer.from(value, "utf8").toString("latin1");

  return { name, raw: undefined, values: naiveValues(name, bytes) };
}
