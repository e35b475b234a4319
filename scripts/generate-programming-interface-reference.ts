/**
 * Writes docs/reference/programming-interface.md from the types that the
 * package exports and their docstrings:
 *
 *     node scripts/generate-programming-interface-reference.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExportedSymbol, type Member, readPackage } from "./read-package-types.ts";

export const REFERENCE_FILE = join(import.meta.dirname, "../docs/reference/programming-interface.md");

const INTRODUCTION = `# Programming interface

<!-- Written by scripts/generate-programming-interface-reference.ts from the docstrings in src: change it there. -->

What \`import ... from "oversip"\` and \`import ... from "oversip/testing"\` give, symbol by symbol. The
[guides](../guides/getting-started.md) show how the parts go together, [lifecycle](lifecycle.md) when events come,
[errors](errors.md) what is thrown. Where a member is not \`readonly\`, it can be assigned.
`;

/** Whose members are for the most part those of another symbol, which are not repeated. */
const LIKE: ReadonlyMap<string, string> = new Map([
  ["Uac", "SipProxy"],
  ["UacRequest", "SipRequest"],
  ["UacResponse", "SipResponse"],
  ["SipResponse", "SipRequest"],
  ["NameAddr", "Uri"],
  ["WebSocketConnection", "SipConnection"],
]);

function signatureText(member: Member): string {
  return member.signature.replace(/\s+/g, " ");
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? "" : `  ${line}`))
    .join("\n");
}

function formatMember(member: Member): string {
  const lines = [`- \`${signatureText(member)}\``];

  if (member.text !== "") {
    lines.push("", indent(member.text));
  }

  if (member.tags.length > 0) {
    lines.push("", ...member.tags.map((tag) => `  - ${tag}`));
  }

  return lines.join("\n");
}

/** The members that are described at the symbol that this one is like. */
function sharedMembers(symbol: ExportedSymbol, all: readonly ExportedSymbol[]): ReadonlySet<Member> {
  const other = all.find(({ name }) => name === LIKE.get(symbol.name));
  const comparable = (member: Member, owner: string): string =>
    JSON.stringify(member).replaceAll(new RegExp(`\\b(?:${owner}|Uac|Sip)(?:Response)?\\b`, "g"), "");
  const known = new Set(other?.members.map((member) => comparable(member, other.name)));

  return new Set(symbol.members.filter((member) => known.has(comparable(member, symbol.name))));
}

function formatSymbol(symbol: ExportedSymbol, all: readonly ExportedSymbol[]): string {
  const parts = [`### ${symbol.name}`, `${symbol.kind}${symbol.text === "" ? "" : `. ${symbol.text}`}`];

  if (symbol.declaration !== undefined) {
    parts.push(`\`\`\`text\n${symbol.declaration}\n\`\`\``);
  }

  const shared = sharedMembers(symbol, all);
  const own = symbol.members.filter((member) => !shared.has(member));

  if (own.length > 0) {
    parts.push(own.map(formatMember).join("\n"));
  }

  if (shared.size > 0) {
    const like = LIKE.get(symbol.name) ?? "";
    const names = [...shared].map(({ name }) => `\`${name}\``).join(", ");

    parts.push(`As of [${like}](#${like.toLowerCase()}): ${names}.`);
  }

  return parts.join("\n\n");
}

function formatIndex(symbols: readonly ExportedSymbol[]): string {
  return symbols.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(" · ");
}

export interface ProgrammingInterfaceReference {
  /** The whole text of docs/reference/programming-interface.md. */
  readonly text: string;
  /** Symbols and members without a docstring, such as "SipRequest.callId". */
  readonly undocumented: readonly string[];
}

export function programmingInterfaceReference(): ProgrammingInterfaceReference {
  const { main, testing, referred } = readPackage();
  const values = main.filter(({ isValue }) => isValue);
  const types = main.filter(({ isValue }) => !isValue);
  const all = [...main, ...testing, ...referred];
  const names = new Set(all.map(({ name }) => name));
  const sections = [
    { title: "Values", symbols: values },
    { title: "Types", symbols: types },
    { title: "oversip/testing", symbols: testing },
    { title: "Types that these refer to", symbols: referred },
  ];
  const text = [
    INTRODUCTION,
    ...sections.flatMap(({ title, symbols }) => [
      `## ${title}`,
      ...(title.startsWith("Types that")
        ? ["Not exported by name: they are what members of the above have and take."]
        : []),
      formatIndex(symbols),
      ...symbols.map((symbol) => formatSymbol(symbol, all)),
    ]),
    "",
  ].join("\n\n");
  const undocumented = all.flatMap((symbol) => [
    ...(symbol.text === "" ? [symbol.name] : []),
    ...symbol.members
      // A constructor is described by its class; what is exported by itself, there.
      .filter(
        ({ name, text: own, tags }) =>
          own === "" && tags.length === 0 && name !== "constructor" && !names.has(name),
      )
      .map((member) => `${symbol.name}.${member.name}`),
  ]);

  return { text: text.replace(/\n{3,}/g, "\n\n").replace(/\n+$/, "\n"), undocumented };
}

if (import.meta.main) {
  const { text, undocumented } = programmingInterfaceReference();

  writeFileSync(REFERENCE_FILE, text);

  for (const name of undocumented) {
    console.error(`no docstring: ${name}`);
  }
}
