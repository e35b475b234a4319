/** The error codes of SipProxy that loopback can provoke: onError, the result of route, and the answer that the caller gets. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { API_CONFIGURATION, ApiServer } from "../support/api-server.ts";
import { DnsServer } from "../support/dns-server.ts";
import { a, srv } from "../support/dns-server-message.ts";
import { freePort } from "../support/free-port.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

export const sipEvents = {
  async onRequest(request) {
    if (request.header("X-Ruri") !== undefined) {
      request.ruri = request.header("X-Ruri");
    }
    const { callId } = request;
    const proxy = new SipProxy(request.header("X-Profile"));
    const result = await proxy
      .onTarget((target) => see({ ["target " + callId]: target.transport + " " + target.ip }))
      .onError((...values) => see({ ["error " + callId]: values }))
      .route(request);
    see({ [callId]: result.outcome === "error" ? [result.status, result.reason, result.code] : result.outcome });
  },
};
`;

const PROFILES = `
default_proxy:
  timer_B: 2
  timer_F: 2
  use_blacklist: no
no_dns:
  use_dns: no
ipv4:
  ip_type_preference: [ipv4]
ipv6:
  ip_type_preference: [ipv6]
strict:
  blacklist_time: 2
`;

/** RFC 1035 section 4.1.1. */
const NAME_ERROR = 3;

describe("a request that gets no response", () => {
  let dns: DnsServer;
  let server: ApiServer;
  let caller: SipUserAgent;
  /** Ports of the SRV records of a name, best first. */
  const services = new Map<string, readonly number[]>();

  before(async () => {
    // Every name but one does not exist.
    dns = await new DnsServer(({ name, type }) => {
      const ports = services.get(name);

      if (ports !== undefined) {
        return {
          answers:
            type === "SRV" ? ports.map((port, index) => srv(name, [index, 0, port], "here.example")) : [],
        };
      }

      if (name !== "here.example") {
        return { responseCode: NAME_ERROR };
      }

      return { answers: type === "A" ? [a(name, "127.0.0.1")] : [] };
    }).start();
    server = await ApiServer.start(LOGIC, {
      "oversip.conf": API_CONFIGURATION.replace("core:", `core:\n  nameservers: "${dns.address}"`),
      "proxies.conf": PROFILES,
    });
    caller = await server.client("udp");
  });

  afterEach(async () => assert.deepEqual(await caller.takeWaiting(), []));

  after(async () => {
    await caller[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await dns.stop();
  });

  interface Case {
    readonly what: string;
    /** Request-URI as user code sets it. */
    readonly uri: string;
    readonly profile?: string;
    readonly extra?: readonly string[];
    readonly error: readonly [status: number, reason: string, code: string];
    readonly targets?: number;
  }

  const CASES: readonly Case[] = [
    {
      what: "a scheme that is no SIP",
      uri: "tel:+34944000000",
      error: [416, "Unsupported URI scheme", "unsupported_uri_scheme"],
    },
    {
      what: "a scheme that nobody knows",
      uri: "xmpp:bob@example.com",
      error: [416, "Unsupported URI scheme", "unsupported_uri_scheme"],
    },
    {
      what: "a transport that nobody knows",
      uri: "sip:bob@127.0.0.1:5060;transport=pigeon",
      error: [478, "Unsupported Transport", "unsupported_transport"],
    },
    {
      what: "SCTP",
      uri: "sip:bob@127.0.0.1:5060;transport=sctp",
      error: [478, "Unsupported Transport", "unsupported_transport"],
    },
    {
      what: "WebSocket, which a server does not open",
      uri: "sip:bob@127.0.0.1:5060;transport=ws",
      error: [478, "Unsupported Transport", "unsupported_transport"],
    },
    {
      what: "an IPv6 target with a profile of IPv4",
      uri: "sip:bob@[::1]:5060",
      profile: "ipv4",
      error: [478, "Destination Requires Unsupported IPv6", "no_ipv6"],
    },
    {
      what: "an IPv4 target with a profile of IPv6",
      uri: "sip:bob@127.0.0.1:5060",
      profile: "ipv6",
      error: [478, "Destination Requires Unsupported IPv4", "no_ipv4"],
    },
    {
      what: "a domain without DNS",
      uri: "sip:bob@here.example",
      profile: "no_dns",
      error: [478, "Destination Requires Unsupported DNS Query", "no_dns"],
    },
    {
      what: "a domain that does not exist",
      uri: "sip:bob@nowhere.example",
      error: [404, "No DNS Resolution", "no_dns_resolution"],
    },
    {
      what: "Max-Forwards 0",
      uri: "sip:bob@127.0.0.1:5060",
      extra: ["Max-Forwards: 0"],
      error: [483, "Too Many Hops", "too_many_hops"],
    },
    {
      what: "Max-Breadth 0 (RFC 5393)",
      uri: "sip:bob@127.0.0.1:5060",
      extra: ["Max-Breadth: 0"],
      error: [440, "Max-Breadth Exceeded", "max_breadth_exceeded"],
    },
  ];

  const ask = (method: string, { uri, profile, extra = [] }: Omit<Case, "what" | "error">) =>
    caller.sendRequest(method, {
      maxForwards: extra.some((line) => line.startsWith("Max-Forwards")) ? undefined : 70,
      extra: [`X-Ruri: ${uri}`, ...(profile === undefined ? [] : [`X-Profile: ${profile}`]), ...extra],
    });

  for (const item of CASES) {
    it(`${item.what}: ${item.error.join(" ")}`, async () => {
      const { callId } = ask("MESSAGE", item);
      const response = await caller.nextResponse(item.error[0]);

      assert.equal(response.reasonPhrase, item.error[1]);
      assert.deepEqual(await server.sees<unknown>(callId), item.error);
      assert.deepEqual(server.allSeen(`error ${callId}`), [item.error]);
      assert.equal(server.allSeen(`target ${callId}`).length, 0);
    });
  }

  for (const transport of ["tcp", "tls"]) {
    it(`nobody listens: 500 Connection Error connection_error, at once, over ${transport}`, async () => {
      const uri = `sip:bob@127.0.0.1:${await freePort()};transport=${transport}`;

      for (let round = 0; round < 2; round++) {
        const { callId } = ask("MESSAGE", { uri });

        assert.equal((await caller.nextResponse(500)).reasonPhrase, "Connection Error");
        assert.deepEqual(await server.sees<unknown>(callId), [500, "Connection Error", "connection_error"]);
        assert.deepEqual(server.allSeen(`target ${callId}`), [`${transport} 127.0.0.1`]);
      }
    });
  }

  it("a target that failed is skipped for blacklist_time, with the error that it failed with", async () => {
    const uri = `sip:bob@127.0.0.1:${await freePort()};transport=tcp`;
    const first = ask("MESSAGE", { uri, profile: "strict" });

    await caller.nextResponse(500);

    const second = ask("MESSAGE", { uri, profile: "strict" });

    await caller.nextResponse(500);
    assert.deepEqual(await server.sees<unknown>(second.callId), [
      500,
      "Connection Error",
      "connection_error",
    ]);
    assert.equal(server.allSeen(`target ${first.callId}`).length, 1);
    assert.equal(server.allSeen(`target ${second.callId}`).length, 0);
  });

  it("a name that DNS knows is called at its address", async () => {
    await using callee = await server.callee("udp");

    ask("MESSAGE", { uri: `sip:bob@here.example:${callee.port};transport=udp` });
    callee.reply(await callee.nextRequest("MESSAGE"), 200);
    await caller.nextResponse(200);
  });

  it("RFC 3263 section 4.3: of several targets, the next is tried when one refuses the connection, and when one answers 503", async () => {
    await using busy = await server.callee("tcp");
    await using free = await server.callee("tcp");

    services.set("_sip._tcp.several.example", [await freePort(), busy.port, free.port]);

    const { callId } = ask("MESSAGE", { uri: "sip:bob@several.example;transport=tcp" });
    const refused = await busy.nextRequest("MESSAGE");

    busy.reply(refused, 503);

    const accepted = await free.nextRequest("MESSAGE");

    assert.notEqual(accepted.topVia.branch, refused.topVia.branch);
    assert.equal(accepted.viaCount, 2);
    free.reply(accepted, 200);
    await caller.nextResponse(200);
    assert.equal(await server.sees<unknown>(callId), "response");
    assert.equal(server.allSeen(`target ${callId}`).length, 3);
    assert.deepEqual(server.allSeen(`error ${callId}`), []);
  });

  it("nobody answers: 408 client_timeout after timer_B, and the INVITE was repeated meanwhile", async () => {
    await using callee = await server.callee("udp");
    const invite = ask("INVITE", { uri: callee.uri("silent") });

    await caller.nextResponse(100);

    const timedOut = await caller.nextResponse(408);

    caller.sendWithin(invite, "ACK", timedOut.toTag);
    assert.equal(timedOut.reasonPhrase, "Client Timeout");
    assert.deepEqual(await server.sees<unknown>(invite.callId), [408, "Client Timeout", "client_timeout"]);
    // RFC 3261 section 17.1.1.2: at 0, 500 and 1500 ms.
    assert.deepEqual(
      await callee.takeWaiting(),
      Array.from({ length: 3 }, () => `INVITE ${callee.uri("silent")} SIP/2.0`),
    );
  });

  it("RFC 4320 section 4.2: another request than INVITE that times out is told to user code and not answered 408", async () => {
    await using callee = await server.callee("udp");
    const { callId } = ask("MESSAGE", { uri: callee.uri("silent") });

    assert.deepEqual(await server.sees<unknown>(callId), [408, "Client Timeout", "client_timeout"]);
    await using other = await server.callee("udp");

    ask("MESSAGE", { uri: other.uri("answers") });
    other.reply(await other.nextRequest("MESSAGE"), 200);
    assert.notEqual((await caller.nextResponse(200)).callId, callId);
  });

  it("a 503 goes up as 500, which says nothing of this server", async () => {
    await using callee = await server.callee("udp");
    const { callId } = ask("MESSAGE", { uri: callee.uri("busy") });

    callee.reply(await callee.nextRequest("MESSAGE"), 503, { extra: ["Retry-After: 60"] });
    await caller.nextResponse(500);
    assert.equal(await server.sees<unknown>(callId), "response");
  });

  it("a connection that closes before the response: 500 Connection Error", async () => {
    await using callee = await server.callee("tcp");
    const { callId } = ask("MESSAGE", { uri: callee.uri("leaves") });

    await callee.nextRequest("MESSAGE");
    await callee.close();
    assert.equal((await caller.nextResponse(500)).reasonPhrase, "Connection Error");
    assert.deepEqual(await server.sees<unknown>(callId), [500, "Connection Error", "connection_error"]);
  });
});
