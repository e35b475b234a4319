/**
 * A URI as the user's code sees it: sip, sips, tel, or any other scheme kept
 * whole. It prints its original text until it is edited, and then only what
 * was edited is written anew (RFC 3261 section 19.1, RFC 3966).
 */
import { ParsingError } from "../errors/errors.ts";
import { normalizeHost } from "./host.ts";
import { normalizeNumber } from "./tel-uri.ts";
import { isEquivalent } from "./uri-compare.ts";
import { toHeadersText, writeParameter } from "./uri-edit.ts";
import { normalizeEscapes, unescapeText } from "./uri-escape.ts";
import { UriFields, type UriSource } from "./uri-fields.ts";
import { UriLayout } from "./uri-layout.ts";
import { scanUri } from "./uri-scan.ts";

/**
 * A URI. Setters throw HeaderValueError for a value that the grammar has no
 * way to write; those of a part that the scheme has not do nothing. Giving a
 * part the value that it has already is no edit.
 */
export class Uri extends UriFields {
  /**
   * @param user the number for tel, which has neither host nor port.
   * @throws {HeaderValueError} when the parts make no URI: another scheme, no host for sip and sips, no number for tel.
   */
  constructor(scheme?: string, user?: string, host?: string, port?: number);
  /** @internal */
  constructor(source: UriSource);
  /** @internal */
  constructor(source?: string | UriSource, user?: string, host?: string, port?: number);
  constructor(source: string | UriSource = "sip", user?: string, host?: string, port?: number) {
    super(source, user, host, port);
  }

  /**
   * Parses a URI, without brackets and white space around it.
   *
   * @throws {ParsingError} with the rule that broke and the offset where.
   */
  static parse(text: string): Uri {
    const layout = new UriLayout(text, 0, text.length);
    const fault = scanUri(text, 0, text.length, layout);

    if (fault !== undefined) {
      throw new ParsingError(`malformed URI: ${fault.rule} at offset ${fault.offset}`, fault);
    }

    return new Uri(layout);
  }

  /**
   * The parameters of the URI as they are now, by lower-case name and in
   * order: plain text, or `null` for one without a value. A copy: edit with
   * `setParam` and `deleteParam`.
   */
  get params(): ReadonlyMap<string, string | null> {
    const map = this.components.parameters.toMap();

    for (const [name, value] of map) {
      map.set(name, value === null ? null : unescapeText(value));
    }

    return map;
  }

  /** Whether there is a parameter of this name, whatever its case. */
  hasParam(name: string): boolean {
    return this.components.parameters.has(name.toLowerCase());
  }

  /** The value as plain text, `null` for a parameter without one; undefined when there is no such parameter. */
  getParam(name: string): string | null | undefined {
    // PERF: most URIs have none, and several are asked for in each.
    const value = this.hasParameters ? this.components.parameters.get(name.toLowerCase()) : undefined;

    return typeof value === "string" ? unescapeText(value) : value;
  }

  /**
   * Adds a parameter, or gives it another value in its place.
   *
   * @param value plain text; `null` for a parameter without a value.
   * @throws {HeaderValueError} when it cannot be written, such as an empty value.
   */
  setParam(name: string, value: string | null): void {
    if (this.isUnknownScheme || (typeof name === "string" && this.getParam(name) === value)) {
      return;
    }

    writeParameter(this.components, name, value);
    this.markEdited();
  }

  /** Removes a parameter and returns the value that it had (`null`: none); false when there was no such parameter. */
  deleteParam(name: string): string | null | false {
    const value = this.getParam(name);

    if (value === undefined) {
      return false;
    }

    this.components.parameters.delete(name.toLowerCase());
    this.markEdited();

    return value;
  }

  /** Removes all parameters. */
  clearParams(): void {
    if (this.components.parameters.size > 0) {
      this.components.parameters.clear();
      this.markEdited();
    }
  }

  /** The `transport` parameter of a sip or sips URI, lower case; undefined when there is none. */
  get transportParam(): string | undefined {
    return this.isSip ? (this.getParam("transport") ?? undefined)?.toLowerCase() : undefined;
  }

  set transportParam(value: string | undefined) {
    if (this.isSip && value !== this.transportParam) {
      this.setOrDeleteParam("transport", value);
    }
  }

  /** The `phone-context` parameter of a tel URI; undefined when there is none. */
  get phoneContextParam(): string | undefined {
    return this.isTel ? (this.getParam("phone-context") ?? undefined) : undefined;
  }

  set phoneContextParam(value: string | undefined) {
    if (this.isTel) {
      this.setOrDeleteParam("phone-context", value);
    }
  }

  private setOrDeleteParam(name: string, value: string | undefined): void {
    if (value === undefined) {
      this.deleteParam(name);
    } else {
      this.setParam(name, value);
    }
  }

  /** Whether there is an `lr` parameter: a loose router (RFC 3261 section 16.12). */
  get hasLr(): boolean {
    return this.hasParam("lr");
  }

  /** Whether there is an `ob` parameter (RFC 5626 section 5.4). */
  get hasOb(): boolean {
    return this.hasParam("ob");
  }

  /** The `ovid` parameter, by which this server knows its own Route; undefined when it is absent or has no value. */
  get ovid(): string | undefined {
    return this.getParam("ovid") ?? undefined;
  }

  /**
   * The headers from their question mark on, as they are written; undefined
   * when there are none. Setting takes text with or without the question
   * mark, whose escapes stay.
   */
  get headers(): string | undefined {
    const { headers } = this.components;

    return headers === "" ? undefined : headers;
  }

  set headers(value: string | undefined) {
    if (this.isSip && value !== this.headers) {
      this.components.headers = toHeadersText(value);
      this.markEdited();
    }
  }

  /**
   * The address of record: `sip:user@host` for sip and sips, `tel:number`
   * for tel; undefined for other schemes. URIs of one address have the same
   * text, for use as a key.
   */
  get aor(): string | undefined {
    const { user } = this.components;

    if (this.isSip) {
      const host = normalizeHost(this.components.host);

      return user === undefined ? `sip:${host}` : `sip:${normalizeEscapes(user)}@${host}`;
    }

    return this.isTel ? `tel:${normalizeNumber(user ?? "")}` : undefined;
  }

  /**
   * Whether the two are equivalent: RFC 3261 section 19.1.4 for sip and sips,
   * RFC 3966 section 4 for tel, the same text for other schemes. Display
   * names do not count. The relation is not transitive.
   */
  equals(other: Uri): boolean {
    return isEquivalent(this.components, other.components);
  }

  /** A copy that is edited on its own. */
  clone(): Uri {
    return new Uri(this.copySource());
  }

  /** The original text, or what it became by edits. Always a valid URI. */
  override toString(): string {
    return this.uri;
  }
}
