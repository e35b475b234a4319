import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import { buildResponse } from "../../src/message/response-builder.ts";
import type { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { type MessageChanges, request, requestOf, response } from "../support/message-bytes.ts";
import { UdpLayer } from "../support/udp-layer.ts";
import { UdpPeer } from "../support/udp-peer.ts";

function startLineOf(text: string): string {
  return text.slice(0, text.indexOf("\r\n"));
}

function okTo(received: SipRequest): SipResponse {
  return buildResponse(received, { statusCode: 200, toTag: "t" });
}

/** Nothing but the answer to a ping comes: what was sent before it got no answer. */
async function assertUnanswered(peer: UdpPeer, port: number): Promise<void> {
  await peer.send("\r\n\r\n", port);
  assert.equal(await peer.receive(), "\r\n");
}

/** The changes that give a request this topmost Via. */
function via(value: string): MessageChanges {
  return { replace: { Via: `Via: ${value};branch=z9hG4bKa` } };
}

describe("responses over UDP", () => {
  for (const ip of ["127.0.0.1", "::1"]) {
    const host = ip === "::1" ? "[::1]" : ip;

    it(`RFC 3581 §4: with rport to the source port, from where the request came to (${ip})`, async () => {
      await using server = await UdpLayer.open();
      await using peer = await UdpPeer.open(ip);

      await peer.send(request(via("SIP/2.0/UDP pc.example.org:9;rport")), server.point(ip).port);

      const { request: received, flow } = await server.sink.requests.shift();

      server.layer.sendResponse(okTo(received), flow, false);

      const text = await peer.receive();

      assert.equal(startLineOf(text), "SIP/2.0 200 OK");
      assert.ok(
        text.includes(
          `Via: SIP/2.0/UDP pc.example.org:9;rport=${peer.port};branch=z9hG4bKa;received=${ip}\r\n`,
        ),
      );
      assert.equal(peer.lastSourcePort, server.point(ip).port);
    });

    it(`§18.2.2: without rport to the port of the sent-by, on the source address (${ip})`, async () => {
      await using server = await UdpLayer.open();
      await using peer = await UdpPeer.open(ip);
      await using sentBy = await UdpPeer.open(ip);

      await peer.send(request(via(`SIP/2.0/UDP ${host}:${sentBy.port}`)), server.point(ip).port);

      const { request: received, flow } = await server.sink.requests.shift();

      server.layer.sendResponse(okTo(received), flow, false);
      assert.ok(
        (await sentBy.receive()).includes(`Via: SIP/2.0/UDP ${host}:${sentBy.port};branch=z9hG4bKa\r\n`),
      );
      assert.equal(sentBy.lastSourcePort, server.point(ip).port);
      await assertUnanswered(peer, server.point(ip).port);
    });
  }

  it("fixNat: to the source port although there is no rport", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();
    await using sentBy = await UdpPeer.open();

    await peer.send(request(via(`SIP/2.0/UDP 127.0.0.1:${sentBy.port}`)), server.port);

    const { request: received, flow } = await server.sink.requests.shift();

    server.layer.sendResponse(okTo(received), flow, true);
    assert.equal(startLineOf(await peer.receive()), "SIP/2.0 200 OK");
  });

  it("a request is answered from the listening point that it came to, be it not the first", async () => {
    await using server = await UdpLayer.open({
      listen: [
        { ip: "127.0.0.1", port: 0 },
        { ip: "127.0.0.1", port: 0 },
      ],
    });
    await using peer = await UdpPeer.open();
    await using sentBy = await UdpPeer.open();
    const second = server.layer.listeningPoints[1];

    assert.ok(second);
    await peer.send(request(via(`SIP/2.0/UDP 127.0.0.1:${sentBy.port}`)), second.port);

    const { request: received, flow } = await server.sink.requests.shift();

    server.layer.sendResponse(okTo(received), flow, false);
    await sentBy.receive();
    assert.equal(sentBy.lastSourcePort, second.port);
  });

  it("SECURITY: received, rport and maddr of the client do not aim a response", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();
    await using victim = await UdpPeer.open("127.0.0.2");
    const aimed = `received=127.0.0.2;maddr=127.0.0.2;rport=${victim.port}`;

    await peer.send(request(via(`SIP/2.0/UDP 127.0.0.2:${victim.port};${aimed}`)), server.port);

    const { request: received, flow } = await server.sink.requests.shift();

    server.layer.sendResponse(okTo(received), flow, false);

    const text = await peer.receive();

    assert.ok(text.includes(`;maddr=127.0.0.2;rport=${peer.port};branch=z9hG4bKa;received=127.0.0.1\r\n`));
    assert.equal(victim.waitingCount, 0);
  });

  it("a response whose Via user code removed goes back to the source", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();

    await peer.send(request(), server.port);

    const { request: received, flow } = await server.sink.requests.shift();
    const answer = okTo(received);

    answer.deleteHeader("Via");
    server.layer.sendResponse(answer, flow, false);
    assert.equal(startLineOf(await peer.receive()), "SIP/2.0 200 OK");
  });
});

describe("responses that arrive (§18.1.2)", () => {
  it("one whose topmost Via names this server is delivered", async () => {
    await using server = await UdpLayer.open({
      listen: [{ ip: "127.0.0.1", port: 0, advertisedHost: "Edge.example.com" }],
    });
    await using peer = await UdpPeer.open();

    await peer.send(
      response({ replace: { Via: `Via: SIP/2.0/UDP edge.EXAMPLE.com:${server.port};branch=z9hG4bKp` } }),
      server.port,
    );
    assert.equal((await server.sink.responses.shift()).response.statusCode, 200);
  });

  it("any other is dropped", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();

    for (const sentBy of [
      `192.0.2.1:${server.port}`,
      `127.0.0.1:${server.port + 1}`,
      "127.0.0.1",
      `localhost:${server.port}`,
    ]) {
      await peer.send(
        response({ replace: { Via: `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bKp` } }),
        server.port,
      );
    }

    await assertUnanswered(peer, server.port);
    assert.equal(server.sink.responses.length, 0);
  });
});

describe("malformed requests", () => {
  const malformed: MessageChanges = {
    replace: { Via: "Via: SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa", CSeq: "CSeq: x INVITE" },
  };

  it("are answered without a transaction, with a To tag that a retransmission gets again (§8.2.7)", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();

    await peer.send(request(malformed), server.port);
    await peer.send(request(malformed), server.port);

    const text = await peer.receive();

    assert.match(startLineOf(text), /^SIP\/2\.0 400 /);
    assert.match(text, /\r\nTo: <sip:bob@example\.com>;tag=[0-9a-f]{8}\.[0-9a-f]{16}\r\n/);
    assert.ok(text.includes(`;rport=${peer.port};branch=z9hG4bKa;received=127.0.0.1\r\n`));
    assert.equal(await peer.receive(), text);
    assert.equal(server.sink.requests.length, 0);
  });

  it("§17.1.1.3: the ACK to such an answer goes no further", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();

    await peer.send(request(malformed), server.port);

    const toLine = /To: [^\r]*/.exec(await peer.receive())?.[0] ?? "";

    await peer.send(requestOf("ACK", { replace: { To: toLine } }), server.port);
    await peer.send(requestOf("ACK"), server.port);

    // Only the ACK to somebody else's answer is delivered.
    assert.equal((await server.sink.requests.shift()).request.toTag, undefined);
    assert.equal(server.sink.requests.length, 0);
  });

  it("that cannot be answered are dropped: no Via, an ACK, no SIP at all", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();

    await peer.send(request({ replace: { Via: [] } }), server.port);
    await peer.send(request(via("SIP/2.0/UDP @")), server.port);
    await peer.send(requestOf("ACK", malformed), server.port);
    await peer.send("GET / HTTP/1.1\r\n\r\n", server.port);
    await assertUnanswered(peer, server.port);
    assert.equal(server.sink.requests.length, 0);
  });

  it("whose Via parameters are malformed are answered at the source address, Via unchanged", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();
    const line = `Via: SIP/2.0/UDP 192.0.2.9:${peer.port};received=;branch=z9hG4bKa`;

    await peer.send(request({ replace: { Via: line } }), server.port);

    const text = await peer.receive();

    assert.match(startLineOf(text), /^SIP\/2\.0 400 /);
    assert.ok(text.includes(`${line}\r\n`));
  });

  it("SECURITY: no more answers than the limit go to one address", async () => {
    await using server = await UdpLayer.open({ refusalLimits: { repliesPerSecond: 0.001, burst: 5 } });
    await using peer = await UdpPeer.open();

    for (let i = 0; i < 50; i++) {
      await peer.send(request(malformed), server.port);
    }

    for (let i = 0; i < 5; i++) {
      assert.match(startLineOf(await peer.receive()), /^SIP\/2\.0 400 /);
    }

    await assertUnanswered(peer, server.port);
  });
});

describe("flow tokens (RFC 5626 §5.3)", () => {
  it("lead back to the UDP peer, after a restart with the same secret too", async () => {
    await using peer = await UdpPeer.open();
    await using before = await UdpLayer.open({ listen: [{ ip: "127.0.0.1", port: 0 }] });
    const listen = [{ ip: "127.0.0.1", port: before.port }];

    await peer.send(request(), before.port);

    const { flow } = await before.sink.requests.shift();
    const token = flow.flowToken;

    assert.equal(before.layer.flowOfToken(token), flow);
    await before[Symbol.asyncDispose]();

    await using after = await UdpLayer.open({ listen });
    const found = after.layer.flowOfToken(token);

    assert.ok(typeof found === "object");
    found.send(Buffer.from("hello"));
    assert.equal(await peer.receive(), "hello");
  });

  it("SECURITY: of another server, changed ones, and those of OverSIP 2.0 are foreign", async () => {
    await using server = await UdpLayer.open();
    await using other = await UdpLayer.open({ secret: Buffer.from("another secret") });
    await using peer = await UdpPeer.open();

    await peer.send(request(), other.port);

    const token = (await other.sink.requests.shift()).flow.flowToken;

    assert.equal(server.layer.flowOfToken(token), "foreign");
    assert.equal(server.layer.flowOfToken(`_${Buffer.from("192.0.2.1_5060").toString("base64")}`), "foreign");
    assert.equal(server.layer.flowOfToken(""), "foreign");
  });
});

describe("transport layer", () => {
  it("without a transport for the target there is no flow", async () => {
    await using server = await UdpLayer.open();

    assert.equal(
      server.layer.flowTo({ transport: "tcp", ip: "127.0.0.1", ipType: "ipv4", port: 5060 }),
      undefined,
    );
  });

  it("knows its own addresses once it is bound", async () => {
    await using server = await UdpLayer.open({ names: { domains: ["example.org"] } });

    assert.equal(server.layer.isLocal("127.0.0.1", server.port), true);
    assert.equal(server.layer.isLocal("[::1]", server.point("::1").port), true);
    assert.equal(server.layer.isLocal("127.0.0.1", 5060), false);
    assert.equal(server.layer.isLocal("example.org", undefined), true);
    assert.equal(server.layer.isLocal("example.com", undefined), false);
  });

  it("an advertised address stands in sent-by, with the bound port, and is local", async () => {
    await using server = await UdpLayer.open({
      listen: [{ ip: "::1", port: 0, advertisedHost: "2001:db8::1" }],
    });
    const [point] = server.layer.listeningPoints;

    assert.equal(point?.sentBy, `[2001:db8::1]:${point?.port}`);
    assert.equal(server.layer.isLocal("[2001:DB8::1]", point?.port), true);
  });

  it("when one listening point cannot be bound, the error says which", async () => {
    await using server = await UdpLayer.open();

    await assert.rejects(UdpLayer.open({ listen: [{ ip: "127.0.0.1", port: server.port }] }), TransportError);
  });
});
