/** Facilities and severities of syslog (RFC 5424 section 6.2.1). */
import type { LogLevel } from "./logger.ts";

const FACILITY_NUMBERS = {
  kern: 0,
  user: 1,
  daemon: 3,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type SyslogFacility = keyof typeof FACILITY_NUMBERS;

export const SYSLOG_FACILITIES = Object.keys(FACILITY_NUMBERS) as readonly SyslogFacility[];

const SEVERITY_NUMBERS: Readonly<Record<LogLevel, number>> = {
  crit: 2,
  error: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
};

/** What the journal of systemd reads before a line of a service: `<6>` for info. */
export function severityPrefix(level: LogLevel): string {
  return `<${SEVERITY_NUMBERS[level]}>`;
}

/** PRI of RFC 5424: eight times the facility, plus the severity. */
export function priorityPrefix(facility: SyslogFacility, level: LogLevel): string {
  return `<${FACILITY_NUMBERS[facility] * 8 + SEVERITY_NUMBERS[level]}>`;
}
