/**
 * A server in memory: the layers, the programming interface and the loader are
 * those of the server; the network, the DNS and the time are the test's.
 */
import { readFileSync } from "node:fs";
import { processServer } from "../api/process-server.ts";
import { SystemCallbackRegistry } from "../api/system-callbacks.ts";
import { CallbackRunner } from "../app/callback-runner.ts";
import { Lifecycle, TERMINATED_LIMIT_MS } from "../app/lifecycle.ts";
import { ServerFacts } from "../app/server-facts.ts";
import { ServerState } from "../app/server-state.ts";
import type { Configuration } from "../config/configuration.ts";
import { MessageParser } from "../message/message-parser.ts";
import { FakeClock } from "./fake-clock.ts";
import type { ForwardedRequest } from "./forwarded-request.ts";
import { Handshakes } from "./handshakes.ts";
import type { OversipModule } from "./load-events.ts";
import { type LogLine, RecordingLogger } from "./recording-logger.ts";
import type { MessageOptions, SentRequest } from "./sent-request.ts";
import { TableDns } from "./table-dns.ts";
import { type SentMessage, TestContext } from "./test-context.ts";
import { createTestLayers, type TestLayers } from "./test-layers.ts";
import { TestLogic } from "./test-logic.ts";
import { type CalleeOptions, type ClientOptions, TestNetwork } from "./test-network.ts";
import type { TestPeer } from "./test-peer.ts";
import {
  changedOptions,
  readReloadableSetup,
  readSetup,
  type TestReloadOptions,
  type TestServerOptions,
} from "./test-server-options.ts";

const DEFAULT_WAIT_MS = 1000;

/** Of a request, and of the client that sends it unless `from` names one. */
export interface TestRequestOptions extends MessageOptions, ClientOptions {
  /** Who sends it. Default: a new client, made from the other options. */
  readonly from?: TestPeer | undefined;
}

interface Parts {
  readonly context: TestContext;
  readonly network: TestNetwork;
  readonly dns: TableDns;
  readonly layers: TestLayers;
  readonly lifecycle: Lifecycle;
  readonly state: ServerState;
  readonly facts: ServerFacts;
  readonly logic: TestLogic;
  readonly configuration: Configuration;
}

/**
 * Starts a server in memory: loads the user's code and calls what the start
 * calls. To be closed at the end of the test, or declared with `await using`.
 *
 * @throws {ConfigurationError} for files that the server could not be started with.
 * @throws {StartError} when a callback of the start fails.
 * @throws {InvalidStateError} when `events` is an object and there is a server already that `import "oversip"` means.
 */
export async function startTestServer(options: TestServerOptions): Promise<TestServer> {
  const setup = readSetup(options);
  const { authorities, configuration, profiles } = setup;
  const { sip } = configuration;
  const clock = new FakeClock();
  const logger = new RecordingLogger();
  const state = new ServerState();
  const registry = new SystemCallbackRegistry();
  const facts = new ServerFacts(packageVersion(), state, registry);
  const parser = new MessageParser({
    maxMessageBytes: sip.maxMessageSize,
    maxHeaderBlockBytes: sip.maxHeaderSize,
    maxHeaderCount: sip.maxHeaders,
    maxBodyBytes: sip.maxBodySize,
  });
  const context = new TestContext({ clock, logger, parser, waitMs: options.waitMs ?? DEFAULT_WAIT_MS });
  const logic = new TestLogic(facts, registry);
  const handlers = () => logic.handlers;
  const network = new TestNetwork(context, new Handshakes({ configuration, handlers, logger, state }));
  const dns = new TableDns(options.dns ?? {});

  facts.configurationLoaded(configuration, { profiles, tls: undefined, authorities }, logger);

  if (!processServer.isAttached) {
    processServer.attach(facts);
  }

  try {
    const layers = await createTestLayers({ configuration, context, network, dns, state, handlers });

    facts.layersBuilt(layers.environment);

    await logic.load(setup, () => undefined);

    const lifecycle = new Lifecycle({
      logger,
      clock,
      state,
      runner: new CallbackRunner(logger, clock),
      systemCallbacks: registry,
      handlers,
      traffic: {
        stopListening: () => layers.transports.stopListening(),
        get activeTransactionCount() {
          return layers.transactions.activeTransactionCount;
        },
        whenIdle: () => layers.transactions.whenIdle(),
      },
      shutdownTimeoutMs: configuration.core.shutdownTimeout * 1000,
    });

    await lifecycle.start();

    return new TestServer(
      { context, network, dns, layers, lifecycle, state, facts, logic, configuration },
      options,
    );
  } catch (error) {
    processServer.detach(facts);

    throw error;
  }
}

/** A server in memory; `startTestServer` makes it. */
export class TestServer implements AsyncDisposable {
  readonly #parts: Parts;
  /** As the last reload left them. */
  #options: TestServerOptions;

  /** @internal */
  constructor(parts: Parts, options: TestServerOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** What `import ... from "oversip"` gives to the user's code, after a reload to the new one. */
  get oversip(): OversipModule {
    return this.#parts.logic.oversip;
  }

  /** All that the server has sent so far, to whomever, in order; retransmissions included. */
  get sent(): readonly SentMessage[] {
    return this.#parts.context.sent;
  }

  /** What the server and the user's code have logged so far. */
  get log(): readonly LogLine[] {
    return this.#parts.context.logger.lines;
  }

  /** What the server asked the DNS for so far, such as "A example.com". */
  get dnsQuestions(): readonly string[] {
    return this.#parts.dns.questions;
  }

  /** Time of the server's clock, in milliseconds from its start. */
  get nowMs(): number {
    return this.#parts.context.clock.now();
  }

  /**
   * A client connects to the server. The connection may be refused: `isOpen`
   * and `refusal` of what it resolves with tell.
   */
  connect(options: ClientOptions = {}): Promise<TestPeer> {
    return this.#parts.network.connect(options);
  }

  /** Who is at an address that the server may send to. An address that no test names accepts everything and answers nothing. */
  callee(options: CalleeOptions): TestPeer {
    return this.#parts.network.callee(options);
  }

  /**
   * Sends a request to the server, from a new client unless `from` names one.
   *
   * @param line method and Request-URI, such as "INVITE sip:bob@example.com".
   * @returns once the server has done what waits for nothing but promises.
   */
  async request(line: string, options: TestRequestOptions = {}): Promise<SentRequest> {
    const peer = options.from ?? (await this.connect(options));

    return peer.request(line, options);
  }

  /**
   * Waits, in real time, for the next request that the server sends to anybody and that no test has asked for yet.
   *
   * @param method the next of this method. Default: of any.
   * @throws {Error} when none comes; it tells what the server did instead.
   */
  forwarded(method?: string): Promise<ForwardedRequest> {
    return this.#parts.network.claim(undefined, method);
  }

  /** Lets time pass for the server: its timers fire in order, and what their callbacks begin is done before the next. */
  async advance(milliseconds: number): Promise<void> {
    const { clock } = this.#parts.context;
    const endMs = clock.now() + milliseconds;

    await this.settle();

    while ((clock.nextExpiryMs ?? Number.POSITIVE_INFINITY) <= endMs) {
      clock.advance(Math.max((clock.nextExpiryMs ?? endMs) - clock.now(), 0));
      await this.settle();
    }

    clock.advance(Math.max(endMs - clock.now(), 0));
    await this.settle();
  }

  /** Lets everything happen that waits for nothing but promises. */
  settle(): Promise<void> {
    return this.#parts.context.settle();
  }

  /**
   * Reloads as the signal HUP does: reads server.ts, proxies.conf and the authorities again, empties DNS cache and
   * blacklist, and calls `systemCallbacks.onReload`. Requests under way finish with the code that they began with.
   *
   * @param changes what is to be other than it was, such as `{ serverFile: "server-2.ts" }`. Default: nothing; a
   * function `events` is called again.
   * @throws {ConfigurationError} for files that cannot be used: what was in force stays in force.
   */
  async reload(changes: TestReloadOptions = {}): Promise<void> {
    const { configuration, facts, layers, lifecycle, logic } = this.#parts;
    const options = changedOptions(this.#options, changes);
    const setup = readReloadableSetup(options, configuration);

    await logic.load(setup, () => {
      facts.applyFiles({ profiles: setup.profiles, tls: undefined, authorities: setup.authorities });
      layers.dnsCache.clear();
      layers.blacklist.clear();
    });
    this.#options = options;
    await lifecycle.reloaded();
    await this.settle();
  }

  /** Calls `systemEvents.onUserReload`, as the signal USR1 does. */
  userReload(): Promise<void> {
    return this.#parts.lifecycle.userReload();
  }

  /**
   * Stops the server as a signal does, callbacks included. What is under way is given `core.shutdown_timeout` of its
   * own clock; `onTerminated` the real time that a test waits (`waitMs`), then the 10 seconds of the server's clock.
   */
  async close(): Promise<void> {
    const { configuration, facts, layers, lifecycle, state } = this.#parts;

    if (state.status !== "terminating") {
      const terminated = lifecycle.terminate(false);

      await this.advance(configuration.core.shutdownTimeout * 1000);
      await this.#passing(terminated);
    }

    layers.transactions.close();
    await layers.transports.close();
    processServer.detach(facts);
    await this.settle();
  }

  /** Waits for what may wait for something real, such as a database, or for the server's clock, which nobody advances any more. */
  async #passing(end: Promise<void>): Promise<void> {
    const { context } = this.#parts;
    let isOver = false;

    void end.then(() => {
      isOver = true;
      context.signal.changed();
    });

    while (!isOver) {
      try {
        await context.until("end of onTerminated", () => isOver || undefined);
      } catch {
        await this.advance(TERMINATED_LIMIT_MS);
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** As package.json says it; the file lies two folders up, in a checkout and in an installed package. */
function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");

  return String((JSON.parse(text) as { version: unknown }).version);
}
