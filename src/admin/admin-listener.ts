/**
 * Metrics and probes over HTTP, for machines that watch this one: GET of three
 * paths, one request for each connection, nothing that changes anything.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import type { AddressPort } from "../config/address-port.ts";
import { TransportError } from "../errors/errors.ts";
import type { Logger } from "../log/logger.ts";
import { formatHostPort } from "../transport/listening-point.ts";
import { BearerToken } from "./bearer-token.ts";

export interface AdminListenerOptions {
  /** An address; port 0 for any free one. */
  readonly listen: AddressPort;
  /** What `/metrics` asks for; undefined: nothing. */
  readonly token: string | undefined;
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** Such as "running", which alone is ready. */
  readonly status: () => string;
  readonly logger: Logger;
}

// SECURITY: whoever reaches this port must not be able to hold much of the process.
const MAX_HEADER_BYTES = 4096;
const MAX_HEADER_COUNT = 32;
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 5_000;
const TIMEOUT_CHECK_INTERVAL_MS = 1_000;
/** Without any byte, also while an answer is read. */
const IDLE_TIMEOUT_MS = 10_000;

const PLAIN_TEXT = "text/plain; charset=utf-8";

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class AdminListener {
  readonly #options: AdminListenerOptions;
  readonly #token: BearerToken | undefined;
  readonly #server: Server;
  #scrape: Promise<string> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: AdminListenerOptions) {
    this.#options = options;
    this.#token = options.token === undefined ? undefined : new BearerToken(options.token);
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: TIMEOUT_CHECK_INTERVAL_MS,
        requireHostHeader: true,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxHeadersCount = MAX_HEADER_COUNT;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.timeout = IDLE_TIMEOUT_MS;
    // Nobody is asked to send a body.
    this.#server.on("checkContinue", (request, response) => void this.#answer(request, response));
  }

  /** The bound port. To be read while it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @throws {TransportError} naming address, port and cause. */
  async bind(): Promise<void> {
    const { listen, logger } = this.#options;

    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => {
        const where = formatHostPort(listen.host, listen.port);

        reject(
          new TransportError(`cannot bind admin.listen ${where}: ${cause.message}`, "connection", { cause }),
        );
      });
      this.#server.listen({ host: listen.host, port: listen.port, exclusive: true }, resolve);
    });

    this.#server.removeAllListeners("error");
    this.#server.on("error", (error) => logger.warn(`admin: ${error.message}`));
    logger.notice(`admin: metrics at http://${formatHostPort(listen.host, this.port)}/metrics`);
  }

  /** Resolves when every connection is closed. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      // The callback gets an error when it was never bound: then there is nothing to close.
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });

    return this.#closed;
  }

  /** Never rejects. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Answer;

    try {
      answer = await this.#answerTo(request);
    } catch (error) {
      this.#options.logger.error(error, { component: "admin" });
      answer = { status: 500, body: "internal error\n" };
    }

    // The client may be gone, which is its own affair.
    response.on("error", () => undefined);
    response.writeHead(answer.status, {
      "Content-Type": PLAIN_TEXT,
      "Content-Length": Buffer.byteLength(answer.body),
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      Connection: "close",
      ...answer.headers,
    });
    response.end(answer.body);
  }

  async #answerTo(request: IncomingMessage): Promise<Answer> {
    const [path] = (request.url ?? "").split("?", 1);
    const isKnown = path === "/metrics" || path === "/healthz" || path === "/readyz";

    if (this.#token === undefined && !isDirectHost(request.headers.host)) {
      return { status: 421, body: "misdirected request\n" };
    }

    if (!isKnown) {
      return { status: 404, body: "not found\n" };
    }

    // RFC 9110 section 9.1 asks for both; Node.js sends no body in answer to HEAD.
    if (request.method !== "GET" && request.method !== "HEAD") {
      return { status: 405, body: "method not allowed\n", headers: { Allow: "GET, HEAD" } };
    }

    switch (path) {
      case "/healthz":
        return { status: 200, body: "ok\n" };
      case "/readyz":
        return this.#readiness();
      default:
        return this.#metrics(request);
    }
  }

  #readiness(): Answer {
    const status = this.#options.status();

    return { status: status === "running" ? 200 : 503, body: `${status}\n` };
  }

  async #metrics(request: IncomingMessage): Promise<Answer> {
    const { metrics } = this.#options;

    if (this.#token?.isIn(request.headers.authorization) === false) {
      return {
        status: 401,
        body: "unauthorized\n",
        headers: { "WWW-Authenticate": 'Bearer realm="metrics"' },
      };
    }

    // SECURITY: who asks many times at once gets the same answer, made once.
    this.#scrape ??= metrics.text().finally(() => {
      this.#scrape = undefined;
    });

    return { status: 200, body: await this.#scrape, headers: { "Content-Type": metrics.contentType } };
  }
}

/**
 * SECURITY: without a token, a page in a browser on this machine must not be
 * able to read what is here by a name of its own that leads here (DNS
 * rebinding).
 */
function isDirectHost(host: string | undefined): boolean {
  const name = (host ?? "").replace(/:\d{1,5}$/, "").replace(/^\[([^\]]*)\]$/, "$1");

  return name.toLowerCase() === "localhost" || isIP(name) !== 0;
}
