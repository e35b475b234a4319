/** The end of the server as a process: signals, order, failures, transactions under way, errors outside of callbacks. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { LOOPBACK_CONFIGURATION, OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

const WHOLE_LOGIC = `
import { systemCallbacks, oversip } from "oversip";
const say = async (text) => {
  console.log("> " + text + " begins, " + oversip.status);
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log("> " + text + " ends");
};
systemCallbacks.onTerminated((error) => say("first " + error));
systemCallbacks.onTerminated((error) => say("second " + error));
export const systemEvents = {
  onTerminated: (error) => say("onTerminated " + error),
};
`;

describe("the stop", () => {
  let files: UserFiles;

  beforeEach(() => {
    files = new UserFiles();
  });

  afterEach(() => files[Symbol.dispose]());

  const run = async (logic: string, configuration = LOOPBACK_CONFIGURATION): Promise<OversipProcess> => {
    files.write("server.ts", logic);
    files.write("oversip.conf", configuration);

    const oversip = OversipProcess.start(files);

    await oversip.isRunning();

    return oversip;
  };

  for (const signal of ["SIGTERM", "SIGQUIT", "SIGINT"] as const) {
    it(`by ${signal} calls onTerminated, then the callbacks in reverse order, each awaited and given false, exit 0`, async () => {
      await using oversip = await run(WHOLE_LOGIC);

      oversip.signal(signal);
      assert.deepEqual(await oversip.end(), { code: 0, signal: null });
      assert.deepEqual(oversip.marked(), [
        "onTerminated false begins, terminating",
        "onTerminated false ends",
        "second false begins, terminating",
        "second false ends",
        "first false begins, terminating",
        "first false ends",
      ]);
    });
  }

  it("by process.exit() of user code goes in the same order, and keeps the exit status", async () => {
    await using oversip = await run(
      `${WHOLE_LOGIC}
       process.on("SIGUSR2", () => { process.exit(7); console.log("> behind exit"); });`,
    );

    oversip.signal("SIGUSR2");
    assert.deepEqual(await oversip.end(), { code: 7, signal: null });
    assert.deepEqual(oversip.marked(), [
      "onTerminated false begins, terminating",
      "onTerminated false ends",
      "second false begins, terminating",
      "second false ends",
      "first false begins, terminating",
      "first false ends",
    ]);
    assert.ok(!oversip.output.items.some((line) => / CRIT /.test(line)));
  });

  it("goes on when onTerminated calls process.exit(): the callbacks run, the exit status is kept", async () => {
    await using oversip = await run(
      WHOLE_LOGIC.replace(`(error) => say("onTerminated " + error)`, "() => process.exit(4)"),
    );

    oversip.signal("SIGTERM");
    assert.deepEqual(await oversip.end(), { code: 4, signal: null });
    assert.equal(oversip.marked().length, 4);
  });

  it("by process.exit() during the start calls nothing more, and keeps the exit status", async () => {
    files.write(
      "server.ts",
      WHOLE_LOGIC.replace("onTerminated:", "onInitialize: () => process.exit(3), onTerminated:"),
    );

    await using oversip = OversipProcess.start(files);

    assert.deepEqual(await oversip.end(), { code: 3, signal: null });
    assert.deepEqual(oversip.marked(), []);
  });

  for (const failure of [`() => { throw new Error("no"); }`, `() => Promise.reject(new Error("no"))`]) {
    it(`goes on when onTerminated and a callback do ${failure}: logged, exit 0`, async () => {
      await using oversip = await run(
        WHOLE_LOGIC.replace(`(error) => say("onTerminated " + error)`, failure).replace(
          `(error) => say("second " + error)`,
          failure,
        ),
      );

      oversip.signal("SIGTERM");
      assert.equal((await oversip.end()).code, 0);
      assert.deepEqual(oversip.marked(), ["first false begins, terminating", "first false ends"]);
      assert.equal(oversip.output.items.filter((line) => / ERROR .*Error: no/.test(line)).length, 2);
    });
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends at once with a second ${signal}, whatever a callback waits for`, async () => {
      await using oversip = await run(
        `export const systemEvents = { onTerminated() { console.log("> hangs"); return new Promise(() => {}); } };`,
      );

      oversip.signal(signal);
      await oversip.line(/^> hangs$/);
      oversip.signal(signal);
      assert.equal((await oversip.end()).code, 0);
    });
  }

  it("answers new requests 500 Server is Being Stopped, and lets transactions under way end", async () => {
    await using oversip = await run(`
      export const sipEvents = {
        async onRequest(request) {
          console.log("> request");
          request.createTransaction();
          await new Promise((resolve) => setTimeout(resolve, 1000));
          request.reply(200);
        },
      };
      export const systemEvents = { onTerminated() { console.log("> onTerminated"); } };
    `);

    await using peer = await UdpPeer.open();
    const port = await oversip.port("udp");

    await peer.send(sipRequestText({ port: peer.port, id: "under-way" }), port);
    await oversip.line(/^> request$/);
    oversip.signal("SIGTERM");
    await oversip.line(/SIGTERM: stopping/);
    await peer.send(sipRequestText({ port: peer.port, id: "late" }), port);
    assert.match(await peer.receive(), /^SIP\/2\.0 500 Server is Being Stopped\r\n.*Call-ID: late\r\n/s);
    assert.deepEqual(oversip.marked(), ["request"], "onTerminated waits for the transaction");
    assert.match(await peer.receive(), /^SIP\/2\.0 200 OK\r\n.*Call-ID: under-way\r\n/s);
    assert.equal((await oversip.end()).code, 0);
    assert.deepEqual(oversip.marked(), ["request", "onTerminated"]);
  });

  it("gives transactions under way no more than core.shutdown_timeout", async () => {
    await using oversip = await run(
      `
        export const sipEvents = {
          onRequest(request) { request.createTransaction(); console.log("> request"); },
        };
        export const systemEvents = { onTerminated() { console.log("> onTerminated"); } };
      `,
      LOOPBACK_CONFIGURATION.replace("core:\n", "core:\n  shutdown_timeout: 1\n"),
    );

    await using peer = await UdpPeer.open();

    await peer.send(sipRequestText({ port: peer.port, id: "never" }), await oversip.port("udp"));
    await oversip.line(/^> request$/);
    oversip.signal("SIGTERM");
    assert.equal((await oversip.end()).code, 0);
    assert.deepEqual(oversip.marked(), ["request", "onTerminated"]);
    assert.ok(oversip.output.items.some((line) => /transactions did not end in time/.test(line)));
  });

  it("does not come of other signals: they are ignored and logged", async () => {
    await using oversip = await run(WHOLE_LOGIC);

    for (const signal of [
      "SIGUSR2",
      "SIGALRM",
      "SIGWINCH",
      "SIGPIPE",
      "SIGPROF",
      "SIGVTALRM",
      "SIGIO",
    ] as const) {
      oversip.signal(signal);
      await oversip.line(new RegExp(`${signal === "SIGIO" ? "SIG(IO|POLL)" : signal}: ignored`));
    }

    oversip.signal("SIGTERM");
    assert.equal((await oversip.end()).code, 0);
  });

  it("does not come of a reader of the output that goes away", async () => {
    await using oversip = await run(`setInterval(() => console.log("> tick"), 10);`);

    await oversip.line(/^> tick$/);
    oversip.closeOutput();
    oversip.signal("SIGUSR2");
    oversip.signal("SIGTERM");
    assert.deepEqual(await oversip.end(), { code: 0, signal: null });
  });

  for (const [what, statement] of [
    ["is thrown in a timer", `setTimeout(() => { throw new Error("stray"); }, 10);`],
    ["is rejected and handled by nobody", `Promise.reject(new Error("stray"));`],
    ["is emitted as an event of an emitter", `new EventEmitter().emit("error", new Error("stray"));`],
  ] as const) {
    it(`does not come of an error that ${what}: it is logged at level crit with its stack`, async () => {
      await using oversip = await run(
        `import { EventEmitter } from "node:events";

         export const systemEvents = {
           onUserReload() {
             setImmediate(() => {
               ${statement}
             });
           },
         };`,
      );

      oversip.signal("SIGUSR1");
      await oversip.line(/ CRIT .*Error: stray/);
      await oversip.line(/server\.ts:6:\d+/);
      oversip.signal("SIGTERM");
      assert.deepEqual(await oversip.end(), { code: 0, signal: null });
    });
  }
});
