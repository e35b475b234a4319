import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IncomingRequest } from "../../src/api/incoming-request.ts";
import { outboundMangling } from "../../src/modules/outbound-mangling.ts";
import type { MemoryFlowOptions } from "../support/memory-flow.ts";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

const REGISTRAR = "sip:198.51.100.9:5070";
const CLIENT: MemoryFlowOptions = { transport: "tcp", remoteIp: "203.0.113.50", remotePort: 40_000 };
const CONTACT = "<sip:alice@10.0.0.1:5060;transport=tcp>";

/** A client's REGISTER on its way to a registrar. */
function register(contacts: readonly string[], client: MemoryFlowOptions = CLIENT) {
  const harness = new ProxyHarness({
    onRequest:
      ({ SipProxy }) =>
      (request) => {
        const proxy = new SipProxy();

        outboundMangling.addOutboundToContact(proxy);
        proxy.route(request);
      },
  });
  const from = harness.peer(client);

  harness.receive(
    from,
    requestText("REGISTER", {
      ruri: REGISTRAR,
      transport: (client.transport ?? "udp").toUpperCase(),
      extra: contacts.map((contact) => `Contact: ${contact}`),
    }),
  );

  return { harness, from, registrar: harness.flowTo("198.51.100.9", 5070) };
}

/** A request to a client, as the registrar would send it. */
function callClient(
  parameter: (token: string) => string,
  extra: (token: string) => readonly string[] = () => [],
) {
  const answers: unknown[] = [];
  const harness: ProxyHarness = new ProxyHarness({
    onRequest:
      ({ SipProxy }) =>
      (request) => {
        answers.push(outboundMangling.extractOutboundFromRuri(request), request.incomingOutboundRequested);
        new SipProxy().route(request);
      },
  });
  const client = harness.peer(CLIENT);
  const caller = harness.peer({ remoteIp: "198.51.100.9", remotePort: 5070 });

  return {
    harness,
    client,
    caller,
    answers,
    call: () =>
      harness.receive(
        caller,
        requestText("MESSAGE", {
          ruri: `sip:alice@203.0.113.99:5099${parameter(client.flowToken)}`,
          sentBy: "198.51.100.9:5070",
          extra: extra(client.flowToken),
        }),
      ),
    elsewhere: harness.flowTo("203.0.113.99", 5099),
  };
}

// Flow tokens of the memory transport have a colon, which a URI parameter may hold as it is.
const ovob = (token: string): string => `;ov-ob=${token}`;

describe("outboundMangling.addOutboundToContact", () => {
  it("adds the token of the client's connection to its Contact, and keeps its parameters", () => {
    const { harness, from, registrar } = register([
      `"Al" ${CONTACT};expires=600;+sip.instance="<urn:uuid:1>"`,
    ]);

    assert.equal(
      harness.lastRequest(registrar).header("Contact"),
      `"Al" <sip:alice@10.0.0.1:5060;transport=tcp;ov-ob=${from.flowToken}>;expires=600;+sip.instance="<urn:uuid:1>"`,
    );
  });

  it("works over UDP and WebSocket too", () => {
    for (const transport of ["udp", "wss"] as const) {
      const { harness, from, registrar } = register([CONTACT], { ...CLIENT, transport });

      assert.match(
        harness.lastRequest(registrar).header("Contact") ?? "",
        new RegExp(`ov-ob=${from.flowToken}>$`),
      );
    }
  });

  it("leaves alone what is no single SIP Contact, and a Contact that has a token", () => {
    for (const contacts of [
      [],
      ["*"],
      ["<tel:+1234>"],
      [CONTACT, "<sip:alice@10.0.0.2>"],
      ["<sip:alice@10.0.0.1;ov-ob=other>"],
    ]) {
      const { harness, registrar } = register(contacts);

      assert.deepEqual(harness.lastRequest(registrar).headerAll("Contact"), contacts);
    }
  });

  it("on a connection that this server opened nothing is added and nothing raised", () => {
    const { harness, registrar } = register([CONTACT], { ...CLIENT, isOpenedByServer: true });

    assert.equal(harness.lastRequest(registrar).header("Contact"), CONTACT);
    assert.deepEqual(harness.logger.textsOf("error"), []);
  });

  it("a 2xx reaches the client without the token in any Contact; all else in it stays", () => {
    const { harness, from, registrar } = register([CONTACT]);

    harness.answer(registrar, "200 OK", [
      `Contact: <sip:alice@10.0.0.1:5060;transport=tcp;ov-ob=${from.flowToken}>;expires=600, <sip:other@example.org;ov-ob=x;lr>;q=1`,
      "Contact: sip:third@example.org;ov-ob=y;expires=5",
      "X-Kept:  ;ov-ob=z",
    ]);

    const response = harness.lastResponse(from);

    assert.deepEqual(response.headerAll("Contact"), [
      "<sip:alice@10.0.0.1:5060;transport=tcp>;expires=600",
      "<sip:other@example.org;lr>;q=1",
      "sip:third@example.org;expires=5",
    ]);
    assert.match(from.sent.at(-1) ?? "", /X-Kept: {2};ov-ob=z\r\n/);
  });

  it("a 2xx without a token passes byte for byte, and a failure is not looked at", () => {
    const plain = register([CONTACT]);
    const line = 'Contact:   "\xff" <sip:alice@10.0.0.1>,<sip:b@c>';

    plain.harness.answer(plain.registrar, "200 OK", [line]);
    assert.ok(plain.from.sent.at(-1)?.includes(`${line}\r\n`));

    const failed = register([CONTACT]);

    failed.harness.answer(failed.registrar, "302 Moved", ["Contact: <sip:a@b;ov-ob=x>"]);
    assert.equal(failed.harness.lastResponse(failed.from).header("Contact"), "<sip:a@b;ov-ob=x>");
  });

  it("takes a SipProxy alone", () => {
    assert.throws(() => outboundMangling.addOutboundToContact({} as never), TypeError);
  });
});

describe("outboundMangling.extractOutboundFromRuri", () => {
  it("the request goes down the client's connection, with the token off its Request-URI", () => {
    const { client, call, answers, elsewhere } = callClient((token) => `;transport=udp${ovob(token)};x=y`);

    call();
    assert.deepEqual(answers, [true, true]);
    assert.deepEqual(client.startLines, ["MESSAGE sip:alice@203.0.113.99:5099;transport=udp;x=y SIP/2.0"]);
    assert.deepEqual(elsewhere.sent, []);
  });

  it("RFC 5626 §5.3: when the connection is closed the request fails with 430 and goes nowhere else", () => {
    const { client, caller, call, answers, elsewhere } = callClient(ovob);

    client.close();
    call();
    assert.deepEqual(answers, [true, true]);
    assert.deepEqual(caller.startLines, ["SIP/2.0 430 Flow Failed"]);
    assert.deepEqual(elsewhere.sent, []);
  });

  it("SECURITY: a token that this server did not make is removed, and has no effect on where the request goes", () => {
    for (const parameter of [";ov-ob=forged", ";ov-ob"]) {
      const { client, call, answers, elsewhere } = callClient(() => parameter);

      call();
      assert.deepEqual(answers, [false, false]);
      assert.deepEqual(elsewhere.startLines, ["MESSAGE sip:alice@203.0.113.99:5099 SIP/2.0"]);
      assert.deepEqual(client.sent, []);
    }
  });

  it("without a token it does nothing", () => {
    const { call, answers, elsewhere } = callClient(() => "");

    call();
    assert.deepEqual(answers, [false, false]);
    assert.equal(elsewhere.sent.length, 1);
  });

  it("a Route of this server with a flow token wins, and the parameter is removed all the same", () => {
    let route = "";
    const { harness, client, call, answers, elsewhere } = callClient(ovob, () => [`Route: ${route}`]);
    const other = harness.peer({ transport: "ws", remoteIp: "203.0.113.60", remotePort: 41_000 });

    route = harness.environment.ownRoutes.valueFor(other.listeningPoint, { flowToken: other.flowToken });
    call();
    assert.deepEqual(answers, [false, true]);
    assert.deepEqual(other.startLines, ["MESSAGE sip:alice@203.0.113.99:5099 SIP/2.0"]);
    assert.deepEqual([client.sent, elsewhere.sent], [[], []]);
  });

  it("a Route of this server without a token does not hide the one of the Request-URI", () => {
    let route = "";
    const { harness, client, caller, call, answers } = callClient(ovob, () => [`Route: ${route}`]);

    route = harness.environment.ownRoutes.valueFor(caller.listeningPoint);
    call();
    assert.deepEqual(answers, [true, true]);
    assert.equal(harness.lastRequest(client).hasHeader("Route"), false);
  });

  it("takes a received request alone", () => {
    assert.throws(() => outboundMangling.extractOutboundFromRuri({} as IncomingRequest), TypeError);
  });
});
