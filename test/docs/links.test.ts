/** Every link from one file of the repository to another leads somewhere. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { markdownPaths, ROOT, readMarkdown } from "../support/markdown.ts";

const paths = markdownPaths();

/** What is wrong with a link; undefined when it leads somewhere. */
function faultOf(from: string, link: string): string | undefined {
  if (/^(?:https?|mailto|sip):/.test(link)) {
    return undefined;
  }

  const [path = "", anchor] = link.split("#");
  const target = path === "" ? from : relative(ROOT, join(ROOT, dirname(from), decodeURIComponent(path)));

  if (target.startsWith("..") || !existsSync(join(ROOT, target))) {
    return `${from}: ${link} leads to no file`;
  }

  if (anchor === undefined || anchor === "") {
    return undefined;
  }

  if (statSync(join(ROOT, target)).isDirectory() || !readMarkdown(target).anchors.has(anchor)) {
    return `${from}: there is no heading for ${link}`;
  }

  return undefined;
}

describe("links in Markdown files", () => {
  it("there are files to look at", () => {
    assert.ok(paths.includes("README.md"));
    assert.ok(paths.includes("docs/reference/config.md"));
  });

  for (const path of paths) {
    it(`${path}: every relative link and anchor leads somewhere`, () => {
      const faults = readMarkdown(path).links.flatMap((link) => faultOf(path, link) ?? []);

      assert.deepEqual(faults, []);
    });
  }

  it("every page of docs/ can be reached from README.md", () => {
    const reached = new Set<string>();
    const queue = ["README.md"];

    for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
      if (!reached.has(path) && path.endsWith(".md")) {
        reached.add(path);

        for (const link of readMarkdown(path).links.filter((text) => !/^[a-z]+:|^#/.test(text))) {
          queue.push(
            relative(ROOT, join(ROOT, dirname(path), (link.split("#")[0] ?? "").replace(/\/$/, ""))),
          );
        }
      }
    }

    assert.deepEqual(
      paths.filter((path) => path.startsWith("docs/") && !reached.has(path)),
      [],
    );
  });
});
