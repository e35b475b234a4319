/**
 * Defects of OverSIP 2.0 in its message layer, each shown to be absent. The
 * numbers are those of docs/oversip-parity.md.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderValueError, ParsingError } from "../../src/errors/errors.ts";
import { NameAddr } from "../../src/grammar/name-addr.ts";
import { Uri } from "../../src/grammar/uri.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import { buildResponse } from "../../src/message/response-builder.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import { StreamFramer } from "../../src/message/stream-framer.ts";
import { type MessageChanges, request } from "../support/message-bytes.ts";

const parser = new MessageParser();

function parse(changes: MessageChanges = {}): SipRequest {
  const message = parser.parseDatagram(request(changes));

  assert.ok(message instanceof SipRequest);

  return message;
}

function refusal(changes: MessageChanges): readonly [disposition: string, statusCode: number | undefined] {
  const failure = parser.parseDatagram(request(changes));

  assert.ok(failure instanceof ParseFailure);

  return [failure.disposition, failure.statusCode];
}

/** Bodies of the messages in a stream, and the status codes of what is refused in it. */
function frame(...chunks: readonly Buffer[]): (string | number | undefined)[] {
  const events: (string | number | undefined)[] = [];
  const framer = new StreamFramer(parser, {
    receiveMessage: (message) => events.push(message.bodyText),
    receiveKeepAlive: () => {},
    receiveRefusal: (failure) => events.push(failure.statusCode),
    receiveFailure: (failure) => events.push(failure.statusCode),
  });

  for (const chunk of chunks) {
    framer.push(chunk);
  }

  return events;
}

describe("defects of OverSIP 2.0: messages", () => {
  it("defect 9: another SIP version is answered 505, HTTP is no SIP, and CSeq names the request's method", () => {
    assert.deepEqual(refusal({ startLine: "INVITE sip:bob@example.com SIP/3.0" }), ["answer", 505]);
    assert.equal(refusal({ startLine: "INVITE sip:bob@example.com HTTP/1.1" })[0], "not-sip");
    assert.deepEqual(refusal({ replace: { CSeq: "CSeq: 1 BYE" } }), ["answer", 400]);
  });

  it("defect 10: user code cannot break out of a header line, reason phrase, display name or URI", () => {
    const message = parse();
    const before = message.toRawText();
    const evil = "x\r\nRoute: <sip:evil.example.org;lr>";

    assert.throws(() => message.setHeader("Subject", evil), HeaderValueError);
    assert.throws(() => message.insertHeader("Subject", evil), HeaderValueError);
    assert.throws(() => message.appendHeader("Subject", evil), HeaderValueError);
    assert.throws(() => message.replaceHeaderTop("Subject", evil), HeaderValueError);
    assert.throws(() => message.setHeader("Subject: x\r\nRoute", "y"), HeaderValueError);
    assert.throws(() => {
      message.from.displayName = evil;
    }, HeaderValueError);
    assert.equal(message.toRawText(), before);

    for (const options of [{ reasonPhrase: evil }, { extraHeaders: [`Subject: ${evil}`] }]) {
      assert.throws(() => buildResponse(message, { statusCode: 200, ...options }), HeaderValueError);
    }

    const uri = Uri.parse("sip:bob@example.com");

    assert.throws(() => uri.setParam("x", evil), HeaderValueError);
    assert.throws(() => {
      uri.user = evil;
    }, HeaderValueError);
    assert.throws(() => {
      uri.host = evil;
    });
    assert.equal(uri.toString(), "sip:bob@example.com");
  });

  it("defect 10: quotes and backslashes of a display name are escaped", () => {
    const address = NameAddr.parse("<sip:bob@example.com>");

    address.displayName = 'Bob "the \\ Builder" <sip:eve@example.org>';
    assert.equal(
      address.toString(),
      '"Bob \\"the \\\\ Builder\\" <sip:eve@example.org>" <sip:bob@example.com>',
    );
    assert.equal(NameAddr.parse(address.toString()).displayName, address.displayName);
  });

  it("defect 17: what setParam, deleteParam and clearParams change is seen by hasLr, hasOb, ovid and transportParam", () => {
    const uri = Uri.parse("sip:bob@example.com;lr;ob;ovid=abc;transport=tcp");

    assert.deepEqual([uri.hasLr, uri.hasOb, uri.ovid, uri.transportParam], [true, true, "abc", "tcp"]);
    uri.deleteParam("lr");
    uri.setParam("transport", "tls");
    assert.deepEqual([uri.hasLr, uri.transportParam], [false, "tls"]);
    uri.clearParams();
    assert.deepEqual(
      [uri.hasLr, uri.hasOb, uri.ovid, uri.transportParam],
      [false, false, undefined, undefined],
    );
    uri.setParam("lr", null);
    assert.equal(uri.hasLr, true);
  });

  it("defect 17: an IPv6 host without brackets gets them, and phoneContextParam is text", () => {
    const uri = new Uri("sip", "bob", "2001:db8::1", 5062);

    assert.equal(uri.toString(), "sip:bob@[2001:db8::1]:5062");

    const tel = Uri.parse("tel:7042;phone-context=example.com");

    tel.phoneContextParam = "+34";
    assert.equal(tel.phoneContextParam, "+34");
    assert.equal(tel.toString(), "tel:7042;phone-context=+34");
  });

  it("defect 22: Content-Length 010 is ten, and a body over the limit is refused before it is read", () => {
    const ten = request({ replace: { "Content-Length": "Content-Length: 010" }, body: "0123456789" });

    assert.deepEqual(frame(ten, ten), ["0123456789", "0123456789"]);
    assert.deepEqual(
      frame(request({ replace: { "Content-Length": "Content-Length: 999999999" }, body: "only this" })),
      [413],
    );
  });

  it("defect 34: other parameters of From stay when its URI is rewritten, and reading the tag changes no text", () => {
    const message = parse({ replace: { From: 'From: "A" <sip:alice@example.org>;tag=from1;isup-oli=62' } });
    const before = message.from.toString();

    assert.equal(message.fromTag, "from1");
    assert.equal(message.from.toString(), before);
    message.from.user = "anonymous";
    assert.equal(message.fromTag, "from1");
    assert.match(message.toRawText(), /\r\nFrom: "A" <sip:anonymous@example\.org>;tag=from1;isup-oli=62\r\n/);
  });

  it("defect 40: one-letter header names that nobody knows are headers, and a long text with [ is no address", () => {
    for (const name of "abcdefghijklmnopqrstuvwxyz") {
      assert.equal(parse({ extra: [`${name}x: 1`, `q-${name}: 1`] }).header(`q-${name}`), "1");
    }

    for (const name of ["g", "h", "p", "q", "w", "z", "G", "Z"]) {
      const message = parse({ extra: [`${name}: value`] });

      assert.equal(message.header(name), "value");
      assert.match(message.toRawText(), new RegExp(`\\r\\n${name}: value\\r\\n`));
    }

    for (const text of [`sip:[${":".repeat(100_000)}]`, `sip:[${"1:".repeat(50_000)}`, "sip:[", "sip:[]"]) {
      assert.throws(() => Uri.parse(text), ParsingError);
    }
  });

  it("defect 41: any number of CRLFs before a message of a stream is skipped", () => {
    for (const count of [2, 3, 7]) {
      assert.deepEqual(frame(request({ prefix: "\r\n".repeat(count) })), [""]);
    }
  });

  it("defect 48: the password of a URI is no part of user, and of no other thing that is compared or logged", () => {
    const uri = Uri.parse("sip:alice:secret@example.com;transport=tcp");

    assert.equal(uri.user, "alice");
    assert.equal(uri.password, "secret");
    assert.equal(uri.aor, "sip:alice@example.com");
    assert.equal(uri.toString(), "sip:alice:secret@example.com;transport=tcp");
  });

  it("defect 49: %00 and other control characters stay escaped in user", () => {
    assert.equal(Uri.parse("sip:alice%00@example.com").user, "alice%00");
    assert.equal(Uri.parse("sip:a%0d%0aRoute%7F@example.com").user, "a%0d%0aRoute%7F");
    assert.equal(Uri.parse("sip:%61%6c%C3%AD@example.com").user, "alí");
  });
});
