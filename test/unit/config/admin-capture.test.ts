/** Sections admin and capture of oversip.conf. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { parseAddressPort } from "../../../src/config/address-port.ts";
import type { Configuration } from "../../../src/config/configuration.ts";
import { loadConfiguration } from "../../../src/config/load-configuration.ts";
import { ConfigurationError } from "../../../src/errors/errors.ts";
import { makeConfigurationDirectory } from "../../support/configuration-directory.ts";

const TOKEN = "0123456789abcdef";

function load(context: TestContext, text: string): Configuration {
  const directory = makeConfigurationDirectory(context, { "oversip.conf": text });

  return loadConfiguration(directory, "oversip.conf").configuration;
}

function problemsOf(context: TestContext, text: string): string[] {
  try {
    load(context, text);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);

    return error.problems.map(({ key, message }) => `${key}: ${message}`);
  }

  return [];
}

describe("HOST:PORT", () => {
  for (const [text, host, port] of [
    ["127.0.0.1:9090", "127.0.0.1", 9090],
    ["0.0.0.0:0", "0.0.0.0", 0],
    ["[::1]:9090", "::1", 9090],
    ["[::]:65535", "::", 65_535],
    ["Homer.Example.com:9060", "homer.example.com", 9060],
  ] as const) {
    it(`is read from ${text}`, () => assert.deepEqual(parseAddressPort(text), { host, port }));
  }

  for (const text of [
    ...["", ":", ":9090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:9090 "],
    ...[
      "127.0.0.1:0x10",
      "127.0.0.1:1e3",
      "::1:9090",
      "[::1]",
      "[127.0.0.1]:9090",
      "[fe80::1%lo]:9090",
      "[]:1",
    ],
    ...["a b:1", "user@host:1", "http://host:1", "host\n:1", `${"a".repeat(254)}:1`, "host:123456"],
  ]) {
    it(`is not read from ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.equal(parseAddressPort(text), undefined));
  }
});

describe("section admin", () => {
  it("is off by default", (context) => {
    assert.deepEqual({ ...load(context, "").admin }, { listen: null, token: null });
  });

  for (const address of ["127.0.0.1:9090", "127.8.8.8:0", '"[::1]:9090"']) {
    it(`needs no token for ${address}`, (context) => {
      assert.deepEqual(problemsOf(context, `admin:\n  listen: ${address}\n`), []);
    });
  }

  for (const address of ["0.0.0.0:9090", "192.0.2.1:9090", '"[::]:9090"', '"[::ffff:127.0.0.1]:9090"']) {
    it(`needs a token for ${address}, which others can reach`, (context) => {
      const [problem = ""] = problemsOf(context, `admin:\n  listen: ${address}\n`);

      assert.match(problem, /^admin\.token: .* can be reached from other machines; expected a token$/);
      assert.deepEqual(problemsOf(context, `admin:\n  listen: ${address}\n  token: ${TOKEN}\n`), []);
    });
  }

  it("refuses names, what is no address, and short tokens, which it does not show", (context) => {
    for (const address of ["localhost:9090", "9090", "127.0.0.1", "127.0.0.1:99999"]) {
      assert.match(
        problemsOf(context, `admin:\n  listen: ${address}\n`).join(),
        /^admin\.listen: .* not allowed/,
      );
    }

    const problems = problemsOf(context, "admin:\n  token: geheim\n").join();

    assert.match(problems, /^admin\.token: this value is not allowed/);
    assert.ok(!problems.includes("geheim"));
  });
});

describe("section capture", () => {
  it("is off by default", (context) => {
    assert.deepEqual(
      { ...load(context, "").capture },
      { target: null, nodeId: 1, nodeName: null, password: null },
    );
  });

  it("takes addresses and domains, and 32 bits of a node_id", (context) => {
    for (const target of ["192.0.2.1:9060", '"[2001:db8::1]:9060"', "homer.example.com:9060"]) {
      const { capture } = load(
        context,
        `capture:\n  target: ${target}\n  node_id: 4294967295\n  node_name: é\n`,
      );

      assert.equal(capture.target, target.replaceAll('"', ""));
      assert.deepEqual([capture.nodeId, capture.nodeName], [4_294_967_295, "é"]);
    }
  });

  it("refuses port 0, numbers that are too large, control characters, and does not show a password", (context) => {
    for (const line of [
      ...["target: 192.0.2.1:0", "target: homer", "node_id: 4294967296", "node_id: -1", 'node_name: "a\\nb"'],
      ...['node_name: ""', `node_name: ${"n".repeat(65)}`],
    ]) {
      assert.match(
        problemsOf(context, `capture:\n  ${line}\n`).join(),
        /^capture\.\w+: .*not allowed/s,
        line,
      );
    }

    assert.match(
      problemsOf(context, `capture:\n  password: ${"p".repeat(256)}\n`).join(),
      /^capture\.password: this value is not allowed/,
    );
  });
});
