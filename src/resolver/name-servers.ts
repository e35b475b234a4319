/** The DNS servers that are asked, one after another until one answers. */
import { randomInt } from "node:crypto";
import type { Clock } from "../util/clock.ts";
import { type AnswerMeaning, readAnswer } from "./dns-answer.ts";
import {
  type DnsExchange,
  type DnsServer,
  type ExchangeOutcome,
  exchangeOverTcp,
  exchangeOverUdp,
} from "./dns-exchange.ts";
import type { DnsQuestion } from "./dns-message.ts";
import type { QuestionType } from "./dns-record.ts";

export interface NameServerLimits {
  /** For one server to answer, in milliseconds. Default 1,500. */
  readonly serverTimeoutMs: number;
  /** Times that all servers are gone through. Default 2. */
  readonly rounds: number;
  /** Time that a silent server is asked last, in milliseconds. Default 30,000. */
  readonly serverRestMs: number;
}

export const DEFAULT_NAME_SERVER_LIMITS: NameServerLimits = Object.freeze({
  serverTimeoutMs: 1500,
  rounds: 2,
  serverRestMs: 30_000,
});

/** Response codes of a server that does not know EDNS: FORMERR and NOTIMP (RFC 6891 section 7). */
const NO_EDNS_CODES: readonly number[] = [1, 4];

export class NameServers {
  /** Queries that were sent, repeated ones included, since the start. */
  queries = 0;
  readonly #clock: Clock;
  readonly #limits: NameServerLimits;
  readonly #pending = new Set<() => void>();
  /** Until when a server that was silent is asked last. */
  readonly #restsUntilMs = new Map<DnsServer, number>();
  #servers: readonly DnsServer[];
  #isClosed = false;

  constructor(servers: readonly DnsServer[], clock: Clock, limits: NameServerLimits) {
    this.#servers = servers;
    this.#clock = clock;
    this.#limits = limits;
  }

  get servers(): readonly DnsServer[] {
    return this.#servers;
  }

  /** Other servers, from the next question or round on. */
  replace(servers: readonly DnsServer[]): void {
    this.#servers = servers;
    this.#restsUntilMs.clear();
  }

  /** Questions under way, and later ones, get no answer. */
  close(): void {
    this.#isClosed = true;

    for (const cancel of [...this.#pending]) {
      cancel();
    }
  }

  /** The first answer that means something. `aliases`: how many led to this question. Never rejects. */
  async ask(name: string, type: QuestionType, aliases: number, deadlineMs: number): Promise<AnswerMeaning> {
    let cause = "no server answered";

    for (let round = 0; round < this.#limits.rounds; round++) {
      let isSomeServerSilent = false;

      for (const server of this.#inOrder()) {
        const timeoutMs = Math.min(this.#limits.serverTimeoutMs, deadlineMs - this.#clock.now());

        if (timeoutMs <= 0 || this.#isClosed) {
          return { outcome: "server-failure", cause };
        }

        // INTEROP: what swallows queries with EDNS may let plain ones through.
        const outcome = await this.#exchange(server, { name, type }, round === 0, timeoutMs);

        if (typeof outcome === "string") {
          isSomeServerSilent ||= outcome === "timeout";
          this.#restsUntilMs.set(server, this.#clock.now() + this.#limits.serverRestMs);
          continue;
        }

        const meaning = readAnswer(outcome, name, type, aliases);

        if (meaning.outcome !== "server-failure") {
          this.#restsUntilMs.delete(server);

          return meaning;
        }

        cause = `${server.ip} port ${server.port}: ${meaning.cause}`;
      }

      // Those that answered would say the same again; a datagram may have been lost.
      if (!isSomeServerSilent) {
        break;
      }
    }

    return { outcome: "server-failure", cause };
  }

  /** As configured, but those that were silent lately come last. */
  #inOrder(): readonly DnsServer[] {
    if (this.#restsUntilMs.size === 0) {
      return this.#servers;
    }

    const now = this.#clock.now();
    const isResting = (server: DnsServer): boolean => (this.#restsUntilMs.get(server) ?? 0) > now;

    return [
      ...this.#servers.filter((server) => !isResting(server)),
      ...this.#servers.filter((server) => isResting(server)),
    ];
  }

  async #exchange(
    server: DnsServer,
    question: DnsQuestion,
    hasEdns: boolean,
    timeoutMs: number,
  ): Promise<ExchangeOutcome> {
    const exchange: DnsExchange = { server, question, id: randomInt(0x10000), hasEdns, timeoutMs };

    this.queries++;

    const outcome = await exchangeOverUdp(exchange, this.#clock, this.#pending);

    if (typeof outcome === "string" || this.#isClosed) {
      return outcome;
    }

    if (outcome.isTruncated) {
      this.queries++;

      return exchangeOverTcp({ ...exchange, id: randomInt(0x10000) }, this.#clock, this.#pending);
    }

    if (hasEdns && NO_EDNS_CODES.includes(outcome.responseCode)) {
      return this.#exchange(server, question, false, timeoutMs);
    }

    return outcome;
  }
}
