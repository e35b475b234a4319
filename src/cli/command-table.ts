/**
 * The commands and their options: the one table that the command line is
 * understood by, and that help and shell completion are made from.
 */

export interface CommandDescription {
  /** What follows the words of the command, such as "DIR". */
  readonly operand?: string;
  /** What the shell completes for the operand. */
  readonly completes?: Completion;
  readonly effect: string;
}

export type Completion = "directory" | "file" | "user" | "group" | readonly string[];

export interface OptionDescription {
  readonly short?: string;
  /** Name of its value; without one it has none. */
  readonly value?: string;
  readonly completes?: Completion;
  /** May be given several times. */
  readonly isList?: boolean;
  /** It is known by its negation, `--no-NAME`, alone. */
  readonly isNegation?: boolean;
  /** Those that take it. */
  readonly commands: readonly CommandName[];
  /** Lines for the help. */
  readonly effect: readonly string[];
}

export const SHELLS = ["bash", "zsh", "fish"] as const;
export const KEY_TYPES = ["ec", "rsa"] as const;

export const COMMANDS = {
  run: { effect: "run the server in the foreground (the default command)" },
  check: { effect: "validate the configuration, load server.ts, start nothing" },
  init: {
    operand: "DIR",
    completes: "directory",
    effect: "write a commented starter configuration into DIR",
  },
  "cert create": { operand: "NAME", effect: "make a key and a self-signed certificate" },
  "cert identities": {
    operand: "FILE",
    completes: "file",
    effect: "print the SIP domains that a certificate is for (RFC 5922)",
  },
  completion: { operand: "SHELL", completes: SHELLS, effect: "print a script for bash, zsh or fish" },
} as const satisfies Readonly<Record<string, CommandDescription>>;

export type CommandName = keyof typeof COMMANDS;

const SERVER: readonly CommandName[] = ["run", "check"];
const CREATE: readonly CommandName[] = ["cert create"];
const ALL = Object.keys(COMMANDS) as readonly CommandName[];

export const OPTIONS = {
  "config-dir": {
    value: "DIR",
    completes: "directory",
    commands: SERVER,
    effect: ["directory of the configuration and of server.ts (default /etc/oversip)"],
  },
  "config-file": {
    value: "FILE",
    completes: "file",
    commands: SERVER,
    effect: ["main configuration file, inside of the configuration directory", "(default oversip.conf)"],
  },
  pid: {
    short: "P",
    value: "FILE",
    completes: "file",
    commands: SERVER,
    effect: [
      "write the process id to FILE; refuses to start when FILE names a",
      "running process, replaces it when it is stale",
    ],
  },
  "process-name": {
    short: "p",
    value: "NAME",
    commands: SERVER,
    effect: ["name of the process in process lists and in syslog (default oversip)"],
  },
  user: {
    short: "u",
    value: "USER",
    completes: "user",
    commands: SERVER,
    effect: ["give up root's rights for those of USER once the sockets are bound"],
  },
  group: {
    short: "g",
    value: "GROUP",
    completes: "group",
    commands: SERVER,
    effect: ["the same for GROUP (default: the main group of USER)"],
  },
  color: {
    isNegation: true,
    commands: SERVER,
    effect: ["no colours in what is printed (NO_COLOR does the same)"],
  },
  domain: {
    value: "DOMAIN",
    isList: true,
    commands: CREATE,
    effect: ["a domain or address that the certificate is for; may be repeated"],
  },
  "sip-uri": {
    value: "URI",
    isList: true,
    commands: CREATE,
    effect: [
      "a SIP domain that it is for, such as sip:example.com; may be repeated",
      "(default, without --domain too: NAME and sip:NAME)",
    ],
  },
  days: {
    value: "N",
    commands: CREATE,
    effect: ["days that it is valid, 1 to 3650 (default 365)"],
  },
  key: {
    value: "TYPE",
    completes: KEY_TYPES,
    commands: CREATE,
    effect: ["ec (P-256, the default) or rsa (3072 bits)"],
  },
  out: {
    value: "DIR",
    completes: "directory",
    commands: CREATE,
    effect: ["where NAME.crt and NAME.key are written (default: here)"],
  },
  version: { short: "v", commands: ALL, effect: ["print the version"] },
  help: { short: "h", commands: ALL, effect: ["print this help"] },
} as const satisfies Readonly<Record<string, OptionDescription>>;

export type OptionName = keyof typeof OPTIONS;

/** The same tables with what each entry may have, for those that go through all. */
export const COMMAND_LIST = Object.entries(COMMANDS) as readonly (readonly [
  CommandName,
  CommandDescription,
])[];
export const OPTION_LIST = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionDescription])[];

/** As it is written, such as "--no-color". */
export function optionWord(name: string, { isNegation = false }: OptionDescription): string {
  return isNegation ? `--no-${name}` : `--${name}`;
}
