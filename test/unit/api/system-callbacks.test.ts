/** The registry of system callbacks: order, owners, replacement by a reload. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SystemCallbackRegistry, type SystemCallbacks } from "../../../src/api/system-callbacks.ts";

const KINDS = ["onStarted", "onReload", "onTerminated"] as const;

function namesOf(registry: SystemCallbackRegistry, kind: keyof SystemCallbacks): string[] {
  const names: string[] = [];

  for (const callback of registry.callbacks(kind)) {
    names.push(String(callback(false)));
  }

  return names;
}

describe("systemCallbacks", () => {
  for (const kind of KINDS) {
    it(`${kind} keeps the order of registration, whoever registered`, () => {
      const registry = new SystemCallbackRegistry();
      const owner = {};

      registry.forPackages()[kind](() => "package 1");
      registry.forOwner(owner)[kind](() => "user 1");
      registry.forPackages()[kind](() => "package 2");
      registry.activate(owner);

      assert.deepEqual(namesOf(registry, kind), ["package 1", "user 1", "package 2"]);
    });

    it(`${kind} throws TypeError for what is no function`, () => {
      const callbacks = new SystemCallbackRegistry().forPackages();

      for (const value of [undefined, null, {}, "text"]) {
        assert.throws(() => callbacks[kind](value as never), {
          name: "TypeError",
          message: new RegExp(`^systemCallbacks\\.${kind} takes a function, not `),
        });
      }
    });
  }

  it("what the user's files register counts only once their load is in force", () => {
    const registry = new SystemCallbackRegistry();
    const owner = {};

    registry.forOwner(owner).onReload(() => "user");
    assert.deepEqual(namesOf(registry, "onReload"), []);
    registry.activate(owner);
    assert.deepEqual(namesOf(registry, "onReload"), ["user"]);
  });

  it("a reload replaces those of the user's files and keeps those of packages", () => {
    const registry = new SystemCallbackRegistry();
    const first = {};
    const second = {};

    registry.forPackages().onReload(() => "package");
    registry.forOwner(first).onReload(() => "first");
    registry.activate(first);
    registry.forOwner(second).onReload(() => "second");
    registry.activate(second);

    assert.deepEqual(namesOf(registry, "onReload"), ["package", "second"]);
  });

  it("what a replaced load registers afterwards is dropped", () => {
    const registry = new SystemCallbackRegistry();
    const first = {};
    const second = {};
    const late = registry.forOwner(first);

    registry.activate(first);
    registry.activate(second);
    late.onTerminated(() => "late");

    assert.deepEqual(namesOf(registry, "onTerminated"), []);
  });

  it("what the load in force registers later, from one of its functions, counts", () => {
    const registry = new SystemCallbackRegistry();
    const owner = {};
    const callbacks = registry.forOwner(owner);

    registry.activate(owner);
    callbacks.onTerminated(() => "later");

    assert.deepEqual(namesOf(registry, "onTerminated"), ["later"]);
  });

  it("a load that fails leaves everything as it was", () => {
    const registry = new SystemCallbackRegistry();
    const first = {};
    const failed = {};

    registry.forOwner(first).onReload(() => "first");
    registry.activate(first);
    registry.forOwner(failed).onReload(() => "failed");
    registry.discard(failed);

    assert.deepEqual(namesOf(registry, "onReload"), ["first"]);
  });

  it("a callback that is registered by a callback of the same kind is met in the same round", () => {
    const registry = new SystemCallbackRegistry();
    const packages = registry.forPackages();

    packages.onStarted(() => {
      packages.onStarted(() => "inner");

      return "outer";
    });

    assert.deepEqual(namesOf(registry, "onStarted"), ["outer", "inner"]);
  });
});
