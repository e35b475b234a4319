/**
 * Profiles that the user's files name where they can be known before any
 * request comes: `new SipProxy("name")` and `new Uac("name")`. A name that
 * proxies.conf does not define would only be found by the first caller.
 */
import { readFile } from "node:fs/promises";
import { nearestName } from "../config/nearest-name.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";
import type { UserLogicBundle } from "./user-logic-bundle.ts";

/** As the bundler writes it: one kind of quotes, no comments. */
const IN_BUNDLE = /\bnew (?:\w+\.)?(?:SipProxy|Uac)\("([^"\\\n]+)"\)/g;

/**
 * @param profileNames undefined: not checked.
 * @throws {ConfigurationError} with a problem for each name that is none of them.
 */
export async function requireKnownProfiles(
  bundle: UserLogicBundle,
  entryFile: string,
  profileNames: readonly string[] | undefined,
): Promise<void> {
  const problems =
    profileNames === undefined ? [] : await findUnknownProfiles(bundle, entryFile, profileNames);

  if (problems.length > 0) {
    throw new ConfigurationError(problems);
  }
}

/** One problem for each unknown name, at the first place that names it. */
export async function findUnknownProfiles(
  bundle: UserLogicBundle,
  entryFile: string,
  profileNames: readonly string[],
): Promise<ConfigurationProblem[]> {
  const known = new Set(profileNames);
  const named = new Set([...bundle.code.matchAll(IN_BUNDLE)].map((match) => match[1] as string));
  const problems: ConfigurationProblem[] = [];

  for (const name of named) {
    if (!known.has(name)) {
      const nearest = nearestName(name, profileNames);
      const suggestion = nearest === undefined ? "" : `; did you mean "${nearest}"?`;

      problems.push({
        file: entryFile,
        ...(await findPlace(bundle.files, name)),
        message: `proxy profile "${name}" is not defined in proxies.conf${suggestion}`,
      });
    }
  }

  return problems;
}

type Place = Pick<ConfigurationProblem, "file" | "line" | "column">;

async function findPlace(files: readonly string[], name: string): Promise<Place | undefined> {
  for (const file of files) {
    const lines = (await readFile(file, "utf8")).split("\n");

    for (const [index, line] of lines.entries()) {
      const construction = /\bnew\s+(?:\w+\.)?(?:SipProxy|Uac)\s*\(/.exec(line);
      const column = construction === null ? -1 : line.indexOf(name, construction.index);

      if (column !== -1) {
        return { file, line: index + 1, column: column + 1 };
      }
    }
  }

  return undefined;
}
