/** The admin listener with friendly and hostile clients. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { AdminListener, type AdminListenerOptions } from "../../src/admin/admin-listener.ts";
import { TransportError } from "../../src/errors/errors.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { StreamPeer } from "../support/stream-peer.ts";

const TOKEN = "0123456789abcdef";

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describe("the admin listener", () => {
  let listener: AdminListener;
  let logger: RecordingLogger;
  let status: string;
  let scrapes: number;
  let text: () => Promise<string>;

  const start = async (options: Partial<AdminListenerOptions> = {}): Promise<void> => {
    listener = new AdminListener({
      listen: { host: "127.0.0.1", port: 0 },
      token: undefined,
      metrics: {
        contentType: "text/plain; version=0.0.4; charset=utf-8",
        text: () => {
          scrapes++;

          return text();
        },
      },
      status: () => status,
      logger,
      ...options,
    });
    await listener.bind();
  };

  beforeEach(() => {
    logger = new RecordingLogger();
    status = "running";
    scrapes = 0;
    text = () => Promise.resolve("oversip_ready 1\n");
  });

  afterEach(() => listener.close());

  const ask = (
    path: string,
    { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
  ): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: listener.port, path, method, headers, agent: false };

      request(options, (response) => {
        let body = "";

        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      })
        .on("error", reject)
        .end();
    });

  /** What comes back for these bytes, until the connection is closed. */
  const exchange = async (bytes: string): Promise<string> => {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: listener.port });

    peer.write(bytes);
    await peer.closes();

    return peer.text;
  };

  it("gives metrics, tells that the process lives, and whether it is ready", async () => {
    await start();

    const metrics = await ask("/metrics");

    assert.deepEqual([metrics.status, metrics.body], [200, "oversip_ready 1\n"]);
    assert.equal(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(metrics.headers["connection"], "close");
    assert.equal(metrics.headers["cache-control"], "no-store");
    assert.equal((await ask("/healthz")).status, 200);
    assert.equal((await ask("/readyz")).status, 200);
    assert.equal((await ask("/readyz?verbose=1")).status, 200);
  });

  for (const notReady of ["loading", "terminating"]) {
    it(`answers /readyz 503 while ${notReady}, and /healthz and /metrics all the same`, async () => {
      status = notReady;
      await start();

      const readiness = await ask("/readyz");

      assert.deepEqual([readiness.status, readiness.body], [503, `${notReady}\n`]);
      assert.equal((await ask("/healthz")).status, 200);
      assert.equal((await ask("/metrics")).status, 200);
    });
  }

  it("answers 404 for other paths and 405 for other methods", async () => {
    await start();

    for (const path of [
      "/",
      "/metrics/",
      "/Metrics",
      "//metrics",
      "/metrics/../healthz",
      "/%6detrics",
      "/debug",
    ]) {
      assert.equal((await ask(path)).status, 404, path);
    }

    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"]) {
      const answer = await ask("/metrics", { method });

      assert.deepEqual([answer.status, answer.headers["allow"]], [405, "GET, HEAD"], method);
    }

    assert.equal(scrapes, 0);
  });

  it("answers HEAD as GET, without a body (RFC 9110 section 9.3.2)", async () => {
    await start({ token: TOKEN });

    const head = await ask("/readyz", { method: "HEAD" });

    assert.deepEqual([head.status, head.body, head.headers["content-length"]], [200, "", "8"]);
    assert.equal((await ask("/metrics", { method: "HEAD" })).status, 401);
    status = "loading";
    assert.equal((await ask("/readyz", { method: "HEAD" })).status, 503);
  });

  it("asks for the token for /metrics only, and calculates nothing without it", async () => {
    await start({ token: TOKEN });

    for (const headers of [{}, { authorization: `Bearer ${TOKEN}0` }, { authorization: `Basic ${TOKEN}` }]) {
      const answer = await ask("/metrics", { headers });

      assert.deepEqual([answer.status, answer.headers["www-authenticate"]], [401, 'Bearer realm="metrics"']);
    }

    assert.equal(scrapes, 0);
    assert.equal((await ask(`/metrics?token=${TOKEN}`)).status, 401);
    assert.equal((await ask("/metrics", { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200);
    assert.equal((await ask("/healthz")).status, 200);
    assert.equal((await ask("/readyz")).status, 200);
  });

  it("without a token answers only to its address or localhost, not to a name that a web page has for it", async () => {
    await start();

    for (const [host, expected] of [
      ["127.0.0.1:9090", 200],
      ["localhost", 200],
      ["[::1]:9090", 200],
      ["attacker.example", 421],
      ["attacker.example:9090", 421],
      ["127.0.0.1.attacker.example", 421],
    ] as const) {
      assert.equal((await ask("/metrics", { headers: { host } })).status, expected, host);
    }

    assert.match(await exchange("GET /metrics HTTP/1.1\r\nHost:\r\n\r\n"), /^HTTP\/1\.1 421 /);
  });

  it("with a token answers to any name, since a page has no token", async () => {
    await start({ token: TOKEN });

    const headers = { host: "edge-1.example", authorization: `Bearer ${TOKEN}` };

    assert.equal((await ask("/metrics", { headers })).status, 200);
  });

  it("calculates once for all who ask at the same time, and anew for the next", async () => {
    const gate = Promise.withResolvers<string>();

    text = () => gate.promise;
    await start();

    const asked = Array.from({ length: 20 }, () => ask("/metrics"));

    while (scrapes === 0) {
      await ask("/healthz");
    }

    gate.resolve("x 1\n");
    assert.deepEqual(
      (await Promise.all(asked)).map(({ status: code }) => code),
      Array(20).fill(200),
    );
    assert.equal(scrapes, 1);
    await ask("/metrics");
    assert.equal(scrapes, 2);
  });

  it("answers 500 when the metrics cannot be made, logs why, and goes on", async () => {
    text = () => Promise.reject(new Error("broken metric"));
    await start();

    const answer = await ask("/metrics");

    assert.deepEqual([answer.status, answer.body], [500, "internal error\n"]);
    assert.deepEqual(logger.textsOf("error"), ["broken metric"]);
    text = () => Promise.resolve("");
    assert.equal((await ask("/metrics")).status, 200);
  });

  it("answers one request for each connection: what is pipelined after it is not read", async () => {
    await start();

    const one = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const answers = await exchange(one.repeat(50));

    assert.equal(answers.split("HTTP/1.1 200 OK").length - 1, 1);
  });

  for (const [what, bytes, expected] of [
    [
      "headers beyond 4 kB",
      `GET /metrics HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(8_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ["a URL beyond 4 kB", `GET /${"x".repeat(8_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ["no HTTP", "OPTIONS sip:a SIP/2.0\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000", /^HTTP\/1\.1 400 /],
    ["no Host", "GET /metrics HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "two lengths of a body (request smuggling)",
      "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a body that is announced with Expect and never comes",
      "POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\nExpect: 100-continue\r\n\r\n",
      /^HTTP\/1\.1 405 /,
    ],
    [
      "a body that does not end",
      `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999999999\r\n\r\n${"x".repeat(100_000)}`,
      /^HTTP\/1\.1 200 /,
    ],
    ["CONNECT", "CONNECT 10.0.0.1:80 HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", /^$/],
    [
      "an upgrade to WebSocket",
      "GET /other HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      /^HTTP\/1\.1 404 /,
    ],
  ] as const) {
    it(`answers ${what} as it should and closes`, async () => {
      await start();
      assert.match(await exchange(bytes), expected);
      assert.equal((await ask("/healthz")).status, 200);
    });
  }

  it("closes a connection by which no whole request comes within seconds", { timeout: 20_000 }, async () => {
    await start();

    const startedAtMs = performance.now();

    assert.match(await exchange("GET /metrics HTTP/1.1\r\nHost: 127"), /^(HTTP\/1\.1 408 |$)/);
    assert.ok(performance.now() - startedAtMs < 12_000);
  });

  it("closes the connections beyond its limit, and answers again when others are gone", async () => {
    await start();

    const peers = await Promise.all(
      Array.from({ length: 64 }, () => StreamPeer.connect({ host: "127.0.0.1", port: listener.port })),
    );
    // Accepted in order, so that all of them are once this one is closed.
    const oneTooMany = await StreamPeer.connect({ host: "127.0.0.1", port: listener.port });

    await oneTooMany.closes();
    // At once, that is: one that is late to ask is told so (408).
    assert.equal(oneTooMany.text, "");
    assert.ok(peers.every(({ socket }) => !socket.destroyed));
    await Promise.all(peers.map((peer) => peer.destroy()));

    while (
      await ask("/healthz").then(
        ({ status: code }) => code !== 200,
        () => true,
      )
    ) {
      // The server learns of each end by an event.
    }
  });

  it("that is closed ends the connections that are open", async () => {
    await start();

    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: listener.port });

    await listener.close();
    await peer.closes();
  });

  it("names the address that it cannot bind, and closes nevertheless", async () => {
    const occupier = createServer();

    await new Promise<void>((resolve) => occupier.listen(0, "127.0.0.1", resolve));

    const { port } = occupier.address() as { port: number };

    await assert.rejects(
      start({ listen: { host: "127.0.0.1", port } }),
      (error) =>
        error instanceof TransportError && error.message.includes(`admin.listen 127.0.0.1:${port}: `),
    );
    await new Promise((resolve) => occupier.close(resolve));
  });

  it("listens on IPv6 too", async () => {
    await start({ listen: { host: "::1", port: 0 } });
    assert.match(logger.textsOf("notice").join(), /metrics at http:\/\/\[::1\]:\d+\/metrics$/);

    const peer = await StreamPeer.connect({ host: "::1", port: listener.port });

    peer.write("GET /healthz HTTP/1.1\r\nHost: [::1]\r\n\r\n");
    await peer.receives("200 OK");
    await peer.closes();
  });
});
