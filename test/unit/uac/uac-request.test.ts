import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderValueError, ParsingError, SipRuntimeError } from "../../../src/errors/errors.ts";
import { NameAddr } from "../../../src/grammar/name-addr.ts";
import { Uri } from "../../../src/grammar/uri.ts";
import { UacRequest, type UacRequestData } from "../../../src/uac/uac-request.ts";

const IDENTITY = { name: "OverSIP", version: "3.1.4", host: () => "192.0.2.100" };
const OPTIONS: UacRequestData = { method: "OPTIONS", ruri: "sip:bob@example.com" };

function make(
  data: Partial<UacRequestData> = {},
  extraHeaders?: readonly string[],
  body?: string,
): UacRequest {
  return new UacRequest(IDENTITY, { ...OPTIONS, ...data }, extraHeaders, body);
}

describe("UacRequest", () => {
  it("RFC 3261 §8.1.1: has To, From with a tag, CSeq, Call-ID, Max-Forwards, and the server's own name", () => {
    const text = make({ fromTag: "one", callId: "two", cseq: 3 }).toString();

    assert.equal(
      text,
      [
        "OPTIONS sip:bob@example.com SIP/2.0",
        "Max-Forwards: 20",
        'From: "OverSIP 3.1.4" <sip:oversip@192.0.2.100>;tag=one',
        "To: <sip:bob@example.com>",
        "Call-ID: two",
        "CSeq: 3 OPTIONS",
        "User-Agent: OverSIP/3.1.4",
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("§8.1.1.3, §8.1.1.4, §8.1.1.5: tag, Call-ID and CSeq are random where they are not given", () => {
    const first = make();
    const second = make();

    assert.match(first.fromTag ?? "", /^[0-9a-f]{8}$/);
    assert.match(first.callId, /^[0-9a-f]{16}$/);
    assert.ok(first.cseq > 0 && first.cseq < 1000);
    assert.notEqual(first.fromTag, second.fromTag);
    assert.notEqual(first.callId, second.callId);
    assert.equal(first.toTag, undefined);
  });

  it("takes addresses as text, Uri or NameAddr, always writes brackets, and has readers for what it got", () => {
    const request = make({
      from: new NameAddr("Ann, the 1st", "sip", "ann", "example.org"),
      to: new Uri("tel", "+34600000000"),
      fromTag: "f",
      toTag: "t",
      callId: "a@b",
      cseq: 7,
      maxForwards: 5,
    });

    assert.equal(request.header("From"), '"Ann, the 1st" <sip:ann@example.org>;tag=f');
    assert.equal(request.header("To"), "<tel:+34600000000>;tag=t");
    assert.equal(request.from.user, "ann");
    assert.equal(request.fromTag, "f");
    assert.equal(request.toTag, "t");
    assert.equal(request.inDialog, true);
    assert.equal(request.callId, "a@b");
    assert.equal(request.cseq, 7);
    assert.equal(request.maxForwards, 5);
    assert.equal(
      make({ from: "sip:ann@example.org;user=phone", fromTag: "f" }).header("From"),
      "<sip:ann@example.org;user=phone>;tag=f",
    );
    assert.equal(make({ to: "Bob <sip:bob@example.org>" }).header("To"), "Bob <sip:bob@example.org>");
  });

  it("the Request-URI of a NameAddr is its URI, and later edits of it do not reach the request", () => {
    const address = NameAddr.parse('"Bob" <sip:bob@example.com;x=y>');
    const request = make({ ruri: address });

    address.user = "mallory";
    assert.equal(request.toString().split("\r\n")[0], "OPTIONS sip:bob@example.com;x=y SIP/2.0");
  });

  it("§19.1.1 table 1: To, where it is the Request-URI, is without what To must not have", () => {
    const request = make({
      ruri: "sips:bob:pw@example.com:5071;transport=tcp;lr;ttl=1;maddr=192.0.2.9;x=y?Subject=z",
    });

    assert.equal(request.header("To"), "<sips:bob:pw@example.com;x=y>");
    assert.equal(make({ ruri: "tel:+1234" }).header("To"), "<tel:+1234>");
  });

  it("extra headers follow in their order; User-Agent takes the place of the server's own", () => {
    const request = make({}, ["user-agent: mine", "Event:presence", "X-Unicode: ñ"]);

    assert.deepEqual(request.headerAll("User-Agent"), ["mine"]);
    assert.equal(request.header("Event"), "presence");
    assert.equal(request.header("x-unicode"), "ñ");
  });

  it("the body is written as UTF-8, and Content-Length counts its bytes, whatever an extra header says", () => {
    const request = make({}, ["Content-Type: text/plain", "Content-Length: 1"], "añb");

    assert.match(request.toString(), /\r\nContent-Length: 4\r\n(?:.*\r\n)*\r\nañb$/);
    assert.deepEqual(request.headerAll("Content-Length"), ["4"]);
    assert.equal(new UacRequest(IDENTITY, OPTIONS, [], Buffer.from([0xff])).body[0], 0xff);
  });

  it("tvars: an object without prototype for each request, which can be replaced", () => {
    const request = make();

    assert.equal(Object.getPrototypeOf(request.tvars), null);
    assert.notEqual(request.tvars, make().tvars);
    request.tvars = { mine: 1 };
    assert.deepEqual(request.tvars, { mine: 1 });
  });

  it("the address of the server is asked only where it is needed", () => {
    const identity = {
      ...IDENTITY,
      host: (): string => {
        throw new Error("not started");
      },
    };

    assert.throws(() => new UacRequest(identity, OPTIONS), /not started/);
    new UacRequest(identity, { ...OPTIONS, from: "sip:ann@example.org" });
  });
});

describe("UacRequest refuses", () => {
  const refused = (
    kind: new (...values: never[]) => Error,
    message: RegExp,
    data: object,
    extra?: string[],
  ) =>
    assert.throws(
      () => make(data as Partial<UacRequestData>, extra),
      (error) => error instanceof kind && message.test(error.message),
    );

  it("a missing method or Request-URI: SipRuntimeError", () => {
    refused(SipRuntimeError, /needs a method/, { method: undefined });
    refused(SipRuntimeError, /needs a method/, { method: "" });
    refused(SipRuntimeError, /needs a ruri/, { ruri: undefined });
    refused(SipRuntimeError, /needs a ruri/, { ruri: "" });
  });

  it("CANCEL, which is made of its INVITE (RFC 3261 §9.1): SipRuntimeError", () => {
    refused(SipRuntimeError, /cancel\(\)/, { method: "CANCEL" });
  });

  it("a malformed method or URI: ParsingError", () => {
    refused(ParsingError, /no method/, { method: "IN VITE" });
    refused(ParsingError, /no method/, { method: "OPTIONS\r\nX: y" });
    refused(ParsingError, /malformed URI/, { ruri: "bob" });
    refused(ParsingError, /malformed URI/, { ruri: "sip:bob@example.com\r\nX: y" });
    refused(ParsingError, /malformed name-addr/, { from: "<sip:bob@example.com>;tag=mine" });
    refused(ParsingError, /malformed name-addr/, { to: '"Bob <sip:bob@example.com>' });
  });

  it("what would inject header fields: HeaderValueError", () => {
    refused(HeaderValueError, /CR, LF or NUL/, {}, ["X-A: b\r\nX-C: d"]);
    refused(HeaderValueError, /header name/, {}, ["X A: b"]);
    refused(HeaderValueError, /not of the form/, {}, ["no colon"]);
    refused(HeaderValueError, /fromTag/, { fromTag: "a;b" });
    refused(HeaderValueError, /fromTag/, { fromTag: "a\r\nb" });
    refused(HeaderValueError, /fromTag/, { fromTag: "" });
    refused(HeaderValueError, /toTag/, { toTag: "a b" });
    refused(HeaderValueError, /callId/, { callId: "a\r\nb" });
    refused(HeaderValueError, /callId/, { callId: "" });
  });

  it("a second one of what a request has once: SipRuntimeError", () => {
    for (const name of ["Via", "v", "From", "f", "To", "t", "Call-ID", "i", "CSeq", "Max-Forwards"]) {
      refused(SipRuntimeError, /cannot be an extra header/, {}, [`${name}: x`]);
    }
  });

  it("numbers out of their range: SipRuntimeError", () => {
    refused(SipRuntimeError, /cseq/, { cseq: -1 });
    refused(SipRuntimeError, /cseq/, { cseq: 2 ** 31 });
    refused(SipRuntimeError, /cseq/, { cseq: 1.5 });
    refused(SipRuntimeError, /maxForwards/, { maxForwards: 256 });
    refused(SipRuntimeError, /maxForwards/, { maxForwards: "20" });
  });

  it("values of another type: TypeError", () => {
    refused(TypeError, /ruri of a UacRequest is a string/, { ruri: 1 });
    refused(TypeError, /from of a UacRequest is a string/, { from: {} });
    assert.throws(() => new UacRequest(IDENTITY, undefined as never), TypeError);
  });
});
