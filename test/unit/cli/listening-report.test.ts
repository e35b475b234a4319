/** What is printed of each listening point. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeListeningPoints } from "../../../src/cli/listening-report.ts";
import { createListeningPoint } from "../../../src/transport/listening-point.ts";

describe("the report of the listening points", () => {
  it("shows the advertised name beside the address, and IPv6 in brackets", () => {
    assert.equal(
      describeListeningPoints([
        createListeningPoint("udp", { ip: "::1", port: 5060 }),
        createListeningPoint("tls", { ip: "192.0.2.1", port: 5061, advertisedHost: "edge.example.com" }),
      ]),
      "listening on udp [::1]:5060\nlistening on tls 192.0.2.1:5061 (as edge.example.com:5061)\n",
    );
  });

  it("shows of a TLS tunnel the socket, and apart from it the address that nothing of the server is bound to", () => {
    const point = createListeningPoint("wss", { ip: "192.0.2.1", port: 443 });

    assert.equal(
      describeListeningPoints([{ ...point, behind: "127.0.0.1:10444" }]),
      "listening on wss 127.0.0.1:10444 for a TLS terminator at 192.0.2.1:443\n",
    );
  });
});
