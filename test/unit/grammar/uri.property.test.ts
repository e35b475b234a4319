/**
 * `Uri` and `NameAddr`, as properties: what is printed can be parsed, and says
 * what was written into it, whatever text user code gives.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HeaderValueError } from "../../../src/errors/errors.ts";
import { NameAddr } from "../../../src/grammar/name-addr.ts";
import { Uri } from "../../../src/grammar/uri.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { request } from "../../support/message-bytes.ts";

function stringOf(pieces: readonly string[], minLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { minLength, maxLength: 6 }).map((parts) => parts.join(""));
}

const USER = stringOf("aZ09-_.!~*'()&=+$,;?/#".split("").concat("%20", "%C3%a9", "%00"), 1);
const PARAMETER = stringOf("aZ09-_.!~*'()[]/:&+$".split("").concat("%3B", "%41"), 1);
const HEADER = stringOf("aZ09-_.!~*'()[]/?:+$".split("").concat("%3D", "%26"), 1);

/** SIP-URI and SIPS-URI of RFC 3261 section 25.1. */
const sipUri = fc
  .tuple(
    fc.constantFrom("sip", "SIPS", "sIp"),
    fc.oneof(
      fc.constant(""),
      USER.map((user) => `${user}@`),
      USER.map((user) => `${user}:pw@`),
    ),
    fc.constantFrom("h", "Example.COM.", "a-b.example.org", "192.0.2.1", "[2001:DB8::1]"),
    fc.constantFrom("", ":5060", ":1"),
    fc.array(
      fc.oneof(
        PARAMETER,
        fc.tuple(PARAMETER, PARAMETER).map(([name, value]) => `${name}=${value}`),
      ),
      {
        maxLength: 3,
      },
    ),
    fc.array(fc.tuple(HEADER, HEADER), { maxLength: 2 }),
  )
  .map(([scheme, userinfo, host, port, parameters, headers]) => {
    const list = parameters.map((parameter) => `;${parameter}`).join("");
    const query = headers.map(([name, value]) => `${name}=${value}`).join("&");

    return `${scheme}:${userinfo}${host}${port}${list}${query === "" ? "" : `?${query}`}`;
  });

/** Text of people, any characters but control characters, which are read escaped. */
const plainText = fc
  .string({ unit: "binary", minLength: 1, maxLength: 12 })
  .filter((text) => !/\p{Cc}/u.test(text));
/** Any text at all, and much of what could break a line or a URI. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  stringOf(
    ["\r", "\n", "\0", "\r\n", "Via: x", "<", ">", '"', "\\", "@", ";", "?", "%", "%0d%0a", "\u{1f600}"],
    0,
  ),
);

describe("Uri, as properties", () => {
  it("prints what it was parsed from, equals itself, and so does its copy", () => {
    fc.assert(
      fc.property(sipUri, (text) => {
        const uri = Uri.parse(text);

        assert.equal(uri.toString(), text);
        assert.equal(uri.clone().toString(), text);
        assert.ok(uri.equals(uri.clone()));
      }),
      { numRuns: 500 },
    );
  });

  it("equals either way round", () => {
    fc.assert(
      fc.property(sipUri, sipUri, (first, second) => {
        assert.equal(Uri.parse(first).equals(Uri.parse(second)), Uri.parse(second).equals(Uri.parse(first)));
      }),
      { numRuns: 300 },
    );
  });

  it("an edit of one part leaves the others, and the printed URI says what was written", () => {
    fc.assert(
      fc.property(sipUri, plainText, plainText, plainText, (text, user, name, value) => {
        const uri = Uri.parse(text);
        const { host, port, headers } = uri;

        uri.user = user;
        uri.password = value;
        uri.setParam(name, value);

        const again = Uri.parse(uri.toString());

        assert.deepEqual([again.user, again.password, again.getParam(name)], [user, value, value]);
        assert.deepEqual([again.host, again.port, again.headers], [host, port, headers]);
        assert.ok(again.equals(uri));
        assert.equal(again.aor, uri.aor);
      }),
      { numRuns: 500 },
    );
  });

  it("no text that is given for a part breaks the line, or changes another part", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("user", "password", "host", "headers", "param"), (text, part) => {
        const uri = Uri.parse("sip:alice:pw@example.com:5070;lr?a=b");

        try {
          if (part === "param") {
            uri.setParam(text, text);
          } else {
            uri[part] = text;
          }
        } catch (error) {
          assert.ok(error instanceof HeaderValueError);
          assert.equal(uri.toString(), "sip:alice:pw@example.com:5070;lr?a=b");
        }

        const again = Uri.parse(uri.toString());

        assert.ok(part === "host" || again.host === "example.com");
        assert.equal(again.port, 5070);
        assert.ok(again.hasLr);
      }),
      { numRuns: 500 },
    );
  });
});

describe("NameAddr, as properties", () => {
  it("display name and URI arrive as they were written, in From of a message", () => {
    fc.assert(
      fc.property(anyText, plainText, (displayName, user) => {
        const message = new MessageParser().parseDatagram(request());

        assert.ok(message instanceof SipRequest);

        try {
          message.from.displayName = displayName;
        } catch (error) {
          assert.ok(error instanceof HeaderValueError);
          assert.match(displayName, /[\r\n\0]/);

          return;
        }

        message.from.user = user;

        const again = new MessageParser().parseDatagram(message.toBytes());

        assert.ok(again instanceof SipRequest);
        assert.equal(again.from.displayName ?? "", displayName);
        assert.equal(again.from.user, user);
        assert.equal(again.fromTag, "from1");
        assert.equal(again.lines.length, message.lines.length);
        assert.equal(NameAddr.parse(message.from.toString()).displayName ?? "", displayName);
      }),
      { numRuns: 500 },
    );
  });
});
