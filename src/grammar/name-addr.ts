/**
 * A URI with a display name: name-addr or addr-spec of RFC 3261 section 25.1,
 * as it stands in From, To, Contact, Route and others, without the header
 * parameters after it.
 */
import { ParsingError } from "../errors/errors.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { type NameAddrSpan, scanNameAddr } from "./name-addr-scan.ts";
import { quote, unquote } from "./quoted-string.ts";
import { Uri } from "./uri.ts";
import { requireWritable } from "./uri-escape.ts";
import type { UriSource } from "./uri-fields.ts";
import { UriLayout } from "./uri-layout.ts";
import { scanUri } from "./uri-scan.ts";
import { skipWhitespace, unfold } from "./whitespace.ts";

/** What stands around the URI. */
interface NameAddrFrame {
  /** The whole text, while nothing is edited. */
  readonly text: string | undefined;
  /** The display name as it is written, with the white space before the bracket; "" when there is none. */
  readonly displayText: string;
}

/** A URI with a display name. Everything of `Uri` is about its URI. */
export class NameAddr extends Uri {
  private frame: NameAddrFrame;
  private nameEdited = false;

  /**
   * @param user the number for tel, which has neither host nor port.
   * @throws {HeaderValueError} when the parts make no URI, as `Uri`; on a display name with CR, LF or NUL.
   */
  constructor(displayName?: string, scheme?: string, user?: string, host?: string, port?: number);
  /** @internal */
  constructor(frame: NameAddrFrame, source: UriSource);
  constructor(
    first?: string | NameAddrFrame,
    source?: string | UriSource,
    user?: string,
    host?: string,
    port?: number,
  ) {
    super(source, user, host, port);

    this.frame =
      typeof first === "object" && first !== null
        ? first
        : { text: undefined, displayText: writeDisplayName(first) };
  }

  /**
   * Parses a name-addr or an addr-spec. White space around it is accepted,
   * header parameters after it are not.
   *
   * @throws {ParsingError} with the rule that broke and the offset where.
   */
  static override parse(text: string): NameAddr {
    const span = scanNameAddr(text, 0, text.length);
    const fault = span instanceof GrammarFault ? span : remainderFault(text, span);

    if (fault !== undefined) {
      throw new ParsingError(`malformed name-addr: ${fault.rule} at offset ${fault.offset}`, fault);
    }

    const { start, uriStart, uriEnd } = span as NameAddrSpan;
    const layout = new UriLayout(text, uriStart, uriEnd);

    scanUri(text, uriStart, uriEnd, layout);

    return new NameAddr(
      { text, displayText: uriStart === start ? "" : text.slice(start, uriStart - 1) },
      layout,
    );
  }

  /** As plain text, without quotes and backslashes; undefined when there is none. Undefined removes it. */
  get displayName(): string | undefined {
    const text = unfold(this.frame.displayText).trimEnd();

    if (text === "") {
      return undefined;
    }

    return text.startsWith('"') ? unquote(text) : text;
  }

  set displayName(value: string | undefined) {
    if (value !== this.displayName) {
      this.frame = { text: undefined, displayText: writeDisplayName(value) };
      this.nameEdited = true;
    }
  }

  /** Whether the display name or the URI was edited; true for one that was built. */
  override get isModified(): boolean {
    return this.nameEdited || super.isModified;
  }

  /** Whether the display name was edited, or made here. @internal */
  get isDisplayNameEdited(): boolean {
    return this.nameEdited || this.frame.text === undefined;
  }

  override clone(): NameAddr {
    const copy = new NameAddr(this.frame, this.copySource());

    copy.nameEdited = this.nameEdited;

    return copy;
  }

  /** The original text, or what it became by edits: then always with brackets. The URI alone is `uri`. */
  override toString(): string {
    return !this.isModified && this.frame.text !== undefined
      ? this.frame.text
      : `${this.frame.displayText}<${this.uri}>`;
  }
}

/** What is wrong about text after the address; undefined when there is only white space. */
function remainderFault(text: string, span: NameAddrSpan): GrammarFault | undefined {
  const remainder = skipWhitespace(text, span.addressEnd, text.length);

  return remainder === text.length ? undefined : new GrammarFault("name-addr", remainder);
}

/** The name as a quoted string, which can hold any, and a space; "" for none. */
function writeDisplayName(name: string | undefined): string {
  if (name === undefined || name === null) {
    return "";
  }

  requireWritable(name, "display name");

  return `${quote(name)} `;
}
