/** oversip.conf: every rule of its keys, and the place of every problem. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type Configuration, SECTIONS } from "../../../src/config/configuration.ts";
import { camelCase } from "../../../src/config/configuration-key.ts";
import { DEFAULT_CONFIGURATION } from "../../../src/config/default-values.ts";
import { type LoadedConfiguration, loadConfiguration } from "../../../src/config/load-configuration.ts";
import { ConfigurationError, formatProblem } from "../../../src/errors/errors.ts";
import { makeConfigurationDirectory, writeCertificate } from "../../support/configuration-directory.ts";

const FILE = "oversip.conf";

function load(context: TestContext, text: string): LoadedConfiguration {
  return loadConfiguration(makeConfigurationDirectory(context, { [FILE]: text }), FILE);
}

/** `LINE:COLUMN: key: message` of every problem. */
function problemsOf(context: TestContext, text: string): string[] {
  const directory = makeConfigurationDirectory(context, { [FILE]: text });

  return problemsIn(directory);
}

function problemsIn(directory: string): string[] {
  try {
    loadConfiguration(directory, FILE);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);

    return error.problems.map((problem) => formatProblem(problem).replace(`${join(directory, FILE)}:`, ""));
  }

  return [];
}

/** One key of one section, in flow style so that any value can be given. */
function problemOf(context: TestContext, section: string, key: string, value: string): string | undefined {
  return problemsOf(context, `${section}: { ${key}: ${value} }\n`)[0];
}

describe("defaults of oversip.conf", () => {
  it("an empty file, an empty section and ~ all mean the coded defaults", (context) => {
    const nothing = load(context, "").configuration;

    assert.deepEqual(load(context, "# only a comment\n").configuration, nothing);
    assert.deepEqual(load(context, "core:\nsip: ~\nwebsocket: null\ntls:\n").configuration, nothing);
    assert.deepEqual(
      load(context, "core: { syslog_level: ~ }\nsip: { listen_port: , sip_udp: null }\n").configuration,
      nothing,
    );
  });

  it("are those of OverSIP 2.0 for its keys", (context) => {
    const { core, sip, websocket, tls } = load(context, "").configuration;

    assert.equal(core.nameservers, null);
    assert.equal(core.syslogFacility, "user");
    assert.equal(core.syslogLevel, "info");
    assert.deepEqual([sip.sipUdp, sip.sipTcp, sip.sipTls], [true, true, false]);
    assert.deepEqual([sip.enableIpv4, sip.enableIpv6, sip.listenPort], [true, true, 5060]);
    assert.equal(sip.callbackOnClientTlsHandshake, true);
    assert.deepEqual([websocket.sipWs, websocket.sipWss], [false, false]);
    assert.deepEqual([websocket.maxWsMessageSize, websocket.maxWsFrameSize], [65_536, 65_536]);
    assert.deepEqual([sip.tcpKeepaliveInterval, websocket.wsKeepaliveInterval], [null, null]);
    assert.deepEqual(tls, { publicCert: null, privateCert: null, caDir: null });
    assert.equal(DEFAULT_CONFIGURATION.sip.listenPortTls, 5061);
    assert.equal(DEFAULT_CONFIGURATION.sip.listenPortTlsTunnel, 5062);
    assert.equal(DEFAULT_CONFIGURATION.websocket.listenPort, 10_080);
    assert.equal(DEFAULT_CONFIGURATION.websocket.listenPortTls, 10_443);
    assert.equal(DEFAULT_CONFIGURATION.websocket.listenPortTlsTunnel, 10_444);
  });

  it("are values that the keys allow", () => {
    for (const [section, table] of Object.entries(SECTIONS)) {
      for (const [name, key] of Object.entries(table)) {
        if (key.defaultValue !== null) {
          assert.equal(key.schema.safeParse(key.defaultValue).success, true, `${section}.${name}`);
        }
      }
    }
  });

  it("the configuration is frozen, down to its lists", (context) => {
    const { configuration } = load(context, "sip: { local_domains: a.example }");

    assert.ok(Object.isFrozen(configuration));
    assert.ok(Object.isFrozen(configuration.sip));
    assert.ok(Object.isFrozen(configuration.sip.localDomains));
  });

  it("keys are named in camelCase", () => {
    assert.equal(camelCase("record_route_hostname_tls_ipv4"), "recordRouteHostnameTlsIpv4");
    assert.equal(camelCase("timer_B"), "timerB");
    assert.equal(camelCase("dns_failover_on_503"), "dnsFailoverOn503");
  });
});

describe("values of oversip.conf", () => {
  it("YAML 1.1 booleans are read as such, quoted ones are refused", (context) => {
    for (const [text, expected] of [
      ["yes", true],
      ["on", true],
      ["true", true],
      ["no", false],
      ["Off", false],
      ["FALSE", false],
    ] as const) {
      assert.equal(load(context, `sip: { sip_tcp: ${text} }`).configuration.sip.sipTcp, expected, text);
    }

    assert.equal(
      problemOf(context, "sip", "sip_tcp", '"yes"'),
      '1:17: sip.sip_tcp: "yes" is not allowed; expected yes or no',
    );
    assert.match(problemOf(context, "sip", "sip_tcp", "1") ?? "", /1 is not allowed; expected yes or no$/);
  });

  it("ports are 1 to 65535, and 0 for one that the system chooses", (context) => {
    for (const port of [0, 1, 65_535]) {
      assert.equal(load(context, `sip: { listen_port: ${port} }`).configuration.sip.listenPort, port);
    }

    for (const port of ["65536", "-1", "5060.5", "sip", '"5060"', "0x1FFFF", ".nan", ".inf"]) {
      assert.match(
        problemOf(context, "sip", "listen_port", port) ?? "",
        /expected a port from 1 to 65535/,
        port,
      );
    }
  });

  it("a number that YAML 1.1 would read as octal is refused", (context) => {
    assert.match(problemOf(context, "sip", "listen_port", "05060") ?? "", /05060 begins with 0.*octal/);
  });

  it("listening addresses are of their family and no wildcards", (context) => {
    const { sip } = load(
      context,
      'sip: { listen_ipv4: 10.0.0.1, listen_ipv6: "2001:DB8::0:1" }',
    ).configuration;

    assert.deepEqual(sip.listenIpv4, ["10.0.0.1"]);
    assert.deepEqual(sip.listenIpv6, ["2001:db8::1"]);

    for (const value of ["0.0.0.0", '"::1"', "10.0.0", "10.0.0.256", "localhost", '"[10.0.0.1]"', "{}"]) {
      assert.match(
        problemOf(context, "sip", "listen_ipv4", value) ?? "",
        /expected one or several IPv4 addresses/,
        value,
      );
    }

    for (const value of [
      '"::"',
      '"0:0:0:0:0:0:0:0"',
      '"::0.0.0.0"',
      "10.0.0.1",
      '"[::1]"',
      '["::1", "::"]',
    ]) {
      assert.match(
        problemOf(context, "sip", "listen_ipv6", value) ?? "",
        /expected one or several IPv6 addresses/,
        value,
      );
    }
  });

  it("several listening addresses of one family are a list, each once", (context) => {
    const { sip, websocket } = load(
      context,
      'sip: { listen_ipv4: [10.0.0.1, 10.0.0.2, 10.0.0.1] }\nwebsocket: { listen_ipv6: ["2001:db8::1", "2001:DB8:0::1", "::1"] }',
    ).configuration;

    assert.deepEqual(sip.listenIpv4, ["10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(websocket.listenIpv6, ["2001:db8::1", "::1"]);
  });

  it("an advertised address stands for one listening address only", (context) => {
    assert.deepEqual(
      problemsOf(context, "sip:\n  listen_ipv4: [10.0.0.1, 10.0.0.2]\n  advertised_ipv4: 192.0.2.1\n"),
      [
        "3:20: sip.advertised_ipv4: 192.0.2.1 would stand for each address of listen_ipv4; expected one address there, or " +
          "none here",
      ],
    );
    assert.deepEqual(
      problemsOf(
        context,
        'websocket: { listen_ipv4: [10.0.0.1, 10.0.0.2], listen_ipv6: "::1", advertised_ipv6: "2001:db8::9" }\n',
      ),
      [],
    );
  });

  it("nameservers are one or several addresses of both families, with or without port", (context) => {
    const text = 'core: { nameservers: [1.2.3.4, "1.2.3.4:53", "::1", "[::1]", "[2001:db8::1]:5353"] }';

    assert.deepEqual(load(context, text).configuration.core.nameservers, [
      "1.2.3.4",
      "1.2.3.4:53",
      "::1",
      "[::1]",
      "[2001:db8::1]:5353",
    ]);
    assert.deepEqual(load(context, "core: { nameservers: 8.8.8.8 }").configuration.core.nameservers, [
      "8.8.8.8",
    ]);
    assert.equal(load(context, "core: { nameservers: [] }").configuration.core.nameservers, null);

    for (const value of [
      "0.0.0.0",
      '"1.2.3.4:0"',
      '"1.2.3.4:65536"',
      '"::"',
      '"[1.2.3.4]:53"',
      "dns.example",
    ]) {
      assert.match(
        problemOf(context, "core", "nameservers", value) ?? "",
        /expected one or several of IPv4/,
        value,
      );
    }
  });

  it("a faulty item of a list is reported where it stands", (context) => {
    const text = "core:\n  nameservers:\n    - 1.2.3.4\n    - 1.2.3.400\n    -\n    - [8.8.8.8]\n";

    assert.deepEqual(
      problemsOf(context, text).map((problem) => problem.split(": ").slice(0, 3).join(": ")),
      [
        "5:6: core.nameservers: an empty item is not allowed here; expected one or several of IPv4, IPv4:PORT, IPv6 " +
          'and "[IPv6]:PORT", other than 0.0.0.0 and ::',
        "6:7: core.nameservers: a list is not allowed here; expected one or several of IPv4, IPv4:PORT, IPv6 and " +
          '"[IPv6]:PORT", other than 0.0.0.0 and ::',
      ],
    );
    assert.match(
      problemsOf(context, "core:\n  nameservers:\n    - 1.2.3.4\n    - 1.2.3.400\n")[0] ?? "",
      /^4:7: /,
    );
  });

  it("local domains are lower-cased, one or several", (context) => {
    assert.deepEqual(load(context, "sip: { local_domains: Example.COM }").configuration.sip.localDomains, [
      "example.com",
    ]);
    assert.deepEqual(
      load(context, "sip: { local_domains: [a_b.example, C] }").configuration.sip.localDomains,
      ["a_b.example", "c"],
    );

    for (const value of ["a..b", "a.", '"a b"', '"exämple.com"', '"a/b"', "yes"]) {
      assert.match(
        problemOf(context, "sip", "local_domains", value) ?? "",
        /expected one or several domains/,
        value,
      );
    }
  });

  it("keep-alive intervals are 180 seconds or more", (context) => {
    assert.equal(
      load(context, "sip: { tcp_keepalive_interval: 180 }").configuration.sip.tcpKeepaliveInterval,
      180,
    );
    assert.match(problemOf(context, "sip", "tcp_keepalive_interval", "179") ?? "", /from 180 to/);
    assert.match(problemOf(context, "websocket", "ws_keepalive_interval", "179") ?? "", /from 180 to/);
  });

  it("WebSocket message and frame sizes are below 1,048,576 bytes", (context) => {
    for (const key of ["max_ws_message_size", "max_ws_frame_size"]) {
      assert.equal(problemOf(context, "websocket", key, "1048575"), undefined);
      assert.match(problemOf(context, "websocket", key, "1048576") ?? "", /from 1 to 1048575 \(bytes\)/);
    }
  });

  it("syslog facility and level are words from their lists", (context) => {
    assert.match(
      problemOf(context, "core", "syslog_level", "warning") ?? "",
      /expected one of debug, info, notice/,
    );
    assert.match(
      problemOf(context, "core", "syslog_facility", "local8") ?? "",
      /expected one of kern, user, daemon/,
    );
  });

  it("a secret is a text of 16 characters or more, and is never shown", (context) => {
    const secret = "0123456789abcdef";

    assert.equal(load(context, `core: { secret: ${secret} }`).configuration.core.secret, secret);

    for (const value of ["hunter2hunter2", "1234567890123456"]) {
      const problem = problemOf(context, "core", "secret", value) ?? "";

      assert.match(problem, /this value is not allowed; expected a text of 16 to 1024 characters/);
      assert.ok(!problem.includes(value));
    }
  });

  it("trusted addresses are addresses and prefixes, and may be none", (context) => {
    const trusted = (value: string) =>
      load(context, `sip: { tls_tunnel_trusted_addresses: ${value} }`).configuration.sip
        .tlsTunnelTrustedAddresses;

    assert.deepEqual(trusted("~"), ["127.0.0.1", "::1"]);
    assert.deepEqual(trusted("[]"), []);
    assert.deepEqual(trusted('[10.0.0.0/8, "2001:db8::/32", 192.0.2.1]'), [
      "10.0.0.0/8",
      "2001:db8::/32",
      "192.0.2.1",
    ]);

    for (const value of ["10.0.0.0/33", '"2001:db8::/129"', "10.0.0.0/8/8", "10.0.0.0/", "all"]) {
      assert.match(problemOf(context, "sip", "tls_tunnel_trusted_addresses", value) ?? "", /prefixes/, value);
    }
  });

  it("RFC 6454: allowed origins are scheme, host and port, and not an empty list", (context) => {
    const origins = (value: string) =>
      load(context, `websocket: { allowed_origins: ${value} }`).configuration.websocket.allowedOrigins;

    assert.deepEqual(origins("HTTPS://Example.com:8443"), ["https://example.com:8443"]);
    assert.deepEqual(origins('["https://a.example", "capacitor://localhost", "http://[::1]:8080"]'), [
      "https://a.example",
      "capacitor://localhost",
      "http://[::1]:8080",
    ]);

    for (const value of [
      "[]",
      "example.com",
      "https://example.com/",
      "https://a@example.com",
      '"https://*.x"',
    ]) {
      assert.match(problemOf(context, "websocket", "allowed_origins", value) ?? "", /SCHEME:\/\/HOST/, value);
    }
  });

  it("every number refuses what is one beyond its limits", (context) => {
    for (const [section, table] of Object.entries(SECTIONS)) {
      for (const [name, key] of Object.entries(table)) {
        const limits = /^a whole number from (\d+) to (\d+)/.exec(key.allowed);

        if (limits !== null) {
          const [min, max] = [Number(limits[1]), Number(limits[2])];

          assert.equal(key.schema.safeParse(min).success, true, `${section}.${name} ${min}`);
          assert.equal(key.schema.safeParse(max).success, true, `${section}.${name} ${max}`);
          assert.match(problemOf(context, section, name, String(min - 1)) ?? "", /is not allowed/, name);
          assert.match(problemOf(context, section, name, String(max + 1)) ?? "", /is not allowed/, name);
        }
      }
    }
  });

  it("a list or a mapping where one value is expected is an error, whatever the key", (context) => {
    for (const [section, table] of Object.entries(SECTIONS)) {
      for (const [name, key] of Object.entries(table)) {
        assert.match(problemOf(context, section, name, "{ a: b }") ?? "", /a mapping is not allowed/, name);

        if (!key.isList) {
          assert.match(problemOf(context, section, name, "[1, 2]") ?? "", /a list is not allowed/, name);
        }
      }
    }
  });
});

describe("problems of oversip.conf", () => {
  it("an absent file is named", (context) => {
    const directory = makeConfigurationDirectory(context, {});

    assert.throws(() => loadConfiguration(directory, FILE), {
      name: "ConfigurationError",
      message: `${join(directory, FILE)}: there is no such file`,
    });
  });

  it("a file that cannot be read is named, with the reason", (context) => {
    const directory = makeConfigurationDirectory(context, { "oversip.conf/x": "" });

    assert.throws(() => loadConfiguration(directory, FILE), /oversip\.conf: cannot be read \(EISDIR\)/);
  });

  it("the file may have another name, or an absolute path", (context) => {
    const directory = makeConfigurationDirectory(context, { "b.conf": "sip: { listen_port: 7 }" });

    assert.equal(loadConfiguration(directory, "b.conf").configuration.sip.listenPort, 7);
    assert.equal(loadConfiguration("/nowhere", join(directory, "b.conf")).configuration.sip.listenPort, 7);
  });

  it("unknown keys and sections suggest the nearest known one", (context) => {
    assert.deepEqual(
      problemsOf(context, "sip:\n  listen_prot: 5060\nwebscoket: {}\ncore: { syslog-level: info }\n"),
      [
        '2:3: sip.listen_prot: unknown key; did you mean "listen_port"?',
        '3:1: webscoket: unknown section; did you mean "websocket"?',
        '4:9: core.syslog-level: unknown key; did you mean "syslog_level"?',
      ],
    );
  });

  it("names that every object has are unknown keys too", (context) => {
    const text = "constructor: 1\n__proto__: { a: 1 }\nsip: { toString: 1, __proto__: 2 }\n";

    assert.equal(problemsOf(context, text).filter((problem) => problem.includes("unknown")).length, 4);
  });

  it("all problems are reported at once, in the order of the file", (context) => {
    const text = [
      "core:",
      "  syslog_level: loud",
      "sip:",
      "  listen_port: 70000",
      "  sip_udp: maybe",
      "  nonsense: 1",
      "websocket: 5",
      "core2:",
      "tls:",
      "  public_cert: missing.pem",
      "",
    ].join("\n");

    assert.deepEqual(
      problemsOf(context, text).map((problem) => problem.split(": ").slice(0, 2).join(": ")),
      [
        "2:17: core.syslog_level",
        "4:16: sip.listen_port",
        "5:12: sip.sip_udp",
        "6:3: sip.nonsense",
        "7:12: websocket",
        "8:1: core2",
        "10:16: tls.public_cert",
      ],
    );
  });

  it("syntax errors, duplicate keys, tabs and second documents have line and column", (context) => {
    assert.match(problemsOf(context, "sip: [1\n")[0] ?? "", /^2:1: not valid YAML: /);
    assert.deepEqual(problemsOf(context, "sip:\n  sip_udp: yes\n  sip_udp: no\n"), [
      "3:3: this key was given before; each key is allowed once",
    ]);
    assert.match(problemsOf(context, "sip:\n\tsip_udp: yes\n")[0] ?? "", /^2:1: tabs are not allowed/);
    assert.match(problemsOf(context, "sip:\n---\ncore:\n")[0] ?? "", /^2:1: one YAML document is allowed/);
    assert.match(problemsOf(context, "sip: *nothing\n")[0] ?? "", /^1:6: there is no anchor &nothing/);
    assert.match(problemsOf(context, "sip: !ruby/object {}\n")[0] ?? "", /^1:6: not valid YAML/);
    assert.match(problemsOf(context, "sip: &a { sip_udp: *a }\n")[0] ?? "", /nested too deeply|mapping/);
    assert.match(problemsOf(context, "sip: { [a]: 1 }\n")[0] ?? "", /a key is a word/);
  });

  it("anchors in anchors, which stand for billions of values, are refused at once and once", (context) => {
    const wide = (name: string, item: string): string =>
      `${name}: &${name} [${Array(50).fill(item).join(", ")}]\n`;
    const bomb = wide("a", "x") + wide("b", "*a") + wide("c", "*b") + wide("d", "*c");

    const problems = problemsOf(context, `${bomb}core: *d\n`);

    assert.ok(problems.some((problem) => /too many values/.test(problem)));
    assert.ok(problems.length < 20, String(problems.length));
  });

  it("a file in another encoding than UTF-8 is refused with what to do", (context) => {
    const directory = makeConfigurationDirectory(context, {});

    writeFileSync(join(directory, FILE), Buffer.from("\ufeffcore: {}\n", "utf16le"));
    assert.deepEqual(problemsIn(directory), [" is not UTF-8 text; save it as UTF-8"]);
    writeFileSync(join(directory, FILE), "\ufeffcore: {}\r\n");
    assert.deepEqual(problemsIn(directory), []);
  });

  it("a file that is no mapping is refused", (context) => {
    assert.match(
      problemsOf(context, "- sip\n")[0] ?? "",
      /^1:1: the file is a mapping of the sections core, sip/,
    );
    assert.match(problemsOf(context, "hello\n")[0] ?? "", /^1:1: the file is a mapping/);
  });

  it("a long or strange value is shown short and without control characters", (context) => {
    const problem = problemOf(context, "core", "syslog_level", `"${"x".repeat(500)}"`) ?? "";

    assert.ok(problem.length < 200);
    assert.doesNotMatch(
      problemOf(context, "core", "syslog_level", '"\\e[31m\\x9b"') ?? "",
      /[\u0000-\u001f\u0080-\u009f]/,
    );
  });

  it("values may be shared by anchors and merge keys", (context) => {
    const text =
      "sip: &listen\n  enable_ipv6: no\n  listen_ipv4: 10.0.0.1\nwebsocket:\n  <<: *listen\n  enable_ipv6: yes\n";
    const { websocket } = load(context, text).configuration;

    assert.deepEqual(websocket.listenIpv4, ["10.0.0.1"]);
    assert.equal(websocket.enableIpv6, true);
  });
});

describe("rules between keys of oversip.conf", () => {
  function loadWithCertificate(context: TestContext, text: string): LoadedConfiguration {
    const directory = makeConfigurationDirectory(context, {
      [FILE]: `${text}\ntls: { public_cert: a.crt, private_cert: a.key }\n`,
    });

    writeCertificate(join(directory, "tls"), "a");

    return loadConfiguration(directory, FILE);
  }

  function ports(section: Configuration["sip"] | Configuration["websocket"]): (number | null)[] {
    return [section.listenPort, section.listenPortTls, section.listenPortTlsTunnel];
  }

  it("TLS is off, with a notice, without certificate and key", (context) => {
    const { configuration, notices } = load(
      context,
      "sip: { sip_tls: yes }\nwebsocket: { sip_wss: yes, sip_ws: yes }",
    );

    assert.equal(configuration.sip.sipTls, false);
    assert.equal(configuration.websocket.sipWss, false);
    assert.deepEqual(ports(configuration.sip), [5060, null, null]);
    assert.deepEqual(ports(configuration.websocket), [10_080, null, null]);
    assert.deepEqual(notices, [
      "sip.sip_tls is off: tls.public_cert and tls.private_cert are not both set",
      "websocket.sip_wss is off: tls.public_cert and tls.private_cert are not both set",
      "websocket.listen_port: browsers refuse to connect to port 10080; choose another, unless they come by way of one",
    ]);
  });

  it("a notice tells of ports that browsers refuse to connect to, where WebSocket is on", (context) => {
    const noticesOf = (text: string) => loadWithCertificate(context, `websocket: { ${text} }`).notices;

    assert.match(
      noticesOf("sip_wss: yes, listen_port_tls: 6000").join(),
      /^websocket\.listen_port_tls: .* 6000;/,
    );
    assert.match(noticesOf("sip_ws: yes").join(), /^websocket\.listen_port: .* 10080;/);
    assert.deepEqual(noticesOf("sip_ws: yes, sip_wss: yes, listen_port: 10081"), []);
    assert.deepEqual(noticesOf("sip_ws: yes, listen_port: 0"), []);
    assert.deepEqual(noticesOf("sip_ws: no, listen_port: 10080"), []);
  });

  it("with certificate and key TLS is on, and only if asked for", (context) => {
    const on = loadWithCertificate(context, "sip: { sip_tls: yes }");

    assert.equal(on.configuration.sip.sipTls, true);
    assert.deepEqual(ports(on.configuration.sip), [5060, 5061, null]);
    assert.deepEqual(on.notices, []);
    assert.equal(loadWithCertificate(context, "").configuration.sip.sipTls, false);
  });

  it("a TLS tunnel needs no certificate here, and means nothing without TLS", (context) => {
    const tunnel = load(context, "sip: { sip_tls: yes, use_tls_tunnel: yes }").configuration.sip;

    assert.equal(tunnel.sipTls, true);
    assert.deepEqual(ports(tunnel), [5060, null, 5062]);
    assert.equal(tunnel.tlsTunnelPublicPort, 5061);

    const named = "sip: { sip_tls: yes, use_tls_tunnel: yes, tls_tunnel_public_port: 443 }";

    assert.equal(load(context, named).configuration.sip.tlsTunnelPublicPort, 443);

    const both = loadWithCertificate(
      context,
      "websocket: { sip_wss: yes, use_tls_tunnel: yes }",
    ).configuration;

    assert.deepEqual(ports(both.websocket), [null, 10_443, 10_444]);

    const off = load(context, "sip: { use_tls_tunnel: yes }").configuration.sip;

    assert.equal(off.useTlsTunnel, false);
    assert.equal(off.tlsTunnelPublicPort, null);
    assert.deepEqual(ports(off), [5060, null, null]);
  });

  it("no UDP and no TCP means no listen_port", (context) => {
    const { sip } = load(context, "sip: { sip_udp: no, sip_tcp: no }").configuration;

    assert.deepEqual(ports(sip), [null, null, null]);
    assert.equal(load(context, "sip: { sip_udp: no }").configuration.sip.listenPort, 5060);
  });

  it("a family that is off has no addresses", (context) => {
    const text =
      "sip: { enable_ipv4: no, listen_ipv4: 10.0.0.1, advertised_ipv4: 10.0.0.2, record_route_hostname_tls_ipv4: a, " +
      'listen_ipv6: "::1", advertised_ipv6: "::2", record_route_hostname_tls_ipv6: b }';
    const { sip } = load(context, text).configuration;

    assert.deepEqual(
      [sip.listenIpv4, sip.advertisedIpv4, sip.recordRouteHostnameTlsIpv4],
      [null, null, null],
    );
    assert.deepEqual(
      [sip.listenIpv6, sip.advertisedIpv6, sip.recordRouteHostnameTlsIpv6],
      [["::1"], "::2", "b"],
    );
  });

  it("both families off turn the section off, and a server without any listener gets a notice", (context) => {
    const { configuration, notices } = load(context, "sip: { enable_ipv4: no, enable_ipv6: no }");

    assert.deepEqual([configuration.sip.sipUdp, configuration.sip.sipTcp], [false, false]);
    assert.equal(notices.length, 2);
    assert.match(notices[1] ?? "", /receive nothing/);
  });

  it("T2 is not below T1", (context) => {
    assert.deepEqual(problemsOf(context, "core:\n  timer_t1: 1000\n  timer_t2: 500\n"), [
      "3:13: core.timer_t2: 500 is below timer_t1 (1000); expected at least as much",
    ]);
    assert.deepEqual(problemsOf(context, "core:\n  timer_t1: 5000\n"), [
      "2:13: core.timer_t2: 4000 is below timer_t1 (5000); expected at least as much",
    ]);
  });

  it("two stream listeners of a section do not share a port", (context) => {
    const same = "sip: { sip_tls: yes, listen_port: 5061 }";

    assert.throws(() => loadWithCertificate(context, same), /sip\.listen_port_tls: 5061 is the listen_port/);
    assert.doesNotThrow(() =>
      loadWithCertificate(context, "sip: { sip_tls: yes, listen_port: 0, listen_port_tls: 0 }"),
    );
    assert.doesNotThrow(() =>
      loadWithCertificate(context, "sip: { sip_tls: yes, sip_tcp: no, listen_port: 5061 }"),
    );
  });

  it("one of certificate and key alone gets a notice", (context) => {
    const directory = makeConfigurationDirectory(context, { [FILE]: "tls: { public_cert: a.crt }" });

    writeCertificate(join(directory, "tls"), "a");

    assert.match(loadConfiguration(directory, FILE).notices[0] ?? "", /^no TLS: /);
    assert.deepEqual(problemsIn(directory), []);
  });

  it("relative paths of tls start at tls/ in the configuration directory", (context) => {
    const directory = makeConfigurationDirectory(context, {
      [FILE]: "tls: { public_cert: a.crt, ca_dir: system }",
    });

    writeCertificate(join(directory, "tls"), "a");

    const { tls } = loadConfiguration(directory, FILE).configuration;

    assert.deepEqual(tls.publicCert, [join(directory, "tls", "a.crt")]);
    assert.equal(tls.caDir, "system");
  });
});
