/** The options that limit what one source address gets over UDP without a transaction, in the server as a process. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LOOPBACK_CONFIGURATION, OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

const ATTEMPTS = 50;
/** The burst of 3, and one for each second that a slow machine takes. */
const MAX_ANSWERS = 15;

const LOGIC = `export const sipEvents = { onRequest: (request) => request.reply(200) };`;

describe("answers over UDP to one address", () => {
  for (const [key, spoil] of [
    ["max_keepalive_replies", () => "\r\n\r\n"],
    ["max_refusals", (text: string) => text.replace("Max-Forwards: 10", "Max-Forwards: x")],
  ] as const) {
    it(`${key}_per_second and ${key}_burst are kept`, async () => {
      using files = new UserFiles({
        "server.ts": LOGIC,
        "oversip.conf": `${LOOPBACK_CONFIGURATION}  ${key}_per_second: 1\n  ${key}_burst: 3\n`,
      });
      await using oversip = OversipProcess.start(files);
      await using peer = await UdpPeer.open();

      await oversip.isRunning();

      const port = await oversip.port("udp");
      const text = sipRequestText({ port: peer.port, id: "one" });

      for (let i = 0; i < ATTEMPTS; i++) {
        await peer.send(spoil(text), port);
      }

      // Answered after them, by another rule.
      await peer.send(text, port);

      let count = 0;

      while (!(await peer.receive()).startsWith("SIP/2.0 200 ")) {
        count++;
      }

      assert.ok(count >= 3 && count <= MAX_ANSWERS, `${count}`);
    });
  }
});
