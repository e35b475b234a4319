/** What `oversip cert create` was asked for, checked. */
import { isHost, normalizeHost } from "../grammar/host.ts";
import { ipTypeOf } from "../util/ip-address.ts";
import { CommandLineError } from "./command-line-error.ts";
import { KEY_TYPES } from "./command-table.ts";

export interface CertificateOptions {
  /** Of the files, and Common Name. */
  readonly name: string;
  readonly domains: readonly string[];
  readonly sipUris: readonly string[];
  readonly days: number;
  readonly keyType: (typeof KEY_TYPES)[number];
  readonly directory: string;
}

/** As the command line has it. */
export interface CertificateWords {
  readonly domains: readonly string[];
  readonly sipUris: readonly string[];
  readonly days: string | undefined;
  readonly keyType: string | undefined;
  readonly directory: string | undefined;
}

const DEFAULT_DAYS = 365;
const MAX_DAYS = 3650;

/** @throws {CommandLineError} */
export function certificateOptions(name: string, words: CertificateWords): CertificateOptions {
  // It becomes a file name, and a Common Name (RFC 5280: ub-common-name 64).
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
    throw new CommandLineError(
      `${JSON.stringify(name)} is no name: 1 to 64 letters, digits, dots, hyphens and underscores`,
    );
  }

  const hasNames = words.domains.length > 0 || words.sipUris.length > 0;

  if (!hasNames && !isHost(name)) {
    throw new CommandLineError(`${JSON.stringify(name)} is no domain: name some with --domain`);
  }

  return {
    name,
    domains: hasNames ? words.domains.map(domainOf) : [normalizeHost(name)],
    sipUris: hasNames ? words.sipUris.map(sipUriOf) : [`sip:${normalizeHost(name)}`],
    days: daysOf(words.days),
    keyType: keyTypeOf(words.keyType),
    directory: words.directory ?? ".",
  };
}

function domainOf(word: string): string {
  if (ipTypeOf(word) !== undefined) {
    return word;
  }

  // SECURITY: a wildcard names no SIP domain (RFC 5922 section 7.2).
  if (!isHost(word) || word.startsWith("[")) {
    throw new CommandLineError(`--domain: ${JSON.stringify(word)} is no domain and no address`);
  }

  return normalizeHost(word);
}

/** RFC 5922 section 7.1: with a user part it would name that user, with `sips` no domain. */
function sipUriOf(word: string): string {
  const host = /^sip:([^@;?]+)$/i.exec(word)?.[1] ?? "";

  if (!isHost(host)) {
    throw new CommandLineError(
      `--sip-uri: ${JSON.stringify(word)} is not of the form sip:DOMAIN, without a user`,
    );
  }

  return `sip:${normalizeHost(host)}`;
}

function daysOf(word: string | undefined): number {
  const days = word === undefined ? DEFAULT_DAYS : Number(word);

  if (!/^\d*$/.test(word ?? "") || !(days >= 1 && days <= MAX_DAYS)) {
    throw new CommandLineError(`--days: ${JSON.stringify(word)} is no number from 1 to ${MAX_DAYS}`);
  }

  return days;
}

function keyTypeOf(word: string | undefined): (typeof KEY_TYPES)[number] {
  const keyType = KEY_TYPES.find((type) => type === (word ?? "ec"));

  if (keyType === undefined) {
    throw new CommandLineError(`--key: ${JSON.stringify(word)} is neither ec nor rsa`);
  }

  return keyType;
}
