/** How calls end and what server.ts is told of it: real user agents (sipp) on both sides of the server, over UDP. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { findFreePort, Sipp } from "../support/sipp.ts";
import { SippServer } from "../support/sipp-server.ts";
import { SIPP_PROFILES, SIPP_USER_LOGIC, tellings } from "../support/sipp-user-logic.ts";

const CALLS = 10;

/** Timer H and its like are 32 seconds; none of these calls may need so long. */
const TIMEOUT_SECONDS = 25;

interface Scenario {
  readonly caller: string;
  readonly callee: string;
  /** Values for both scenarios. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Of the Request-URI, beside `case`. */
  readonly parameters?: string;
}

describe("calls between real user agents", { concurrency: true }, () => {
  let server: SippServer;

  before(async () => {
    server = await SippServer.start({ "server.ts": SIPP_USER_LOGIC, "proxies.conf": SIPP_PROFILES });
  });

  after(() => server.stop());

  /** Lets caller and callee do their calls, and returns what `server.ts` was told, with how often. */
  const callThrough = async (name: string, scenario: Scenario): Promise<Record<string, number>> => {
    const { keys = {}, parameters = "" } = scenario;
    const common = { calls: CALLS, timeoutSeconds: TIMEOUT_SECONDS };

    await using callee = await Sipp.start({ ...common, scenario: scenario.callee, keys });
    await using caller = await Sipp.start({
      ...common,
      scenario: scenario.caller,
      remote: server.address("udp"),
      keys: { ...keys, callee: `${callee.address};case=${name}${parameters}` },
    });

    await server.assertAllSucceed(CALLS, caller, callee);

    return tellings(server.marked(), name);
  };

  it("CANCEL: its 200 and the 487 to the caller, a CANCEL and both ACKs (RFC 3261 sections 9 and 16.10)", async () => {
    const told = await callThrough("cancel", { caller: "caller-cancel", callee: "callee-canceled" });

    assert.deepEqual(told, {
      "target udp ipv4": CALLS,
      "provisional 180": CALLS,
      canceled: CALLS,
      "outcome canceled": CALLS,
    });
  });

  it("486 of a busy callee goes to the caller with its headers, each hop has its ACK (RFC 3261 section 17.1.1.3)", async () => {
    const told = await callThrough("busy", {
      caller: "caller-refused",
      callee: "callee-refuses",
      keys: { status: "486", header: "Retry-After: 60" },
    });

    assert.deepEqual(told, { "target udp ipv4": CALLS, "failure 486": CALLS, "outcome response": CALLS });
  });

  it("302 is passed through with its Contact: the proxy does not recurse (RFC 3261 section 16.7 step 4)", async () => {
    const told = await callThrough("redirect", {
      caller: "caller-refused",
      callee: "callee-refuses",
      keys: { status: "302", header: "Contact: sip:elsewhere@192.0.2.1" },
    });

    assert.deepEqual(told, { "target udp ipv4": CALLS, "failure 302": CALLS, "outcome response": CALLS });
  });

  it("no answer until Timer C fires: CANCEL to the callee, 408 to the caller (RFC 3261 section 16.8)", async () => {
    const told = await callThrough("patience", {
      caller: "caller-refused",
      callee: "callee-canceled",
      parameters: ";profile=patience_8_seconds",
      keys: { status: "408", header: "408 INVITE Timeout" },
    });

    assert.deepEqual(told, {
      "target udp ipv4": CALLS,
      "provisional 180": CALLS,
      "INVITE timeout": CALLS,
      "outcome error": CALLS,
    });
  });

  it("no sign of life until Timer B fires: 408 to the caller (RFC 3261 section 17.1.1.2)", async () => {
    const told = await callThrough("deaf", {
      caller: "caller-refused",
      callee: "callee-silent",
      parameters: ";profile=deaf_after_2_seconds",
      keys: { status: "408", header: "408 Client Timeout", silence: "2500" },
    });

    assert.deepEqual(told, {
      "target udp ipv4": CALLS,
      "error 408 client_timeout": CALLS,
      "outcome error": CALLS,
    });
  });

  it("every 200 of a callee that waits for a late ACK is passed on (RFC 3261 section 16.7 step 5)", async () => {
    const told = await callThrough("late", {
      caller: "caller-late-ack",
      callee: "callee-unacknowledged",
    });

    assert.deepEqual(told, {
      "target udp ipv4": CALLS,
      "success 200 over udp, Record-Routes: 1": 2 * CALLS,
      "outcome response": CALLS,
    });
  });

  it("all calls complete though each side loses a tenth of its messages (RFC 3261 section 17)", async () => {
    const calls = 30;
    const common = { calls, timeoutSeconds: 80, extra: ["-lost", "10", "-max_retrans", "12"] };

    await using callee = await Sipp.start({ ...common, scenario: "callee-lossy" });
    await using caller = await Sipp.start({
      ...common,
      scenario: "caller-lossy",
      remote: server.address("udp"),
      keys: { callee: `${callee.address};case=lossy` },
    });

    await server.assertAllSucceed(calls, caller, callee);
    assert.ok((await caller.result()).retransmissions > 0, "the caller lost nothing");
    assert.ok((await callee.result()).retransmissions > 0, "the callee lost nothing");
  });

  it("serial forking: a 486 that is dropped leads to the next callee, the caller sees only its 200", async () => {
    const next = `127.0.0.1:${await findFreePort("127.0.0.1")}`;
    const common = { calls: CALLS, timeoutSeconds: TIMEOUT_SECONDS };

    await using busy = await Sipp.start({
      ...common,
      scenario: "callee-refuses",
      keys: { status: "486", header: "Retry-After: 60" },
    });
    await using free = await Sipp.start({
      ...common,
      scenario: "callee",
      localPort: Number(next.split(":")[1]),
    });
    await using caller = await Sipp.start({
      ...common,
      scenario: "caller",
      remote: server.address("udp"),
      keys: { callee: `${busy.address};case=fork;next=${next}` },
    });

    await server.assertAllSucceed(CALLS, caller, busy, free);
    assert.deepEqual(tellings(server.marked(), "fork"), {
      "target udp ipv4": CALLS,
      "failure 486": CALLS,
      "outcome response": CALLS,
      "second success 200": CALLS,
    });
  });
});
