/** proxies.conf: profiles, their defaults, and what the server's own transports leave of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Configuration, SipConfiguration } from "../../../src/config/configuration.ts";
import { DEFAULT_CONFIGURATION, DEFAULT_PROXY_PROFILE } from "../../../src/config/default-values.ts";
import { loadProxyProfiles } from "../../../src/config/load-proxy-profiles.ts";
import { PROXY_PROFILE_KEYS, type ProxyProfile } from "../../../src/config/proxy-profile.ts";
import { ConfigurationError, formatProblem } from "../../../src/errors/errors.ts";
import { makeConfigurationDirectory } from "../../support/configuration-directory.ts";

const FILE = "proxies.conf";

function withSip(values: Partial<SipConfiguration>): Configuration {
  return { ...DEFAULT_CONFIGURATION, sip: { ...DEFAULT_CONFIGURATION.sip, sipTls: true, ...values } };
}

function load(context: TestContext, text: string, sip: Partial<SipConfiguration> = {}) {
  return loadProxyProfiles(makeConfigurationDirectory(context, { [FILE]: text }), withSip(sip));
}

function loadOne(context: TestContext, text: string, sip: Partial<SipConfiguration> = {}): ProxyProfile {
  const profile = load(context, `p: ${text}\n`, sip).get("p");

  assert.ok(profile !== undefined);

  return profile;
}

function problemsOf(context: TestContext, text: string): string[] {
  const directory = makeConfigurationDirectory(context, { [FILE]: text });

  try {
    loadProxyProfiles(directory, withSip({}));
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);

    return error.problems.map((problem) => formatProblem(problem).replace(`${join(directory, FILE)}:`, ""));
  }

  return [];
}

describe("proxies.conf", () => {
  it("absent or empty, it means default_proxy with the coded defaults", (context) => {
    const absent = loadProxyProfiles(makeConfigurationDirectory(context, {}), withSip({}));

    assert.deepEqual([...absent], [["default_proxy", DEFAULT_PROXY_PROFILE]]);
    assert.deepEqual([...load(context, "# nothing\n")], [...absent]);
  });

  it("coded defaults are those of OverSIP 2.0", () => {
    assert.deepEqual(DEFAULT_PROXY_PROFILE, {
      name: "default_proxy",
      doRecordRouting: true,
      recordRouteAll: false,
      useDns: true,
      useDnsCache: true,
      dnsCacheTime: 300,
      useBlacklist: true,
      blacklistTime: 10,
      useNaptr: true,
      useSrv: true,
      transportPreference: ["tls", "tcp", "udp"],
      forceTransportPreference: false,
      ipTypePreference: ["ipv6", "ipv4"],
      dnsFailoverOn503: true,
      timerB: 32,
      timerC: 120,
      timerF: 32,
      callbackOnServerTlsHandshake: true,
    });
  });

  it("unset keys take the coded default, not the value of default_proxy", (context) => {
    const profiles = load(context, "default_proxy: { timer_B: 5 }\nother:\n");

    assert.equal(profiles.get("default_proxy")?.timerB, 5);
    assert.equal(profiles.get("other")?.timerB, 32);
    assert.equal(profiles.get("other")?.name, "other");
  });

  it("a file with profiles but without default_proxy does not get one", (context) => {
    assert.deepEqual([...load(context, "other: {}\n").keys()], ["other"]);
  });

  it("use_srv off turns use_naptr off", (context) => {
    assert.equal(loadOne(context, "{ use_srv: no, use_naptr: yes }").useNaptr, false);
    assert.equal(loadOne(context, "{ use_srv: no }").useNaptr, false);
    assert.equal(loadOne(context, "{ use_naptr: no }").useSrv, true);
  });

  it("transports that are off, and repeated ones, are left out of transport_preference", (context) => {
    assert.deepEqual(loadOne(context, "{ transport_preference: [udp, tcp, udp] }").transportPreference, [
      "udp",
      "tcp",
    ]);
    assert.deepEqual(loadOne(context, "{}", { sipTls: false }).transportPreference, ["tcp", "udp"]);
    assert.deepEqual(
      loadOne(context, "{ transport_preference: tls }", { sipTls: false }).transportPreference,
      [],
    );
  });

  it("families that are off are left out of ip_type_preference", (context) => {
    assert.deepEqual(loadOne(context, "{}", { enableIpv6: false }).ipTypePreference, ["ipv4"]);
    assert.deepEqual(loadOne(context, "{ ip_type_preference: ipv4 }").ipTypePreference, ["ipv4"]);
  });

  it("lists are of known words and not empty", (context) => {
    assert.deepEqual(
      problemsOf(context, "a:\n  transport_preference: [udp, ws]\n  ip_type_preference: []\n"),
      [
        "2:31: a.transport_preference: ws is not allowed; expected one or several of tls, tcp, udp",
        "3:23: a.ip_type_preference: an empty list is not allowed; expected one or several of ipv4, ipv6",
      ],
    );
  });

  it("times have the limits of OverSIP 2.0", (context) => {
    for (const [key, min, max] of [
      ["dns_cache_time", 300, 604_800],
      ["blacklist_time", 2, 600],
      ["timer_B", 2, 64],
      ["timer_C", 8, 180],
      ["timer_F", 2, 64],
    ] as const) {
      for (const allowed of [min, max]) {
        assert.deepEqual(problemsOf(context, `a: { ${key}: ${allowed} }`), [], key);
      }

      for (const refused of [min - 1, max + 1]) {
        assert.match(
          problemsOf(context, `a: { ${key}: ${refused} }`)[0] ?? "",
          new RegExp(`from ${min} to ${max} \\(seconds\\)$`),
        );
      }
    }
  });

  it("every key is read by its own name", (context) => {
    for (const [name, key] of Object.entries(PROXY_PROFILE_KEYS)) {
      assert.deepEqual(problemsOf(context, `a: { ${name}: ~ }`), [], name);
      assert.match(problemsOf(context, `a: { ${name}: nonsense }`)[0] ?? "", /is not allowed/);
      assert.ok(key.effect.length > 0);
    }
  });

  it("all problems are reported at once, with line and column", (context) => {
    assert.deepEqual(problemsOf(context, "a:\n  timer_b: 7\nb: 5\n5: {}\nyes: {}\n"), [
      '2:3: a.timer_b: unknown key; did you mean "timer_B"?',
      "3:4: b: a section is a mapping of keys to values; nothing else is allowed",
      "4:1: 5: the name of a profile is a word; a number, a date or yes and no need quotes",
      "5:1: yes: the name of a profile is a word; a number, a date or yes and no need quotes",
    ]);
    assert.deepEqual(problemsOf(context, "- a\n"), [
      "1:1: the file is a mapping of profiles; nothing else is allowed",
    ]);
    assert.match(problemsOf(context, "a: {}\na: {}\n")[0] ?? "", /^2:1: this key was given before/);
  });

  it("a profile may be called as an object's own members are", (context) => {
    const profiles = load(context, "__proto__: { timer_B: 3 }\nconstructor: { timer_B: 4 }\n");

    assert.equal(profiles.get("__proto__")?.timerB, 3);
    assert.equal(profiles.get("constructor")?.timerB, 4);
  });

  it("profiles may share values by anchors and merge keys", (context) => {
    const profiles = load(context, "a: &a { timer_B: 5, timer_C: 20 }\nb: { <<: *a, timer_C: 30 }\nc: *a\n");

    assert.deepEqual([profiles.get("b")?.timerB, profiles.get("b")?.timerC], [5, 30]);
    assert.equal(profiles.get("c")?.timerC, 20);
  });

  it("profiles are frozen", (context) => {
    const profile = loadOne(context, "{}");

    assert.ok(Object.isFrozen(profile) && Object.isFrozen(profile.transportPreference));
  });
});
