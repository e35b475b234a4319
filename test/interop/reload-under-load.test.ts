/** 300 calls a second by sipp while HUP comes every second, with another server.ts and proxies.conf each time: none fails. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { OversipProcess } from "../support/oversip-process.ts";
import { Sipp } from "../support/sipp.ts";
import { SIPP_CONFIGURATION } from "../support/sipp-server.ts";
import { UserFiles } from "../support/user-files.ts";
import { assertSippsSucceed } from "./sipp-verdict.ts";

const CALLS_PER_SECOND = 300;
const SECONDS = 15;
const CALLS = CALLS_PER_SECOND * SECONDS;
/** Bytes: a burst of a busy machine must not be lost in sipp itself. */
const SOCKET_BUFFER_BYTES = 4_194_304;

/**
 * Two that do the same in different ways, each with a profile of its own: one
 * waits in each request, so that reloads find requests under way, whose profile is gone.
 */
const LOGICS = {
  calm: `
import { SipProxy } from "oversip";
import { name } from "./lib/name.ts";
console.log("> loaded " + name);
export const sipEvents = {
  onRequest(request) {
    return new SipProxy("proxy_calm").route(request);
  },
};`,
  slow: `
import { setTimeout as sleep } from "node:timers/promises";
import { SipProxy, type SipEvents } from "oversip";
import { name } from "./lib/name.ts";
console.log("> loaded " + name);
export const sipEvents: SipEvents = {
  async onRequest(request) {
    request.createTransaction();
    await sleep(20);
    request.looseRoute();
    const proxy = new SipProxy("proxy_slow");
    proxy.onSuccessResponse(() => sleep(5));
    await proxy.route(request);
  },
};`,
} as const;

describe("reloads under load", () => {
  it(`${CALLS_PER_SECOND} calls a second, HUP every second for ${SECONDS} seconds: no call fails`, async () => {
    using files = new UserFiles({ "oversip.conf": SIPP_CONFIGURATION });
    const write = (name: keyof typeof LOGICS): void => {
      files.write("server.ts", LOGICS[name]);
      files.write("lib/name.ts", `export const name = "${name}";`);
      files.write(
        "proxies.conf",
        `proxy_${name}:\n  use_dns: no\n  use_blacklist: no\n  timer_B: ${name === "calm" ? 10 : 20}\n`,
      );
    };

    write("calm");

    await using oversip = OversipProcess.start(files);

    await oversip.isRunning();

    const log = (): string => [...oversip.output.items.slice(-60), ...oversip.errors.items].join("\n");
    const common = {
      calls: CALLS,
      timeoutSeconds: SECONDS + 30,
      extra: ["-buff_size", String(SOCKET_BUFFER_BYTES)],
    };

    await using callee = await Sipp.start({ ...common, scenario: "callee" });
    await using caller = await Sipp.start({
      ...common,
      scenario: "caller",
      remote: `127.0.0.1:${await oversip.port("udp")}`,
      rate: CALLS_PER_SECOND,
      keys: { callee: callee.address },
    });

    for (let second = 1; second < SECONDS; second++) {
      await sleep(1000);
      write(second % 2 === 0 ? "calm" : "slow");
      oversip.signal("SIGHUP");
    }

    await assertSippsSucceed({ log }, caller, callee);

    for (const sipp of [caller, callee]) {
      assert.equal((await sipp.result()).successful, CALLS);
    }

    const loads = oversip.marked().filter((line) => line.startsWith("loaded "));

    // A reload that a busy machine delays is one with the next.
    assert.ok(loads.length > SECONDS / 2, `reloads that took place: ${loads.length - 1}`);
    assert.ok(new Set(loads).size === 2);
    assert.deepEqual(
      oversip.output.items.filter((line) => / (ERROR|CRIT) /.test(line)),
      [],
    );
    assert.deepEqual(oversip.errors.items, []);
  });
});
