/** Edits of typed values: what they write, what they refuse, and what they leave as it was received. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderValueError } from "../../../src/errors/errors.ts";
import { NameAddr } from "../../../src/grammar/name-addr.ts";
import { Uri } from "../../../src/grammar/uri.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { type MessageChanges, request } from "../../support/message-bytes.ts";

function received(changes: MessageChanges = {}): SipRequest {
  const message = new MessageParser().parseDatagram(request(changes));

  assert.ok(message instanceof SipRequest);

  return message;
}

describe("From and To", () => {
  it("assigned with white space around them are written without it (RFC 3261 section 20.10)", () => {
    const message = received();

    message.from = "  sip:carol@example.net ";
    message.to = ' "D" <sip:dave@example.net>\t';
    assert.equal(message.header("From"), "<sip:carol@example.net>;tag=from1");
    assert.equal(message.header("To"), '"D" <sip:dave@example.net>');
  });

  for (const text of ['"x"\r\n <sip:a@h>', "a\r\n\tb <sip:a@h>", '"\\\0" <sip:a@h>']) {
    it(`assigned with a line break or NUL are refused: ${JSON.stringify(text)}`, () => {
      const message = received();
      const before = message.toString();

      assert.throws(() => {
        message.from = text;
      }, HeaderValueError);
      assert.throws(() => {
        message.to = NameAddr.parse(text);
      }, HeaderValueError);
      assert.equal(message.toString(), before);
    });
  }

  it("keep the bytes of a display name that nobody edited, UTF-8 or not, when the URI is edited", () => {
    const message = received({
      replace: { From: 'From: "\xff\xfe J\xc3\xb6" <sip:alice@example.org>;tag=1' },
    });

    message.from.host = "example.net";
    assert.match(message.toRawText(), /\r\nFrom: "\xff\xfe J\xc3\xb6" <sip:alice@example\.net>;tag=1\r\n/);
    message.from.displayName = "Jö";
    assert.match(message.toRawText(), /\r\nFrom: "J\xc3\xb6" <sip:alice@example\.net>;tag=1\r\n/);
  });

  it("without brackets get them when edited, so that the tag stays the header's (RFC 3261 section 20.10)", () => {
    const message = received({ replace: { From: "From: sip:alice@example.org;tag=1;x=y" } });

    message.from.setParam("user", "phone");
    assert.equal(message.header("From"), "<sip:alice@example.org;user=phone>;tag=1;x=y");
    assert.equal(message.fromTag, "1");
  });
});

describe("contacts", () => {
  it("follow an edit of the one contact", () => {
    const message = received({ extra: ["Contact: <sip:alice@192.0.2.1>;expires=60"] });

    (message.contact as NameAddr).user = "carol";
    assert.deepEqual(
      message.contacts.map((contact) => [contact.nameAddr.uri, contact.parametersText]),
      [["sip:carol@192.0.2.1", ";expires=60"]],
    );
  });
});

describe("ruri", () => {
  const WITH_HEADERS = "sip:carol@example.net;method=INVITE;transport=tcp?Subject=x&Route=%3Csip:h%3E";

  it("assigned takes neither headers nor a method parameter (RFC 3261 section 19.1.1)", () => {
    for (const uri of [WITH_HEADERS, Uri.parse(WITH_HEADERS), NameAddr.parse(`<${WITH_HEADERS}>`)]) {
      const message = received();

      message.ruri = uri;
      assert.match(message.toString(), /^INVITE sip:carol@example\.net;transport=tcp SIP\/2\.0\r\n/);
      assert.equal(uri.toString().includes("?Subject=x"), true);
    }
  });

  it("of a request made here takes neither", () => {
    assert.equal(
      SipRequest.build("OPTIONS", WITH_HEADERS, []).requestUriText,
      "sip:carol@example.net;transport=tcp",
    );
  });
});

describe("body", () => {
  it("is what Content-Length tells of as soon as it is edited, wherever it is read", () => {
    const message = received();

    message.body = "\u00e9!";
    assert.equal(message.contentLength, 3);
    assert.deepEqual([message.header("l"), message.headerAll("Content-Length")], ["3", ["3"]]);
    assert.deepEqual(message.headers.get("Content-Length"), ["3"]);
    assert.equal(message.byteLength, message.toBytes().length);
    message.setHeader("Content-Length", "77");
    assert.deepEqual([message.header("Content-Length"), message.contentLength], ["3", 3]);
    message.deleteHeader("l");
    assert.equal(message.hasHeader("Content-Length"), true);
    assert.match(message.toString(), /\r\nContent-Length: 3\r\n\r\n\u00e9!$/);
  });
});

describe("header values that user code gives", () => {
  it("lose the white space around them, which is no part of a value (RFC 3261 section 7.3.1)", () => {
    const message = received();

    message.setHeader("Subject", ["  a b\t", " "]);
    assert.deepEqual(message.headerAll("Subject"), ["a b", ""]);
  });

  for (const value of ["a\x01b", "\x1b[2J", "\x7f", "a\rb", "a\nb", '"\\\0"', undefined, 7, null]) {
    it(`are refused when no element could read them: ${JSON.stringify(value)}`, () => {
      const message = received();
      const before = message.toString();

      assert.throws(() => message.setHeader("Subject", value as string), HeaderValueError);
      assert.throws(() => message.insertHeader("Via", value as string), HeaderValueError);
      assert.throws(() => message.appendHeader("X", value as string), HeaderValueError);
      assert.throws(() => message.replaceHeaderTop("To", value as string), HeaderValueError);
      assert.equal(message.toString(), before);
    });
  }

  it("may hold a tab, and in a quoted-pair any control character (RFC 3261 section 25.1)", () => {
    const message = received();

    message.setHeader("Subject", "a\tb");
    message.setHeader("Contact", '"\\\x07" <sip:a@h>');

    const again = new MessageParser().parseDatagram(message.toBytes());

    assert.ok(again instanceof SipRequest);
    assert.deepEqual([again.header("Subject"), again.contact?.displayName], ["a\tb", "\x07"]);
  });

  it("and reason phrases are refused likewise, quoted or not (RFC 3261 section 7.2)", () => {
    for (const reasonPhrase of ["a\x01", "\\\x07", "a\r\nb"]) {
      assert.throws(() => buildResponse(received(), { statusCode: 200, reasonPhrase }), HeaderValueError);
    }
  });
});

describe("a line of very many values", () => {
  it("is read and edited where the limits are set to allow it", () => {
    const parser = new MessageParser({ maxHeaderBlockBytes: 1_000_000 });
    const message = parser.parseDatagram(request({ extra: [`Supported: ${"a,".repeat(300_000)}b`] }));

    assert.ok(message instanceof SipRequest);
    assert.equal(message.supported.length, 300_001);
    assert.equal(message.deleteHeaderTop("Supported"), "a");
    assert.equal(message.headerAll("Supported").length, 300_000);
  });
});

describe("headers", () => {
  it("has each header field by its canonical name, with the values that headerAll has, in order", () => {
    const message = received({
      extra: [
        "x-ODD-name: 1",
        "k: a, b",
        "X-Odd-Name: \xc3\xa9, 2",
        "Supported:",
        "supported: c",
        "__proto__: p",
      ],
    });

    assert.deepEqual([...message.headers].slice(-3), [
      ["X-Odd-Name", ["1", "é, 2"]],
      ["Supported", ["a", "b", "c"]],
      ["__proto__", ["p"]],
    ]);

    for (const [name, values] of message.headers) {
      assert.deepEqual(values, message.headerAll(name), name);
    }
  });

  it("of ten thousand lines takes one pass", () => {
    const parser = new MessageParser({ maxHeaderCount: 20_000, maxHeaderBlockBytes: 1_000_000 });
    const extra = Array.from({ length: 15_000 }, (_, i) => `X-${i}: ${i}`);
    const message = parser.parseDatagram(request({ extra }));

    assert.ok(message instanceof SipRequest);

    const startedMs = performance.now();

    assert.equal(message.headers.size, 15_007);
    // With a pass for each name it is several seconds.
    assert.ok(performance.now() - startedMs < 1000);
  });
});
