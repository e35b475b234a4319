/** The static site that `npm run docs` makes. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { buildSite } from "../../scripts/build-site.ts";

describe("the site", () => {
  let directory: string;
  let pages: readonly string[];

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "site-"));
    pages = buildSite(directory);
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  function read(page: string): string {
    return readFileSync(join(directory, page), "utf8");
  }

  it("has a page for each Markdown file, with its heading as title", () => {
    assert.ok(pages.includes("index.html"));
    assert.ok(pages.includes("docs/guides/tls.html"));
    assert.match(read("docs/guides/tls.html"), /<title>TLS - OverSIP<\/title>/);
    assert.match(read("docs/guides/tls.html"), /<h1 id="tls">TLS<\/h1>/);
  });

  it("every link leads to a file of the site, and every anchor to a heading", () => {
    const faults: string[] = [];

    for (const page of pages) {
      for (const [, href = ""] of read(page).matchAll(/<a href="([^"]*)"/g)) {
        if (/^[a-z]+:/.test(href)) {
          continue;
        }

        const [path = "", anchor] = href.split("#");
        const target = path === "" ? page : join(dirname(page), path);

        if (!existsSync(join(directory, target))) {
          faults.push(`${page}: ${href}`);
        } else if (anchor !== undefined && !read(target).includes(`id="${anchor}"`)) {
          faults.push(`${page}: ${href} has no heading`);
        }
      }
    }

    assert.deepEqual(faults, []);
  });

  it("code is shown as it is written", () => {
    assert.match(read("index.html"), /&lt;|=&gt;/);
    assert.match(read("docs/guides/getting-started.html"), /checkMaxForwards\(20\)/);
  });
});
