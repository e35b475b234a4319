/** The command, as a process: what it prints, with which exit status, and what it leaves alone. */
import assert from "node:assert/strict";
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { LOOPBACK_CONFIGURATION, OversipProcess } from "../support/oversip-process.ts";
import { UserFiles } from "../support/user-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const VERSION = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;

/** What the process begins anew with, for its memory. */
const MEMORY_OPTIONS =
  /^--single-threaded-gc --min-semi-space-size=(\d+) --max-semi-space-size=\1 --heap-growing-percent=\d+ --no-memory-reducer$/;

/** Marks everything that could be called. */
const NOISY_LOGIC = `
console.log("> loaded");
export const systemEvents = {
  onInitialize() { console.log("> onInitialize"); },
  onStarted() { console.log("> onStarted"); },
  onTerminated() { console.log("> onTerminated"); },
};
`;

/** What server.ts printed. */
function marked(output: readonly string[]): string[] {
  return output.filter((line) => line.startsWith("> ")).map((line) => line.slice(2));
}

describe("the command oversip", () => {
  let files: UserFiles;

  beforeEach(() => {
    files = new UserFiles({ "server.ts": NOISY_LOGIC });
  });

  afterEach(() => files[Symbol.dispose]());

  /** Runs to its end. */
  const run = async (
    ...words: string[]
  ): Promise<{ code: number | null; output: string[]; errors: string[] }> => {
    await using oversip = new OversipProcess(words);
    const { code } = await oversip.end();

    return { code, output: [...oversip.output.items], errors: [...oversip.errors.items] };
  };

  it("--help prints every option and exits 0", async () => {
    const { code, output, errors } = await run("--help");

    assert.equal(code, 0);
    assert.deepEqual(errors, []);

    for (const word of (
      "run check init --config-dir --config-file -P --pid -p --process-name -u --user -g --group " +
      "--no-color -v --version -h --help"
    ).split(" ")) {
      assert.ok(output.join("\n").includes(word), word);
    }
  });

  it("--version prints the version of the package", async () => {
    assert.deepEqual(await run("-v"), { code: 0, output: [`oversip ${VERSION}`], errors: [] });
  });

  it("an unknown option is named in one line, then comes the usage, exit 2", async () => {
    const { code, output, errors } = await run("--nonsense");

    assert.equal(code, 2);
    assert.deepEqual(output, []);
    assert.equal(errors[0], 'oversip: unknown option "--nonsense"');
    assert.match(errors[1] ?? "", /^Usage: oversip/);
  });

  it("a Node.js that is too old is told apart in one line, exit 1", () => {
    const program = `Object.defineProperty(process.versions, "node", { value: "22.1.0" }); require("./bin/oversip.js")`;
    const { status, stderr } = spawnSync(process.execPath, ["-e", program], { cwd: ROOT, encoding: "utf8" });

    assert.equal(status, 1);
    assert.match(
      stderr,
      /^oversip: this is Node\.js 22\.1\.0, but version 24 or later is needed: .*nodejs\.org.*\n$/,
    );
  });

  for (const command of ["run", "check"]) {
    it(`${command}: every problem of the configuration is told with file, line, column and key, exit 1, nothing is called`, async () => {
      files.write(
        "oversip.conf",
        "core:\n  syslog_level: loud\nsip:\n  listen_prot: 5060\n  sip_udp: maybe\n",
      );

      const { code, output, errors } = await run(command, "--config-dir", files.directory);

      assert.equal(code, 1);
      assert.deepEqual(output, []);
      assert.equal(errors.length, 3);
      assert.match(errors[0] ?? "", /oversip\.conf:2:\d+: core\.syslog_level: /);
      assert.match(errors[1] ?? "", /oversip\.conf:4:3: sip\.listen_prot: .*listen_port/);
      assert.match(errors[2] ?? "", /oversip\.conf:5:\d+: sip\.sip_udp: /);
    });

    it(`${command}: a server.ts that cannot be loaded is told with its place, exit 1, nothing is called`, async () => {
      files.write("oversip.conf", LOOPBACK_CONFIGURATION);
      files.write(
        "server.ts",
        `console.log("> loaded");\nexport const sipEvents = {\n  onReqest() {},\n};\n`,
      );

      const { code, output, errors } = await run(command, "--config-dir", files.directory);

      assert.equal(code, 1);
      assert.deepEqual(marked(output), ["loaded"]);
      assert.equal(errors.length, 1);
      assert.match(errors[0] ?? "", /server\.ts:3:3: sipEvents\.onReqest: .*did you mean "onRequest"/);
    });
  }

  it("check loads the files, calls no callback, binds nothing, exit 0", async () => {
    const taken = createServer().listen(0, "127.0.0.1");

    await new Promise((done) => taken.once("listening", done));

    const { port } = taken.address() as { port: number };

    files.write("oversip.conf", LOOPBACK_CONFIGURATION.replace("listen_port: 0", `listen_port: ${port}`));

    const { code, output, errors } = await run("check", "--config-dir", files.directory);

    taken.close();
    assert.equal(code, 0);
    assert.deepEqual(errors, []);
    assert.deepEqual(output, [
      "> loaded",
      `${files.directory}: the configuration and the server's logic can be used`,
    ]);
  });

  it("--config-file names another main file inside of the configuration directory", async () => {
    files.write("other.conf", LOOPBACK_CONFIGURATION);

    const { code } = await run("check", "--config-dir", files.directory, "--config-file", "other.conf");

    assert.equal(code, 0);
  });

  it("run: a WebSocket port that is taken is said in the same words, in one line", async () => {
    const taken = createServer().listen(0, "127.0.0.1");

    await new Promise((done) => taken.once("listening", done));

    const { port } = taken.address() as { port: number };

    files.write(
      "oversip.conf",
      `${LOOPBACK_CONFIGURATION}websocket:\n  sip_ws: yes\n  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: ${port}\n`,
    );

    const { code, errors } = await run("--config-dir", files.directory);

    taken.close();
    assert.equal(code, 1);
    assert.deepEqual(errors, [`oversip: cannot bind WS 127.0.0.1:${port}: address already in use`]);
  });

  it("run: a port that is taken fails the start before any callback, exit 1", async () => {
    const taken = createServer().listen(0, "127.0.0.1");

    await new Promise((done) => taken.once("listening", done));

    const { port } = taken.address() as { port: number };

    files.write("oversip.conf", LOOPBACK_CONFIGURATION.replace("listen_port: 0", `listen_port: ${port}`));

    const { code, output, errors } = await run("--config-dir", files.directory);

    taken.close();
    assert.equal(code, 1);
    assert.deepEqual(marked(output), ["loaded"]);
    assert.match(errors.join("\n"), new RegExp(`TCP .*127\\.0\\.0\\.1.*${port}`, "i"));
  });

  it("init writes a configuration that check accepts and never writes over a file", async () => {
    const directory = files.path("new/etc");
    const first = await run("init", directory);

    assert.equal(first.code, 0);

    for (const name of ["oversip.conf", "proxies.conf", "server.ts", "tsconfig.json"]) {
      assert.ok(files.has(`new/etc/${name}`), name);
      assert.ok(first.output.includes(join(directory, name)), name);
    }

    assert.equal((await run("check", "--config-dir", directory)).code, 0);
    files.write("new/etc/server.ts", "mine");
    files.remove("new/etc/oversip.conf");

    const second = await run("init", directory);

    assert.equal(second.code, 1);
    assert.deepEqual(second.output, []);
    assert.ok(second.errors.includes(`  ${join(directory, "server.ts")}`));
    assert.ok(!second.errors.includes(`  ${join(directory, "oversip.conf")}`));
    assert.equal(files.read("new/etc/server.ts"), "mine");
    assert.equal(files.has("new/etc/oversip.conf"), false);
  });

  it("the sample server.ts has no type errors", () => {
    const { status, stdout } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "etc"], {
      cwd: ROOT,
      encoding: "utf8",
    });

    assert.equal(stdout, "");
    assert.equal(status, 0);
  });

  describe("--pid", () => {
    it("writes the process id before onInitialize and removes the file at the end", async () => {
      files.write(
        "server.ts",
        `import { readFileSync } from "node:fs";
         export const systemEvents = { onInitialize() { console.log("> " + readFileSync("${files.path("pid")}", "utf8")); } };`,
      );

      await using oversip = OversipProcess.start(files, ["--pid", files.path("pid")]);

      await oversip.isRunning();
      assert.equal(oversip.marked()[0], String(oversip.pid));
      assert.equal(statSync(files.path("pid")).mode & 0o777, 0o644);
      oversip.signal("SIGTERM");
      await oversip.end();
      assert.equal(files.has("pid"), false);
    });

    it("refuses to start over a live process, before anything is loaded", async () => {
      files.write("oversip.conf", LOOPBACK_CONFIGURATION);
      files.write("pid", `${process.pid}\n`);

      const { code, output, errors } = await run("--config-dir", files.directory, "-P", files.path("pid"));

      assert.equal(code, 1);
      assert.deepEqual(output, []);
      assert.equal(
        errors[0],
        `oversip: PID file ${files.path("pid")} names process ${process.pid}, which is running`,
      );
      assert.equal(files.read("pid"), `${process.pid}\n`);
    });

    it("replaces a stale file, and removes it when the start fails later", async () => {
      files.write("oversip.conf", LOOPBACK_CONFIGURATION);
      files.write("pid", `${spawnSync("true").pid}\n`);
      files.write("server.ts", `export const systemEvents = { onInitialize() { throw new Error("no"); } };`);

      const { code } = await run("--config-dir", files.directory, "-P", files.path("pid"));

      assert.equal(code, 1);
      assert.equal(files.has("pid"), false);
    });
  });

  it("run: the process begins anew, as itself, with the options of V8 for a server, unless some are given", async () => {
    const later = 'Object.defineProperty(process.versions, "node", { value: "99.0.0" });';

    files.write("server.ts", 'console.log("> " + process.pid + " " + process.execArgv.join(" "));');
    files.write("later.cjs", later);
    files.write(
      "later-without.cjs",
      `${later}
      const processes = require("node:child_process");
      const { spawnSync } = processes;
      processes.spawnSync = (path, words, options) =>
        spawnSync(path, words.includes("--no-memory-reducer") ? ["--no-such-option", ...words] : words, options);`,
    );

    for (const [NODE_OPTIONS, expected, ...words] of [
      ["", MEMORY_OPTIONS],
      ["", MEMORY_OPTIONS, "run"],
      ["--max-heap-size=96", /^$/],
      ["--max-semi-space-size=16", /^$/],
      ["--max_semi_space_size=16", /^$/],
      [`--require=${files.path("later.cjs")}`, MEMORY_OPTIONS],
      [`--require=${files.path("later-without.cjs")}`, /^$/],
    ] as const) {
      await using oversip = OversipProcess.start(files, words, { NODE_OPTIONS });

      await oversip.isRunning();

      const [pid, ...options] = (oversip.marked()[0] ?? "").split(" ");

      assert.equal(Number(pid), oversip.pid);
      assert.match(options.join(" "), expected);
    }
  });

  it("run: a process that was started with a channel to its parent keeps it", async () => {
    files.write("oversip.conf", LOOPBACK_CONFIGURATION);
    files.write("server.ts", 'process.send("hello");');

    const child = fork(join(ROOT, "bin/oversip.js"), ["--config-dir", files.directory], { silent: true });
    const ended = once(child, "exit");

    try {
      const [message] = await Promise.race([
        once(child, "message"),
        once(child, "disconnect").then(() => assert.fail("it has lost the channel")),
      ]);

      assert.equal(message, "hello");
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  });

  it("--process-name names the process", async () => {
    await using oversip = OversipProcess.start(files, ["-p", "edge1"]);

    await oversip.line(/^edge1 .* running$/);
    assert.equal(readFileSync(`/proc/${oversip.pid}/cmdline`, "utf8").split("\0")[0], "edge1");
  });

  it("--user and --group give up root's rights before the first callback, or warn where there are none", async () => {
    const isRoot = process.getuid?.() === 0;

    files.write(
      "server.ts",
      `export const systemEvents = {
         onInitialize() { console.log("> " + [process.getuid(), process.getgid(), process.getgroups()].join(" ")); },
       };`,
    );
    chmodSync(files.directory, 0o777);

    await using oversip = OversipProcess.start(files, [
      "-u",
      "nobody",
      "-g",
      "daemon",
      "-P",
      files.path("pid"),
    ]);

    await oversip.isRunning();

    const [, , nobody] = /^nobody:[^:]*:((\d+))/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
    const [, daemon] = /^daemon:[^:]*:(\d+)/m.exec(readFileSync("/etc/group", "utf8")) ?? [];

    if (isRoot) {
      assert.deepEqual(oversip.marked(), [`${nobody} ${daemon} ${daemon}`]);
      assert.equal(statSync(files.path("pid")).uid, Number(nobody));
    } else {
      assert.match(oversip.errors.items[0] ?? "", /--user and --group have no effect/);
    }
  });

  for (const [words, message] of [
    [["-u", "no-such-user"], 'oversip: --user: there is no user "no-such-user"'],
    [["-g", "no-such-group"], 'oversip: --group: there is no group "no-such-group"'],
  ] as const) {
    it(`${words.join(" ")} is fatal before anything is loaded`, async () => {
      files.write("oversip.conf", LOOPBACK_CONFIGURATION);

      const { code, output, errors } = await run("--config-dir", files.directory, ...words);

      assert.deepEqual({ code, output, errors }, { code: 1, output: [], errors: [message] });
    });
  }
});
