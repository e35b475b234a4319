/**
 * One value of a Via header field (RFC 3261 sections 20.42 and 25.1, `rport`
 * of RFC 3581, `alias` of RFC 5923, IPv6 forms of RFC 5118 section 4.5).
 */
import { GrammarFault } from "./grammar-fault.ts";
import { isSameName, parametersByName } from "./parameters.ts";
import { ViaLayout } from "./via-layout.ts";
import { scanParameters } from "./via-parameters.ts";
import { scanSentBy, scanSentProtocol } from "./via-sent-by.ts";
import { skipWhitespace, unfold } from "./whitespace.ts";

/** In lower case. */
const MAGIC_COOKIE = "z9hg4bk";

/**
 * A parsed Via value. Never changed after it was made. PERF: its texts are cut
 * out when they are asked for (benchmarks/message/message-layer.ts).
 */
export class ViaValue {
  private readonly source: string;
  /** @internal */
  readonly layout: ViaLayout;

  /** @internal */
  constructor(source: string, layout: ViaLayout) {
    this.source = source;
    this.layout = layout;
  }

  /** The value up to its parameters, such as "SIP/2.0/UDP 192.0.2.1:5060". */
  get core(): string {
    return withoutFolds(this.source.slice(this.layout.start, this.layout.parametersStart)).trimEnd();
  }

  /** Every parameter by its lower-case name, with its value as it is written, or null for one without; the first of each name. */
  get params(): ReadonlyMap<string, string | null> {
    return parametersByName(this.parametersText);
  }

  /** As received, but without folding. */
  get text(): string {
    return withoutFolds(this.source.slice(this.layout.start, this.layout.end));
  }

  /** Offset of `text` in the scanned text. @internal */
  get start(): number {
    return this.layout.start;
  }

  /** Offset after the value in the scanned text: its end, or a comma. @internal */
  get end(): number {
    return this.layout.end;
  }

  /** Whether the sent-protocol is SIP/2.0. @internal */
  get isSip20(): boolean {
    return this.layout.isSip20;
  }

  /** Upper case, such as "UDP" or "WSS". */
  get transport(): string {
    return this.source.slice(this.layout.transportStart, this.layout.transportEnd).toUpperCase();
  }

  /** sent-by host: lower case, an IPv6 address in brackets. */
  get host(): string {
    return this.source.slice(this.layout.hostStart, this.layout.hostEnd).toLowerCase();
  }

  /** sent-by port; undefined when there is none. */
  get port(): number | undefined {
    return this.layout.port === 0 ? undefined : this.layout.port;
  }

  /** Undefined when there is no branch parameter (RFC 2543). */
  get branch(): string | undefined {
    const { branchStart, branchEnd } = this.layout;

    return branchEnd === -1 ? undefined : this.source.slice(branchStart, branchEnd);
  }

  /** Without brackets. */
  get received(): string | undefined {
    const { receivedStart, receivedEnd } = this.layout;

    return receivedEnd === -1 ? undefined : this.source.slice(receivedStart, receivedEnd);
  }

  /** Whether there is an rport parameter, with or without a value. */
  get hasRport(): boolean {
    return this.layout.hasRport;
  }

  /** In the topmost Via of a received request: the source port, once there is the parameter (RFC 3581 section 4). */
  get rport(): number | undefined {
    return this.layout.rport === 0 ? undefined : this.layout.rport;
  }

  /** Whether there is an `alias` parameter (RFC 5923). */
  get hasAlias(): boolean {
    return this.layout.hasAlias;
  }

  /** Lower case. */
  get maddr(): string | undefined {
    const { maddrStart, maddrEnd } = this.layout;

    return maddrEnd === -1 ? undefined : this.source.slice(maddrStart, maddrEnd).toLowerCase();
  }

  /** The `ttl` parameter; undefined when there is none. */
  get ttl(): number | undefined {
    return this.layout.ttl === -1 ? undefined : this.layout.ttl;
  }

  /** Text of the parameters from the first semicolon on, "" when there are none. */
  get parametersText(): string {
    return withoutFolds(this.source.slice(this.layout.parametersStart, this.layout.end));
  }

  /**
   * Whether the branch begins with the magic cookie of RFC 3261 section
   * 8.1.1.7 and says more than it (RFC 4475 section 3.2.1).
   */
  get isRfc3261Branch(): boolean {
    const { branchStart, branchEnd } = this.layout;

    return (
      branchEnd - branchStart > MAGIC_COOKIE.length &&
      isSameName(this.source, branchStart, branchStart + MAGIC_COOKIE.length, MAGIC_COOKIE)
    );
  }

  /** The branch without its cookie; undefined unless `isRfc3261Branch`. */
  get branchId(): string | undefined {
    return this.isRfc3261Branch ? this.branch?.slice(MAGIC_COOKIE.length) : undefined;
  }
}

function withoutFolds(text: string): string {
  return text.includes("\r") ? unfold(text) : text;
}

/**
 * Scans the Via value that begins at `start`. It ends at `end` or at a comma;
 * the returned `end` says where.
 *
 * With `lenient`, which serves replies to requests that are refused anyway, a
 * value is accepted once its sent-protocol and sent-by could be read, whatever
 * its version and its parameters (RFC 4475 sections 3.1.2.1 and 3.1.2.16).
 */
export function scanViaValue(
  text: string,
  start: number,
  end: number,
  lenient = false,
): ViaValue | GrammarFault {
  const layout = new ViaLayout();

  layout.start = start;

  let fault = scanSentProtocol(text, start, end, layout) ?? scanSentBy(text, layout.end, end, layout);

  if (fault === undefined) {
    fault = scanParameters(text, layout.end, end, layout);

    if (fault === undefined && !layout.isSip20 && !lenient) {
      fault = new GrammarFault("sent-protocol", start);
    }

    if (fault !== undefined && lenient) {
      fault = undefined;
    }
  }

  return fault ?? new ViaValue(text, layout);
}

/**
 * Checks every Via value of a line, and that none is empty. Returns the first
 * fault; undefined when all are well-formed.
 */
export function findViaListFault(text: string, start: number, end: number): GrammarFault | undefined {
  let offset = start;

  for (;;) {
    const layout = new ViaLayout();

    layout.start = skipWhitespace(text, offset, end);

    const fault =
      scanSentProtocol(text, layout.start, end, layout) ??
      scanSentBy(text, layout.end, end, layout) ??
      scanParameters(text, layout.end, end, layout);

    if (fault !== undefined) {
      return fault;
    }

    offset = skipWhitespace(text, layout.end, end);

    if (offset >= end) {
      return undefined;
    }

    offset++;
  }
}
