/** A page with JsSIP or SIP.js that a test makes calls with. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import { Browser } from "../support/browser.ts";
import { DOMAIN } from "../support/kamailio.ts";
import { passwordOf } from "../support/kamailio-configuration.ts";

const PAGES = {
  jssip: join(import.meta.dirname, "pages/jssip.js"),
  sipjs: join(import.meta.dirname, "pages/sipjs.js"),
} as const;
const TIMEOUT_MS = 20_000;

export type PhoneLibrary = keyof typeof PAGES;

interface PhoneEvent {
  readonly type: string;
  readonly detail: string;
}

/** What the pages offer as `window.phone`. */
interface PagePhone {
  start(options: Readonly<Record<string, string>>): unknown;
  call(target: string, fromUserName?: string): unknown;
  register(): unknown;
  accept(): unknown;
  hangUp(): unknown;
  connection(): { getStats(): Promise<Iterable<readonly [string, Readonly<Record<string, unknown>>]>> };
}

declare const phone: PagePhone;

/** @param certificates PEM of servers whose authority it does not know. */
export function startBrowser(...certificates: readonly string[]): Promise<Browser> {
  return Browser.start(Object.values(PAGES), certificates);
}

export interface BrowserPhoneOptions {
  readonly library: PhoneLibrary;
  readonly user: string;
  /** Such as "wss://127.0.0.1:10443". */
  readonly server: string;
  /** Default: one of its own. */
  readonly instanceId?: string;
  /** Cookies that its page has. */
  readonly cookies?: Readonly<Record<string, string>>;
  /** The event to wait for at its start. Default "registered". */
  readonly first?: string;
}

export class BrowserPhone {
  readonly user: string;
  readonly instanceId: string;
  readonly #options: BrowserPhoneOptions;
  readonly #page: Page;
  readonly #events: PhoneEvent[] = [];
  /** How many events of a type were waited for already. */
  readonly #seen = new Map<string, number>();
  readonly #console: string[] = [];

  private constructor(options: BrowserPhoneOptions, page: Page) {
    this.user = options.user;
    this.instanceId = options.instanceId ?? crypto.randomUUID();
    this.#options = options;
    this.#page = page;
  }

  /** Resolves when it is registered. */
  static async start(browser: Browser, options: BrowserPhoneOptions): Promise<BrowserPhone> {
    let early: ((event: PhoneEvent) => void) | undefined;
    const page = await browser.page(PAGES[options.library], async (made) => {
      await made.exposeFunction("report", (event: PhoneEvent) => early?.(event));
      await made.context().addCookies(
        Object.entries(options.cookies ?? {}).map(([name, value]) => ({
          name,
          value,
          url: browser.origin,
        })),
      );
    });
    const started = new BrowserPhone(options, page);

    early = (event) => started.#events.push(event);
    page.on("console", (message) => started.#console.push(message.text()));
    page.on("pageerror", (error) => started.#console.push(String(error.stack)));

    try {
      await started.#start();
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }

    return started;
  }

  /** Waits for the next event of that type, with that detail if one is given. */
  async event(type: string, detail?: RegExp): Promise<PhoneEvent> {
    const key = `${type} ${detail ?? ""}`;
    const seen = this.#seen.get(key) ?? 0;
    const deadline = performance.now() + TIMEOUT_MS;

    for (;;) {
      const next = this.#events.filter(
        (event) => event.type === type && (detail === undefined || detail.test(event.detail)),
      )[seen];

      if (next !== undefined) {
        this.#seen.set(key, seen + 1);

        return next;
      }

      if (performance.now() > deadline) {
        throw new Error(`${this.user}: waited in vain for ${key}\n${this.log()}`);
      }

      await sleep(25);
    }
  }

  async call(user: string): Promise<void> {
    await this.#page.evaluate((target) => void phone.call(target), `sip:${user}@${DOMAIN}`);
  }

  /** With the name of another user in From; of JsSIP only. */
  async callAs(fromUserName: string, user: string): Promise<void> {
    await this.#page.evaluate(([target, name]) => void phone.call(target, name), [
      `sip:${user}@${DOMAIN}`,
      fromUserName,
    ] as const);
  }

  /** Registers again, before it is time to; of JsSIP only. */
  async register(): Promise<void> {
    await this.#page.evaluate(() => phone.register() as Promise<void>);
  }

  async accept(): Promise<void> {
    await this.#page.evaluate(() => void phone.accept());
  }

  async hangUp(): Promise<void> {
    await this.#page.evaluate(() => void phone.hangUp());
  }

  /** Waits until ICE and DTLS are done and audio of the other side comes. */
  async hearsAudio(): Promise<void> {
    await this.event("media", /^connected$/);

    const before = await this.#audioBytes();
    const deadline = performance.now() + TIMEOUT_MS;

    while ((await this.#audioBytes()) <= before) {
      if (performance.now() > deadline) {
        throw new Error(`${this.user}: waited in vain for audio\n${this.log()}`);
      }

      await sleep(50);
    }
  }

  /** The page comes anew, and its phone with it. */
  async reload(): Promise<void> {
    await this.#page.reload();
    await this.#start();
  }

  log(): string {
    return [
      `--- ${this.#options.library} ${this.user}:`,
      ...this.#events.map(({ type, detail }) => `${type} ${detail}`),
      ...this.#console.slice(-100),
    ].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.context().close();
  }

  async #start(): Promise<void> {
    await this.#page.evaluate((options) => void phone.start(options), {
      server: this.#options.server,
      user: this.user,
      password: passwordOf(this.user),
      domain: DOMAIN,
      instanceId: this.instanceId,
    });
    await this.event(this.#options.first ?? "registered");
  }

  #audioBytes(): Promise<number> {
    return this.#page.evaluate(async () => {
      const reports = await phone.connection().getStats();

      return [...reports].reduce(
        (sum, [, report]) => sum + (report["type"] === "inbound-rtp" ? Number(report["bytesReceived"]) : 0),
        0,
      );
    });
  }
}
