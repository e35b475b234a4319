/**
 * Routes from databases, asked while the caller waits: a table of number
 * prefixes in SQLite, and in Redis where each user is at the moment.
 *
 *     caller  <->  OverSIP  <->  users, gateways
 *                     ?
 *               SQLite, Redis
 *
 * A caller who hangs up during a lookup gets her 487 at once: the INVITE goes
 * nowhere, and the lookup is given up.
 */
import { DatabaseSync } from "node:sqlite";
import {
  logger,
  type SipEvents,
  SipProxy,
  type SipRequest,
  type SystemEvents,
  systemCallbacks,
} from "oversip";
import { createClient } from "redis";

interface Databases {
  readonly routes: DatabaseSync;
  readonly locations: ReturnType<typeof createLocations>;
}

/** A reload replaces this file but calls no `onInitialize`: what is to outlive it is kept outside of it. */
const kept = globalThis as { routesFromDatabases?: Databases };

export const systemEvents: SystemEvents = {
  /** A file that cannot be opened ends the start; Redis is waited for. */
  async onInitialize() {
    const routes = new DatabaseSync(process.env["ROUTES_DATABASE"] ?? "/var/lib/oversip/routes.db", {
      readOnly: true,
    });
    const locations = createLocations();

    // It connects again by itself; until then its lookups wait.
    locations.on("error", (error: Error) => logger.error(`Redis: ${error.message}`));
    await locations.connect();
    kept.routesFromDatabases = { routes, locations };
  },
};

function createLocations() {
  return createClient({ url: process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379" });
}

systemCallbacks.onTerminated(() => {
  kept.routesFromDatabases?.routes.close();
  kept.routesFromDatabases?.locations.destroy();
});

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    if (request.looseRoute() || request.inDialog) {
      await new SipProxy("proxy_in_dialog").route(request);
    } else {
      await routeInitial(request);
    }
  },
};

async function routeInitial(request: SipRequest): Promise<void> {
  const { signal } = request;

  // 100 Trying for the caller, who else would send the INVITE again and again while the databases are asked.
  request.createTransaction();

  try {
    const destination = await findDestination(request.ruri.user ?? "", signal);

    if (destination === undefined) {
      request.reply(404);
    } else {
      await new SipProxy("proxy_out").route(request, destination);
    }
  } catch (error) {
    if (signal.aborted) {
      // It was answered 487, and there is nothing left to do.
      logger.info(`${request.callId} was canceled during the lookup`);
    } else {
      logger.error(`no route for ${request.callId}: ${String(error)}`);
      request.reply(500, "Routes Unavailable", ["Retry-After: 10"]);
    }
  }
}

async function findDestination(
  user: string,
  signal: AbortSignal,
): Promise<{ host: string; port: number } | undefined> {
  const databases = kept.routesFromDatabases;

  if (databases === undefined) {
    throw new Error("the databases are closed");
  }

  // A user of ours? `SET location:alice 192.0.2.7:5060 EX 3600`
  const location = await orAbort(databases.locations.withAbortSignal(signal).get(`location:${user}`), signal);

  if (typeof location === "string") {
    return split(location);
  }

  // The gateway with the longest prefix of the number. SQLite answers on the spot: nothing to wait for, nothing to abort.
  const row = databases.routes
    .prepare("SELECT gateway FROM routes WHERE ? LIKE prefix || '%' ORDER BY length(prefix) DESC LIMIT 1")
    .get(user);

  return row === undefined ? undefined : split(String(row["gateway"]));
}

/** Rejects as soon as the signal aborts: a database driver may notice late, or not at all when its query is on the way. */
async function orAbort<Value>(lookup: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);

  signal.throwIfAborted();
  signal.addEventListener("abort", abort);

  try {
    return await Promise.race([lookup, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** @param text address and port. */
function split(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(":");

  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
