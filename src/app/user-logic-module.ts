/**
 * Runs a bundle of the user's files as a CommonJS module of its own that
 * nothing keeps once it is replaced, and says where it failed.
 */
import Module from "node:module";
import { dirname } from "node:path";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";
import type { UserLogicBundle } from "./user-logic-bundle.ts";

/** Node's own CommonJS loader, of which the type definitions know only a part. */
interface CommonJsModule {
  filename: string;
  paths: string[];
  exports: unknown;
  require(specifier: string): unknown;
  _compile(code: string, filename: string): unknown;
}

interface CommonJsModuleClass {
  new (id: string): CommonJsModule;
  _nodeModulePaths(directory: string): string[];
}

/**
 * @param oversip what `import ... from "oversip"` gives.
 * @returns the exports of the entry file.
 * @throws {ConfigurationError} naming the user's line, when running the files fails.
 */
export function runUserLogic(entryFile: string, bundle: UserLogicBundle, oversip: object): unknown {
  const ModuleClass = Module as unknown as CommonJsModuleClass;
  const module = new ModuleClass(entryFile);
  const requirePackage = module.require;

  module.filename = entryFile;
  module.paths = ModuleClass._nodeModulePaths(dirname(entryFile));
  module.require = (specifier) =>
    specifier === "oversip" ? oversip : requirePackage.call(module, specifier);

  try {
    module._compile(bundle.code, entryFile);
  } catch (error) {
    throw new ConfigurationError([problemOf(error, entryFile, bundle)], { cause: error });
  }

  return module.exports;
}

function problemOf(error: unknown, entryFile: string, bundle: UserLogicBundle): ConfigurationProblem {
  const place = error instanceof Error ? firstOwnFrame(error, bundle) : undefined;

  return { file: entryFile, ...place, message: describe(error, dirname(entryFile)) };
}

/** The innermost stack frame in one of the user's files. */
function firstOwnFrame(
  error: Error,
  { files, firstLineShifts }: UserLogicBundle,
): { file: string; line: number; column: number } | undefined {
  for (const frame of (error.stack ?? "").split("\n")) {
    const match = /^\s+at (?:.*\()?(.+):(\d+):(\d+)\)?$/.exec(frame);
    const [, file, line, column] = match ?? [];

    if (file !== undefined && files.includes(file)) {
      const shift = line === "1" ? (firstLineShifts.get(file) ?? 0) : 0;

      return { file, line: Number(line), column: Number(column) - shift };
    }
  }

  return undefined;
}

function describe(error: unknown, directory: string): string {
  if (!(error instanceof Error)) {
    return `threw ${String(error)}`;
  }

  const code = (error as NodeJS.ErrnoException).code;
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1];

  if (missing !== undefined && (code === "MODULE_NOT_FOUND" || code === "ERR_MODULE_NOT_FOUND")) {
    return `cannot find the npm package "${missing}" (install it in ${directory})`;
  }

  return `${error.name}: ${error.message.split("\n", 1)[0]}`;
}
