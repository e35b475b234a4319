/** Values of the form HOST:PORT: where something else than SIP is listened for or sent to. */
import { isIP, isIPv6 } from "node:net";
import * as z from "zod";
import type { ConfigurationKey } from "./configuration-key.ts";
import { isDomain } from "./network-values.ts";
import { type KeyText, makeKey } from "./value-kinds.ts";

export interface AddressPort {
  /** An address, IPv6 without brackets, or a domain in lower case. */
  readonly host: string;
  readonly port: number;
}

const MAX_PORT = 65_535;

/** Undefined unless it is `HOST:PORT` or `[IPv6]:PORT`. */
export function parseAddressPort(text: string): AddressPort | undefined {
  const colon = text.lastIndexOf(":");
  const name = text.slice(0, Math.max(colon, 0));
  const portText = text.slice(colon + 1);
  const isBracketed = name.startsWith("[") && name.endsWith("]");
  const host = isBracketed ? name.slice(1, -1) : name.toLowerCase();
  const isHost = isBracketed ? isIPv6(host) && !host.includes("%") : isDomain(host);

  return isHost && /^\d{1,5}$/.test(portText) && Number(portText) <= MAX_PORT
    ? { host, port: Number(portText) }
    : undefined;
}

/** Whether only this machine can reach it. */
export function isLoopback(ip: string): boolean {
  return ip === "::1" || (isIP(ip) === 4 && ip.startsWith("127."));
}

/** Where to listen: an address, which may be 0.0.0.0 or ::. */
export function listenAddress(text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(
    z.string().refine((value) => isIP(parseAddressPort(value)?.host ?? "") !== 0),
    'one IPv4:PORT or "[IPv6]:PORT"; a port of 0 lets the system choose one',
    text,
  );
}

/** Where to send to. */
export function targetAddress(text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(
    z.string().refine((value) => (parseAddressPort(value)?.port ?? 0) !== 0),
    'one IPv4:PORT, "[IPv6]:PORT" or DOMAIN:PORT',
    text,
  );
}
