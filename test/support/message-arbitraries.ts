/**
 * Random well-formed messages for property tests: any order, case, compact
 * forms, spacing and folding, unknown headers, bytes that are no UTF-8 and
 * binary bodies. Text is latin1, one character a byte.
 */
import fc from "fast-check";

const TOKEN_CHARACTERS = "abcXYZ019-.!%*_+`'~".split("");
const TEXT_CHARACTERS = 'ab Z09,;:=<>()[]{}"\\/?@\xc3\xa9\xff\x80'.split("");

function stringOf(characters: readonly string[], minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...characters), { minLength, maxLength }).map((parts) => parts.join(""));
}

/** A `token`. */
export const token = stringOf(TOKEN_CHARACTERS, 1, 8);

/** LWS: at least one SP or HTAB, with or without a fold. */
const lws = fc.constantFrom(" ", "  ", "\t", "\r\n ", "\r\n\t", " \r\n  ", "\t \r\n \t");
/** SWS: LWS or nothing. */
const sws = fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: lws });
/** What may stand between a header's name and its colon. */
const beforeColon = fc.constantFrom("", "", "", " ", "\t", "  \t");

const quotedString = fc
  .array(
    fc.constantFrom(
      "a",
      " ",
      "Z",
      ",",
      ";",
      "<",
      ">",
      '\\"',
      "\\\\",
      "\\\x01",
      "\\a",
      "\xc3\xa9",
      "\xff",
      "\r\n ",
    ),
    { maxLength: 8 },
  )
  .map((parts) => `"${parts.join("")}"`);

const host = fc.constantFrom(
  "h",
  "example.com",
  "a-b.example.org",
  "192.0.2.1",
  "[2001:db8::1]",
  "EXAMPLE.net.",
);
const port = fc.oneof(
  fc.constant(""),
  fc.integer({ min: 1, max: 65535 }).map((number) => `:${number}`),
);
const user = stringOf("abZ09-_.!~*'()&=+$,;?/".split(""), 1, 6);

/** A parameter with its semicolon; the name cannot clash with a known one. */
const parameter = fc
  .tuple(
    sws,
    sws,
    fc.stringMatching(/^x[a-z0-9]{3,6}$/),
    fc.option(fc.tuple(sws, sws, fc.oneof(token, quotedString))),
  )
  .map(([before, after, name, value]) =>
    value === null
      ? `${before};${after}${name}`
      : `${before};${after}${name}${value[0]}=${value[1]}${value[2]}`,
  );

/** Parameters of different names. */
const parameters = fc
  .uniqueArray(parameter, { maxLength: 3, selector: (text) => /x[a-z0-9]+/.exec(text)?.[0] })
  .map((list) => list.join(""));

const sipUri = fc
  .tuple(
    fc.constantFrom("sip", "SIPS"),
    fc.option(user),
    host,
    port,
    fc.constantFrom("", ";lr", ";transport=tcp;x=y"),
  )
  .map(
    ([scheme, name, where, number, tail]) =>
      `${scheme}:${name === null ? "" : `${name}@`}${where}${number}${tail}`,
  );

const displayName = fc.oneof(
  fc.constant(""),
  fc.tuple(quotedString, sws).map((parts) => parts.join("")),
  fc.array(fc.tuple(token, lws), { minLength: 1, maxLength: 2 }).map((words) => words.flat().join("")),
);

const nameAddr = fc.tuple(displayName, sipUri).map(([name, uri]) => `${name}<${uri}>`);

/** A name-addr with parameters: an element of Route, Record-Route, Path, Contact. */
export const routeValue = fc.tuple(nameAddr, parameters).map((parts) => parts.join(""));

/** A Via value with a branch. */
export const viaValue = fc
  .record({
    slash: fc.tuple(sws, sws, sws, sws),
    transport: fc.constantFrom("UDP", "tcp", "TLS", "WSS", "X-new"),
    space: lws,
    host,
    port,
    branch: stringOf(TOKEN_CHARACTERS, 0, 12),
    cookie: fc.constantFrom("z9hG4bK", "Z9HG4BK", "x"),
    extra: fc.constantFrom(
      "",
      ";rport",
      ";rport=5060",
      ";received=192.0.2.7",
      ";received=2001:db8::7",
      ";alias",
    ),
    parameters,
  })
  .map(
    ({ slash, transport, space, host: where, port: number, branch, cookie, extra, parameters: tail }) =>
      `SIP${slash[0]}/${slash[1]}2.0${slash[2]}/${slash[3]}${transport}${space}${where}${number}` +
      `;branch=${cookie}${branch}${extra}${tail}`,
  );

/** A header value that is no list and that nobody parses; no white space at its ends. */
export const freeText = fc
  .tuple(stringOf(TEXT_CHARACTERS, 0, 12), fc.option(stringOf(TEXT_CHARACTERS, 0, 12)))
  .map(([first, second]) =>
    (second === null ? first.trim() : `${first.trim()}\r\n ${second.trim()}x`).trim(),
  );

/** Any spelling of the names given: their case at random. */
function spelling(...names: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...names), fc.infiniteStream(fc.boolean()))
    .map(([name, flips]) =>
      [...name]
        .map((letter) => (flips.next().value === true ? letter.toUpperCase() : letter.toLowerCase()))
        .join(""),
    );
}

function line(names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(spelling(...names), beforeColon, sws, value, fc.constantFrom("", "", " ", "\t"))
    .map(([name, before, after, text, end]) => `${name}${before}:${after}${text}${end}`);
}

function list(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(sws, sws, value), { minLength: 1, maxLength: 3 })
    .map((values) =>
      values
        .map(([before, after, text], index) => (index === 0 ? text : `${before},${after}${text}`))
        .join(""),
    );
}

/** Lines of headers that may occur any number of times. */
export const anyLine: fc.Arbitrary<string> = fc.oneof(
  line(["Via", "v"], list(viaValue)),
  line(["Route"], list(routeValue)),
  line(["Record-Route"], list(routeValue)),
  line(["Path"], list(routeValue)),
  line(["Contact", "m"], list(routeValue)),
  line(["Supported", "k"], list(token)),
  line(["Require"], list(token)),
  line(["Proxy-Require"], list(token)),
  line(["Allow"], list(token)),
  line(["Subject", "s"], freeText),
  line(["X-Unknown", "__proto__", "constructor", "z"], freeText),
  line(["WWW-Authenticate"], fc.constant('Digest realm="a, b", nonce="c"')),
);

const HEADERS_ONCE = (method: string): ReadonlyArray<fc.Arbitrary<string>> => [
  line(
    ["From", "f"],
    fc.tuple(nameAddr, parameters).map(([address, tail]) => `${address};tag=f1${tail}`),
  ),
  line(
    ["To", "t"],
    fc.tuple(nameAddr, parameters).map((parts) => parts.join("")),
  ),
  line(
    ["Call-ID", "i"],
    fc.tuple(token, fc.constantFrom("", "@h", '@<x>:"[]')).map((parts) => parts.join("")),
  ),
  line(
    ["CSeq"],
    fc
      .tuple(fc.integer({ min: 0, max: 2 ** 31 - 1 }), lws)
      .map(([number, space]) => `${number}${space}${method}`),
  ),
  line(["Max-Forwards"], fc.integer({ min: 0, max: 255 }).map(String)),
];

/** A well-formed message with a Content-Length. */
export const messageText: fc.Arbitrary<string> = fc
  .record({
    method: fc.oneof(fc.constantFrom("INVITE", "ACK", "OPTIONS", "register"), token),
    status: fc.option(fc.integer({ min: 100, max: 699 })),
    reason: fc.constantFrom("OK", "", "Not Found", "\xd0\x94\xd0\xb0 =;"),
    uri: sipUri,
    extra: fc.array(anyLine, { maxLength: 8 }),
    body: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    order: fc.infiniteStream(fc.nat()),
  })
  .chain(({ method, status, reason, uri, extra, body, order }) => {
    const startLine = status === null ? `${method} ${uri} SIP/2.0` : `SIP/2.0 ${status} ${reason}`;

    return fc
      .tuple(
        line(["Via", "v"], list(viaValue)),
        line(
          ["Content-Length", "l"],
          fc.constantFrom("", "0", "000").map((zeros) => `${zeros}${body.length}`),
        ),
        ...HEADERS_ONCE(method),
      )
      .map((lines) => {
        const shuffled = [...lines, ...extra]
          .map((text) => ({ text, key: order.next().value ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ text }) => text);

        return `${[startLine, ...shuffled].join("\r\n")}\r\n\r\n${body}`;
      });
  });
