/** The exported symbols of the package with members and docstrings, as the compiler sees them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  API,
  type Checker,
  NodeBuilderFlags,
  type Project,
  SignatureKind,
  type Symbol as Sym,
  SymbolFlags,
  type Type,
} from "typescript/unstable/sync";

const ROOT = resolve(import.meta.dirname, "..");
const SOURCE = join(ROOT, "src");

export interface Member {
  readonly name: string;
  readonly signature: string;
  readonly text: string;
  /** `@param` and the like, one line each. */
  readonly tags: readonly string[];
}

export interface ExportedSymbol {
  readonly name: string;
  readonly kind: string;
  readonly isValue: boolean;
  readonly text: string;
  /** Of a type alias, what it stands for. */
  readonly declaration: string | undefined;
  readonly members: readonly Member[];
}

export interface PackageTypes {
  readonly main: readonly ExportedSymbol[];
  readonly testing: readonly ExportedSymbol[];
  /** What is not exported by name, and stands in the signature of a member. */
  readonly referred: readonly ExportedSymbol[];
}

/** Names that classes and types have inside, and those that users know. */
const PUBLIC_NAMES: readonly (readonly [RegExp, string])[] = [
  [/\bIncomingResponse<IncomingRequest>/g, "SipResponse"],
  [/\bIncomingResponse<(?:UacRequest \| IncomingRequest|IncomingRequest \| UacRequest)>/g, "UacResponse"],
  [/\bIncomingRequest\b/g, "SipRequest"],
  [/\bIncomingResponse\b/g, "SipResponse"],
  [/\bTransportProtocol\b/g, "Transport"],
  [/"tcp" \| "tls" \| "udp" \| "ws" \| "wss"/g, "Transport"],
  [/\bBuffer<ArrayBufferLike>/g, "Buffer"],
  [/\bUint8Array<ArrayBufferLike>/g, "Uint8Array"],
  [/\bgetSipIdentities\b/g, "getSipIdentities"],
];

/** How the configuration is typed is of no use to anybody. */
const UNINTERESTING: ReadonlySet<string> = new Set(["ConfigurationKey", "ValuesOf"]);

export function readPackage(): PackageTypes {
  const api = new API({ cwd: ROOT });

  try {
    const snapshot = api.updateSnapshot({ openProjects: [join(ROOT, "tsconfig.build.json")] });
    const project = snapshot.getProject(join(ROOT, "tsconfig.build.json"));

    if (project === undefined) {
      throw new Error("tsconfig.build.json does not load");
    }

    return new PackageReader(project).read();
  } finally {
    api.close();
  }
}

class PackageReader {
  readonly #project: Project;
  readonly #checker: Checker;

  constructor(project: Project) {
    this.#project = project;
    this.#checker = project.checker;
  }

  read(): PackageTypes {
    const main = this.#exportsOf("index.ts").map((symbol) => this.#describe(symbol));
    const testing = this.#exportsOf("testing/index.ts").map((symbol) => this.#describe(symbol));

    return { main, testing, referred: this.#referred([...main, ...testing]) };
  }

  #exportsOf(path: string): readonly Sym[] {
    const file = this.#project.program.getSourceFile(join(SOURCE, path));
    const module = file === undefined ? undefined : this.#checker.getSymbolAtLocation(file);

    if (module === undefined) {
      throw new Error(`src/${path} is no module`);
    }

    return this.#checker.getExportsOfModule(module);
  }

  /** Follows the names in signatures until none is new. */
  #referred(known: readonly ExportedSymbol[]): ExportedSymbol[] {
    const places = declarationPlaces();
    const seen = new Set(known.map(({ name }) => name));
    const found: ExportedSymbol[] = [];
    const queue: ExportedSymbol[] = [...known];

    for (let symbol = queue.shift(); symbol !== undefined; symbol = queue.shift()) {
      const text = [symbol.declaration ?? "", ...symbol.members.map(({ signature }) => signature)].join(" ");

      for (const [name] of text.matchAll(/\b[A-Z]\w+\b/g)) {
        const place = places.get(name);

        if (place !== undefined && !seen.has(name) && !UNINTERESTING.has(name)) {
          const declared = this.#exportsOf(place).find((candidate) => candidate.name === name);

          seen.add(name);

          if (declared !== undefined) {
            const described = this.#describe(declared);

            found.push(described);
            queue.push(described);
          }
        }
      }
    }

    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #describe(exported: Sym): ExportedSymbol {
    const checker = this.#checker;
    const symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const isValue = (symbol.flags & (SymbolFlags.Variable | SymbolFlags.Function)) !== 0;
    const hasType =
      (symbol.flags & (SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias)) !== 0;
    const type = hasType ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeOfSymbol(symbol);

    if (type === undefined) {
      throw new Error(`${exported.name} has no type`);
    }

    const target = type.getSymbol();
    const isClass = ((target?.flags ?? 0) & SymbolFlags.Class) !== 0;
    const isSection =
      /^(?:\w+Configuration|ProxyProfile)$/.test(exported.name) && symbol.name !== "Configuration";
    const isPlain = isSection || type.isUnionType() || type.isIntersectionType() || !type.isObjectType();
    const isFunction = checker.getSignaturesOfType(type, SignatureKind.Call).length > 0;
    const text = this.#text(symbol) || (target === undefined ? "" : this.#text(target));
    const kind = isClass
      ? "Class"
      : isFunction && isValue
        ? "Function"
        : isValue
          ? "Object"
          : isPlain || isFunction
            ? "Type"
            : "Interface";

    return {
      name: exported.name,
      kind,
      isValue,
      text: text === "" ? this.#textFromInterface(exported.name) : text,
      declaration: isSection
        ? this.#keys(type)
        : isPlain || isFunction
          ? this.#expanded(exported.name, type, isFunction && isValue)
          : undefined,
      members: isPlain || isFunction ? [] : this.#members(exported.name, symbol, type, isClass),
    };
  }

  /** What has no docstring of its own is described where the programming interface lists it. */
  #textFromInterface(name: string): string {
    const listing = this.#exportsOf("api/programming-interface.ts").find(
      (symbol) => symbol.name === "ProgrammingInterface",
    );
    const type = listing === undefined ? undefined : this.#checker.getDeclaredTypeOfSymbol(listing);
    const member = type === undefined ? undefined : this.#checker.getPropertyOfType(type, name);

    return member === undefined ? "" : this.#text(member);
  }

  /** Of a section of the configuration: what its keys hold. `docs/reference/config.md` says what they mean. */
  #keys(type: Type): string {
    return this.#checker
      .getPropertiesOfType(type)
      .map((property) => {
        const value = this.#checker.getTypeOfSymbol(property);

        return value === undefined
          ? ""
          : `${property.name}: ${this.#checker.typeToString(value, undefined, NodeBuilderFlags.NoTruncation)}`;
      })
      .join("\n");
  }

  #expanded(name: string, type: Type, isFunction: boolean): string {
    const flags =
      NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias | NodeBuilderFlags.MultilineObjectLiterals;
    const text = publicNames(this.#checker.typeToString(type, undefined, flags)).replace(/^ {4}/gm, "  ");

    return isFunction ? functionSignature(name, text) : text.replaceAll(/ \| (?=\{)/g, "\n  | ");
  }

  #members(owner: string, symbol: Sym, type: Type, isClass: boolean): Member[] {
    const members = this.#checker
      .getPropertiesOfType(type)
      .flatMap((property) => this.#member(property, "") ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

    if (!isClass) {
      return members;
    }

    // The constructor that users call, and what is called on the class itself.
    const classType = this.#checker.getTypeOfSymbol(symbol);
    const statics =
      classType === undefined
        ? []
        : this.#checker
            .getPropertiesOfType(classType)
            .filter(({ name }) => name !== "prototype")
            .flatMap((property) => this.#member(property, "static ") ?? []);
    const constructors =
      classType === undefined || (symbol.flags & SymbolFlags.Variable) === 0
        ? []
        : this.#checker.getSignaturesOfType(classType, SignatureKind.Construct).flatMap((signature) => {
            const node = signature.declaration?.resolve(this.#project);
            const comment = node === undefined ? "" : docComment(node.getFullText(), node.getText());

            if (node === undefined || /@internal\b/.test(comment)) {
              return [];
            }

            const parameters = betweenBrackets(node.getText());

            return [
              {
                name: "constructor",
                signature: publicNames(
                  `new ${owner}(${parameters.replace(/\s+/g, " ").replace(/,? $/, "").trim()})`,
                ),
                ...splitComment(comment),
              },
            ];
          });

    return [...constructors, ...statics, ...members];
  }

  #member(property: Sym, prefix: string): Member | undefined {
    const declarations = property.declarations
      .filter(({ path }) => path.startsWith(`${SOURCE}/`))
      .flatMap((handle) => handle.resolve(this.#project) ?? []);
    const [first] = declarations;
    // `{ addPai }` is described where the function is.
    const described = (first && this.#checker.getShorthandAssignmentValueSymbol(first)) ?? property;
    const tags = this.#checker.getJsDocTagsOfSymbol(described);

    if (
      first === undefined ||
      property.name.startsWith("__") ||
      property.name === "prototype" ||
      tags.some(({ name }) => name === "internal") ||
      /^(?:override )?(?:private|protected)\b/.test(first.getText())
    ) {
      return undefined;
    }

    const type = this.#checker.getTypeOfSymbol(property);

    if (type === undefined) {
      return undefined;
    }

    const text = publicNames(this.#checker.typeToString(type, undefined, NodeBuilderFlags.NoTruncation));
    const isOptional = (property.flags & SymbolFlags.Optional) !== 0;
    const isMethod = (property.flags & SymbolFlags.Method) !== 0 || this.#isCallable(type);
    const isReadonly =
      /^(?:static |override )*readonly\b/.test(first.getText()) ||
      (declarations.every((node) => /^(?:static |override )*get\b/.test(node.getText())) && !isMethod);
    const name = `${property.name}${isOptional ? "?" : ""}`;

    return {
      name: property.name,
      signature: isMethod
        ? `${prefix}${functionSignature(name, text.replace(/^\((.*)\) \| undefined$/s, "$1"))}`
        : `${prefix}${isReadonly ? "readonly " : ""}${name}: ${isOptional ? text.replace(/ \| undefined$/, "") : text}`,
      text: this.#text(described),
      tags: tags.map((tag) => tagLine(tag.name, tag.text ?? "")),
    };
  }

  #isCallable(type: Type): boolean {
    return this.#checker.getSignaturesOfType(type, SignatureKind.Call).length > 0;
  }

  #text(symbol: Sym): string {
    return this.#checker.getDocumentationCommentOfSymbol(symbol).trim();
  }
}

/** What stands between the first round bracket and the one that belongs to it. */
function betweenBrackets(text: string): string {
  const start = text.indexOf("(");
  let depth = 0;

  for (let index = start; index < text.length; index++) {
    if (text[index] === "(") {
      depth++;
    } else if (text[index] === ")") {
      depth--;

      if (depth === 0) {
        return text.slice(start + 1, index);
      }
    }
  }

  return "";
}

/** `(a: A) => B` as `name(a: A): B`. */
function functionSignature(name: string, type: string): string {
  let depth = 0;

  for (let index = 0; index < type.length; index++) {
    const character = type[index];

    if (character === "(" || character === "{" || character === "[") {
      depth++;
    } else if (character === ")" || character === "}" || character === "]") {
      depth--;

      if (depth === 0 && character === ")" && type.startsWith(" => ", index + 1)) {
        return `${name}${type.slice(0, index + 1)}: ${type.slice(index + 5)}`;
      }
    }
  }

  return `${name}: ${type}`;
}

function publicNames(text: string): string {
  return PUBLIC_NAMES.reduce((result, [pattern, name]) => result.replace(pattern, name), text);
}

function tagLine(name: string, text: string): string {
  const line = text.replace(/\s+/g, " ").trim();

  switch (name) {
    case "param": {
      const [parameter = "", ...words] = line.replace(" - ", " ").split(" ");

      return `\`${parameter}\`: ${words.join(" ")}`;
    }
    case "throws": {
      const match = /^\{(\w+)\} ?(.*)$/.exec(line);

      return match === null ? `throws ${line}` : `throws \`${match[1]}\` ${match[2]}`;
    }
    default:
      return `${name} ${line}`;
  }
}

/** The docstring right before a declaration. */
function docComment(fullText: string, text: string): string {
  const before = fullText.slice(0, fullText.length - text.length);

  return (/\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(before)?.[0] ?? "")
    .replace(/^\/\*\*|\*\/\s*$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .trim();
}

function splitComment(comment: string): { text: string; tags: string[] } {
  const [text = "", ...tags] = comment.split(/^@/m);

  return {
    text: text.trim(),
    tags: tags.map((tag) => {
      const [name = "", ...words] = tag.trim().split(/\s+/);

      return tagLine(name, words.join(" "));
    }),
  };
}

/** Where each exported type of src is declared: the path of its file below src. */
function declarationPlaces(): ReadonlyMap<string, string> {
  const places = new Map<string, string>();

  for (const path of readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  )) {
    for (const [, name = ""] of readFileSync(join(SOURCE, path), "utf8").matchAll(
      /^export (?:declare )?(?:abstract )?(?:class|interface|type) (\w+)/gm,
    )) {
      if (path !== "index.ts") {
        places.set(name, path);
      }
    }
  }

  return places;
}
