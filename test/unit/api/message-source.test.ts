import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IncomingRequest } from "../../../src/api/incoming-request.ts";
import type { IncomingResponse } from "../../../src/api/incoming-response.ts";
import { TRANSPORT_PROTOCOLS } from "../../../src/transport/transport-protocol.ts";
import { ProxyHarness } from "../../support/proxy-harness.ts";
import { requestText } from "../../support/request-text.ts";

function predicates(message: IncomingRequest | IncomingResponse): unknown[] {
  return [message.isUdp, message.isTcp, message.isTls, message.isWs, message.isWss, message.isWebSocket];
}

describe("what a message says of its transport", () => {
  for (const [index, transport] of TRANSPORT_PROTOCOLS.entries()) {
    it(`${transport}: the request's own, and TLS makes it secure`, () => {
      const harness = new ProxyHarness({
        onRequest: () => (request) => {
          const expected: unknown[] = TRANSPORT_PROTOCOLS.map((_, place) => place === index);

          assert.deepEqual(predicates(request), [...expected, index >= 3]);
          assert.equal(request.secure, transport === "tls" || transport === "wss");
          assert.equal(request.closeConnection(), transport !== "udp");
        },
      });
      const peer = harness.peer({ transport });

      harness.receive(peer, requestText("MESSAGE", { transport: transport.toUpperCase() }));
      assert.deepEqual(harness.logger.textsOf("error"), []);
      assert.equal(peer.isOpen, transport === "udp");
    });
  }

  for (const [index, transport] of (["udp", "tcp", "tls"] as const).entries()) {
    it(`${transport}: the response's own, whatever the request came by`, () => {
      const seen: unknown[] = [];
      const harness = new ProxyHarness({
        onRequest:
          ({ SipProxy }) =>
          (request) => {
            new SipProxy()
              .onSuccessResponse((response) => {
                seen.push(
                  ...predicates(response),
                  response.sourceIpType,
                  response.sourcePort,
                  response.closeConnection(),
                );
              })
              .route(request, { host: "198.51.100.7", port: 5062, transport });
          },
      });

      harness.receive(harness.peer({ transport: "ws" }), requestText("MESSAGE", { transport: "WS" }));
      harness.answer(harness.flowTo("198.51.100.7", 5062, transport), "200 OK");
      assert.deepEqual(seen, [
        ...[0, 1, 2, 3, 4].map((place) => place === index),
        false,
        "ipv4",
        5062,
        transport !== "udp",
      ]);
    });
  }
});
