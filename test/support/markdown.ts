/** Markdown files of the repository as tests read them: code blocks, links, headings. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Lexer, type Token, walkTokens } from "marked";

export const ROOT = resolve(import.meta.dirname, "../..");

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** 1-based line of the block's first line of code. */
  readonly line: number;
}

export interface MarkdownFile {
  /** Below the repository's root. */
  readonly path: string;
  readonly codeBlocks: readonly CodeBlock[];
  /** Targets of links and pictures as they are written. */
  readonly links: readonly string[];
  /** What `#...` may say to lead into the file. */
  readonly anchors: ReadonlySet<string>;
}

/** Every Markdown file that is in the repository or about to be. */
export function markdownPaths(): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => path !== "");
}

export function readMarkdown(path: string): MarkdownFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const tokens = new Lexer().lex(text);
  const links: string[] = [];
  const anchors = new Set<string>();
  const codeBlocks: CodeBlock[] = [];

  for (const token of flatten(tokens)) {
    if (token.type === "link" || token.type === "image") {
      links.push(token["href"] as string);
    } else if (token.type === "heading") {
      addAnchor(anchors, token["text"] as string);
    } else if (token.type === "code") {
      codeBlocks.push({
        language: ((token["lang"] as string | undefined) ?? "").split(" ")[0] ?? "",
        text: token["text"] as string,
        line: lineOf(text, token.raw),
      });
    }
  }

  return { path, codeBlocks, links, anchors };
}

function flatten(tokens: Token[]): Token[] {
  const all: Token[] = [];

  // Lists, tables and quotes have tokens inside.
  walkTokens(tokens, (token) => void all.push(token));

  return all;
}

/** As code hosts and this repository's site make them: lower case, words joined by hyphens, punctuation gone. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function addAnchor(anchors: Set<string>, heading: string): void {
  const anchor = anchorOf(heading);
  let name = anchor;

  for (let count = 1; anchors.has(name); count++) {
    name = `${anchor}-${count}`;
  }

  anchors.add(name);
}

function lineOf(text: string, raw: string): number {
  const index = text.indexOf(raw.trimStart().split("\n").slice(0, 2).join("\n"));

  return text.slice(0, Math.max(index, 0)).split("\n").length + 1;
}
