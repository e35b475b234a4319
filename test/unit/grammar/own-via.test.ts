/** The Via values that this server puts together say what the scanner reads from their texts. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { ParsingError } from "../../../src/errors/errors.ts";
import { OwnVia } from "../../../src/grammar/own-via.ts";
import { scanViaValue, ViaValue } from "../../../src/grammar/via-value.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { request } from "../../support/message-bytes.ts";

const MEMBERS = Object.entries(Object.getOwnPropertyDescriptors(ViaValue.prototype))
  .filter(([, { get }]) => get !== undefined)
  .map(([name]) => name as keyof ViaValue);

const core = fc
  .tuple(
    fc.constantFrom("UDP", "TCP", "TLS", "WS", "WSS"),
    fc.constantFrom("192.0.2.1", "[2001:DB8::1]", "Edge.Example.com", "a"),
    fc.option(fc.integer({ min: 1, max: 65_535 })),
  )
  .map(([transport, host, port]) => `SIP/2.0/${transport} ${host}${port === null ? "" : `:${port}`}`);

/** With the cookie and without it. */
const branch = fc
  .tuple(fc.constantFrom("z9hG4bK", "Z9HG4BK", ""), fc.stringMatching(/^[\w.!%*+`'~-]{1,8}$/))
  .map(([cookie, rest]) => cookie + rest);

it("RFC 3261 §20.42: every member is that of the scanned text", () => {
  fc.assert(
    fc.property(core, fc.array(branch, { minLength: 1, maxLength: 5 }), (sentBy, branches) => {
      const own = new OwnVia(sentBy);

      for (const text of branches) {
        const made = own.withBranch(text);
        const scanned = scanViaValue(made.text, 0, made.text.length);

        assert.ok(scanned instanceof ViaValue);
        assert.equal(made.text, `${sentBy};branch=${text}`);

        for (const member of MEMBERS) {
          assert.deepEqual(made[member], scanned[member], `${member} of ${made.text}`);
        }
      }
    }),
  );
});

it("a sent-by that is none is refused", () => {
  assert.throws(() => new OwnVia("SIP/2.0/UDP").withBranch("z9hG4bK1"), ParsingError);
});

it("RFC 3261 §16.6 step 8: a message that it is put on top of has it as its topmost Via, in text and value", () => {
  const message = new MessageParser().parseDatagram(request());
  const via = new OwnVia("SIP/2.0/UDP 192.0.2.100:5060").withBranch("z9hG4bKown");

  assert.ok(message instanceof SipRequest);

  const before = message.raw.via;

  message.insertVia(via);
  assert.equal(message.topVia, via);
  assert.deepEqual(message.raw.via, [via.text, ...before]);
  assert.match(message.toRawText(), /\r\nVia: SIP\/2\.0\/UDP 192\.0\.2\.100:5060;branch=z9hG4bKown\r\nVia: /);
  message.deleteHeaderTop("Via");
  assert.equal(message.topVia.text, before[0]);
});
