/** Errors that are the fault of no peer: the system lets this process, or all of them, open no more files. */
import type { LogLevel } from "../log/logger.ts";

export function isFileExhaustion(error: NodeJS.ErrnoException): boolean {
  return error.code === "EMFILE" || error.code === "ENFILE";
}

/** How serious an error of a listening socket is, which goes on. */
export function listenerErrorLevel(error: NodeJS.ErrnoException): LogLevel {
  return isFileExhaustion(error) ? "error" : "warn";
}
