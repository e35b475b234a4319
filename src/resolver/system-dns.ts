/**
 * What the machine says of names: `/etc/resolv.conf` and `/etc/hosts`. Read
 * when the server starts and when it reloads, never while requests wait.
 */
import { readFileSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import type { IpType } from "../util/ip-address.ts";
import { parseIpAddress } from "./address-destination.ts";
import type { DnsServer } from "./dns-exchange.ts";

const DNS_PORT = 53;

/** Addresses by lower-case name. */
export interface HostAddresses {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

export type HostTable = ReadonlyMap<string, HostAddresses>;

/** RFC 6761 section 6.3: these names are never asked for. */
const LOOPBACK: HostAddresses = { ipv4: ["127.0.0.1"], ipv6: ["::1"] };

/** Nameservers of a `resolv.conf`; the machine's own, as the C library does, when there are none. */
export function readNameservers(path: string): readonly DnsServer[] {
  const servers = readLines(path).flatMap(([keyword, address]) => {
    const server = keyword === "nameserver" && address !== undefined ? parseNameserver(address) : undefined;

    return server === undefined ? [] : [server];
  });

  return servers.length > 0 ? servers : [{ ip: "127.0.0.1", ipType: "ipv4", port: DNS_PORT }];
}

/**
 * `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`; port 53
 * when left out. Undefined for anything else.
 */
export function parseNameserver(text: string): DnsServer | undefined {
  const match = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text) ?? /^([0-9.]+):(\d{1,5})$/.exec(text);
  const ip = match?.[1] ?? text;
  const port = Number(match?.[2] ?? DNS_PORT);
  const ipType = serverIpType(ip);

  return ipType === undefined || port < 1 || port > 65535 ? undefined : { ip, ipType, port };
}

/** Unlike `ipTypeOf` of what peers send, with the zone of a link-local address. */
function serverIpType(ip: string): IpType | undefined {
  if (isIPv4(ip)) {
    return "ipv4";
  }

  return isIPv6(ip) ? "ipv6" : undefined;
}

/** The names of a `hosts` file. */
export function readHostTable(path: string): HostTable {
  const table = new Map<string, { ipv4: string[]; ipv6: string[] }>();

  for (const [text = "", ...names] of readLines(path)) {
    const address = parseIpAddress(text);

    for (const name of address === undefined ? [] : names) {
      const key = name.toLowerCase();
      const addresses = table.get(key) ?? { ipv4: [], ipv6: [] };

      table.set(key, addresses);

      if (address !== undefined && !addresses[address.ipType].includes(address.ip)) {
        addresses[address.ipType].push(address.ip);
      }
    }
  }

  return table;
}

/** The addresses of a name that DNS is not asked for; undefined for all others. */
export function findHostAddresses(table: HostTable, name: string): HostAddresses | undefined {
  return table.get(name) ?? (isLoopbackName(name) ? LOOPBACK : undefined);
}

/** `localhost` and all below it (RFC 6761 section 6.3). */
export function isLoopbackName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

/** The words of each line, without comments. No lines when the file cannot be read. */
function readLines(path: string): string[][] {
  let text: string;

  try {
    text = readFileSync(path, "utf8");
  } catch {
    // A machine without the file has no such names or servers, as with the C library.
    return [];
  }

  return text
    .split("\n")
    .map((line) => (line.split(/[#;]/, 1)[0] as string).split(/\s+/).filter((word) => word !== ""))
    .filter((words) => words.length > 0);
}
