/** The DNS client against servers that are slow, silent, wrong or hostile. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { DnsClient, type DnsClientOptions } from "../../src/resolver/dns-client.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { type DnsHandler, DnsServer } from "../support/dns-server.ts";
import { a, aaaa, cname, writeResponse } from "../support/dns-server-message.ts";
import { SILENT_LOGGER } from "../unit/resolver/resolver-fixture.ts";

const NAME = "example.test";
const GOOD = a(NAME, "192.0.2.1");
const BAD = a(NAME, "192.0.2.66");
const FOUND = { outcome: "records", records: [{ ip: "192.0.2.1" }], ttlSeconds: 60 };

const clock = new SystemClock();
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) {
    await cleanup();
  }

  clock.close();
});

async function startServer(handler: DnsHandler): Promise<DnsServer> {
  const server = await new DnsServer(handler).start();

  cleanups.push(() => server.stop());

  return server;
}

function createClient(servers: readonly DnsServer[], options: Partial<DnsClientOptions> = {}): DnsClient {
  const client = new DnsClient({
    clock,
    logger: SILENT_LOGGER,
    nameservers: servers.map((server) => server.address),
    hostsPath: "/dev/null",
    serverTimeoutMs: 3000,
    ...options,
  });

  cleanups.push(() => client.close());

  return client;
}

describe("DNS client", () => {
  it("RFC 5452 §9.1: answers of a wrong id, name, type, or that are no response, are passed over", async () => {
    const server = await startServer((query) => [
      { id: query.id ^ 1, answers: [BAD] },
      { name: "other.test", answers: [BAD] },
      { type: 28, answers: [BAD] },
      { flags: 0x0180, answers: [BAD] },
      Buffer.from("garbage"),
      Buffer.alloc(0),
      { answers: [GOOD] },
    ]);

    assert.deepEqual(await createClient([server]).lookup(NAME, "A"), FOUND);
  });

  it("RFC 5452 §9.2: each query has a port and an id of its own", async () => {
    const server = await startServer(() => ({ answers: [] }));
    const client = createClient([server]);

    for (let index = 0; index < 20; index++) {
      await client.lookup(`h${index}.test`, "A");
    }

    assert.equal(new Set(server.queries.map((query) => query.sourcePort)).size >= 15, true);
    assert.equal(new Set(server.queries.map((query) => query.id)).size >= 15, true);
  });

  it("RFC 5452 §9.1: an answer from another address or port is not heard", async () => {
    let reach = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const silent = await startServer(() => {
      reach();

      return undefined;
    });
    const forger = await startServer(() => undefined);
    const client = createClient([silent], { rounds: 1, serverTimeoutMs: 100 });
    const answer = client.lookup(NAME, "A");

    await asked;

    const [query] = silent.queries;

    assert.ok(query !== undefined);
    // The forger knows all but the server's port.
    forger.sendTo(query.sourcePort, writeResponse({ id: query.id, name: NAME, type: 1, answers: [BAD] }));
    assert.equal((await answer).outcome, "failed");
  });

  it("RFC 2181 §9: a truncated answer is asked for again over TCP", async () => {
    const server = await startServer((query) =>
      query.protocol === "udp" ? { flags: 0x8780, answers: [BAD] } : { answers: [GOOD] },
    );

    assert.deepEqual(await createClient([server]).lookup(NAME, "A"), FOUND);
    assert.deepEqual(
      server.queries.map((query) => query.protocol),
      ["udp", "tcp"],
    );
  });

  it("a truncated answer that is cut within a record is a truncated answer", async () => {
    const server = await startServer((query) => {
      const whole = writeResponse({ id: query.id, name: NAME, type: 1, flags: 0x8780, answers: [BAD] });

      return query.protocol === "udp" ? whole.subarray(0, -2) : { answers: [GOOD] };
    });

    assert.deepEqual(await createClient([server]).lookup(NAME, "A"), FOUND);
  });

  it("over TCP too, a wrong id is no answer; the next server is asked", async () => {
    const liar = await startServer((query) =>
      query.protocol === "udp" ? { flags: 0x8780 } : { id: query.id ^ 1, answers: [BAD] },
    );
    const honest = await startServer(() => ({ answers: [GOOD] }));

    assert.deepEqual(await createClient([liar, honest]).lookup(NAME, "A"), FOUND);
  });

  it("a silent server: the next one is asked, and first from then on", async () => {
    const silent = await startServer(() => undefined);
    const living = await startServer(() => ({ answers: [GOOD] }));
    const client = createClient([silent, living], { serverTimeoutMs: 200 });

    assert.deepEqual(await client.lookup(NAME, "A"), FOUND);
    assert.deepEqual(await client.lookup(NAME, "A"), FOUND);
    assert.equal(silent.queries.length, 1);
    assert.equal(living.queries.length, 2);
    assert.deepEqual([client.lookups, client.queries, client.failures], [2, 3, 0]);
  });

  it("a server that fails, refuses or writes nonsense: the next one is asked", async () => {
    const failing = await startServer(() => ({ responseCode: 2 }));
    const refusing = await startServer(() => ({ responseCode: 5 }));
    const nonsense = await startServer(() => ({
      answers: [{ name: NAME, type: "A", data: Buffer.alloc(2) }],
    }));
    const living = await startServer(() => ({ answers: [GOOD] }));

    assert.deepEqual(await createClient([failing, refusing, nonsense, living]).lookup(NAME, "A"), FOUND);
  });

  it("no server at the port: the next one is asked without waiting", async () => {
    const gone = await new DnsServer(() => undefined).start();
    const { address } = gone;

    await gone.stop();

    const living = await startServer(() => ({ answers: [GOOD] }));
    const client = createClient([], { nameservers: [address, living.address], serverTimeoutMs: 60_000 });

    assert.deepEqual(await client.lookup(NAME, "A"), FOUND);
  });

  it("a lost datagram: asked again", async () => {
    let isFirst = true;
    const server = await startServer(() => {
      const wasFirst = isFirst;

      isFirst = false;

      return wasFirst ? undefined : { answers: [GOOD] };
    });

    assert.deepEqual(await createClient([server], { serverTimeoutMs: 200 }).lookup(NAME, "A"), FOUND);
  });

  it("RFC 6891 §7: a server that does not know EDNS is asked without", async () => {
    const server = await startServer((query) => (query.hasEdns ? { responseCode: 1 } : { answers: [GOOD] }));

    assert.deepEqual(await createClient([server]).lookup(NAME, "A"), FOUND);
    assert.deepEqual(
      server.queries.map((query) => query.hasEdns),
      [true, false],
    );
  });

  it("all servers silent: the lookup fails within its time", async () => {
    const server = await startServer(() => undefined);
    const client = createClient([server], { lookupTimeoutMs: 150, rounds: 50, serverTimeoutMs: 100 });

    assert.deepEqual(await client.lookup(NAME, "A"), { outcome: "failed", cause: "no server answered" });
    assert.ok(server.queries.length <= 2, String(server.queries.length));
  });

  it("equal questions at the same time are asked once; A and AAAA are two questions", async () => {
    const server = await startServer((query) => ({
      answers: [query.type === "A" ? GOOD : aaaa(NAME, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])],
    }));
    const client = createClient([server]);
    const answers = await Promise.all([
      client.lookup(NAME, "A"),
      client.lookup("EXAMPLE.test", "A"),
      client.lookup(NAME, "AAAA"),
    ]);

    assert.deepEqual(answers[0], FOUND);
    assert.equal(answers[1], answers[0]);
    assert.equal(server.queries.length, 2);
    await client.lookup(NAME, "A");
    assert.equal(server.queries.length, 3);
  });

  it("SECURITY: a chain of aliases from query to query ends", async () => {
    const server = await startServer((query) => ({
      answers: [cname(query.name, `a${query.name}`)],
    }));
    const answer = await createClient([server]).lookup("x.test", "A");

    assert.equal(answer.outcome, "failed");
    assert.ok(server.queries.length <= 9, String(server.queries.length));
  });

  it("SECURITY: an alias to what is no name is not asked for", async () => {
    const server = await startServer((query) => ({ answers: [cname(query.name, "a b\r.test")] }));

    assert.equal((await createClient([server]).lookup(NAME, "A")).outcome, "failed");
    assert.equal(server.queries.length, 1);
  });

  it("SECURITY: lookups under way are bounded", async () => {
    const server = await startServer(() => undefined);
    const client = createClient([server], { maxPendingLookups: 2, rounds: 1, serverTimeoutMs: 200 });
    const answers = await Promise.all(["a.test", "b.test", "c.test"].map((name) => client.lookup(name, "A")));

    assert.deepEqual(answers[2], { outcome: "failed", cause: "too many lookups under way" });
    assert.equal(server.queries.length, 2);
  });

  it("names that no zone can have, and localhost, ask nobody", async () => {
    const server = await startServer(() => ({ answers: [BAD] }));
    const client = createClient([server]);

    assert.deepEqual(await client.lookup("a..b", "A"), { outcome: "none", ttlSeconds: undefined });
    assert.deepEqual(await client.lookup("localhost", "SRV"), { outcome: "none", ttlSeconds: undefined });
    assert.deepEqual(await client.lookup("LOCALHOST", "A"), {
      outcome: "records",
      records: [{ ip: "127.0.0.1" }],
      ttlSeconds: 0,
    });
    assert.equal(server.queries.length, 0);
  });

  it("closing ends what is under way, over UDP and TCP", async () => {
    let reach = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const server = await startServer((query) => {
      if (query.name === "udp.test") {
        return undefined;
      }

      if (query.protocol === "tcp") {
        reach();

        return undefined;
      }

      return { flags: 0x8780 };
    });
    const client = createClient([server], { serverTimeoutMs: 60_000 });
    const answers = Promise.all([client.lookup("udp.test", "A"), client.lookup("tcp.test", "A")]);

    await reached;
    client.close();
    assert.deepEqual(
      (await answers).map((answer) => answer.outcome),
      ["failed", "failed"],
    );
    assert.equal((await client.lookup(NAME, "A")).outcome, "failed");
  });

  it("reload reads nameservers and hosts again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "oversip-dns-client-"));
    const hostsPath = join(folder, "hosts");
    const resolvConfPath = join(folder, "resolv.conf");

    cleanups.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(hostsPath, "");
    writeFileSync(resolvConfPath, "nameserver 192.0.2.53\n");

    const client = createClient([], { hostsPath, resolvConfPath });

    assert.deepEqual(client.nameservers, ["192.0.2.53 port 53"]);
    writeFileSync(hostsPath, "192.0.2.1 example.test\n");
    writeFileSync(resolvConfPath, "nameserver 192.0.2.54\n");
    client.reload();
    assert.deepEqual(client.nameservers, ["192.0.2.54 port 53"]);
    assert.deepEqual(await client.lookup(NAME, "A"), { ...FOUND, ttlSeconds: 0 });
    assert.deepEqual(await client.lookup(NAME, "AAAA"), { outcome: "none", ttlSeconds: undefined });
  });

  it("a nameserver that is no address is a caller's error", () => {
    assert.throws(() => createClient([], { nameservers: ["dns.example.com"] }), TypeError);
  });
});
