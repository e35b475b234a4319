import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FlowTable } from "../../../src/transport/flow-table.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";

const SECRET = Buffer.from("0123456789abcdef");

function table(): FlowTable {
  return new FlowTable(
    SECRET,
    (point, remoteIp, remotePort) => new MemoryFlow({ localIp: point.ip, remoteIp, remotePort }),
  );
}

describe("flow table (RFC 5626 §5.3)", () => {
  it("a connection is found by its token, which stays the same", () => {
    const flows = table();
    const first = new MemoryFlow({ transport: "tcp" });
    const second = new MemoryFlow({ transport: "wss" });
    const token = flows.tokenOf(first);

    flows.tokenOf(second);
    assert.equal(flows.tokenOf(first), token);
    assert.equal(flows.flowOf(token), first);
  });

  it("keeps nothing of connections whose token nobody asked for", () => {
    const flows = table();

    flows.remove(new MemoryFlow({ transport: "tcp" }));
    assert.equal(flows.size, 0);
  });

  it("the token of a closed connection is ours but leads nowhere, and nothing of it is kept", () => {
    const flows = table();
    const flow = new MemoryFlow({ transport: "tcp" });
    const token = flows.tokenOf(flow);

    flow.close();
    assert.equal(flows.flowOf(token), "closed");
    flows.remove(flow);
    assert.equal(flows.flowOf(token), "closed");
    assert.equal(flows.size, 0);
    flows.tokenOf(flow);
    assert.equal(flows.size, 0);
  });

  it("the token of a connection from before a restart is closed, not foreign", () => {
    assert.equal(table().flowOf(table().tokenOf(new MemoryFlow({ transport: "tls" }))), "closed");
  });

  it("a UDP token leads to the same peer from the same listening point after a restart", () => {
    const flow = new MemoryFlow({ remoteIp: "192.0.2.7", remotePort: 4_444 });
    const before = table();
    const after = table();

    before.addUdpPoint(flow.listeningPoint);
    after.addUdpPoint({ ...flow.listeningPoint });

    const found = after.flowOf(before.tokenOf(flow));

    assert.ok(typeof found === "object");
    assert.equal(found.remoteDescription, "192.0.2.7:4444");
    assert.equal(found.localIp, flow.localIp);
  });

  it("a UDP token of a listening point that is gone leads nowhere", () => {
    const flow = new MemoryFlow();

    assert.equal(table().flowOf(table().tokenOf(flow)), "closed");
  });

  it("a token that this server did not make is foreign", () => {
    assert.equal(table().flowOf("_MTkyLjAuMi4xXzUwNjA-"), "foreign");
    assert.equal(table().flowOf("__proto__"), "foreign");
  });
});
