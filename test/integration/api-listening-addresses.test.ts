/** Several listening addresses of one family. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";

const CONFIGURATION = `core:
  log_format: pretty
  syslog_level: debug
  shutdown_timeout: 0
sip:
  listen_ipv4: [127.0.0.1, 127.0.0.2]
  enable_ipv6: no
  listen_port: 0
websocket:
  sip_ws: yes
  listen_ipv4: [127.0.0.1, 127.0.0.2]
  enable_ipv6: no
  listen_port: 0
`;

const LOGIC = `
import { SipProxy } from "oversip";

export const sipEvents = {
  onRequest: (request) => {
    request.looseRoute();

    if (request.destinationMyself()) {
      request.reply(200);
    } else {
      new SipProxy().route(request);
    }
  },
};
`;

describe("a request between listening addresses", () => {
  let server: ApiServer;

  before(async () => {
    server = await ApiServer.start(LOGIC, { "oversip.conf": CONFIGURATION });
  });

  after(() => server[Symbol.asyncDispose]());

  const sentBy = (transport: "udp" | "tcp" | "ws", ip: string): string =>
    `${ip}:${server.address(transport, ip).port}`;
  /** host:port of each Record-Route, topmost first. */
  const recorded = (values: readonly string[]): string[] =>
    values.map((value) => /^<sip:(?:[^@;>]*@)?([\d.]+:\d+);/.exec(value)?.[1] ?? value);

  for (const ip of ["127.0.0.1", "127.0.0.2"]) {
    for (const transport of ["udp", "tcp", "ws"] as const) {
      it(`is answered on ${ip} over ${transport}, where it came in`, async () => {
        await using client = await server.client(transport, { ip });

        client.sendRequest("OPTIONS", { ruri: `sip:${sentBy(transport, ip)}` });
        assert.equal((await client.nextResponse(200)).topVia.rport, client.port);
      });
    }
  }

  it("that leaves from another one is recorded twice, each side by its own (RFC 5658)", async () => {
    await using caller = await server.client("udp", { ip: "127.0.0.2" });
    await using callee = await server.callee();

    caller.sendRequest("INVITE", {
      ruri: callee.uri("bob"),
      extra: [`Contact: <sip:alice@127.0.0.2:${caller.port}>`],
    });

    const invite = await callee.nextRequest("INVITE");

    assert.equal(`${invite.topVia.host}:${invite.topVia.port}`, sentBy("udp", "127.0.0.1"));
    assert.deepEqual(recorded(invite.headerAll("Record-Route")), [
      sentBy("udp", "127.0.0.1"),
      sentBy("udp", "127.0.0.2"),
    ]);

    callee.reply(invite, 200, { extra: [`Contact: <${callee.uri("bob")}>`] });

    await caller.nextResponse(100);

    const answer = await caller.nextResponse(200);

    // The caller's route set is the list from the bottom up: it goes on by the address that it knows.
    const routes = answer.headerAll("Record-Route").reverse();

    caller.sendRequest("BYE", {
      ruri: callee.uri("bob"),
      toTag: "callee",
      callId: answer.callId,
      cseq: 2,
      extra: routes.map((route) => `Route: ${route}`),
    });

    const bye = await callee.nextRequest("BYE");

    assert.deepEqual(bye.headerAll("Route"), []);
    callee.reply(bye, 200);
    await caller.nextResponse(200);
  });

  it("that enters and leaves by the same one is recorded once", async () => {
    await using caller = await server.client("udp", { ip: "127.0.0.1" });
    await using callee = await server.callee();

    caller.sendRequest("INVITE", { ruri: callee.uri("bob") });

    const invite = await callee.nextRequest("INVITE");

    assert.deepEqual(recorded(invite.headerAll("Record-Route")), [sentBy("udp", "127.0.0.1")]);
    callee.reply(invite, 486);
    await caller.nextResponse(100);
    await caller.nextResponse(486);
  });
});
