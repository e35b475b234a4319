/**
 * The highest rate at which a contender is clean: no call fails, nothing is
 * sent again, and the calls are made as fast as they should be. Contenders
 * take turns; each one's rate rises by a quarter until it is not clean, and is
 * then looked for in between. A rate is tried twice before it is not clean:
 * others use the machine as well. The floor's limit is that of sipp and the
 * machine.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { printTable } from "../support/table.ts";
import { type Contender, Server } from "./contender.ts";
import { type LoadResult, runLoad } from "./load.ts";
import { choosePort } from "./port.ts";
import { AFTERMATH_MS } from "./rounds.ts";
import type { Scenario } from "./scenario.ts";

const STEP = 1.25;
/** The rates between which a limit is found differ by less than this. */
const EXACTNESS = 1.06;
/** What is made of the calls that should be made, at least. */
const LEAST_SHARE = 0.97;
/** A call that is late by more has failed: its first retransmissions have been sent. */
const PATIENCE_MS = 2_000;
const MAX_RATE = 50_000;

export interface HighestOptions {
  readonly scenario: Scenario;
  readonly contenders: readonly Contender[];
  /** Calls a second to begin with. */
  readonly rate: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly onProgress: (text: string) => void;
}

/** What one contender has shown so far. */
class Search {
  readonly server: Server;
  rate: number;
  highestClean = 0;
  lowestUnclean = Number.POSITIVE_INFINITY;
  /** Why the lowest rate that was not clean was not. */
  complaint = "";
  #isSecondTry = false;

  constructor(server: Server, rate: number) {
    this.server = server;
    this.rate = rate;
  }

  get isDone(): boolean {
    return this.lowestUnclean <= this.highestClean * EXACTNESS || this.rate > MAX_RATE || this.rate < 1;
  }

  /** @param complaint about a load of `rate`; empty when it was clean */
  note(complaint: string): void {
    if (complaint !== "" && !this.#isSecondTry) {
      this.#isSecondTry = true;

      return;
    }

    this.#isSecondTry = false;

    if (complaint === "") {
      this.highestClean = this.rate;
    } else {
      this.lowestUnclean = this.rate;
      this.complaint = complaint;
    }

    this.rate = this.#nextRate();
  }

  #nextRate(): number {
    if (this.lowestUnclean === Number.POSITIVE_INFINITY) {
      return Math.round(this.highestClean * STEP);
    }

    return Math.round(
      this.highestClean === 0 ? this.lowestUnclean / 2 : Math.sqrt(this.highestClean * this.lowestUnclean),
    );
  }
}

export async function findHighest(options: HighestOptions): Promise<void> {
  const { scenario, contenders, onProgress } = options;
  const { transport, isOutbound } = scenario;
  const calleePort = choosePort();
  const searches: Search[] = [];
  const load = (search: Search, rate: number, seconds: number): Promise<LoadResult> =>
    runLoad({
      scenario,
      server: search.server,
      calleePort,
      callerPort: choosePort(),
      calls: Math.round(rate * seconds),
      rate,
      patienceMs: PATIENCE_MS,
      tracesMessages: false,
    });

  try {
    for (const contender of contenders) {
      const ports = { port: choosePort(), calleePort };

      searches.push(
        new Search(await Server.start(contender, { transport, isOutbound, ...ports }), options.rate),
      );
    }

    for (const search of searches) {
      await load(search, options.rate, options.warmUpSeconds);
    }

    while (searches.some(({ isDone }) => !isDone)) {
      let isAllClean = true;

      for (const search of searches.filter(({ isDone }) => !isDone)) {
        const { rate } = search;
        const complaint = complaintAbout(await load(search, rate, options.seconds), rate);

        isAllClean &&= complaint === "";
        search.note(complaint);
        onProgress(`${search.server.contender.name}, ${rate}/s: ${complaint === "" ? "clean" : complaint}`);
      }

      if (!isAllClean) {
        // Transactions that got no answer are given up by then.
        await sleep(AFTERMATH_MS);
      }
    }
  } finally {
    await Promise.all(searches.map(({ server }) => server.stop()));
  }

  report(scenario, searches);
}

/** Empty when it is clean. */
function complaintAbout(result: LoadResult, rate: number): string {
  if (result.failed > 0 || result.retransmissions > 0) {
    return `${result.failed} failed, ${result.retransmissions} sent again`;
  }

  return result.rate < rate * LEAST_SHARE ? `sipp made ${result.rate.toFixed(0)}/s` : "";
}

function report(scenario: Scenario, searches: readonly Search[]): void {
  const rig = searches.find(({ server }) => server.contender.isFloor)?.highestClean;

  printTable(
    `${scenario.title}: highest clean rate on this machine, which sipp shares`,
    ["", "calls/s", ...(rig === undefined ? [] : ["to the floor's"]), "not clean at", "because"],
    searches.map(({ server, highestClean, lowestUnclean, complaint }) => [
      server.contender.name,
      String(highestClean),
      ...(rig === undefined ? [] : [(highestClean / rig).toFixed(2)]),
      String(lowestUnclean),
      complaint,
    ]),
  );
}
