/** Reads the files that the start and each reload need, and gathers their problems. */
import type { Configuration } from "../config/configuration.ts";
import { loadProxyProfiles } from "../config/load-proxy-profiles.ts";
import { loadCertificateAuthorities, loadTlsMaterial } from "../config/tls-material.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";
import type { ReloadableFiles } from "./server-parts.ts";

/**
 * @param areProfilesRequired whether proxies.conf must be there.
 * @throws {ConfigurationError} with the problems of all files, not only of the first.
 */
export function readServerFiles(
  configDir: string,
  configuration: Configuration,
  areProfilesRequired = false,
): ReloadableFiles {
  const problems: ConfigurationProblem[] = [];

  const attempt = <Result>(read: () => Result): Result | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigurationError)) {
        throw error;
      }

      problems.push(...error.problems);

      return undefined;
    }
  };

  const profiles = attempt(() => loadProxyProfiles(configDir, configuration, areProfilesRequired));
  const tls = attempt(() => loadTlsMaterial(configuration));
  const authorities = tls?.ca ?? attempt(() => loadCertificateAuthorities(configuration));

  if (problems.length > 0 || profiles === undefined) {
    throw new ConfigurationError(problems);
  }

  return { profiles, tls, authorities };
}
