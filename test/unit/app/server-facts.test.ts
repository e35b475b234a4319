/** What the server's facts keep over a reload. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createProgrammingInterface } from "../../../src/api/programming-interface.ts";
import { SystemCallbackRegistry } from "../../../src/api/system-callbacks.ts";
import { ServerFacts } from "../../../src/app/server-facts.ts";
import type { ReloadableFiles } from "../../../src/app/server-parts.ts";
import { ServerState } from "../../../src/app/server-state.ts";
import type { Configuration } from "../../../src/config/configuration.ts";
import { DEFAULT_PROXY_PROFILE } from "../../../src/config/default-values.ts";
import { SipRuntimeError } from "../../../src/errors/errors.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";

function filesWith(...names: readonly string[]): ReloadableFiles {
  const profiles = new Map(names.map((name) => [name, { ...DEFAULT_PROXY_PROFILE, name }]));

  return { profiles, tls: undefined, authorities: undefined };
}

describe("a reload that removes a profile", () => {
  const facts = new ServerFacts("0.0.0", new ServerState(), new SystemCallbackRegistry());

  facts.configurationLoaded({} as Configuration, filesWith("old", "kept"), new RecordingLogger());

  const { SipProxy, oversip } = createProgrammingInterface(facts);

  it("leaves it to requests under way, which finish with the code that they began with", () => {
    assert.throws(() => new SipProxy("new"), SipRuntimeError);
    facts.applyFiles(filesWith("kept", "new"));

    assert.ok(new SipProxy("old"));
    assert.ok(new SipProxy("new"));
    assert.deepEqual([...oversip.proxies.keys()], ["kept", "new"]);
  });

  it("forgets it once another profile has its name", () => {
    facts.applyFiles(filesWith("old", "kept"));
    assert.equal(facts.retiredProfiles.has("old"), false);
    assert.equal(facts.retiredProfiles.has("new"), true);
    assert.throws(() => new SipProxy("never"), SipRuntimeError);
  });
});
