/**
 * The error classes of this package. A SIP failure response from a peer is
 * not an error: these are for text that cannot be parsed, calls that cannot
 * be carried out and networks that refuse.
 */
import type { ErrorCode } from "./error-codes.ts";

/** Base of all errors of this package. */
export class OverSipError extends Error {
  /** Stable identifier, listed in `docs/reference/errors.md`. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The call cannot be carried out as asked, for a reason found at run time. */
export class SipRuntimeError extends OverSipError {
  constructor(
    message: string,
    options?: {
      cause?: unknown;
      code?:
        | "OVERSIP_ERR_RUNTIME"
        | "OVERSIP_ERR_INVALID_STATE"
        | "OVERSIP_ERR_HEADER_VALUE"
        | "OVERSIP_ERR_PARSING";
    },
  ) {
    super(options?.code ?? "OVERSIP_ERR_RUNTIME", message, options);
  }
}

/** The call is not allowed in the object's present state, such as a second final reply. */
export class InvalidStateError extends SipRuntimeError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, { ...options, code: "OVERSIP_ERR_INVALID_STATE" });
  }
}

/** A header name or value that would break, or inject into, the message it is written to. */
export class HeaderValueError extends SipRuntimeError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, { ...options, code: "OVERSIP_ERR_HEADER_VALUE" });
  }
}

/** Where and why a text does not follow its grammar. */
export interface ParsingErrorDetails {
  /** The grammar rule that broke, as RFC 3261 section 25 (or the RFC named in the message) spells it. */
  readonly rule: string;
  /** Offset in the parsed text, in bytes, of the first byte that cannot be right. */
  readonly offset: number;
  /** Canonical name of the header concerned; undefined for the start line, the body, and text outside a message. */
  readonly header?: string | undefined;
}

/** Text that should follow a SIP grammar does not. */
export class ParsingError extends SipRuntimeError {
  /** The grammar rule that broke, as RFC 3261 section 25 (or the RFC named in the message) spells it. */
  readonly rule: string;
  /** Offset in the parsed text, in bytes, of the first byte that cannot be right. */
  readonly offset: number;
  /**
   * Canonical name of the header concerned; undefined for the start line, the body, and text
   * outside a message.
   */
  readonly header: string | undefined;

  constructor(message: string, details: ParsingErrorDetails, options?: { cause?: unknown }) {
    super(message, { ...options, code: "OVERSIP_ERR_PARSING" });
    this.rule = details.rule;
    this.offset = details.offset;
    this.header = details.header;
  }
}

/** One problem of a configuration file or of the user's server module. */
export interface ConfigurationProblem {
  /** Path of the file as the user would name it. */
  readonly file: string;
  /** 1-based; undefined when the problem has no place, such as a missing file. */
  readonly line?: number | undefined;
  /** 1-based; undefined when the line is. */
  readonly column?: number | undefined;
  /** Such as `sip.listen_port`; undefined when the problem is not about one key. */
  readonly key?: string | undefined;
  /** What is wrong and what is allowed, one line. */
  readonly message: string;
}

/** The configuration cannot be used. Carries every problem found, not only the first. */
export class ConfigurationError extends OverSipError {
  /** Every problem found, in the order of the files. */
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], options?: { cause?: unknown }) {
    super("OVERSIP_ERR_CONFIGURATION", problems.map(formatProblem).join("\n"), options);
    this.problems = problems;
  }
}

/** `FILE:LINE:COLUMN: section.key: message`, leaving out what is unknown. */
export function formatProblem(problem: ConfigurationProblem): string {
  const place =
    problem.line === undefined ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;

  return problem.key === undefined
    ? `${place}: ${problem.message}`
    : `${place}: ${problem.key}: ${problem.message}`;
}

/**
 * Why a message could not be sent. "closed": the flow is gone. "connection":
 * it could not be opened, or broke. "tls-validation": `onServerTlsHandshake`
 * closed it. "timeout": it was not opened in time. "overflow": the peer does
 * not read. "too-large": no datagram holds the message.
 */
export type TransportFailure =
  | "closed"
  | "connection"
  | "tls-validation"
  | "timeout"
  | "overflow"
  | "too-large";

/** A message could not be handed to, or taken from, the network. */
export class TransportError extends OverSipError {
  readonly failure: TransportFailure;

  constructor(message: string, failure: TransportFailure, options?: { cause?: unknown }) {
    super("OVERSIP_ERR_TRANSPORT", message, options);
    this.failure = failure;
  }
}
