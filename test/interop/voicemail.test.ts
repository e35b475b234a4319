/** examples/voicemail: callers, phones and a voicemail server by sipp. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findFreePort, Sipp } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { assertSippsSucceed } from "./sipp-verdict.ts";

const IP = "127.0.0.1";
const CALLS = 5;

describe("serial forking to voicemail", { concurrency: true }, () => {
  let server: ExampleServer;
  let voicemail: Sipp;

  before(async () => {
    voicemail = await Sipp.start({ scenario: "callee", calls: 1_000_000, timeoutSeconds: 240 });
    server = await ExampleServer.start({
      example: "voicemail",
      environment: { VOICEMAIL_PORT: String(voicemail.localPort) },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await voicemail?.stop();
  });

  const call = async (scenario: string, phone: string, calls = CALLS): Promise<Sipp> =>
    Sipp.start({ scenario, remote: await server.address("udp"), keys: { callee: phone }, calls });
  const redirected = (why: string): number => server.logged(new RegExp(` ${why}, goes to voicemail$`)).length;

  for (const status of [486, 480]) {
    it(`${status}: the caller talks to voicemail, and the phone gets its ACK`, async () => {
      await using phone = await Sipp.start({
        scenario: "callee-refuses",
        calls: CALLS,
        keys: { status: String(status), header: "X-Reason: none" },
      });
      await using caller = await call("caller", phone.address);

      await assertSippsSucceed(server, caller, phone);
      assert.equal(redirected(`${status} Refused`), CALLS);
    });
  }

  it("no answer: the phone is told by CANCEL when it has rung for timer_C (RFC 3261 section 16.8)", async () => {
    await using phone = await Sipp.start({ scenario: "callee-canceled", calls: CALLS });
    await using caller = await call("caller", phone.address);

    await assertSippsSucceed(server, caller, phone);
    assert.equal(redirected("408 No Answer"), CALLS);
  });

  it("nobody there: after timer_B (RFC 3261 section 17.1.1.2)", async () => {
    await using caller = await call("caller", `${IP}:${await findFreePort(IP)}`);

    await assertSippsSucceed(server, caller);
    assert.equal(redirected("408 Client Timeout"), CALLS);
  });

  it("a phone that answers keeps the call", async () => {
    await using phone = await Sipp.start({ scenario: "callee", calls: CALLS });
    await using caller = await call("caller", phone.address);

    await assertSippsSucceed(server, caller, phone);
  });

  it("603 reaches the caller", async () => {
    await using phone = await Sipp.start({
      scenario: "callee-refuses",
      calls: CALLS,
      keys: { status: "603", header: "X-Reason: none" },
    });
    await using caller = await Sipp.start({
      scenario: "caller-refused",
      remote: await server.address("udp"),
      keys: { callee: phone.address, status: "603" },
      calls: CALLS,
    });

    await assertSippsSucceed(server, caller, phone);
    assert.equal(redirected("603 Refused"), 0);
  });

  it("a caller who hangs up while it rings gets 487, and no voicemail", async () => {
    await using phone = await Sipp.start({ scenario: "callee-canceled", calls: CALLS });
    await using caller = await call("caller-cancel", phone.address);

    await assertSippsSucceed(server, caller, phone);
    assert.equal(redirected("487 Request Terminated"), 0);
  });
});
