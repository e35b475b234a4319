/** Values that name something in a network: ports, addresses, domains, origins. */
import { isIPv4, isIPv6 } from "node:net";
import * as z from "zod";
import { formatIpv6, parseIpv6 } from "../grammar/ipv6-text.ts";
import type { ConfigurationKey } from "./configuration-key.ts";
import { type KeyText, makeKey } from "./value-kinds.ts";

const MAX_DOMAIN_LENGTH = 253;
const DOMAIN = /^[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/;
/** RFC 6454 section 7.1: scheme, host and port, nothing after them; `null` is the origin of a sandboxed page. */
const ORIGIN =
  /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/[A-Za-z0-9._-]+(?::\d{1,5})?|[A-Za-z][A-Za-z0-9+.-]*:\/\/\[[0-9A-Fa-f:.]+\](?::\d{1,5})?|null)$/;

/** Null once the configuration's rules have found that nothing listens on it. */
export function port(text: KeyText<number | null>): ConfigurationKey<number | null> {
  return makeKey<number | null>(
    z.int().min(0).max(65_535),
    "a port from 1 to 65535, or 0 to let the system choose one",
    text,
  );
}

function isWildcardIpv6(address: string): boolean {
  return parseIpv6(address)?.every((group) => group === 0) ?? false;
}

/** RFC 5952 form where there is one; addresses with a zone stay as they are. */
function normalizeIpv6(address: string): string {
  const groups = parseIpv6(address);

  return groups === undefined ? address : formatIpv6(groups);
}

const IPV4 = z.string().refine((value) => isIPv4(value) && value !== "0.0.0.0");
const IPV6 = z
  .string()
  .refine((value) => isIPv6(value) && !isWildcardIpv6(value))
  .transform(normalizeIpv6);

export function ipv4Address(text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(IPV4, "one IPv4 address other than 0.0.0.0", text);
}

export function ipv6Address(text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(IPV6, "one IPv6 address without brackets, other than ::", text);
}

export function ipv4AddressList(
  text: KeyText<readonly string[] | null>,
): ConfigurationKey<readonly string[] | null> {
  return makeKey(optionalList(IPV4), "one or several IPv4 addresses other than 0.0.0.0", text, true);
}

export function ipv6AddressList(
  text: KeyText<readonly string[] | null>,
): ConfigurationKey<readonly string[] | null> {
  return makeKey(
    optionalList(IPV6),
    "one or several IPv6 addresses without brackets, other than ::",
    text,
    true,
  );
}

export function isDomain(value: string): boolean {
  return value.length <= MAX_DOMAIN_LENGTH && DOMAIN.test(value);
}

export function domain(text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(
    z.string().max(MAX_DOMAIN_LENGTH).regex(DOMAIN).toLowerCase(),
    "one domain (letters, digits, _ and - between dots)",
    text,
  );
}

/** A list that may be left unset; an empty one counts as unset. */
function optionalList(element: z.ZodType<string>): z.ZodType<readonly string[] | null> {
  return z
    .array(element)
    .transform((list): readonly string[] | null => (list.length === 0 ? null : [...new Set(list)]));
}

export function domainList(
  text: KeyText<readonly string[] | null>,
): ConfigurationKey<readonly string[] | null> {
  return makeKey(
    optionalList(z.string().max(MAX_DOMAIN_LENGTH).regex(DOMAIN).toLowerCase()),
    "one or several domains (letters, digits, _ and - between dots)",
    text,
    true,
  );
}

/** `1.2.3.4`, `1.2.3.4:53`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:53`. */
function isNameServer(value: string): boolean {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(value);
  const dotted = /^([\d.]+)(?::(\d{1,5}))?$/.exec(value);
  const address = bracketed?.[1] ?? dotted?.[1] ?? value;
  const portText = bracketed?.[2] ?? dotted?.[2];
  const isPort = portText === undefined || (Number(portText) >= 1 && Number(portText) <= 65_535);
  const isAddress = bracketed === null ? isIPv4(address) || isIPv6(address) : isIPv6(address);

  return isPort && isAddress && address !== "0.0.0.0" && !isWildcardIpv6(address);
}

export function nameServerList(
  text: KeyText<readonly string[] | null>,
): ConfigurationKey<readonly string[] | null> {
  return makeKey(
    optionalList(z.string().refine(isNameServer)),
    'one or several of IPv4, IPv4:PORT, IPv6 and "[IPv6]:PORT", other than 0.0.0.0 and ::',
    text,
    true,
  );
}

function isAddressOrPrefix(value: string): boolean {
  const [address = "", prefix, ...rest] = value.split("/");
  const bits = isIPv4(address) ? 32 : isIPv6(address) && !address.includes("%") ? 128 : 0;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);

  return bits !== 0 && isPrefix && rest.length === 0;
}

/** An empty list trusts nobody. */
export function addressOrPrefixList(text: KeyText<readonly string[]>): ConfigurationKey<readonly string[]> {
  return makeKey<readonly string[]>(
    z.array(z.string().refine(isAddressOrPrefix)),
    "a list of addresses and prefixes such as 10.0.0.0/8; an empty list is allowed",
    text,
    true,
  );
}

/** SECURITY: an empty list is refused, since it could be meant as "none" and be read as "every one". */
export function originList(
  text: KeyText<readonly string[] | null>,
): ConfigurationKey<readonly string[] | null> {
  return makeKey<readonly string[] | null>(
    z.array(z.string().regex(ORIGIN).toLowerCase()).min(1),
    "one or several of SCHEME://HOST and SCHEME://HOST:PORT, nothing after them",
    text,
    true,
  );
}
