/** Requests and responses of the far sides, as text: what a test leaves out is filled in. */

/** Header fields by name, several values as a list, an empty one for a field that is not to be there; or lines `Name: value`. */
export type HeaderFields = Readonly<Record<string, string | readonly string[]>> | readonly string[];

export interface RequestParts {
  readonly method: string;
  readonly requestUri: string;
  /** Those that every request must have, by name; `headers` replace them. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly headers: HeaderFields;
  readonly body: string;
}

/** Copied from the request into each response (RFC 3261 section 8.2.6.2), Record-Route by section 12.1.1. */
const COPIED_FIELDS = /^(?:Via|v|From|f|To|t|Call-ID|i|CSeq|Record-Route):/i;

/** Two names for one header field, of those that a test would give in another form than it is filled in. */
const COMPACT_FORMS: ReadonlyMap<string, string> = new Map([
  ["v", "via"],
  ["f", "from"],
  ["t", "to"],
  ["i", "call-id"],
  ["m", "contact"],
]);

export function requestText({ method, requestUri, fields, headers, body }: RequestParts): string {
  return messageText(`${method} ${requestUri} SIP/2.0`, fields, headers, body);
}

/**
 * @param request as text.
 * @param toTag added to To unless it has a tag.
 */
export function responseText(
  request: string,
  statusLine: string,
  toTag: string | undefined,
  headers: HeaderFields,
  body: string,
): string {
  const copied = request
    .slice(0, request.indexOf("\r\n\r\n"))
    .split(/\r\n(?![ \t])/)
    .filter((line) => COPIED_FIELDS.test(line))
    .map((line): [string, string] => splitLine(line))
    .map(([name, value]): [string, string] =>
      toTag !== undefined && /^(?:To|t)$/i.test(name) && !/;\s*tag=/i.test(value)
        ? [name, `${value};tag=${toTag}`]
        : [name, value],
    );

  return messageText(statusLine, copied, headers, body);
}

function messageText(
  startLine: string,
  fields: readonly (readonly [string, string])[],
  headers: HeaderFields,
  body: string,
): string {
  const given = headerPairs(headers);
  const replaced = new Set(
    (isLineList(headers) ? given.map(([name]) => name) : Object.keys(headers)).map(fullName),
  );
  const lines = [...fields.filter(([name]) => !replaced.has(fullName(name))), ...given];

  if (!replaced.has("content-length") && !replaced.has("l")) {
    lines.push(["Content-Length", String(Buffer.byteLength(body))]);
  }

  return `${[startLine, ...lines.map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n${body}`;
}

export function headerPairs(headers: HeaderFields): (readonly [string, string])[] {
  if (isLineList(headers)) {
    return headers.map(splitLine);
  }

  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((single): [string, string] => [name, single]),
  );
}

function isLineList(headers: HeaderFields): headers is readonly string[] {
  return Array.isArray(headers);
}

function splitLine(line: string): [string, string] {
  const colon = line.indexOf(":");

  return [line.slice(0, colon).trimEnd(), line.slice(colon + 1).trim()];
}

function fullName(name: string): string {
  const lower = name.toLowerCase();

  return COMPACT_FORMS.get(lower) ?? lower;
}
