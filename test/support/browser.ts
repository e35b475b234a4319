/** Debian's Chromium without a window, its microphone a tone; pages are bundled by esbuild and served on loopback. */
import { createHash, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { type BrowserContext, chromium, type Browser as Driver, type Page } from "playwright-core";

export const EXECUTABLE = "/usr/bin/chromium";
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  // Candidates are addresses, not names of mDNS; none is of loopback, which baresip takes ill beside others.
  "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,LocalNetworkAccessChecksWebRTC",
];

export class Browser {
  readonly #driver: Driver;
  readonly #server: Server;
  /** Path and text. */
  readonly #scripts: Map<string, string>;

  private constructor(driver: Driver, server: Server, scripts: Map<string, string>) {
    this.#driver = driver;
    this.#server = server;
    this.#scripts = scripts;
  }

  /**
   * @param entryPoints absolute paths of scripts, each of which becomes a page of its own.
   * @param trusted PEM of certificates that the browser takes although it knows no authority of theirs.
   */
  static async start(entryPoints: readonly string[], trusted: readonly string[]): Promise<Browser> {
    const scripts = new Map<string, string>();

    for (const entryPoint of entryPoints) {
      scripts.set(entryPoint, await bundle(entryPoint));
    }

    const server = createServer((request, response) => {
      const entryPoint = entryPoints[Number(/^\/(\d+)/.exec(request.url ?? "")?.[1] ?? Number.NaN)];

      response.setHeader("Content-Type", "text/html; charset=utf-8");
      response.end(
        entryPoint === undefined
          ? "<!doctype html>"
          : `<!doctype html><meta charset="utf-8"><title>phone</title><script>${scripts.get(entryPoint)}</script>`,
      );
    }).listen(0, "127.0.0.1");

    await once(server, "listening");

    try {
      const driver = await chromium.launch({
        executablePath: EXECUTABLE,
        headless: true,
        args: [...ARGUMENTS, trust(trusted)],
      });

      return new Browser(driver, server, scripts);
    } catch (error) {
      server.close();
      throw error;
    }
  }

  /** What a page of it has for its Origin. */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A page of its own storage and cookies. */
  async page(entryPoint: string, prepare: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
    const context: BrowserContext = await this.#driver.newContext({ permissions: ["microphone"] });
    const page = await context.newPage();

    await prepare(page);
    await page.goto(`${this.origin}/${[...this.#scripts.keys()].indexOf(entryPoint)}`);

    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#driver.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** Chromium knows such certificates by the digests of their public keys. */
function trust(certificates: readonly string[]): string {
  const digests = certificates.map((pem) =>
    createHash("sha256")
      .update(new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" }))
      .digest("base64"),
  );

  return `--ignore-certificate-errors-spki-list=${digests.join(",")}`;
}

async function bundle(entryPoint: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    define: { global: "window" },
    logLevel: "silent",
  });

  // The end of a script element must not stand in the script.
  return (outputFiles[0]?.text ?? "").replaceAll("</script", "<\\/script");
}
