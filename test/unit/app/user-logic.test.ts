/** Loading the user's files: what they may be, what they get, and how failures are reported. */
import assert from "node:assert/strict";
import { afterEach, before, beforeEach, describe, it } from "node:test";
import { SystemCallbackRegistry, type SystemCallbacks } from "../../../src/api/system-callbacks.ts";
import { UserLogic } from "../../../src/app/user-logic.ts";
import type { EventHandlers } from "../../../src/app/user-logic-exports.ts";
import { ConfigurationError, formatProblem } from "../../../src/errors/errors.ts";
import { UserFiles } from "../../support/user-files.ts";

/** The handlers here look at none. */
const NO_REQUEST = undefined as never;

describe("the user's logic", () => {
  let files: UserFiles;
  let registry: SystemCallbackRegistry;
  let logic: UserLogic;

  before(() => process.setSourceMapsEnabled(true));

  beforeEach(() => {
    files = new UserFiles();
    registry = new SystemCallbackRegistry();
    logic = new UserLogic({
      configDir: files.directory,
      systemCallbacks: registry,
      makeInterface: (owner) => ({
        systemCallbacks: registry.forOwner(owner),
        SipProxy: "the proxy of this server",
      }),
    });
  });

  afterEach(() => files[Symbol.dispose]());

  const load = async (text: string, name = "server.ts"): Promise<EventHandlers> => {
    files.write(name, text);
    (await logic.load()).activate();

    return logic.handlers;
  };

  /** The problems of a load that must fail, with the directory left out. */
  const problemsOf = async (text?: string, name = "server.ts"): Promise<string[]> => {
    if (text !== undefined) {
      files.write(name, text);
    }

    try {
      await logic.load();
    } catch (error) {
      assert.ok(error instanceof ConfigurationError, String(error));

      return error.problems.map((problem) =>
        formatProblem(problem).replaceAll(`${files.directory}/`, "").replaceAll(files.directory, "DIR"),
      );
    }

    return assert.fail("the load succeeded");
  };

  const call = async (handlers: EventHandlers): Promise<unknown> =>
    (handlers.sipEvents.onRequest as unknown as () => unknown)();

  for (const name of ["server.ts", "server.mts", "server.js", "server.mjs"]) {
    it(`may be ${name}`, async () => {
      const handlers = await load(`export const sipEvents = { onRequest: () => "here" };`, name);

      assert.equal(await call(handlers), "here");
    });
  }

  it("names a proxy profile that proxies.conf does not define, with its place, before anything runs", async () => {
    files.write(
      "routing.ts",
      `import { SipProxy, Uac } from "oversip";
// new SipProxy("of a comment")
export const out = () => new SipProxy("proxy_ot");
export const defined = () => [new SipProxy("proxy_out"), new SipProxy(), new Uac('default_proxy')];
`,
    );
    files.write("server.ts", `import { out } from "./routing.ts";\nthrow new Error(String(out));`);

    await assert.rejects(logic.load(["default_proxy", "proxy_out"]), (error) => {
      assert.ok(error instanceof ConfigurationError, String(error));
      assert.deepEqual(error.problems, [
        {
          file: files.path("routing.ts"),
          line: 3,
          column: 40,
          message: 'proxy profile "proxy_ot" is not defined in proxies.conf; did you mean "proxy_out"?',
        },
      ]);

      return true;
    });
  });

  it("may be CommonJS", async () => {
    const handlers = await load(
      `const { SipProxy } = require("oversip"); module.exports = { sipEvents: { onRequest: () => SipProxy } };`,
      "server.js",
    );

    assert.equal(await call(handlers), "the proxy of this server");
  });

  it("must be there, and only once", async () => {
    assert.deepEqual(await problemsOf(), [
      "server.ts: no such file; the server's logic is looked for in server.ts, server.js or server.mjs",
    ]);
    files.write("server.js", "");
    assert.deepEqual(await problemsOf(""), [
      "server.js: server.ts is there too: only one of them can be the server's logic",
    ]);
  });

  it("may use all of TypeScript, files of its own, paths of its tsconfig.json, JSON, npm packages and Node", async () => {
    files.write("tsconfig.json", `{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }`);
    files.write("lib/inner.ts", `export { deepest as inner } from "./deep/deepest.ts";`);
    files.write("lib/deep/deepest.ts", `export const deepest: string = "deepest";`);
    files.write("data.json", `{ "data": "data" }`);
    files.write("node_modules/pack/package.json", `{ "name": "pack", "main": "index.js" }`);
    files.write("node_modules/pack/index.js", `exports.pack = "pack";`);

    const handlers = await load(`
      import { basename } from "node:path";
      import { inner } from "@lib/inner";
      import { pack } from "pack";
      import { data } from "./data.json";
      enum Letter { A = "a" }
      export const sipEvents = { onRequest: () => [inner, pack, data, basename("/x/y"), Letter.A] };
    `);

    assert.deepEqual(await call(handlers), ["deepest", "pack", "data", "y", "a"]);
  });

  for (const type of ["commonjs", "module"]) {
    it(`gets the default export of an ES module package, in a folder of type ${type}`, async () => {
      files.write("package.json", `{ "type": "${type}" }`);
      files.write(
        "node_modules/esm/package.json",
        `{ "name": "esm", "type": "module", "exports": "./index.js" }`,
      );
      files.write("node_modules/esm/index.js", `export default "default"; export const named = "named";`);

      const handlers = await load(`
        import fallback, { named } from "esm";
        export const sipEvents = { onRequest: async () => [fallback, named, (await import("esm")).default] };
      `);

      assert.deepEqual(await call(handlers), ["default", "named", "default"]);
    });
  }

  it(`gets the running server for "oversip", whatever a tsconfig.json or node_modules say`, async () => {
    files.write("tsconfig.json", `{ "compilerOptions": { "paths": { "oversip": ["./other.ts"] } } }`);
    files.write("other.ts", `export const SipProxy = "another";`);
    files.write("node_modules/oversip/index.js", `exports.SipProxy = "another";`);

    const handlers = await load(`
      import { SipProxy } from "oversip";
      import * as all from "oversip";
      export const sipEvents = {
        onRequest: async () => [SipProxy, all.SipProxy, (await import("oversip")).SipProxy],
      };
    `);

    assert.deepEqual(await call(handlers), Array(3).fill("the proxy of this server"));
  });

  it("knows the place of each of its files", async () => {
    files.write(
      "lib/place.ts",
      `export const place = [import.meta.dirname, import.meta.filename, __dirname];`,
    );

    const handlers = await load(`
      import { place } from "./lib/place.ts";
      export const sipEvents = { onRequest: () => [...place, import.meta.url] };
    `);

    assert.deepEqual(await call(handlers), [
      files.path("lib"),
      files.path("lib/place.ts"),
      files.path("lib"),
      `file://${files.path("server.ts")}`,
    ]);
  });

  it("has stack traces with its own lines and columns", async () => {
    files.write(
      "lib/thrower.ts",
      `interface Unused { a: string }\n\nexport function thrower(): never {\n  throw new Error("x");\n}\n`,
    );

    const handlers = await load(
      `import { thrower } from "./lib/thrower.ts";\n\n\nexport const sipEvents = {\n  onRequest(): void {\n    thrower();\n  },\n};\n`,
    );

    await assert.rejects(call(handlers), (error: Error) => {
      assert.match(error.stack ?? "", new RegExp(`${files.path("lib/thrower.ts")}:4:9\\)`));
      assert.match(error.stack ?? "", new RegExp(`${files.path("server.ts")}:6:5\\)`));

      return true;
    });
  });

  it("handlers keep their `this`, and may be methods of a class", async () => {
    const handlers = await load(
      `class Events { #word = "own"; onRequest() { return this.#word; } } export const sipEvents = new Events();`,
    );

    assert.equal(handlers.sipEvents.onRequest?.call(handlers.sipEvents, NO_REQUEST), "own");
  });

  describe("that cannot be used is reported with file, line and column:", () => {
    it("a syntax error", async () => {
      assert.deepEqual(await problemsOf(`export const a = 1;\n  export const b = ;\n`), [
        `server.ts:2:20: Unexpected ";"`,
      ]);
    });

    it("on the first line of a file that asks for its place, and behind letters of more than one byte", async () => {
      assert.deepEqual(await problemsOf(`import.meta.url; const = 1;`), [
        `server.ts:1:24: Expected identifier but found "="`,
      ]);
      assert.deepEqual(await problemsOf(`import.meta.url; throw new Error("no");`), [
        "server.ts:1:24: Error: no",
      ]);
      assert.deepEqual(await problemsOf(`\nexport const place = "Ölmühle"; const = 1;`), [
        `server.ts:2:39: Expected identifier but found "="`,
      ]);
    });

    it("every syntax error, in files of its own too", async () => {
      files.write("lib/broken.ts", "\nlet = = 1;\n");

      const problems = await problemsOf(`import "./lib/broken.ts";\nimport "./missing.ts";\n`);

      assert.equal(problems.length, 2);
      assert.match(problems.join("\n"), /^lib\/broken\.ts:2:\d+: /m);
      assert.match(problems.join("\n"), /^server\.ts:2:8: Could not resolve "\.\/missing\.ts"/m);
    });

    it("an npm package that is not installed", async () => {
      files.write("lib/user.ts", `\nimport "no-such-package";\n`);
      assert.deepEqual(await problemsOf(`import "./lib/user.ts";`), [
        `lib/user.ts:2:8: cannot find the npm package "no-such-package" (install it in DIR)`,
      ]);
    });

    it("a throw while it is loaded", async () => {
      files.write("lib/thrower.ts", `\nthrow new RangeError("too far");\n`);
      assert.deepEqual(await problemsOf(`import "./lib/thrower.ts";`), [
        "lib/thrower.ts:2:7: RangeError: too far",
      ]);
      assert.deepEqual(await problemsOf(`throw "text";`), ["server.ts: threw text"]);
    });

    it("await outside of a function, with what to do", async () => {
      assert.deepEqual(await problemsOf("\nexport const a = await 1;"), [
        "server.ts:2:18: await outside of a function: put it into systemEvents.onInitialize, which is awaited",
      ]);
    });

    it("an unknown event, with the nearest known one", async () => {
      assert.deepEqual(await problemsOf(`export const sipEvents = {\n  onReqest() {},\n};`), [
        'server.ts:2:3: sipEvents.onReqest: no such event; did you mean "onRequest"? ' +
          "(there are onRequest, onClientTlsHandshake, onServerTlsHandshake)",
      ]);
    });

    it("an event that is no function, and a group that is no object", async () => {
      assert.deepEqual(
        await problemsOf(`export const sipEvents = { onRequest: 1 };\nexport const systemEvents = [];`),
        [
          "server.ts:2:14: systemEvents: must be an object of functions, not an array",
          "server.ts:1:28: sipEvents.onRequest: must be a function, not number",
        ],
      );
    });
  });

  it("may be loaded by several servers of one process at the same time", async () => {
    files.write("server.ts", "export const sipEvents = {};");

    const loads = await Promise.all(Array.from({ length: 5 }, () => logic.load()));

    assert.equal(loads.length, 5);
  });

  it("may export other things, and leave events out or undefined", async () => {
    const handlers = await load(`export const sipEvents = { onRequest: undefined }; export const other = 1;`);

    assert.equal(handlers.sipEvents.onRequest, undefined);
  });

  it("that exports no events at all gets a warning", async () => {
    files.write("server.ts", `export const sipEvent = {};`);
    assert.deepEqual((await logic.load()).warnings.map(formatProblem), [
      `${files.path("server.ts")}: exports none of systemEvents, sipEvents and webSocketEvents`,
    ]);
  });

  describe("loaded again", () => {
    const namesOf = (kind: keyof SystemCallbacks): string[] =>
      [...registry.callbacks(kind)].map((callback) => String(callback(false)));

    it("is new in all of its files, and keeps npm packages", async () => {
      files.write("node_modules/counter/index.js", `exports.next = (n => () => ++n)(0);`);
      files.write("lib/inner.ts", `export const inner = "old";`);

      const text = `
        import { next } from "counter";
        import { inner } from "./lib/inner.ts";
        let calls = 0;
        export const sipEvents = { onRequest: () => [inner, ++calls, next()] };
      `;
      const first = await load(text);

      assert.deepEqual(await call(first), ["old", 1, 1]);
      files.write("lib/inner.ts", `export const inner = "new";`);

      const second = await load(text);

      assert.deepEqual(await call(second), ["new", 1, 2]);
      assert.deepEqual(
        await call(first),
        ["old", 2, 3],
        "requests under way finish with the code they began with",
      );
    });

    it("without success leaves handlers and callbacks as they were", async () => {
      const handlers = await load(`
        import { systemCallbacks } from "oversip";
        systemCallbacks.onReload(() => "old");
        export const sipEvents = { onRequest: () => "old" };
      `);

      for (const broken of [
        `import { systemCallbacks } from "oversip"; systemCallbacks.onReload(() => "new"); throw new Error("x");`,
        `import { systemCallbacks } from "oversip"; systemCallbacks.onReload(() => "new"); export const sipEvents = { on() {} };`,
        `let = ;`,
      ]) {
        await problemsOf(broken);
        assert.equal(logic.handlers, handlers);
        assert.deepEqual(namesOf("onReload"), ["old"]);
      }
    });

    it("never doubles its callbacks, whether registered while loading or later from a function", async () => {
      const text = `
        import { systemCallbacks } from "oversip";
        systemCallbacks.onReload(() => "loading");
        export const sipEvents = { onRequest: () => systemCallbacks.onReload(() => "later") };
      `;

      for (let round = 0; round < 3; round++) {
        await call(await load(text));
        assert.deepEqual(namesOf("onReload"), ["loading", "later"]);
      }
    });
  });
});
