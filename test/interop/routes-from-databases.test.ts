/** examples/routes-from-databases: a real SQLite file, Debian's redis-server, calls by sipp; CANCEL while Redis is slow. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, it } from "node:test";
import { Redis } from "../support/redis.ts";
import { SipUserAgent } from "../support/sip-user-agent.ts";
import { Sipp } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { probe } from "./sip-probe.ts";
import { assertSippsSucceed } from "./sipp-verdict.ts";
import { withLogs } from "./with-logs.ts";

const CALLS = 10;

describe("routes from databases", () => {
  const directory = mkdtempSync(join(tmpdir(), "oversip-routes-"));
  let redis: Redis;
  let phone: Sipp;
  let gateway: Sipp;
  let nearGateway: Sipp;
  let server: ExampleServer;

  before(async () => {
    const common = { scenario: "callee", calls: CALLS };
    const file = join(directory, "routes.db");
    const database = new DatabaseSync(file);

    phone = await Sipp.start(common);
    gateway = await Sipp.start(common);
    nearGateway = await Sipp.start(common);
    database.exec("CREATE TABLE routes (prefix TEXT PRIMARY KEY, gateway TEXT NOT NULL)");

    const insert = database.prepare("INSERT INTO routes VALUES (?, ?)");

    insert.run("+", gateway.address);
    insert.run("+49", nearGateway.address);
    database.close();
    redis = await Redis.start();
    await redis.set("location:alice", phone.address);
    server = await ExampleServer.start({
      example: "routes-from-databases",
      environment: { ROUTES_DATABASE: file, REDIS_URL: redis.url },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await Promise.all([phone, gateway, nearGateway].map((sipp) => sipp?.stop()));
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [what, user, callee] of [
    ["a user whom Redis knows", "alice", () => phone],
    ["a number, by its longest prefix in SQLite", "+4930123", () => nearGateway],
    ["another number", "+15551234", () => gateway],
  ] as const) {
    it(`calls to ${what}`, async () => {
      await using caller = await Sipp.start({
        scenario: "caller",
        remote: await server.address("udp"),
        calls: CALLS,
        keys: { user, callee: "example.test" },
      });

      await assertSippsSucceed(server, caller, callee());
    });
  }

  it("nobody knows her: 404", async () => {
    const call = { method: "INVITE", ruri: "sip:nobody@example.test", routes: [] };

    assert.equal(await probe(await server.address("udp"), call), "404 Not Found");
  });

  it("CANCEL during the lookup: 487 at once, and the INVITE never goes out (RFC 3261 section 9.2)", async () => {
    await using target = await SipUserAgent.listen("udp");
    const [ip = "", port] = (await server.address("udp")).split(":");

    await using caller = await SipUserAgent.connect({ transport: "udp", ip, port: Number(port) });

    await redis.set("location:carol", target.address);

    const pause = await redis.pause(3000);
    let isPaused = true;

    void pause.ended.then(() => {
      isPaused = false;
    });

    await withLogs(
      () => [server, redis],
      async () => {
        const invite = caller.sendRequest("INVITE", { ruri: "sip:carol@example.test" });

        await caller.nextResponse(100);
        caller.sendWithin(invite, "CANCEL");

        assert.match((await caller.nextResponse(200)).header("CSeq") ?? "", /CANCEL$/);

        const { toTag } = await caller.nextResponse(487);

        caller.sendWithin(invite, "ACK", toTag);
        await server.line(/ was canceled during the lookup$/);
        assert.ok(isPaused, "487 and abort came without an answer of Redis");
        await pause.ended;
        // The same lookup again, now answered, and behind the first one on the same connection.
        caller.sendRequest("INVITE", { ruri: "sip:carol@example.test", callId: "second" });
        await caller.nextResponse(100);
        assert.equal((await target.nextRequest("INVITE")).callId, "second");
        assert.equal(target.waitingCount, 0);
        assert.deepEqual(server.logged(/ERROR|CRIT/), []);
      },
    );
  });
});
