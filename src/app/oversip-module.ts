/**
 * The public module of this package, as user code gets it: one instance for
 * the user's own files and for the npm packages that they use.
 */
import { registerHooks } from "node:module";
import type { SystemCallbacks } from "../api/system-callbacks.ts";

/** As source or built, like this file. */
const INDEX_URL = new URL(
  `../index${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
  import.meta.url,
).href;

export interface OversipModule {
  /** What the user's own files get: the module, with `systemCallbacks` of one load of these files. */
  interfaceWith(systemCallbacks: SystemCallbacks): object;
}

/**
 * From now on `import ... from "oversip"` and `require("oversip")` mean this
 * package in every npm package of this process, wherever it is installed:
 * otherwise Node would look for a second copy beside it, or find none.
 */
export async function loadOversipModule(): Promise<OversipModule> {
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === "oversip"
        ? { url: INDEX_URL, format: "module", shortCircuit: true }
        : nextResolve(specifier, context),
  });

  const module = (await import(INDEX_URL)) as object;

  return { interfaceWith: (systemCallbacks) => ({ ...module, systemCallbacks }) };
}
