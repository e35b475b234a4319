/**
 * Writes docs/reference/config.md from the tables of keys in src/config, so
 * that the reference cannot differ from what the server checks:
 *
 *     node scripts/generate-config-reference.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SECTIONS } from "../src/config/configuration.ts";
import type { ConfigurationKey, KeyTable } from "../src/config/configuration-key.ts";
import { PROXY_PROFILE_KEYS } from "../src/config/proxy-profile.ts";

export const REFERENCE_FILE = join(import.meta.dirname, "../docs/reference/config.md");

const INTRODUCTION = `# Configuration

<!-- Written by scripts/generate-config-reference.ts from src/config: change it there. -->

The configuration directory (\`/etc/oversip\`, or \`--config-dir\`) holds two YAML files, \`oversip.conf\` and \`proxies.conf\`. Files of
OverSIP 2.0 load unchanged. \`etc/\` has a sample of both with every key.

- The files are YAML 1.1: \`yes\`, \`no\`, \`on\`, \`off\`, \`true\` and \`false\` are booleans. Indentation is by spaces.
- A key that is missing, empty, \`~\` or \`null\` has its default. So has a section that is missing or empty.
- Where several values are allowed, one value stands for a list of one. A list is an error where one value is expected.
- A key or section with an unknown name is an error, and so is a key that is given twice.
- All problems are reported at once, each as \`FILE:LINE:COLUMN: section.key: what is wrong; what is allowed\`. \`oversip check\` does
  nothing else.
- A number may not begin with 0: YAML 1.1 would read it as octal.
- A port of 0 lets the system choose a free one, which is of use in tests.

\`server.ts\` sees the loaded configuration as \`oversip.configuration\`, with the same keys in camelCase: \`sip.listen_port_tls\` is
\`oversip.configuration.sip.listenPortTls\`. Values that other keys make pointless are \`null\` or \`false\` there: ports of transports
that are off, addresses of families that are off, \`sip_tls\` and \`sip_wss\` without certificate or TLS tunnel.

\`oversip.conf\` is read at start. HUP reads \`proxies.conf\` and the files that \`tls\` names again.
`;

const SECTION_TEXTS: Readonly<Record<keyof typeof SECTIONS, string>> = {
  core: "The server as a whole: DNS, logging, timers.",
  sip: "UDP, TCP and TLS.",
  websocket: "WS and WSS (RFC 7118).",
  tls: "Certificates, for TLS and WSS, as server and as client.",
  admin: "[Metrics](metrics.md) for Prometheus, and probes, over HTTP.",
  capture: "A copy of the SIP traffic in HEP3, for Homer and its like.",
};

const PROFILES_TEXT = `Each section of \`proxies.conf\` is a profile, by which \`new SipProxy("name")\` sends requests. \`new SipProxy()\` takes
\`default_proxy\`. A key that a profile does not set has the default below, not the value that it has in \`default_proxy\`. Without the
file, or with an empty one, there is \`default_proxy\` with the defaults. YAML anchors and merge keys (\`<<\`) may be used to share values.`;

function formatDefault(key: ConfigurationKey<unknown>): string {
  const value = key.defaultValue;

  if (value === null) {
    return key.defaultMeaning ?? "none";
  }

  const shown =
    typeof value === "boolean" ? (value ? "yes" : "no") : Array.isArray(value) ? value.join(", ") : value;

  return `\`${shown}\``;
}

function formatTable(table: KeyTable): string {
  const rows = Object.entries(table).map(
    ([name, key]) => `| \`${name}\` | ${key.allowed} | ${formatDefault(key)} | ${key.effect} |`,
  );

  return ["| key | allowed | default | effect |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The whole text of docs/reference/config.md. */
export function configurationReference(): string {
  const sections = Object.entries(SECTIONS).map(
    ([name, table]) =>
      `### ${name}\n\n${SECTION_TEXTS[name as keyof typeof SECTIONS]}\n\n${formatTable(table)}\n`,
  );

  return [
    INTRODUCTION,
    "## oversip.conf\n",
    ...sections,
    "## proxies.conf\n",
    `${PROFILES_TEXT}\n\n${formatTable(PROXY_PROFILE_KEYS)}\n`,
  ].join("\n");
}

if (import.meta.main) {
  writeFileSync(REFERENCE_FILE, configurationReference());
}
