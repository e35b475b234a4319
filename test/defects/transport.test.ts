/**
 * Defects of OverSIP 2.0 in its transports, each shown to be absent. The
 * numbers are those of docs/oversip-parity.md.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UdpLayer } from "../support/udp-layer.ts";
import { UdpPeer } from "../support/udp-peer.ts";

describe("defects of OverSIP 2.0: transports", () => {
  it("defect 30: a request without a branch from another address is handled, and leaves nothing behind", async () => {
    await using server = await UdpLayer.open();
    await using peer = await UdpPeer.open();

    const request = (callId: string, branch: string): string =>
      [
        "OPTIONS sip:bob@example.com SIP/2.0",
        `Via: SIP/2.0/UDP 192.0.2.77:5060;rport${branch}`,
        "From: <sip:alice@example.org>;tag=a",
        "To: <sip:bob@example.com>",
        `Call-ID: ${callId}`,
        "CSeq: 1 OPTIONS",
        "",
        "",
      ].join("\r\n");

    await peer.send(request("without", ""), server.port);
    await peer.send(request("with", ";branch=z9hG4bKx"), server.port);

    for (const callId of ["without", "with"]) {
      const received = await server.sink.requests.shift();

      assert.equal(received.request.callId, callId);
      assert.equal(received.request.topVia.received, "127.0.0.1");
      assert.equal(received.request.topVia.rport, peer.port);
    }
  });
});
