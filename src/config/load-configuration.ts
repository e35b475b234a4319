/** Loads oversip.conf: file, keys, rules, TLS files. Every problem is found before any is thrown. */
import { isAbsolute, join } from "node:path";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";
import { type Configuration, SECTIONS, type SectionName } from "./configuration.ts";
import { applyConfigurationRules, type ConfigurationDraft } from "./configuration-rules.ts";
import { deepFreeze } from "./default-values.ts";
import { inFileOrder } from "./problem-order.ts";
import { describeUnknownName, readSection, showValue } from "./read-section.ts";
import { readTlsMaterial, type TlsReading } from "./tls-material.ts";
import { type Place, readYamlFile, type YamlValue } from "./yaml-file.ts";

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** What the file asks for and does not get, and why; one line each, for the log. */
  readonly notices: readonly string[];
}

const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];
const TLS_DIRECTORY = "tls";

/**
 * @param configDir the configuration directory
 * @param configFile name of the main file in it, or an absolute path
 * @param areTlsFilesChecked false where none is used, such as in a test on a machine that must not have the key
 * @throws {ConfigurationError} with every problem of the file and of the TLS files that it names
 */
export function loadConfiguration(
  configDir: string,
  configFile: string,
  areTlsFilesChecked = true,
): LoadedConfiguration {
  const file = isAbsolute(configFile) ? configFile : join(configDir, configFile);
  const yaml = readYamlFile(file);

  if (yaml === undefined) {
    throw new ConfigurationError([{ file, message: "there is no such file" }]);
  }

  const problems: ConfigurationProblem[] = [...yaml.problems];
  const places = new Map<string, Place>();
  const sections = splitSections(file, yaml.root, problems);

  const read = <Name extends SectionName>(name: Name) => {
    const reading = readSection(file, name, SECTIONS[name], sections.get(name) ?? NOTHING);

    problems.push(...reading.problems);

    for (const [key, place] of reading.places) {
      places.set(`${name}.${key}`, place);
    }

    return reading.values;
  };

  const draft: ConfigurationDraft = {
    core: read("core"),
    sip: read("sip"),
    websocket: read("websocket"),
    tls: read("tls"),
    admin: read("admin"),
    capture: read("capture"),
  };

  resolveTlsPaths(draft, configDir);

  const report = (
    section: SectionName,
    key: string,
    message: string,
    otherKey = key,
    item?: number,
  ): void => {
    const place =
      places.get(`${section}.${key}.${item}`) ??
      places.get(`${section}.${key}`) ??
      places.get(`${section}.${otherKey}`);

    problems.push({ file, line: place?.line, column: place?.column, key: `${section}.${key}`, message });
  };

  const rules = applyConfigurationRules(draft);
  const tls = areTlsFilesChecked ? readTlsMaterial(draft.tls) : NO_TLS_FILES;

  for (const fault of rules.faults) {
    report(fault.section, fault.key, fault.message, fault.otherKey);
  }

  for (const fault of tls.faults) {
    report("tls", fault.key, `${fault.path}: ${fault.message}`, fault.key, fault.index);
  }

  if (problems.length > 0) {
    throw new ConfigurationError(inFileOrder(problems));
  }

  return { configuration: deepFreeze(draft), notices: [...rules.notices, ...tls.notices] };
}

const NO_TLS_FILES: TlsReading = { material: undefined, ca: undefined, faults: [], notices: [] };
const NOTHING: YamlValue = { kind: "null", place: { line: 1, column: 1 } };

function splitSections(
  file: string,
  root: YamlValue,
  problems: ConfigurationProblem[],
): ReadonlyMap<string, YamlValue> {
  const sections = new Map<string, YamlValue>();

  if (root.kind === "null") {
    return sections;
  }

  if (root.kind !== "map") {
    const message = `the file is a mapping of the sections ${SECTION_NAMES.join(", ")}; nothing else is allowed`;

    problems.push({ file, ...root.place, message });

    return sections;
  }

  for (const { key, keyPlace, value } of root.entries) {
    if (SECTION_NAMES.some((name) => name === key)) {
      sections.set(key, value);
    } else {
      const message = describeUnknownName("section", key, SECTION_NAMES);

      problems.push({ file, ...keyPlace, key: showValue(key), message });
    }
  }

  return sections;
}

/** Relative paths start at `tls/` in the configuration directory, as in OverSIP 2.0. */
function resolveTlsPaths(draft: ConfigurationDraft, configDir: string): void {
  const { tls } = draft;
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(configDir, TLS_DIRECTORY, path));

  tls.publicCert = tls.publicCert?.map(absolute) ?? null;
  tls.privateCert = tls.privateCert?.map(absolute) ?? null;
  tls.caDir = tls.caDir === null || tls.caDir === "system" ? tls.caDir : absolute(tls.caDir);
}
