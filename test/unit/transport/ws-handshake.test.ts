/** The checks of a WebSocket handshake request: RFC 6455 section 4.2, RFC 7118 section 4. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkHandshake } from "../../../src/transport/ws-handshake.ts";

const GOOD_HEADERS: readonly (readonly [string, string])[] = [
  ["Host", "sip-ws.example.com"],
  ["Upgrade", "websocket"],
  ["Connection", "Upgrade"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
  ["Origin", "http://www.example.com"],
  ["Sec-WebSocket-Protocol", "sip"],
  ["Sec-WebSocket-Version", "13"],
];

interface Changes {
  readonly method?: string;
  readonly httpVersion?: string;
  /** In place of those of that name; none to leave it out. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
}

function request(changes: Changes = {}) {
  const replaced = changes.headers ?? {};
  const kept = GOOD_HEADERS.filter(([name]) => replaced[name] === undefined);
  const added = Object.entries(replaced).flatMap(([name, values]) => values.map((value) => [name, value]));

  return {
    method: changes.method ?? "GET",
    url: "/",
    httpVersion: changes.httpVersion ?? "1.1",
    rawHeaders: [...kept, ...added].flat(),
  };
}

function statusLine(changes: Changes): string {
  const refusal = checkHandshake(request(changes));

  return refusal === undefined ? "accepted" : `${refusal.statusCode} ${refusal.reasonPhrase ?? ""}`.trim();
}

describe("WebSocket handshake request", () => {
  it("RFC 7118 section 4.1: the example of the RFC is accepted", () => {
    assert.equal(checkHandshake(request()), undefined);
  });

  it("RFC 6455 section 4.2.1: a method other than GET is refused with 405 and Allow", () => {
    assert.deepEqual(checkHandshake(request({ method: "POST" })), {
      statusCode: 405,
      headers: [["Allow", "GET"]],
    });
  });

  it("RFC 6455 section 4.2.1: an HTTP version below 1.1 is refused", () => {
    assert.equal(statusLine({ httpVersion: "1.0" }), "400 HTTP version must be 1.1");
  });

  it("RFC 9112 section 3.2: Host is wanted once and well-formed", () => {
    const refused = "400 Host header must be present once and well-formed";

    assert.equal(statusLine({ headers: { Host: [] } }), refused);
    assert.equal(statusLine({ headers: { Host: ["a.example", "b.example"] } }), refused);
    assert.equal(statusLine({ headers: { Host: ["a b"] } }), refused);
    assert.equal(statusLine({ headers: { Host: ["a.example:99999"] } }), refused);
    assert.equal(statusLine({ headers: { Host: ["[2001:db8::1]:10080"] } }), "accepted");
  });

  it("RFC 6455 section 4.4: a wrong or absent version is refused with 426 and the version that this server speaks", () => {
    const expected = {
      statusCode: 426,
      headers: [
        ["Sec-WebSocket-Version", "13"],
        ["Upgrade", "websocket"],
      ],
    };

    for (const versions of [[], ["7"], ["8"], ["12"], ["13, 8"], ["13", "13"]]) {
      assert.deepEqual(checkHandshake(request({ headers: { "Sec-WebSocket-Version": versions } })), expected);
    }
  });

  it("RFC 6455 section 4.2.1 step 4: Connection includes the token Upgrade, in any case, among others", () => {
    const refused = '400 Connection header must include "upgrade"';

    assert.equal(statusLine({ headers: { Connection: [] } }), refused);
    assert.equal(statusLine({ headers: { Connection: ["keep-alive"] } }), refused);
    assert.equal(statusLine({ headers: { Connection: ["upgraded"] } }), refused);
    assert.equal(statusLine({ headers: { Connection: ["keep-alive, UPGRADE"] } }), "accepted");
    assert.equal(statusLine({ headers: { Connection: ["keep-alive", "upgrade"] } }), "accepted");
  });

  it('RFC 6455 section 4.2.1 step 3: Upgrade is "websocket", in any case', () => {
    const refused = '400 Upgrade header must be "websocket"';

    assert.equal(statusLine({ headers: { Upgrade: [] } }), refused);
    assert.equal(statusLine({ headers: { Upgrade: ["h2c"] } }), refused);
    assert.equal(statusLine({ headers: { Upgrade: ["WebSocket"] } }), "accepted");
  });

  it("RFC 6455 section 4.2.1 step 5: the key is 16 bytes in base64, once", () => {
    const malformed = "400 Sec-WebSocket-Key header is malformed";

    assert.equal(
      statusLine({ headers: { "Sec-WebSocket-Key": [] } }),
      "400 Sec-WebSocket-Key header not present",
    );
    assert.equal(statusLine({ headers: { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZQ=="] } }), malformed);
    assert.equal(
      statusLine({
        headers: { "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="] },
      }),
      malformed,
    );
  });

  it('RFC 7118 section 4.1: without the sub-protocol "sip" a request is refused with 501', () => {
    const refused = "501 No Suitable WebSocket Protocol";

    assert.equal(statusLine({ headers: { "Sec-WebSocket-Protocol": [] } }), refused);
    assert.equal(statusLine({ headers: { "Sec-WebSocket-Protocol": ["msrp, xmpp"] } }), refused);
    // Sub-protocol names are compared case-sensitively (RFC 6455 section 11.3.4 registers "sip").
    assert.equal(statusLine({ headers: { "Sec-WebSocket-Protocol": ["SIP"] } }), refused);
    assert.equal(statusLine({ headers: { "Sec-WebSocket-Protocol": ["msrp, sip"] } }), "accepted");
    assert.equal(statusLine({ headers: { "Sec-WebSocket-Protocol": ["msrp", "sip"] } }), "accepted");
  });

  it("RFC 6455 section 4.1 step 10: sub-protocols that are no tokens, or come twice, are refused", () => {
    const malformed = "400 Sec-WebSocket-Protocol header is malformed";

    for (const value of ["sip,", "sip, sip", "sip foo", "sip/2"]) {
      assert.equal(statusLine({ headers: { "Sec-WebSocket-Protocol": [value] } }), malformed, value);
    }
  });

  it("SECURITY: a request that announces a body is refused", () => {
    const refused = "400 Request must not have a body";

    assert.equal(statusLine({ headers: { "Content-Length": ["5"] } }), refused);
    assert.equal(statusLine({ headers: { "Content-Length": ["0", "5"] } }), refused);
    assert.equal(statusLine({ headers: { "Transfer-Encoding": ["chunked"] } }), refused);
    assert.equal(statusLine({ headers: { "Content-Length": ["0"] } }), "accepted");
  });

  it("RFC 6455 section 10.2: an origin that is not allowed is refused with 403", () => {
    const checks = { isOriginAllowed: (origin: string) => origin === "https://phone.example.com" };
    const statusOf = (origins: readonly string[]) =>
      checkHandshake(request({ headers: { Origin: origins } }), checks)?.statusCode;

    assert.equal(statusOf(["https://evil.example"]), 403);
    assert.equal(statusOf(["null"]), 403);
    assert.equal(statusOf(["https://phone.example.com", "https://evil.example"]), 403);
    assert.equal(statusOf(["https://PHONE.example.com"]), undefined);
    // No browser: nothing of the user's is ridden on.
    assert.equal(statusOf([]), undefined);
  });

  it("a header named __proto__ is a header like any other", () => {
    assert.equal(statusLine({ headers: { ["__proto__"]: ["x"], constructor: ["y"] } }), "accepted");
  });
});
