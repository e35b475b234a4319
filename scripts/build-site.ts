/**
 * Builds the documentation into a static site, one HTML page for each Markdown file:
 *
 *     npm run docs        # into site/
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Marked, type Tokens } from "marked";

const ROOT = resolve(import.meta.dirname, "..");
const PAGES_BESIDE_DOCS = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
/** Files that pages lead to, which are shown as they are. */
const ASSET_DIRECTORIES = ["deploy", "examples"];

const NAVIGATION: readonly (readonly [title: string, path: string])[] = [
  ["OverSIP", "README.md"],
  ["Getting started", "docs/guides/getting-started.md"],
  ["NAT and Outbound", "docs/guides/nat-and-outbound.md"],
  ["WebSocket", "docs/guides/websocket.md"],
  ["TLS", "docs/guides/tls.md"],
  ["DNS and failover", "docs/guides/dns-and-failover.md"],
  ["Testing your server", "docs/guides/testing-your-server.md"],
  ["Security", "docs/guides/security.md"],
  ["In production", "docs/guides/production.md"],
  ["Migrating from Ruby", "docs/guides/migrating-from-oversip.md"],
  ["Programming interface", "docs/reference/programming-interface.md"],
  ["Configuration", "docs/reference/config.md"],
  ["Lifecycle", "docs/reference/lifecycle.md"],
  ["Errors", "docs/reference/errors.md"],
  ["Logging", "docs/reference/logging.md"],
  ["Metrics", "docs/reference/metrics.md"],
  ["Examples", "examples/README.md"],
  ["Principles", "docs/principles.md"],
  ["Architecture", "docs/architecture.md"],
];

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; display: grid; grid-template-columns: 15rem minmax(0, 1fr); }
nav { border-right: 1px solid var(--line); padding: 1.5rem 1rem; position: sticky; top: 0; height: 100vh; overflow: auto; box-sizing: border-box; }
nav a { display: block; padding: .15rem .5rem; text-decoration: none; border-radius: .25rem; }
nav a[aria-current] { background: var(--soft); font-weight: 600; }
main { padding: 1.5rem 2rem 4rem; max-width: 60rem; }
pre { background: var(--soft); padding: .8rem 1rem; overflow: auto; border-radius: .4rem; }
code { font: .9em/1.4 ui-monospace, monospace; }
table { border-collapse: collapse; display: block; overflow: auto; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; height: auto; border: 0; } main { padding: 1rem; } }
`;

/** As code hosts make the anchors of headings. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** Where a Markdown file lies on the site. */
export function pageOf(path: string): string {
  return path === "README.md"
    ? "index.html"
    : path.replace(/README\.md$/, "index.html").replace(/\.md$/, ".html");
}

/** A link of a page, as it is on the site. */
function siteLink(from: string, href: string): string {
  if (/^(?:[a-z]+:|#)/.test(href)) {
    return href;
  }

  const [path = "", anchor] = href.split("#");
  const target = join(dirname(from), path).replace(/\/$/, "");
  const isDirectory = statSync(join(ROOT, target), { throwIfNoEntry: false })?.isDirectory() === true;
  const page = isDirectory ? `${target}/index.html` : pageOf(target);

  return `${relative(dirname(pageOf(from)), page)}${anchor === undefined ? "" : `#${anchor}`}`;
}

function renderPage(path: string, markdown: string): string {
  const used = new Set<string>();
  const marked = new Marked({
    renderer: {
      heading({ depth, text, tokens }: Tokens.Heading): string {
        const base = anchorOf(text);
        let anchor = base;

        for (let count = 1; used.has(anchor); count++) {
          anchor = `${base}-${count}`;
        }

        used.add(anchor);

        return `<h${depth} id="${anchor}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        return `<a href="${escapeHtml(siteLink(path, href))}">${this.parser.parseInline(tokens)}</a>`;
      },
    },
  });
  const title = /^# (.+)$/m.exec(markdown)?.[1] ?? "OverSIP";
  const links = NAVIGATION.map(([name, target]) => {
    const href = relative(dirname(pageOf(path)), pageOf(target));

    return `<a href="${href}"${target === path ? ' aria-current="page"' : ""}>${escapeHtml(name)}</a>`;
  });

  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title === "OverSIP" ? title : `${title} - OverSIP`)}</title>
<style>${STYLE}</style>
</head>
<body>
<nav>${links.join("\n")}</nav>
<main>
${marked.parse(markdown, { async: false })}</main>
</body>
</html>
`;
}

function markdownIn(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(directory, name));
}

/** A directory is listed where it has no page of its own. */
function listing(directory: string): string {
  const names = readdirSync(join(ROOT, directory)).sort();

  return `# ${directory}\n\n${names.map((name) => `- [${name}](${name})`).join("\n")}\n`;
}

/** Writes the site; what is there is removed first. @returns the pages, below `output`. */
export function buildSite(output: string): readonly string[] {
  const paths = [...PAGES_BESIDE_DOCS, ...markdownIn("docs"), ...markdownIn("examples")];

  rmSync(output, { recursive: true, force: true });

  for (const directory of ASSET_DIRECTORIES) {
    // SECURITY: examples that were started have keys of their own.
    cpSync(join(ROOT, directory), join(output, directory), {
      recursive: true,
      filter: (source) => !["tls", "node_modules"].includes(basename(source)),
    });
  }

  // What is no page in itself, and linked to.
  cpSync(join(ROOT, "LICENSE"), join(output, "LICENSE"));

  const pages = new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));

  pages.set("deploy/README.md", listing("deploy"));

  for (const [path, markdown] of pages) {
    const file = join(output, pageOf(path));

    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, renderPage(path, markdown));
  }

  return [...pages.keys()].map(pageOf);
}

if (import.meta.main) {
  const output = join(ROOT, "site");
  const pages = buildSite(output);

  process.stdout.write(`${pages.length} pages in ${output}: open ${join(output, "index.html")}\n`);
}
