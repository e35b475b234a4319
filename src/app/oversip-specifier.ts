/**
 * Lets npm packages say `import ... from "oversip"` (or `require`) and get the
 * server that runs, wherever they are installed: without it Node would look
 * for a second copy beside them, or find none.
 */
import { registerHooks } from "node:module";

/** The public module of this very package, as source or built. */
const INDEX_URL = new URL(
  `../index${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
  import.meta.url,
).href;

/** For this process; `deregister` of the result ends it. */
export function resolveOversipSpecifier(): { deregister(): void } {
  return registerHooks({
    resolve: (specifier, context, nextResolve) =>
      specifier === "oversip"
        ? { url: INDEX_URL, format: "module", shortCircuit: true }
        : nextResolve(specifier, context),
  });
}
