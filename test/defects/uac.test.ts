/**
 * Defects of OverSIP 2.0 in what is built on the proxy: Uac and modules, each
 * shown to be absent. The numbers are those of docs/oversip-parity.md.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RouteResult } from "../../src/api/route-result.ts";
import { outboundMangling } from "../../src/modules/outbound-mangling.ts";
import { ProxyHarness, responseTo } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("defects of OverSIP 2.0: Uac and modules", () => {
  it("defect 16: an INVITE of the server's own is sent, acknowledged, and can be canceled", async () => {
    const harness = new ProxyHarness();
    const { Uac, UacRequest } = harness.oversip;
    const callee = harness.flowTo("198.51.100.7", 5062);
    const data = { method: "INVITE", ruri: "sip:bob@198.51.100.7:5062" };
    const outcomes: string[] = [];
    const keep = ({ outcome }: RouteResult<unknown>): void => void outcomes.push(outcome);

    new Uac().route(new UacRequest(data)).then(keep);
    assert.equal(callee.startLines.at(-1), "INVITE sip:bob@198.51.100.7:5062 SIP/2.0");
    harness.answer(callee, "200 OK", ["Contact: <sip:bob@198.51.100.7:5062>"]);
    await turn();
    assert.match(callee.startLines.at(-1) ?? "", /^ACK /);

    const uac = new Uac();

    uac.route(new UacRequest(data)).then(keep);

    const invite = callee.sent.at(-1) ?? "";

    harness.answer(callee, "180 Ringing");
    uac.cancel();
    assert.match(callee.startLines.at(-1) ?? "", /^CANCEL /);
    harness.receive(callee, responseTo(invite, "487 Request Terminated", [], "callee"));
    await turn();
    assert.deepEqual(outcomes, ["response", "canceled"]);
  });

  it("defect 38: addOutboundToContact leaves the Contact alone on a connection that this server opened", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy();

          outboundMangling.addOutboundToContact(proxy);
          proxy.route(request);
        },
    });
    const callee = harness.flowTo("198.51.100.7", 5062);
    const contact = "<sip:alice@192.0.2.50>";
    const contactsSent = [harness.flowTo("192.0.2.50", 5060, "tcp"), harness.peer({ transport: "tcp" })].map(
      (flow, index) => {
        const names = { transport: "TCP", branch: `z9hG4bK${index}`, callId: `call-${index}` };

        harness.receive(flow, requestText("REGISTER", { ...names, extra: [`Contact: ${contact}`] }));

        return harness.lastRequest(callee).header("Contact");
      },
    );

    assert.equal(contactsSent[0], contact);
    assert.match(contactsSent[1] ?? "", /^<sip:alice@192\.0\.2\.50;ov-ob=[^;]+>$/);
    assert.deepEqual(harness.logger.textsOf("error"), []);
  });
});
