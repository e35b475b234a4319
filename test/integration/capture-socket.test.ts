/** The socket of the capture: no receiver, a receiver that nobody knows, a receiver that comes back. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { CaptureSocket, type CaptureSocketOptions } from "../../src/capture/capture-socket.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { UdpPeer } from "../support/udp-peer.ts";

const PACKET = Buffer.from("HEP3");

describe("the socket of the capture", () => {
  let clock: FakeClock;
  let logger: RecordingLogger;
  let socket: CaptureSocket;

  const create = (options: Partial<CaptureSocketOptions> & Pick<CaptureSocketOptions, "target">): void => {
    socket = new CaptureSocket({ clock, logger, ...options });
  };

  beforeEach(() => {
    clock = new FakeClock();
    logger = new RecordingLogger();
  });

  afterEach(() => socket.close());

  for (const ip of ["127.0.0.1", "::1"]) {
    it(`sends to ${ip}`, async () => {
      await using receiver = await UdpPeer.open(ip);

      create({ target: { host: ip, port: receiver.port } });
      await socket.open();
      socket.send(PACKET);
      assert.deepEqual(await receiver.receiveBytes(), PACKET);
      assert.deepEqual([socket.sent, socket.dropped, socket.errors], [1, 0, 0]);
    });
  }

  it("looks a domain up once, not for each packet, and again at a reload", async () => {
    await using receiver = await UdpPeer.open();
    const lookedUp: string[] = [];

    create({
      target: { host: "homer.example", port: receiver.port },
      lookUp: async (domain) => {
        lookedUp.push(domain);

        return "127.0.0.1";
      },
    });
    await socket.open();

    for (let index = 0; index < 10; index++) {
      socket.send(PACKET);
    }

    assert.deepEqual(lookedUp, ["homer.example"]);
    await socket.open();
    socket.send(PACKET);
    assert.deepEqual(lookedUp, ["homer.example", "homer.example"]);
    assert.equal(socket.sent, 11);
  });

  it("drops, counts, and tries again in 30 seconds when the domain is not found", async () => {
    await using receiver = await UdpPeer.open();
    let isKnown = false;

    create({
      target: { host: "homer.example", port: receiver.port },
      lookUp: () => (isKnown ? Promise.resolve("127.0.0.1") : Promise.reject(new Error("ENOTFOUND"))),
    });
    socket.send(PACKET);
    await socket.open();
    socket.send(PACKET);
    assert.deepEqual([socket.sent, socket.dropped, socket.errors], [0, 2, 1]);
    assert.deepEqual(logger.textsOf("warn"), ["capture: cannot reach homer.example: ENOTFOUND"]);
    isKnown = true;
    clock.advance(30_000);

    while (socket.sent === 0) {
      await setImmediate();
      socket.send(PACKET);
    }

    assert.deepEqual(await receiver.receiveBytes(), PACKET);
  });

  it("counts that nobody listens, throws nothing, and logs it once a minute", async () => {
    const receiver = await UdpPeer.open();
    const { port } = receiver;

    await receiver[Symbol.asyncDispose]();
    create({ target: { host: "127.0.0.1", port } });
    await socket.open();

    // The system tells of the first packet when the next one is sent.
    while (socket.errors < 3) {
      socket.send(PACKET);
      await setImmediate();
    }

    assert.equal(logger.textsOf("warn").length, 1);
    assert.match(logger.textsOf("warn").join(), /^capture: cannot send: /);
  });

  it("drops what exceeds the bytes that may wait", async () => {
    await using receiver = await UdpPeer.open();

    create({ target: { host: "127.0.0.1", port: receiver.port }, maxQueuedBytes: 3 });
    await socket.open();
    socket.send(PACKET);
    assert.deepEqual([socket.sent, socket.dropped], [0, 1]);
  });

  it("that was closed, while it was being opened too, sends nothing and tries nothing more", async () => {
    await using receiver = await UdpPeer.open();
    const gate = Promise.withResolvers<string>();

    create({ target: { host: "homer.example", port: receiver.port }, lookUp: () => gate.promise });

    const opening = socket.open();

    socket.close();
    gate.resolve("127.0.0.1");
    await opening;
    socket.send(PACKET);
    assert.deepEqual([socket.sent, socket.dropped, socket.errors], [0, 1, 0]);
    socket.close();
  });
});
