/** The order in which the servers of a service are tried: SRV records (RFC 3263 section 4.2, RFC 2782). */
import type { SrvRecord } from "./dns-record.ts";
import type { ServerTransport } from "./transport-support.ts";

/** A whole number from 0 up to, and without, `bound`. */
export type RandomInteger = (bound: number) => number;

/** The name that has the SRV records of SIP over a transport; TLS is the `sips` service over TCP. */
export function serviceName(transport: ServerTransport, domain: string): string {
  return transport === "tls" ? `_sips._tcp.${domain}` : `_sip._${transport}.${domain}`;
}

/** RFC 2782: one record with the target "." says that there is no such service, and nowhere else to look for it. */
export function isServiceRefused(records: readonly SrvRecord[]): boolean {
  return records.length === 1 && records[0]?.target === ".";
}

/** The usable records in the order of RFC 2782: lowest priority value first, by chance and weight within one. */
export function orderServers(records: readonly SrvRecord[], randomInteger: RandomInteger): SrvRecord[] {
  const byPriority = new Map<number, SrvRecord[]>();

  for (const record of records) {
    if (record.target === "." || record.port === 0) {
      continue;
    }

    const group = byPriority.get(record.priority);

    if (group === undefined) {
      byPriority.set(record.priority, [record]);
    } else {
      group.push(record);
    }
  }

  return [...byPriority.entries()]
    .sort(([left], [right]) => left - right)
    .flatMap(([, group]) => orderByWeight(group, randomInteger));
}

/**
 * RFC 2782, "Weight": records of weight 0 stand first; a number is drawn from
 * 0 to the sum of the weights, and the first record whose running sum reaches
 * it is next. So a record of weight 0 is drawn before others only for a 0.
 */
function orderByWeight(group: readonly SrvRecord[], randomInteger: RandomInteger): SrvRecord[] {
  const left = [...group].sort((a, b) => Number(a.weight !== 0) - Number(b.weight !== 0));
  const ordered: SrvRecord[] = [];

  while (left.length > 0) {
    const sum = left.reduce((total, record) => total + record.weight, 0);
    const drawn = randomInteger(sum + 1);
    let runningSum = 0;
    const index = left.findIndex((record) => {
      runningSum += record.weight;

      return runningSum >= drawn;
    });

    ordered.push(...left.splice(index, 1));
  }

  return ordered;
}
