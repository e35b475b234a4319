import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";

const CONFIGURATION = `core:
  log_format: pretty
  syslog_level: debug
  shutdown_timeout: 0
sip:
  listen_ipv4: 127.0.0.1
  enable_ipv6: no
  listen_port: 0
  flow_timer: 95
`;

const LOGIC = `
import { SipProxy } from "oversip";

export const sipEvents = { onRequest: (request) => void new SipProxy().route(request) };
`;

describe("sip.flow_timer (RFC 5626 section 5.4)", () => {
  let server: ApiServer;

  before(async () => {
    server = await ApiServer.start(LOGIC, { "oversip.conf": CONFIGURATION });
  });

  after(() => server[Symbol.asyncDispose]());

  for (const [what, contact, wanted] of [
    [
      "is told to a client that registers by Outbound",
      '<sip:a@192.0.2.9>;reg-id=1;+sip.instance="<urn:x>"',
      "95",
    ],
    ["is not told to one that does not", "<sip:a@192.0.2.9>", undefined],
  ] as const) {
    it(what, async () => {
      await using client = await server.client("tcp");
      await using registrar = await server.callee();

      client.sendRequest("REGISTER", {
        ruri: registrar.uri("home"),
        extra: [`Contact: ${contact}`, "Supported: path, outbound"],
      });
      registrar.reply(await registrar.nextRequest("REGISTER"), 200, {
        extra: wanted === undefined ? [] : ["Require: outbound"],
      });
      assert.equal((await client.nextResponse(200)).header("Flow-Timer"), wanted);
    });
  }
});
