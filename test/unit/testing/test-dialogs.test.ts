/** `oversip/testing`: the dialogs that far sides have (RFC 3261 section 12), several of one INVITE among them. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { startTestServer, type TestServer } from "../../../src/testing/index.ts";

describe("oversip/testing: dialogs", () => {
  let edge: TestServer;

  beforeEach(async () => {
    edge = await startTestServer({
      events: ({ SipProxy }) => ({
        sipEvents: {
          async onRequest(request) {
            if (request.inDialog && !request.looseRoute()) {
              request.reply(403, "No Route");
            } else {
              await new SipProxy().route(request);
            }
          },
        },
      }),
    });
  });

  afterEach(() => edge.close());

  it("§12.2 a second INVITE, its ACK and BYE have route set, tags and ascending CSeq of the first one", async () => {
    const invite = await edge.request("INVITE sip:bob@198.51.100.7");
    const first = await edge.forwarded("INVITE");

    await first.reply(200);
    await invite.ack();
    await edge.forwarded("ACK");

    const second = await invite.inDialog("INVITE", { body: "v=0" });
    const forwarded = await edge.forwarded("INVITE");

    await forwarded.reply(200);
    assert.equal(second.status, 200);
    await second.ack();

    const ack = await edge.forwarded("ACK");

    assert.deepEqual(
      [ack.request.cseq, ack.request.toTag],
      [2, first.request.toTag ?? forwarded.request.toTag],
    );

    // The callee goes on with its own numbers, whichever of the two requests is asked.
    const info = await forwarded.inDialog("INFO");

    await (await edge.forwarded("INFO")).reply(200);
    assert.deepEqual([info.status, info.request.cseq], [200, 1]);

    const bye = await first.inDialog("BYE");

    await (await edge.forwarded("BYE")).reply(200);
    assert.deepEqual([bye.status, bye.request.cseq], [200, 2]);
    assert.deepEqual(bye.request.headerAll("Route"), first.request.headerAll("Record-Route"));
  });

  it("§13.2.2.4 an ACK has the number of its INVITE, also when another request came between", async () => {
    const invite = await edge.request("INVITE sip:bob@198.51.100.7");

    await (await edge.forwarded("INVITE")).reply(200);
    await invite.inDialog("INFO");
    await invite.ack();
    assert.equal((await edge.forwarded("ACK")).request.cseq, 1);
  });

  it("§12.2.1.2 the answer to a second INVITE moves the target of what follows", async () => {
    const invite = await edge.request("INVITE sip:bob@198.51.100.7");

    await (await edge.forwarded("INVITE")).reply(200);
    await invite.ack();
    await invite.inDialog("INVITE");
    await (await edge.forwarded("INVITE")).reply(200, { headers: { Contact: "<sip:bob@198.51.100.8>" } });
    await invite.inDialog("BYE");
    assert.equal((await edge.forwarded("BYE")).target.ip, "198.51.100.8");
  });

  it("§12.1 an early dialog with one callee is another one than that with the callee who answers", async () => {
    const invite = await edge.request("INVITE sip:bob@198.51.100.7");
    const forwarded = await edge.forwarded("INVITE");

    await forwarded.reply(183, { toTag: "one", headers: { Contact: "<sip:one@198.51.100.11>" } });
    await invite.inDialog("PRACK", { headers: { RAck: "1 1 INVITE" } });
    assert.equal((await edge.forwarded("PRACK")).target.ip, "198.51.100.11");
    await forwarded.reply(200, { toTag: "two", headers: { Contact: "<sip:two@198.51.100.12>" } });
    await invite.ack();

    const ack = await edge.forwarded("ACK");

    assert.deepEqual([ack.request.toTag, ack.target.ip], ["two", "198.51.100.12"]);
  });

  it("§13.2.2.4 each 2xx of a forked INVITE is acknowledged, and its call ended, by its tag", async () => {
    const invite = await edge.request("INVITE sip:bob@198.51.100.7");
    const forwarded = await edge.forwarded("INVITE");

    for (const [toTag, ip] of [
      ["one", "198.51.100.11"],
      ["two", "198.51.100.12"],
    ] as const) {
      await forwarded.reply(200, { toTag, headers: { Contact: `<sip:${toTag}@${ip}>` } });
    }

    for (const [toTag, ip] of [
      ["two", "198.51.100.12"],
      ["one", "198.51.100.11"],
    ] as const) {
      await invite.ack({ toTag });
      await invite.inDialog("BYE", { toTag });

      for (const method of ["ACK", "BYE"]) {
        const { request, target } = await edge.forwarded(method);

        assert.deepEqual([request.toTag, target.ip], [toTag, ip]);
      }
    }
  });

  it("there is none of a failure, of no answer, or of a tag that nobody has", async () => {
    edge.callee({ ip: "198.51.100.9", answers: [486] });

    const refused = await edge.request("INVITE sip:bob@198.51.100.9");
    const ringing = await edge.request("INVITE sip:bob@198.51.100.7");

    await assert.rejects(refused.inDialog("BYE"), /no response to INVITE has made a dialog/);
    await assert.rejects(ringing.inDialog("BYE"), /no response to INVITE has made a dialog/);
    await (await edge.forwarded("INVITE")).reply(486);
    await (await edge.forwarded("INVITE")).reply(180);
    await assert.rejects(ringing.ack(), /no response to INVITE has made a dialog/);
    await assert.rejects(ringing.inDialog("UPDATE", { toTag: "x" }), /no response with tag "x" to INVITE/);
  });

  it("a callee with a script hangs up when it is told to, and leaves other requests to the script", async () => {
    edge.callee({ ip: "198.51.100.7", answers: [180, { status: 200, afterMs: 1000 }] });
    edge.callee({ ip: "198.51.100.8", answers: [481] });

    const invite = await edge.request("INVITE sip:bob@198.51.100.7");

    await edge.advance(1000);
    await invite.ack();

    const bye = await invite.inDialog("BYE");

    assert.deepEqual(
      bye.responses.map(({ statusCode }) => statusCode),
      [200],
    );

    const stray = await edge.request("BYE sip:bob@198.51.100.8", {
      headers: {
        Route: invite.finalResponse?.headerAll("Record-Route") ?? [],
        To: "<sip:bob@example.com>;tag=old",
      },
    });

    assert.equal(stray.status, 481);
  });
});
