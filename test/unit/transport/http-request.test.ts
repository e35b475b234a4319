/** The request of a handshake as user code sees it, and the answers that refuse one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderValueError } from "../../../src/errors/errors.ts";
import { collectHeaders, parseAuthority } from "../../../src/transport/http-headers.ts";
import { buildRefusal, formatRefusal } from "../../../src/transport/http-refusal.ts";
import { HttpRequest } from "../../../src/transport/http-request.ts";
import type { WebSocketConnection } from "../../../src/transport/web-socket-connection.ts";

const connection = { remoteIp: "192.0.2.7" } as WebSocketConnection;

function makeRequest(url: string, headers: readonly (readonly [string, string])[] = []): HttpRequest {
  return new HttpRequest({ method: "GET", url, httpVersion: "1.1", rawHeaders: headers.flat() }, connection);
}

describe("HttpRequest", () => {
  it("tells method, version, target and its parts", () => {
    const request = makeRequest("/sip/in?user=al%20ice&x=1#top", [["Host", "SIP.Example.com:8080"]]);

    assert.equal(request.method, "GET");
    assert.equal(request.version, "1.1");
    assert.equal(request.url, "/sip/in?user=al%20ice&x=1#top");
    assert.equal(request.path, "/sip/in");
    assert.equal(request.query, "user=al%20ice&x=1");
    assert.equal(request.fragment, "top");
    assert.equal(request.host, "sip.example.com");
    assert.equal(request.port, 8080);
    assert.equal(request.searchParams.get("user"), "al ice");
    assert.equal(request.remoteIp, "192.0.2.7");
    assert.equal(request.connection, connection);
  });

  it("leaves undefined what is not there", () => {
    const request = makeRequest("/");

    assert.equal(request.query, undefined);
    assert.equal(request.fragment, undefined);
    assert.equal(request.host, undefined);
    assert.equal(request.port, undefined);
    assert.equal(request.origin, undefined);
    assert.deepEqual(request.protocols, []);
    assert.equal(request.header("cookie"), undefined);
    assert.deepEqual(request.headerAll("cookie"), []);
    assert.deepEqual({ ...request.cookies }, {});
    assert.equal([...request.searchParams].length, 0);
  });

  it("RFC 9112 section 3.2.2: an absolute target wins over Host", () => {
    const request = makeRequest("http://[2001:DB8::1]:81?x=y", [["Host", "other.example"]]);

    assert.equal(request.host, "[2001:db8::1]");
    assert.equal(request.port, 81);
    assert.equal(request.path, "/");
    assert.equal(request.query, "x=y");
  });

  it("keeps repeated headers apart, in order, and finds names in any case", () => {
    const request = makeRequest("/", [
      ["X-Tag", "one"],
      ["x-tag", "two, three"],
      ["Origin", "HTTPS://Phone.example.com"],
      ["Sec-WebSocket-Protocol", "msrp , sip"],
      ["Sec-WebSocket-Protocol", "xmpp"],
    ]);

    assert.deepEqual(request.headers["x-tag"], ["one", "two, three"]);
    assert.equal(request.header("X-TAG"), "one");
    assert.deepEqual(request.headerAll("X-Tag"), ["one", "two, three"]);
    assert.equal(request.origin, "https://phone.example.com");
    assert.deepEqual(request.protocols, ["msrp", "sip", "xmpp"]);
  });

  it("SECURITY: neither headers nor cookies have a prototype, whatever a peer names them", () => {
    const request = makeRequest("/", [
      ["__proto__", "polluted"],
      ["constructor", "c"],
      ["Cookie", "__proto__=polluted; toString=t"],
    ]);

    assert.equal(Object.getPrototypeOf(request.headers), null);
    assert.deepEqual(request.headerAll("__proto__"), ["polluted"]);
    assert.deepEqual(request.headerAll("constructor"), ["c"]);
    assert.deepEqual(request.headerAll("toString"), []);
    assert.equal(Object.getPrototypeOf(request.cookies), null);
    assert.equal(Object.getOwnPropertyDescriptor(request.cookies, "__proto__")?.value, "polluted");
    assert.equal(request.cookies["toString"], "t");
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });

  it("RFC 6265 section 5.4: cookies by name, tolerant of what is no pair", () => {
    const { cookies } = makeRequest("/", [
      ["Cookie", 'sid=31d4d96e407aad42; lang="en-US"; =nameless; lonely;;sid=later; sum=a=b'],
      ["Cookie", "name=al%C3%A9; broken=%ZZ; empty="],
    ]);

    assert.deepEqual(
      { ...cookies },
      {
        sid: "31d4d96e407aad42",
        lang: "en-US",
        sum: "a=b",
        name: "alé",
        broken: "%ZZ",
        empty: "",
      },
    );
  });
});

describe("HTTP headers", () => {
  it("an odd last element, which no parser makes, is left out", () => {
    assert.deepEqual({ ...collectHeaders(["Host", "a", "Lone"]) }, { host: ["a"] });
  });

  it("RFC 9110 section 7.2: host and port", () => {
    assert.deepEqual(parseAuthority("Example.COM"), { host: "example.com", port: undefined });
    assert.deepEqual(parseAuthority("example.com:"), { host: "example.com", port: undefined });
    assert.deepEqual(parseAuthority("192.0.2.1:65535"), { host: "192.0.2.1", port: 65535 });
    assert.deepEqual(parseAuthority("[::1]:80"), { host: "[::1]", port: 80 });

    for (const text of ["", "a b", "a:65536", "a:-1", "user@host", "::1", "[::1", "a/b", "a:80:80"]) {
      assert.equal(parseAuthority(text), undefined, text);
    }
  });
});

describe("HTTP refusal", () => {
  it("has no body and ends the connection (RFC 9112 section 9.6)", () => {
    assert.equal(
      formatRefusal({ statusCode: 403 }).toString("latin1"),
      "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    );
  });

  it("RFC 9110 section 7.8: whoever sends Upgrade names it in Connection", () => {
    assert.equal(
      formatRefusal({
        statusCode: 426,
        headers: [
          ["Sec-WebSocket-Version", "13"],
          ["Upgrade", "websocket"],
        ],
      }).toString("latin1"),
      "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n" +
        "Connection: close, Upgrade\r\nContent-Length: 0\r\n\r\n",
    );
  });

  it("takes headers by name, also several of one, or as lines", () => {
    const expected = [
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["X-Why", "no"],
    ];

    assert.deepEqual(
      buildRefusal(401, "No", { "Set-Cookie": ["a=1", "b=2"], "X-Why": "no" }).headers,
      expected,
    );
    assert.deepEqual(
      buildRefusal(401, "No", ["Set-Cookie: a=1", "Set-Cookie:b=2", "X-Why: no"]).headers,
      expected,
    );
  });

  it("SECURITY: what would break out of its line is refused", () => {
    assert.throws(() => buildRefusal(403, "No\r\nX: y"), HeaderValueError);
    assert.throws(() => buildRefusal(403, "No", { X: "y\r\nZ: a" }), HeaderValueError);
    assert.throws(() => buildRefusal(403, "No", { X: "\u0000" }), HeaderValueError);
    assert.throws(() => buildRefusal(403, "No", { "X\r\nY": "z" }), HeaderValueError);
    assert.throws(() => buildRefusal(403, "No", ["no colon"]), HeaderValueError);
    assert.throws(() => buildRefusal(403, "No", { "Content-Length": "5" }), HeaderValueError);
    assert.throws(() => buildRefusal(403, "No", { "transfer-encoding": "chunked" }), HeaderValueError);
  });

  it("a status that refuses nothing is a programming error", () => {
    for (const statusCode of [101, 200, 299, 600, 403.5, Number.NaN]) {
      assert.throws(() => buildRefusal(statusCode), TypeError, String(statusCode));
    }
  });
});
