/** examples/scanner-blocker: sipvicious finds nothing, phones (sipp) call as ever. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { SipUserAgent } from "../support/sip-user-agent.ts";
import { Sipp } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { assertSippsSucceed } from "./sipp-verdict.ts";

const run = promisify(execFile);

describe("a scanner blocker", () => {
  let server: ExampleServer;
  let pbx: Sipp;

  before(async () => {
    pbx = await Sipp.start({ scenario: "callee", calls: 1000, timeoutSeconds: 120 });
    server = await ExampleServer.start({
      example: "scanner-blocker",
      environment: { PBX_PORT: String(pbx.localPort) },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await pbx?.stop();
  });

  it("svmap of sipvicious finds no SIP server, where it does find one that answers", async () => {
    await using other = await SipUserAgent.listen("udp");
    const answered = other.nextRequest("OPTIONS").then((request) => other.reply(request, 200));

    assert.match(await scan(other.address), new RegExp(`\\| ${other.address} +\\|`));
    await answered;
    assert.match(await scan(await server.address("udp")), /found nothing/);
    assert.equal(server.logged(/scanner at 127\.0\.0\.1:\d+ by udp: not answered$/).length, 1);
  });

  for (const transport of ["tcp", "ws"] as const) {
    it(`${transport}: the connection is closed, with no answer on it`, async () => {
      const [ip = "", port] = (await server.address(transport)).split(":");

      await using scanner = await SipUserAgent.connect({ transport, ip, port: Number(port) });

      scanner.sendRequest("OPTIONS", { extra: ["User-Agent: friendly-scanner"] });
      await scanner.closed();
      assert.equal(scanner.waitingCount, 0);
    });
  }

  it("phones at the same address call meanwhile", async () => {
    await using caller = await Sipp.start({
      scenario: "caller",
      remote: await server.address("udp"),
      calls: 10,
      keys: { callee: "service.example.test" },
    });

    await assertSippsSucceed(server, caller);
  });
});

/** What svmap tells of a server over UDP; it looks for it by OPTIONS and calls itself friendly-scanner. */
async function scan(address: string): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  const { stdout, stderr } = await run("svmap", ["-v", "-p", port, "-b", host, "-x", host, host], {
    timeout: 60_000,
  });

  return stdout + stderr;
}
