/** examples/browser.html, opened from the disk as `npm start` proposes it, in Chromium. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Browser, chromium } from "playwright-core";
import { EXECUTABLE } from "../support/browser.ts";
import { OversipProcess } from "../support/oversip-process.ts";
import { UserFiles } from "../support/user-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");

describe("examples/browser.html", () => {
  const files = new UserFiles();
  let oversip: OversipProcess;
  let browser: Browser;

  before(async () => {
    for (const name of ["oversip.conf", "proxies.conf", "server.ts"]) {
      const text = readFileSync(join(ROOT, "etc", name), "utf8");

      files.write(name, text.replace(/^( {2}listen_port(?:_tls)?:) \d+$/gm, "$1 0"));
    }

    oversip = OversipProcess.start(files, [], { npm_lifecycle_event: "start" });
    await oversip.isRunning();
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox", "--disable-gpu"] });
  });

  after(async () => {
    await browser?.close();
    await oversip?.[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  const open = async (url: string): Promise<string> => {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });

    await page.goto(url);

    return page.locator(".received, .failed").innerText();
  };

  it("as proposed, it asks the server and shows the answer", async () => {
    const url = (await oversip.line(/^ {2}file:/)).trim();

    assert.match(await open(url), /^SIP\/2\.0 200 OK\r\n/);
  });

  it("over WSS too, once the certificate is accepted", async () => {
    const url = (await oversip.line(/^ {2}file:/)).trim();

    assert.match(
      await open(url.replace(/\?.*/, `?wss://localhost:${await oversip.port("wss")}`)),
      /^SIP\/2\.0 200 OK\r\n/,
    );
  });

  it("tells what to look at where there is no server", async () => {
    const url = (await oversip.line(/^ {2}file:/)).trim();

    assert.match(await open(url.replace(/\?.*/, "?wss://localhost:1")), /open https:\/\/localhost:1 once/);
  });
});
