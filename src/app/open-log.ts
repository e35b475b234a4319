/** The log of one server, as its configuration wants it. */
import type { CoreConfiguration } from "../config/configuration.ts";
import { createLogger } from "../log/create-logger.ts";
import type { RootLogger } from "../log/logger.ts";
import type { Clock } from "../util/clock.ts";

export interface LogIdentity {
  readonly processName: string;
  /** False: never; true: where the terminal and NO_COLOR allow. */
  readonly color: boolean;
}

export function openLog(core: CoreConfiguration, identity: LogIdentity, clock: Clock): RootLogger {
  return createLogger({
    level: core.syslogLevel,
    format: core.logFormat,
    target: core.logTarget,
    facility: core.syslogFacility,
    processName: identity.processName,
    color: identity.color ? undefined : false,
    clock,
  });
}
