/**
 * Turns the user's own files into one CommonJS text, in memory. CommonJS,
 * because Node never frees an ES module, and a reload would keep each old one.
 * npm packages stay outside: they are loaded once, by Node itself.
 */
import { readFile } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  build,
  type Loader,
  type Location,
  type Message,
  type Plugin,
  stop,
} from "esbuild";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";

export interface UserLogicBundle {
  readonly code: string;
  /** Absolute paths of the user's files in it. */
  readonly files: readonly string[];
  /** How many columns the first line of a file stands further to the right than the user wrote it; 0 where not named. */
  readonly firstLineShifts: ReadonlyMap<string, number>;
  readonly warnings: readonly ConfigurationProblem[];
}

const LOADERS: ReadonlyMap<string, Loader> = new Map([
  [".ts", "ts"],
  [".mts", "ts"],
  [".cts", "ts"],
  [".tsx", "tsx"],
  [".jsx", "jsx"],
]);

/** What a bundle would get wrong, for each file has its own: replaced by names that each file declares. */
const PLACE_NAMES = {
  "import.meta": "__oversip_import_meta",
  __dirname: "__oversip_dirname",
  __filename: "__oversip_filename",
} as const;

/** @throws {ConfigurationError} with the place of every syntax error and import that leads nowhere. */
export async function bundleUserLogic(entryFile: string): Promise<UserLogicBundle> {
  const directory = dirname(entryFile);
  const firstLineShifts = new Map<string, number>();
  const toProblem = (message: Message): ConfigurationProblem =>
    problemOf(message, entryFile, firstLineShifts);

  try {
    const { metafile, outputFiles, warnings } = await runBundler(entryFile, firstLineShifts);

    return {
      code: withNodeInterop(outputFiles[0]?.text ?? ""),
      files: Object.keys(metafile.inputs).map((path) => resolve(directory, path)),
      firstLineShifts,
      warnings: warnings.map(toProblem),
    };
  } catch (error) {
    if (isBuildFailure(error)) {
      throw new ConfigurationError(error.errors.map(toProblem), { cause: error });
    }

    throw error;
  }
}

function bundlerOptions(entryFile: string, firstLineShifts: Map<string, number>) {
  return {
    absWorkingDir: dirname(entryFile),
    entryPoints: [entryFile],
    bundle: true,
    write: false,
    metafile: true,
    format: "cjs",
    // The user's files are ES modules, which are always strict: a misspelt variable is an error, not a global one.
    banner: { js: '"use strict";' },
    platform: "node",
    target: `node${process.versions.node}`,
    // Named besides, so that "paths" of a tsconfig.json never bundle a second OverSIP.
    external: ["oversip"],
    packages: "external",
    define: PLACE_NAMES,
    plugins: [placeNames(firstLineShifts), dynamicImportOfOversip],
    sourcemap: "inline",
    sourcesContent: false,
    charset: "utf8",
    logLevel: "silent",
    logLimit: 0,
  } as const satisfies BuildOptions;
}

/**
 * The bundler works in a helper process, one for all of this process. It is
 * ended after each use: it would keep its memory, and the rights that it was
 * started with. So its users take turns, and the turn is of the process too.
 */
let turn: Promise<unknown> = Promise.resolve();

async function runBundler(
  entryFile: string,
  firstLineShifts: Map<string, number>,
): Promise<BuildResult<ReturnType<typeof bundlerOptions>>> {
  const result = turn.then(async () => {
    try {
      return await build(bundlerOptions(entryFile, firstLineShifts));
    } finally {
      await stop();
    }
  });

  turn = result.then(nothing, nothing);

  return result;
}

/** Of a bundle, the turn keeps nothing. */
function nothing(): void {}

/** Gives each file its own `import.meta`, `__dirname` and `__filename`, on its first line, so that no line moves. */
const placeNames = (firstLineShifts: Map<string, number>): Plugin => ({
  name: "place-names",
  setup(plugins) {
    plugins.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const used = Object.keys(PLACE_NAMES).some((name) => text.includes(name));
      const declaration = used ? declarePlace(path) : "";

      firstLineShifts.set(path, declaration.length);

      return {
        contents: used ? declaration + text.replace(/^#!/, "//") : text,
        loader: LOADERS.get(extname(path)) ?? "js",
      };
    });
  },
});

function declarePlace(path: string): string {
  const meta = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };

  return (
    `const ${PLACE_NAMES["import.meta"]} = ${JSON.stringify(meta)}, ` +
    `${PLACE_NAMES.__dirname} = ${JSON.stringify(meta.dirname)}, ` +
    `${PLACE_NAMES.__filename} = ${JSON.stringify(path)}; `
  );
}

/** Makes `import("oversip")` ask the bundle's `require`, as `import ... from "oversip"` does. */
const dynamicImportOfOversip: Plugin = {
  name: "dynamic-import-of-oversip",
  setup(plugins) {
    plugins.onResolve({ filter: /^oversip$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "oversip", namespace: "oversip-interface" } : undefined,
    );
    plugins.onLoad({ filter: /.*/, namespace: "oversip-interface" }, () => ({
      contents: `module.exports = require("oversip");`,
    }));
  },
};

/**
 * INTEROP: in a folder of "type": "module" the bundler's `default` of every
 * package is all that `require` gave, which for an ES module is its namespace,
 * where Node's own import gives its default export.
 */
function withNodeInterop(code: string): string {
  return code.replace("isNodeMode || !mod ", `isNodeMode && mod?.[Symbol.toStringTag] !== "Module" || !mod `);
}

function problemOf(
  message: Message,
  entryFile: string,
  firstLineShifts: ReadonlyMap<string, number>,
): ConfigurationProblem {
  const { location } = message;
  const file = location === null ? entryFile : resolve(dirname(entryFile), location.file);

  return {
    file,
    line: location?.line,
    column: location === null ? undefined : columnOf(location, firstLineShifts.get(file) ?? 0),
    message: message.text.startsWith("Top-level await")
      ? "await outside of a function: put it into systemEvents.onInitialize, which is awaited"
      : message.text,
  };
}

/** As editors count: the bundler counts bytes of UTF-8. */
function columnOf({ column, line, lineText }: Location, firstLineShift: number): number {
  const before = Buffer.from(lineText).subarray(0, column).toString("utf8");

  return before.length + 1 - (line === 1 ? firstLineShift : 0);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}
