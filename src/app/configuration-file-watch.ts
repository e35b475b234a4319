/** Whether oversip.conf, which no reload reads, has changed since the start: who reloads for its sake must be told. */
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";

export class ConfigurationFileWatch {
  readonly #file: string;
  readonly #text: string | undefined;

  /** @param configFile name of the file in `configDir`, or an absolute path. */
  constructor(configDir: string, configFile: string) {
    this.#file = isAbsolute(configFile) ? configFile : join(configDir, configFile);
    this.#text = readText(this.#file);
  }

  /** What to tell; undefined when it is as it was, or the rights that are left do not reach it. */
  get notice(): string | undefined {
    const text = readText(this.#file);

    return text === undefined || text === this.#text
      ? undefined
      : `${this.#file} is not as it was at the start: a restart reads it, a reload does not`;
  }
}

/** Undefined when it cannot be read. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return undefined;
  }
}
