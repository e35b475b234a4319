/**
 * The public members of the programming interface, found in the sources: of
 * everything that src/index.ts exports, with what it extends. Private,
 * protected and `@internal` ones do not count.
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const SOURCE = resolve(import.meta.dirname, "../../src");

export interface PublicMember {
  readonly type: string;
  readonly name: string;
}

interface Declaration {
  readonly file: string;
  readonly name: string;
}

/** What is exported as a type: its public name, and where it is declared. */
export function exportedTypes(): ReadonlyMap<string, Declaration> {
  const index = readFileSync(join(SOURCE, "index.ts"), "utf8");
  const types = new Map<string, Declaration>();

  for (const [, list = "", path = ""] of index.matchAll(/export type \{([^}]*)\} from "\.\/([^"]+)"/g)) {
    for (const item of list.split(",").map((text) => text.trim())) {
      const [name = "", publicName = name] = item.split(" as ");

      if (name !== "") {
        types.set(publicName, { file: path, name });
      }
    }
  }

  for (const [, publicName = "", path = "", name = ""] of index.matchAll(
    /export type (\w+) = import\("\.\/([^"]+)"\)\.(\w+)/g,
  )) {
    types.set(publicName, { file: path, name });
  }

  // export type SipProxy = SipProxyType, with an import that says what that is.
  for (const [, publicName = "", alias = ""] of index.matchAll(/export type (\w+) = (\w+);/g)) {
    const source = new RegExp(`import type \\{[^}]*?(\\w+) as ${alias}\\b[^}]*\\} from "\\./([^"]+)"`).exec(
      index,
    );

    types.set(publicName, { file: source?.[2] ?? "index.ts", name: source?.[1] ?? alias });
  }

  return types;
}

/** Members of a type and of what it extends. */
export function publicMembers(publicName: string, { file, name }: Declaration): PublicMember[] {
  const text = readFileSync(join(SOURCE, file), "utf8");
  const match = new RegExp(
    `^export (?:abstract )?(?:class|interface) ${name}\\b([^{]*)\\{\\n(.*?)^\\}`,
    "ms",
  ).exec(text);

  if (match === null) {
    return [];
  }

  const [, head = "", body = ""] = match;
  const members = membersOf(body).map((member) => ({ type: publicName, name: member }));
  // Type parameters may extend something too.
  const parent = /extends (\w+)/.exec(head.replace(/^<.*?>(?= |$)/, ""))?.[1];

  if (parent === undefined || parent === "Error") {
    return members;
  }

  return [...members, ...publicMembers(publicName, declarationOf(parent, file, text))];
}

function declarationOf(name: string, file: string, text: string): Declaration {
  const path = new RegExp(`import (?:type )?\\{[^}]*\\b${name}\\b[^}]*\\} from "([^"]+)"`).exec(text)?.[1];

  return { name, file: path === undefined ? file : join(dirname(file), path) };
}

const MEMBER =
  /^ {2}(?:(?:static|readonly|async|abstract|override|get|set|declare) )*([a-zA-Z]\w*)\??(?=[(:<;=]| =)/;

function membersOf(body: string): string[] {
  const names = new Set<string>();
  let comment = "";

  for (const line of body.split("\n")) {
    if (/^ {2}(\/\*\*| \*)/.test(line)) {
      comment += line;
    } else {
      const name = MEMBER.exec(line)?.[1];

      if (name !== undefined && name !== "constructor" && !comment.includes("@internal")) {
        names.add(name);
      }

      comment = "";
    }
  }

  return [...names];
}
