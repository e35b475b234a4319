/** Loads proxies.conf. Called at start and, on HUP, again: a failure leaves what the caller has. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";
import type { IpType } from "../util/ip-address.ts";
import type { Configuration, SipConfiguration } from "./configuration.ts";
import type { ValuesOf } from "./configuration-key.ts";
import { deepFreeze, defaultsOf } from "./default-values.ts";
import { inFileOrder } from "./problem-order.ts";
import { PROXY_PROFILE_KEYS, type ProxyProfile } from "./proxy-profile.ts";
import { readSection, showValue } from "./read-section.ts";
import { readYamlFile, type YamlEntry } from "./yaml-file.ts";

const PROXIES_FILE = "proxies.conf";
const DEFAULT_PROFILE_NAME = "default_proxy";

/** Whether there is a file of profiles: at a reload, one that was there and is not is a mistake. */
export function hasProxyProfiles(configDir: string): boolean {
  return existsSync(join(configDir, PROXIES_FILE));
}

/**
 * The profiles by name. Without the file, or with an empty one, there is
 * `default_proxy` with the coded defaults.
 *
 * @param isFileRequired whether the file must be there.
 * @throws {ConfigurationError} with every problem of the file
 */
export function loadProxyProfiles(
  configDir: string,
  configuration: Configuration,
  isFileRequired = false,
): ReadonlyMap<string, ProxyProfile> {
  const file = join(configDir, PROXIES_FILE);
  const yaml = readYamlFile(file);

  if (yaml === undefined && isFileRequired) {
    throw new ConfigurationError([{ file, message: "there is no such file any more" }]);
  }

  const problems: ConfigurationProblem[] = [...(yaml?.problems ?? [])];
  const profiles = new Map<string, ProxyProfile>();

  const readProfile = (entry: YamlEntry): void => {
    if (!entry.isTextKey || entry.key === "") {
      const message = "the name of a profile is a word; a number, a date or yes and no need quotes";

      problems.push({ file, ...entry.keyPlace, key: showValue(entry.key), message });

      return;
    }

    const reading = readSection(file, entry.key, PROXY_PROFILE_KEYS, entry.value);

    problems.push(...reading.problems);
    profiles.set(entry.key, makeProfile(entry.key, reading.values, configuration.sip));
  };

  if (yaml?.root.kind === "map") {
    yaml.root.entries.forEach(readProfile);
  } else if (yaml !== undefined && yaml.root.kind !== "null") {
    problems.push({
      file,
      ...yaml.root.place,
      message: "the file is a mapping of profiles; nothing else is allowed",
    });
  } else {
    const defaults = defaultsOf(PROXY_PROFILE_KEYS);

    profiles.set(DEFAULT_PROFILE_NAME, makeProfile(DEFAULT_PROFILE_NAME, defaults, configuration.sip));
  }

  if (problems.length > 0) {
    throw new ConfigurationError(inFileOrder(problems));
  }

  return profiles;
}

/** Leaves out what the server cannot use: a route over it would only fail later, at each request. */
function makeProfile(
  name: string,
  values: ValuesOf<typeof PROXY_PROFILE_KEYS>,
  sip: SipConfiguration,
): ProxyProfile {
  const isTransportOn = { udp: sip.sipUdp, tcp: sip.sipTcp, tls: sip.sipTls };
  const isFamilyOn: Readonly<Record<IpType, boolean>> = { ipv4: sip.enableIpv4, ipv6: sip.enableIpv6 };

  return deepFreeze({
    name,
    ...values,
    useNaptr: values.useNaptr && values.useSrv,
    transportPreference: values.transportPreference.filter((transport) => isTransportOn[transport]),
    ipTypePreference: values.ipTypePreference.filter((family) => isFamilyOn[family]),
  });
}
