import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../../src/errors/errors.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import type { Flow } from "../../../src/transport/flow.ts";
import { createListeningPoint, type ListeningPoint } from "../../../src/transport/listening-point.ts";
import { SipTransportLayer } from "../../../src/transport/sip-transport-layer.ts";
import type { Target } from "../../../src/transport/target.ts";
import type { Transport } from "../../../src/transport/transport.ts";
import type { TransportProtocol } from "../../../src/transport/transport-protocol.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { MemoryFlow, type MemoryFlowOptions } from "../../support/memory-flow.ts";
import { request } from "../../support/message-bytes.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { RecordingSink } from "../../support/recording-sink.ts";

/** A transport whose connections are memory flows. */
class MemoryTransport implements Transport {
  readonly protocol: TransportProtocol;
  readonly canConnect: boolean;
  listeningPoints: readonly ListeningPoint[] = [];
  bindError: Error | undefined = undefined;
  isBound = false;
  isListening = false;
  readonly opened: MemoryFlow[] = [];

  constructor(protocol: TransportProtocol, canConnect = true) {
    this.protocol = protocol;
    this.canConnect = canConnect;
  }

  async bind(): Promise<void> {
    if (this.bindError !== undefined) {
      throw this.bindError;
    }

    this.isBound = true;
    this.isListening = true;
    this.listeningPoints = [createListeningPoint(this.protocol, { ip: "192.0.2.100", port: 5060 })];
  }

  connect(target: Target): Flow | undefined {
    if (!this.canConnect) {
      return undefined;
    }

    const { transport, ip: remoteIp, port: remotePort } = target;
    const flow = new MemoryFlow({ transport, remoteIp, remotePort, isOpenedByServer: true });

    this.opened.push(flow);

    return flow;
  }

  stopListening(): void {
    this.isListening = false;
  }

  async close(): Promise<void> {
    this.isBound = false;
  }
}

function layerOf(...transports: MemoryTransport[]): { layer: SipTransportLayer; sink: RecordingSink } {
  const layer = new SipTransportLayer({
    createTransports: () => transports,
    secret: Buffer.from("0123456789abcdef"),
    logger: new RecordingLogger(),
    clock: new FakeClock(),
  });
  const sink = new RecordingSink();

  layer.setSink(sink);

  return { layer, sink };
}

function parse(via: string, cseq = "CSeq: 1 INVITE"): SipRequest | ParseFailure {
  const message = new MessageParser().parseDatagram(
    request({ replace: { Via: `Via: ${via};branch=z9hG4bKa`, CSeq: cseq } }),
  );

  assert.ok(message instanceof SipRequest || message instanceof ParseFailure);

  return message;
}

/** Where the response to a request that came on this flow goes, when the connection closed meanwhile. */
async function reopened(via: string, options: MemoryFlowOptions): Promise<MemoryFlow | undefined> {
  const transport = new MemoryTransport(options.transport ?? "tcp");
  const { layer, sink } = layerOf(transport);
  const flow = new MemoryFlow(options);

  await layer.bind();
  layer.receiveMessage(parse(via) as SipRequest, flow);

  const { request: received } = await sink.requests.shift();

  flow.close();
  layer.sendResponse(buildResponse(received, { statusCode: 200 }), flow, false);
  assert.deepEqual(flow.sent, []);

  return transport.opened[0];
}

describe("responses over a connection (RFC 3261 §18.2.2)", () => {
  const tcp: MemoryFlowOptions = { transport: "tcp", remoteIp: "192.0.2.1", remotePort: 40_000 };

  it("go back on the connection of the request, whatever the Via says", async () => {
    const transport = new MemoryTransport("tcp");
    const { layer, sink } = layerOf(transport);
    const flow = new MemoryFlow(tcp);

    await layer.bind();
    layer.receiveMessage(parse("SIP/2.0/TCP 192.0.2.9:5070") as SipRequest, flow);

    const { request: received } = await sink.requests.shift();

    layer.sendResponse(buildResponse(received, { statusCode: 200 }), flow, false);
    assert.deepEqual(flow.startLines, ["SIP/2.0 200 OK"]);
    assert.deepEqual(transport.opened, []);
  });

  it("go back on it although it is not open any more, as long as it takes answers", async () => {
    const transport = new MemoryTransport("tcp");
    const { layer, sink } = layerOf(transport);
    const flow = new MemoryFlow(tcp);

    await layer.bind();
    layer.receiveMessage(parse("SIP/2.0/TCP 192.0.2.9:5070") as SipRequest, flow);

    const { request: received } = await sink.requests.shift();

    flow.close();
    flow.takesAnswers = true;
    layer.sendResponse(buildResponse(received, { statusCode: 200 }), flow, false);
    assert.deepEqual(flow.startLines, ["SIP/2.0 200 OK"]);
    assert.deepEqual(transport.opened, []);
  });

  it("go to received and the port of the sent-by when it is closed", async () => {
    const flow = await reopened("SIP/2.0/TCP 10.0.0.1:5070;rport", tcp);

    assert.equal(flow?.remoteDescription, "192.0.2.1:5070");
    assert.deepEqual(flow?.startLines, ["SIP/2.0 200 OK"]);
  });

  it("go to the default port of the transport when the sent-by names none", async () => {
    assert.equal((await reopened("SIP/2.0/TCP a.example.org", tcp))?.remotePort, 5060);
    assert.equal(
      (await reopened("SIP/2.0/TLS a.example.org", { ...tcp, transport: "tls" }))?.remotePort,
      5061,
    );
  });

  it("RFC 7118: fail, later than the call, when it is closed and only clients open connections", async () => {
    const { layer } = layerOf(new MemoryTransport("ws", false));
    const flow = new MemoryFlow({ transport: "ws" });
    const received = parse("SIP/2.0/WS x.invalid") as SipRequest;

    await layer.bind();
    flow.close();

    const error = await new Promise<TransportError>((resolve) => {
      layer.sendResponse(buildResponse(received, { statusCode: 200 }), flow, false, resolve);
    });

    assert.equal(error.failure, "closed");
    layer.sendResponse(buildResponse(received, { statusCode: 200 }), flow, false);
  });
});

describe("transport layer", () => {
  it("a malformed request on a connection is answered there, without a limit by address", async () => {
    const { layer } = layerOf(new MemoryTransport("tcp"));
    const flow = new MemoryFlow({ transport: "tcp" });

    await layer.bind();

    for (let i = 0; i < 100; i++) {
      layer.receiveFailure(parse("SIP/2.0/TCP a", "CSeq: x") as ParseFailure, flow);
    }

    assert.equal(flow.sent.length, 100);
    assert.match(flow.startLines[0] ?? "", /^SIP\/2\.0 400 /);
  });

  it("what arrives before there is anybody to deliver to is dropped", () => {
    const layer = new SipTransportLayer({
      createTransports: () => [],
      secret: Buffer.from("0123456789abcdef"),
      logger: new RecordingLogger(),
      clock: new FakeClock(),
    });

    layer.receiveMessage(parse("SIP/2.0/UDP a") as SipRequest, new MemoryFlow());
    layer.flowClosed(new MemoryFlow({ transport: "tcp" }));
  });

  it("SECURITY: an error above never reaches the transport, and is logged as critical", async () => {
    const logger = new RecordingLogger();
    const layer = new SipTransportLayer({
      createTransports: () => [],
      secret: Buffer.from("0123456789abcdef"),
      logger,
      clock: new FakeClock(),
    });
    const fail = (): never => {
      throw new Error("a fault above");
    };
    const flow = new MemoryFlow({ transport: "tcp" });

    layer.setSink({ receiveRequest: fail, receiveResponse: fail, flowClosed: fail });
    layer.receiveMessage(parse("SIP/2.0/TCP a") as SipRequest, flow);
    layer.flowClosed(flow);
    assert.deepEqual(logger.textsOf("crit"), ["a fault above", "a fault above"]);
  });

  it("a closed connection is reported, and its token leads nowhere any more", async () => {
    const { layer, sink } = layerOf(new MemoryTransport("tcp"));
    const flow = new MemoryFlow({ transport: "tcp" });
    const token = layer.flowToken(flow);

    assert.equal(layer.flowOfToken(token), flow);
    layer.flowClosed(flow);
    assert.equal(await sink.closedFlows.shift(), flow);
    assert.equal(layer.flowOfToken(token), "closed");
  });

  it("asks each transport of the protocol for a way to a target", async () => {
    const clientsOnly = new MemoryTransport("tls", false);
    const tls = new MemoryTransport("tls");
    const { layer } = layerOf(clientsOnly, tls, new MemoryTransport("udp"));
    const target: Target = { transport: "tls", ip: "192.0.2.1", ipType: "ipv4", port: 5061 };

    assert.equal(layer.flowTo(target), undefined);
    await layer.bind();
    assert.equal(layer.flowTo(target), tls.opened[0]);
    assert.equal(layer.listeningPoints.length, 3);
  });

  it("closes what was bound when a later transport cannot be", async () => {
    const udp = new MemoryTransport("udp");
    const tcp = new MemoryTransport("tcp");
    const { layer } = layerOf(udp, tcp);

    tcp.bindError = new TransportError("cannot bind", "connection");
    await assert.rejects(layer.bind(), tcp.bindError);
    assert.equal(udp.isBound, false);
  });

  it("stops listening and closes everywhere", async () => {
    const transports = [new MemoryTransport("udp"), new MemoryTransport("tcp")];
    const { layer } = layerOf(...transports);

    await layer.bind();
    layer.stopListening();
    assert.deepEqual(
      transports.map(({ isBound, isListening }) => [isBound, isListening]),
      [
        [true, false],
        [true, false],
      ],
    );
    await layer.close();
    assert.deepEqual(
      transports.map(({ isBound }) => isBound),
      [false, false],
    );
  });
});
