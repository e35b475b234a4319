/** Files that exist already, and those that come with the server: OverSIP 2.0's pair, etc/, the reference. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { configurationReference, REFERENCE_FILE } from "../../../scripts/generate-config-reference.ts";
import { SECTIONS } from "../../../src/config/configuration.ts";
import type { ConfigurationKey } from "../../../src/config/configuration-key.ts";
import { DEFAULT_PROXY_PROFILE } from "../../../src/config/default-values.ts";
import { loadConfiguration } from "../../../src/config/load-configuration.ts";
import { loadProxyProfiles } from "../../../src/config/load-proxy-profiles.ts";
import { PROXY_PROFILE_KEYS } from "../../../src/config/proxy-profile.ts";
import { parseYaml } from "../../../src/config/yaml-file.ts";
import { makeConfigurationDirectory, writeCertificate } from "../../support/configuration-directory.ts";

const SAMPLES = join(import.meta.dirname, "../../../etc");

/** The sample files as `oversip init` writes them: with a certificate, which is never shipped. */
function copySamples(context: TestContext): string {
  const directory = makeConfigurationDirectory(context, {});

  cpSync(SAMPLES, directory, { recursive: true, filter: (path) => path !== join(SAMPLES, "tls") });
  writeCertificate(join(directory, "tls"), "demo");

  return directory;
}

const BROWSERS_REFUSE_10080 =
  "websocket.listen_port: browsers refuse to connect to port 10080; choose another, unless they come by way of one";

describe("the files of OverSIP 2.0", () => {
  it("load unchanged", (context) => {
    const directory = makeConfigurationDirectory(context, {});

    cpSync(join(import.meta.dirname, "oversip-2.0"), directory, { recursive: true });
    writeCertificate(join(directory, "tls"), "demo-tls.oversip.net", { keyType: "rsa" });
    writeCertificate(join(directory, "tls", "ca"), "authority");

    const { configuration, notices } = loadConfiguration(directory, "oversip.conf");
    const { core, sip, websocket, tls } = configuration;

    assert.deepEqual(notices, [BROWSERS_REFUSE_10080]);
    assert.deepEqual([core.syslogFacility, core.syslogLevel, core.nameservers], ["daemon", "debug", null]);
    assert.deepEqual([sip.sipUdp, sip.sipTcp, sip.sipTls], [true, true, true]);
    assert.deepEqual([sip.listenPort, sip.listenPortTls, sip.listenPortTlsTunnel], [5060, 5061, null]);
    assert.equal(sip.tcpKeepaliveInterval, 300);
    assert.deepEqual([websocket.sipWs, websocket.sipWss], [true, true]);
    assert.equal(websocket.wsKeepaliveInterval, 300);
    assert.deepEqual(tls.publicCert, [join(directory, "tls", "demo-tls.oversip.net.crt")]);

    const profiles = loadProxyProfiles(directory, configuration);

    assert.deepEqual(
      [...profiles.keys()],
      ["default_proxy", "proxy_in_dialog", "proxy_to_users", "proxy_out"],
    );
    assert.deepEqual(profiles.get("default_proxy"), {
      ...DEFAULT_PROXY_PROFILE,
      blacklistTime: 400,
      ipTypePreference: ["ipv4", "ipv6"],
    });
    assert.equal(profiles.get("proxy_to_users")?.useDns, false);
    assert.equal(profiles.get("proxy_out")?.timerF, 6);
  });
});

describe("the sample files of etc/", () => {
  const mainText = readFileSync(join(SAMPLES, "oversip.conf"), "utf8");
  const proxiesText = readFileSync(join(SAMPLES, "proxies.conf"), "utf8");

  it("work on any machine: every transport, on loopback", (context) => {
    const { configuration, notices } = loadConfiguration(copySamples(context), "oversip.conf");
    const { sip, websocket } = configuration;

    assert.deepEqual(notices, []);
    assert.deepEqual([sip.sipUdp, sip.sipTcp, sip.sipTls], [true, true, true]);
    assert.deepEqual([sip.listenPort, sip.listenPortTls], [5060, 5061]);
    assert.deepEqual([websocket.sipWs, websocket.sipWss], [true, true]);
    assert.deepEqual([websocket.listenPort, websocket.listenPortTls], [10_081, 10_443]);

    for (const { listenIpv4, listenIpv6 } of [sip, websocket]) {
      assert.deepEqual([listenIpv4, listenIpv6], [["127.0.0.1"], ["::1"]]);
    }
  });

  /** The file with every key uncommented, as section to key to value as spelled. */
  function uncommented(text: string): ReadonlyMap<string, ReadonlyMap<string, unknown>> {
    const file = parseYaml("sample", text.replaceAll(/^( +)#(\w+:.*)$/gm, "$1$2"));

    assert.deepEqual(file.problems, []);
    assert.ok(file.root.kind === "map");

    return new Map(
      file.root.entries.map(({ key, value }) => {
        assert.ok(value.kind === "map", key);

        return [key, new Map(value.entries.map((entry) => [entry.key, entry.value]))];
      }),
    );
  }

  it("hold every key, and no other", () => {
    const sections = uncommented(mainText);

    assert.deepEqual([...sections.keys()], Object.keys(SECTIONS));

    for (const [name, table] of Object.entries(SECTIONS)) {
      assert.deepEqual([...(sections.get(name)?.keys() ?? [])].sort(), Object.keys(table).sort(), name);
    }

    const [profile] = [...uncommented(proxiesText).values()];

    assert.deepEqual([...(profile?.keys() ?? [])].sort(), Object.keys(PROXY_PROFILE_KEYS).sort());
  });

  it("show the default of every key that they leave commented out", (context) => {
    const onlyComments = (text: string): string =>
      text
        .split("\n")
        .filter((line) => /^\w+:|^ +#\w+:/.test(line))
        .map((line) => line.replace("#", ""))
        .join("\n");
    const directory = makeConfigurationDirectory(context, {
      "oversip.conf": onlyComments(mainText),
      "proxies.conf": onlyComments(proxiesText),
      "default/oversip.conf": "",
    });
    const { configuration: shown } = loadConfiguration(directory, "oversip.conf");

    assert.deepEqual(shown, loadConfiguration(join(directory, "default"), "oversip.conf").configuration);
    assert.deepEqual(
      { ...loadProxyProfiles(directory, shown).get("default_proxy") },
      { ...DEFAULT_PROXY_PROFILE, transportPreference: ["tcp", "udp"] },
    );
  });

  it("have the profiles of OverSIP 2.0", (context) => {
    const directory = copySamples(context);
    const profiles = loadProxyProfiles(directory, loadConfiguration(directory, "oversip.conf").configuration);
    const inDialog = profiles.get("proxy_in_dialog");
    const toUsers = profiles.get("proxy_to_users");
    const out = profiles.get("proxy_out");

    assert.ok(profiles.has("default_proxy"));
    assert.deepEqual([inDialog?.useNaptr, inDialog?.useSrv, inDialog?.timerC], [false, false, 60]);
    assert.deepEqual([toUsers?.useDns, toUsers?.dnsFailoverOn503], [false, false]);
    assert.deepEqual([out?.timerB, out?.timerC, out?.timerF], [6, 60, 6]);
  });
});

describe("docs/reference/config.md", () => {
  it("is what scripts/generate-config-reference.ts writes", () => {
    assert.equal(readFileSync(REFERENCE_FILE, "utf8"), configurationReference());
  });

  it("names every key, in cells that do not break the table", () => {
    const text = configurationReference();
    const tables: Readonly<Record<string, ConfigurationKey<unknown>>>[] = [
      ...Object.values(SECTIONS),
      PROXY_PROFILE_KEYS,
    ];

    for (const [name, key] of tables.flatMap((table) => Object.entries(table))) {
      assert.ok(text.includes(`| \`${name}\` |`), name);
      assert.doesNotMatch(`${key.allowed}${key.effect}${key.defaultMeaning}`, /[|\n]/, name);
    }
  });
});
