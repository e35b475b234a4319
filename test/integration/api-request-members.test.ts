/** What user code sees of a request and its response, over every transport and both IP versions. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";

const LOGIC = `
import { SipProxy } from "oversip";

const membersOf = (message) => ({
  transport: message.transport,
  sourceIp: message.sourceIp,
  sourceIpType: message.sourceIpType,
  sourcePort: message.sourcePort,
  isUdp: message.isUdp, isTcp: message.isTcp, isTls: message.isTls, isWs: message.isWs, isWss: message.isWss,
  isWebSocket: message.isWebSocket,
  connection: {
    transport: message.connection.transport,
    remoteIp: message.connection.remoteIp,
    remoteIpType: message.connection.remoteIpType,
    remotePort: message.connection.remotePort,
    remoteDescription: message.connection.remoteDescription,
    isOpen: message.connection.isOpen,
    isOpenedByServer: message.connection.isOpenedByServer,
  },
  method: message.method,
  sipVersion: message.sipVersion,
  topVia: [message.topVia.host, message.topVia.hasRport, message.topVia.branch],
  viaCount: message.viaCount,
  callId: message.callId,
  cseq: message.cseq,
  contentLength: message.contentLength,
  from: String(message.from), fromTag: message.fromTag,
  to: String(message.to), toTag: message.toTag,
  contact: message.contact === undefined ? undefined : String(message.contact),
  contactParams: message.contactParams,
  contactHasRegId: message.contactHasRegId,
  supported: message.supported, require: message.require, proxyRequire: message.proxyRequire,
  body: message.bodyText,
  aHeader: [message.header("x-odd"), message.headerAll("X-ODD"), message.hasHeader("x-none")],
});

const cases = {
  members(request) {
    see({ [request.callId]: {
      ...membersOf(request),
      secure: request.secure,
      unknownMethod: request.unknownMethod,
      ruri: String(request.ruri),
      maxForwards: request.maxForwards,
      routes: request.routes.map(String),
      initial: request.initial, inDialog: request.inDialog,
      dialogForming: request.dialogForming,
      recordRoutingAware: request.recordRoutingAware, outboundAware: request.outboundAware,
      newMaxForwards: request.newMaxForwards,
      destinationMyself: request.destinationMyself(),
      signal: request.signal.aborted,
    } });
    request.tvars.fromRequest = "yes";
    new SipProxy()
      .onSuccessResponse((response) => see({ ["response " + request.callId]: {
        ...membersOf(response),
        statusCode: response.statusCode, reasonPhrase: response.reasonPhrase,
        tvars: response.tvars, isOfThatRequest: response.request === request,
      } }))
      .route(request);
  },
  count(request) {
    request.cvars.count = (request.cvars.count ?? 0) + 1;
    request.reply(200, undefined, ["X-Count: " + request.cvars.count, "X-Prototype: " + String(Object.getPrototypeOf(request.cvars))]);
  },
};

export const sipEvents = { onRequest: (request) => cases[request.ruri.user](request) };
`;

const TRANSPORTS = ["udp", "tcp", "tls", "ws", "wss"] as const;

describe("the members of SipRequest and SipResponse", () => {
  let server: ApiServer;

  before(async () => {
    server = await ApiServer.start(LOGIC);
  });

  after(() => server[Symbol.asyncDispose]());

  for (const transport of TRANSPORTS) {
    for (const ip of ["127.0.0.1", "::1"]) {
      it(`tell all of a request over ${transport} from ${ip}, and of its response`, async () => {
        await using caller = await server.client(transport, { ip });
        await using callee = await server.callee("udp", ip);
        const { callId, branch } = caller.sendRequest("MESSAGE", {
          ruri: callee.uri("members"),
          extra: [
            "X-Odd: one",
            "x-odd: two",
            "Supported: Path, 199",
            "m: <sip:me@192.0.2.9;ob>;expires=60;Reg-ID=1",
            `Route: <sip:${callee.address};lr>`,
          ],
          body: "h\u00e9llo",
        });
        const received = await callee.nextRequest("MESSAGE");

        callee.reply(received, 200, {
          reason: "Fine",
          extra: ["X-Odd: three", "Contact: <sip:a@192.0.2.1>, <sip:b@192.0.2.1>"],
        });

        const answer = await caller.nextResponse(200);
        const ipType = ip === "::1" ? "ipv6" : "ipv4";
        const host = ip === "::1" ? "[::1]" : ip;
        const is = (name: string) => transport === name;

        assert.deepEqual(await server.sees(callId), {
          transport,
          sourceIp: ip,
          sourceIpType: ipType,
          sourcePort: caller.port,
          isUdp: is("udp"),
          isTcp: is("tcp"),
          isTls: is("tls"),
          isWs: is("ws"),
          isWss: is("wss"),
          isWebSocket: is("ws") || is("wss"),
          connection: {
            transport,
            remoteIp: ip,
            remoteIpType: ipType,
            remotePort: caller.port,
            remoteDescription: `${host}:${caller.port}`,
            isOpen: true,
            isOpenedByServer: false,
          },
          method: "MESSAGE",
          sipVersion: "SIP/2.0",
          topVia: [host, true, branch],
          viaCount: 1,
          callId,
          cseq: 1,
          contentLength: 5,
          from: '"Alice" <sip:alice@example.org>',
          fromTag: "caller",
          to: "<sip:bob@example.com>",
          contact: "<sip:me@192.0.2.9;ob>",
          contactParams: ";expires=60;Reg-ID=1",
          contactHasRegId: true,
          supported: ["path", "199"],
          require: [],
          proxyRequire: [],
          body: "h\ufffdllo",
          aHeader: ["one", ["one", "two"], false],
          secure: is("tls") || is("wss"),
          unknownMethod: false,
          ruri: callee.uri("members"),
          maxForwards: 70,
          routes: [`<sip:${callee.address};lr>`],
          initial: true,
          inDialog: false,
          dialogForming: false,
          recordRoutingAware: false,
          outboundAware: false,
          destinationMyself: false,
          signal: false,
        });

        const response = await server.sees(`response ${callId}`);

        assert.deepEqual(
          { ...response, topVia: undefined },
          {
            transport: "udp",
            sourceIp: ip,
            sourceIpType: ipType,
            sourcePort: callee.port,
            isUdp: true,
            isTcp: false,
            isTls: false,
            isWs: false,
            isWss: false,
            isWebSocket: false,
            connection: {
              transport: "udp",
              remoteIp: ip,
              remoteIpType: ipType,
              remotePort: callee.port,
              remoteDescription: `${host}:${callee.port}`,
              isOpen: true,
              isOpenedByServer: false,
            },
            method: "MESSAGE",
            sipVersion: "SIP/2.0",
            topVia: undefined,
            // The Via of the proxy is gone before user code looks (RFC 3261 section 16.7 step 3).
            viaCount: 1,
            callId,
            cseq: 1,
            contentLength: 0,
            from: '"Alice" <sip:alice@example.org>',
            fromTag: "caller",
            to: "<sip:bob@example.com>",
            toTag: "callee",
            contactHasRegId: false,
            supported: [],
            require: [],
            proxyRequire: [],
            body: "",
            aHeader: ["three", ["three"], false],
            statusCode: 200,
            reasonPhrase: "Fine",
            tvars: { fromRequest: "yes" },
            isOfThatRequest: true,
          },
        );
        assert.equal(answer.reasonPhrase, "Fine");
      });
    }
  }

  const countOf = async (agent: Awaited<ReturnType<ApiServer["client"]>>): Promise<number> => {
    agent.sendRequest("OPTIONS", { ruri: "sip:count@127.0.0.1" });

    const response = await agent.nextResponse(200);

    assert.equal(response.header("X-Prototype"), "null");

    return Number(response.header("X-Count"));
  };

  for (const transport of TRANSPORTS) {
    it(`cvars is one object for each ${transport === "udp" ? "peer over udp" : `connection over ${transport}`}`, async () => {
      await using first = await server.client(transport);
      await using second = await server.client(transport);

      assert.deepEqual(
        [await countOf(first), await countOf(first), await countOf(second), await countOf(first)],
        [1, 2, 1, 3],
      );
    });
  }
});
