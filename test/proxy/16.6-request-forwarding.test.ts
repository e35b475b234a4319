import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import type { SipRequest } from "../../src/message/sip-request.ts";
import { ProxyHarness, type ProxyHarnessOptions } from "../support/proxy-harness.ts";
import { type RequestTextOptions, requestText } from "../support/request-text.ts";

const TCP_URI = "sip:bob@198.51.100.7:5062;transport=tcp";

/** What is sent for a request from 192.0.2.1 to 198.51.100.7:5062. */
function forward(
  method: string,
  text: RequestTextOptions = {},
  options: ProxyHarnessOptions = {},
  transport: "udp" | "tcp" = "udp",
): SipRequest {
  const harness = new ProxyHarness(options);

  harness.receive(harness.peer({ remoteIp: "192.0.2.1" }), requestText(method, text));

  return harness.lastRequest(harness.flowTo("198.51.100.7", 5062, transport));
}

describe("§16.6 request forwarding", () => {
  it("step 1: unknown header fields, their order, case, folding and a body that is no UTF-8 stay as they are", () => {
    const extra = ["x-Odd :  a  ,b", "Subject: one\r\n\t two", "X-Latin: \xe9\xff"];
    const text = requestText("MESSAGE", { extra, body: "\xff\xfe\x00\r\n" });
    const harness = new ProxyHarness();

    harness.receive(harness.peer({ remoteIp: "192.0.2.1" }), text);

    const sent = harness.flowTo("198.51.100.7", 5062).sent[0] ?? "";

    assert.equal(
      sent.replace(/^Via: SIP\/2.0\/UDP 192\.0\.2\.100[^\r]*\r\n/m, ""),
      text.replace("Max-Forwards: 70", "Max-Forwards: 69"),
    );
  });

  it("step 3: Max-Forwards is lowered by one, or 70 where there was none", () => {
    assert.equal(forward("MESSAGE", { maxForwards: 12 }).maxForwards, 11);
    assert.equal(forward("MESSAGE", { maxForwards: undefined }).maxForwards, 70);
  });

  it("step 4: INVITE, SUBSCRIBE and REFER outside of a dialog and every NOTIFY get a Record-Route", () => {
    for (const method of ["INVITE", "SUBSCRIBE", "REFER", "NOTIFY"]) {
      assert.equal(forward(method).headerAll("Record-Route").length, 1, method);
    }

    assert.equal(forward("NOTIFY", { toTag: "callee" }).headerAll("Record-Route").length, 1);
    assert.equal(forward("INVITE", { toTag: "callee" }).hasHeader("Record-Route"), false);
    assert.equal(forward("OPTIONS").hasHeader("Record-Route"), false);
  });

  it("step 4: record_route_all is for every request, and nothing without do_record_routing", () => {
    assert.equal(
      forward("OPTIONS", {}, { profile: { recordRouteAll: true } }).hasHeader("Record-Route"),
      true,
    );
    assert.equal(
      forward("INVITE", {}, { profile: { recordRouteAll: true, doRecordRouting: false } }).hasHeader(
        "Record-Route",
      ),
      false,
    );
  });

  it("RFC 5658: a change of transport is recorded twice, the outgoing side on top", () => {
    const [top, bottom] = forward("INVITE", { ruri: TCP_URI }, {}, "tcp").headerAll("Record-Route");

    assert.match(top ?? "", /^<sip:192\.0\.2\.100:5060;transport=tcp;lr;ovid=\w+>$/);
    assert.match(bottom ?? "", /^<sip:192\.0\.2\.100:5060;transport=udp;lr;ovid=\w+>$/);
  });

  it("RFC 5658: so is a change of IP version", () => {
    const harness = new ProxyHarness({ withIpv6: true });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, requestText("INVITE", { ruri: "sip:bob@[2001:db8::7]" }));

    const sent = harness.lastRequest(harness.flowTo("2001:db8::7", 5060));

    assert.deepEqual(
      sent.recordRoutes.map((route) => route.host),
      ["[2001:db8::100]", "192.0.2.100"],
    );
    assert.equal(sent.topVia.host, "[2001:db8::100]");
  });

  it("step 4: the Record-Route of a sips request is a sips URI", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({ remoteIp: "192.0.2.1", transport: "tls" });

    harness.receive(caller, requestText("INVITE", { ruri: "sips:bob@198.51.100.7:5061", transport: "TLS" }));

    assert.match(
      harness.lastRequest(harness.flowTo("198.51.100.7", 5061, "tls")).header("Record-Route") ?? "",
      /^<sips:192\.0\.2\.100:5061;lr;ovid=\w+>$/,
    );
  });

  it("step 6: a next hop without lr gets itself as Request-URI and the remote target as last Route", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(
      caller,
      requestText("MESSAGE", { extra: ["Route: <sip:203.0.113.5:5070>, <sip:203.0.113.6;lr>"] }),
    );

    const sent = harness.lastRequest(harness.flowTo("203.0.113.5", 5070));

    assert.equal(sent.requestUriText, "sip:203.0.113.5:5070");
    assert.deepEqual(sent.headerAll("Route"), ["<sip:203.0.113.6;lr>", "<sip:bob@198.51.100.7:5062>"]);
  });

  it("step 7: a destination of the user's code wins over Route and Request-URI", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          new SipProxy().route(request, { host: "203.0.113.8", port: 5080, transport: "tcp" });
        },
    });

    harness.receive(
      harness.peer({ remoteIp: "192.0.2.1" }),
      requestText("MESSAGE", { extra: ["Route: <sip:203.0.113.5:5070;lr>"] }),
    );

    const sent = harness.lastRequest(harness.flowTo("203.0.113.8", 5080, "tcp"));

    assert.equal(sent.header("Route"), "<sip:203.0.113.5:5070;lr>");
    assert.match(sent.topVia.text, /^SIP\/2\.0\/TCP 192\.0\.2\.100:5060;branch=z9hG4bK/);
  });

  it("step 7: whatever the next hop is found by, a sips Request-URI makes it TLS", () => {
    for (const [method, toTag] of [
      ["INVITE", undefined],
      ["ACK", "callee"],
    ] as const) {
      const harness = new ProxyHarness();
      const caller = harness.peer({ remoteIp: "192.0.2.1", transport: "tls" });
      const text = requestText(method, {
        ruri: "sips:bob@example.com",
        transport: "TLS",
        extra: ["Route: <sip:203.0.113.5;lr>"],
        ...(toTag === undefined ? {} : { toTag }),
      });

      harness.receive(caller, text);
      assert.match(
        harness.lastRequest(harness.flowTo("203.0.113.5", 5061, "tls")).topVia.text,
        /^SIP\/2\.0\/TLS /,
      );
    }
  });

  it("step 8: each attempt has a branch of its own", () => {
    const branches = new Set([1, 2, 3].map(() => forward("INVITE").topVia.branch));

    assert.equal(branches.size, 3);
  });

  it("§18.3: over a stream the request gets a Content-Length", () => {
    const text = requestText("MESSAGE", { ruri: TCP_URI, body: "four" }).replace(/Content-Length: 4\r\n/, "");
    const harness = new ProxyHarness();

    harness.receive(harness.peer({ remoteIp: "192.0.2.1" }), text);
    assert.match(harness.flowTo("198.51.100.7", 5062, "tcp").sent[0] ?? "", /Content-Length: 4\r\n/);
  });

  it("§18.1.1: a request larger than 1300 bytes takes TCP, and UDP after all when TCP fails", () => {
    const harness = new ProxyHarness();

    harness.receive(
      harness.peer({ remoteIp: "192.0.2.1" }),
      requestText("INVITE", { body: "x".repeat(1300) }),
    );

    const tcp = harness.flowTo("198.51.100.7", 5062, "tcp");
    const udp = harness.flowTo("198.51.100.7", 5062);

    assert.equal(tcp.sent.length, 1);
    assert.equal(udp.sent.length, 0);
    assert.match(harness.lastRequest(tcp).topVia.text, /^SIP\/2\.0\/TCP /);

    tcp.failLastSend(new TransportError("refused", "connection"));
    assert.equal(udp.sent.length, 1);
    assert.match(harness.lastRequest(udp).topVia.text, /^SIP\/2\.0\/UDP /);
  });

  it("§18.1.1: so does an ACK", () => {
    const harness = new ProxyHarness();

    harness.receive(
      harness.peer({ remoteIp: "192.0.2.1" }),
      requestText("ACK", { toTag: "callee", body: "x".repeat(1300) }),
    );

    const tcp = harness.flowTo("198.51.100.7", 5062, "tcp");
    const udp = harness.flowTo("198.51.100.7", 5062);

    assert.match(harness.lastRequest(tcp).topVia.text, /^SIP\/2\.0\/TCP /);
    assert.equal(udp.sent.length, 0);

    tcp.failLastSend(new TransportError("refused", "connection"));
    assert.match(harness.lastRequest(udp).topVia.text, /^SIP\/2\.0\/UDP /);
  });

  it("§18.1.1: what the user's code makes too large takes TCP as well", () => {
    const sent = forward(
      "MESSAGE",
      {},
      {
        onRequest:
          ({ SipProxy }) =>
          (request) => {
            request.body = "x".repeat(1400);
            new SipProxy().route(request);
          },
      },
      "tcp",
    );

    assert.equal(sent.contentLength, 1400);
  });

  it("edits of the user's code go downstream: Request-URI, header fields, From and To", () => {
    const sent = forward(
      "INVITE",
      {},
      {
        onRequest:
          ({ SipProxy }) =>
          (request) => {
            request.ruri.user = "carol";
            request.from.displayName = "Anonymous";
            request.from.host = "anonymous.invalid";
            request.setHeader("X-Edge", "yes");
            request.deleteHeader("Call-Info");
            new SipProxy().route(request);
          },
      },
    );

    assert.equal(sent.requestUriText, "sip:carol@198.51.100.7:5062");
    assert.equal(sent.header("From"), '"Anonymous" <sip:alice@anonymous.invalid>;tag=caller');
    assert.equal(sent.header("X-Edge"), "yes");
  });
});

describe("RFC 3327 Path", () => {
  it("§5.2 REGISTER gets a Path and no Record-Route, two of them when the transport changes", () => {
    const plain = forward("REGISTER");

    assert.match(plain.header("Path") ?? "", /^<sip:192\.0\.2\.100:5060;transport=udp;lr;ovid=\w+>$/);
    assert.equal(plain.hasHeader("Record-Route"), false);
    assert.equal(forward("REGISTER", { ruri: TCP_URI }, {}, "tcp").paths.length, 2);
  });

  it("§5.2 it is put before those that are there", () => {
    assert.equal(
      forward("REGISTER", { extra: ["Path: <sip:first.example.org;lr>"] }).paths[1]?.host,
      "first.example.org",
    );
  });

  it("a second target does not get it twice", () => {
    const harness = new ProxyHarness({
      names: {
        "registrar.example.org": [
          { transport: "udp", ip: "198.51.100.7", ipType: "ipv4", port: 5060 },
          { transport: "udp", ip: "198.51.100.8", ipType: "ipv4", port: 5060 },
        ],
      },
    });

    harness.receive(
      harness.peer({ remoteIp: "192.0.2.1" }),
      requestText("REGISTER", { ruri: "sip:registrar.example.org" }),
    );
    harness.answer(harness.flowTo("198.51.100.7", 5060), "503 Service Unavailable");

    assert.equal(harness.lastRequest(harness.flowTo("198.51.100.8", 5060)).paths.length, 1);
  });
});
