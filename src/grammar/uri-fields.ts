/**
 * What a URI object holds, and the parts of it that every reader knows:
 * scheme, user, password, host and port (RFC 3261 section 19.1.1). The rest
 * of the class is in uri.ts.
 */
import { HeaderValueError } from "../errors/errors.ts";
import { type HostType, hostTypeOf, normalizeHost } from "./host.ts";
import { normalizeNumber } from "./tel-uri.ts";
import { cutComponents, UriComponents } from "./uri-components.ts";
import {
  buildComponents,
  toHostText,
  toNumberText,
  toPasswordText,
  toPortText,
  toSchemeText,
  toUserText,
} from "./uri-edit.ts";
import { unescapeText } from "./uri-escape.ts";
import { type UriKind, UriLayout } from "./uri-layout.ts";

const ZERO = 0x30;

/** What a URI is made from inside this folder: a scanned text, or parts. */
export type UriSource = UriLayout | UriComponents;

/** The fields of `Uri`, which is the class to use. */
export abstract class UriFields {
  private readonly layout: UriLayout | undefined;
  /** Cut out of the text when a part is asked for. */
  private parts: UriComponents | undefined;
  private printed: string | undefined = undefined;
  private edited: boolean;

  /** @internal */
  constructor(source: string | UriSource, user?: string, host?: string, port?: number) {
    if (source instanceof UriLayout) {
      this.layout = source;
      this.parts = undefined;
      this.edited = false;
    } else {
      this.layout = undefined;
      this.parts = source instanceof UriComponents ? source : buildComponents(source, user, host, port);
      this.edited = true;
    }
  }

  /** @internal */
  protected get components(): UriComponents {
    this.parts ??= cutComponents(this.layout as UriLayout);

    return this.parts;
  }

  /** @internal */
  protected get kind(): UriKind {
    return this.parts?.kind ?? (this.layout as UriLayout).kind;
  }

  /** Whether there are parameters. PERF: as `hostText`. @internal */
  protected get hasParameters(): boolean {
    const { layout, parts } = this;

    return parts === undefined && layout !== undefined
      ? layout.parametersEnd > layout.parametersStart
      : this.components.parameters.size > 0;
  }

  /**
   * PERF: routing asks for host and port of each request's URI, and mostly for nothing else: the
   * other parts are not cut out for that (benchmarks/proxy/forward-call.ts).
   */
  private get hostText(): string {
    const { layout, parts } = this;

    return parts === undefined && layout !== undefined
      ? layout.text.slice(layout.hostStart, layout.hostEnd)
      : this.components.host;
  }

  /** @internal */
  protected markEdited(): void {
    this.edited = true;
    this.printed = undefined;
  }

  /** What a copy is made from: the same text while there is no edit, parts of its own after one. @internal */
  protected copySource(): UriSource {
    return this.edited || this.layout === undefined ? this.components.clone() : this.layout;
  }

  /** False for a parsed URI until it is edited; true for one that was built. */
  get isModified(): boolean {
    return this.edited;
  }

  /** The text of the URI alone: without display name and brackets, also of a `NameAddr`. */
  get uri(): string {
    this.printed ??= this.edited ? this.components.toString() : (this.layout as UriLayout).uriText;

    return this.printed;
  }

  /** Lower case. A sip URI can be made sips and back; any other change throws. */
  get scheme(): string {
    const { kind } = this;

    return kind === "other" ? this.components.schemeText.toLowerCase() : kind;
  }

  set scheme(value: string) {
    if (!this.isUnknownScheme && value !== this.scheme) {
      const kind = toSchemeText(this.components, value);

      this.components.kind = kind;
      this.components.schemeText = kind;
      this.markEdited();
    }
  }

  /** Whether the scheme is sip or sips. */
  get isSip(): boolean {
    return this.kind === "sip" || this.kind === "sips";
  }

  /** Whether the scheme is tel. */
  get isTel(): boolean {
    return this.kind === "tel";
  }

  /** Whether the scheme is none of sip, sips and tel. */
  get isUnknownScheme(): boolean {
    return this.kind === "other";
  }

  /**
   * The user part as plain text, or the number of a tel URI without visual
   * separators and in lower case; undefined when there is none. Control
   * characters and bytes that are no UTF-8 stay escaped (`%00`).
   *
   * Setting takes plain text: what must be escaped is, a percent sign too.
   * Undefined or "" removes user and password.
   */
  get user(): string | undefined {
    const { kind, user } = this.components;

    if (user === undefined || kind === "other") {
      return undefined;
    }

    return kind === "tel" ? normalizeNumber(user) : unescapeText(user);
  }

  set user(value: string | undefined) {
    if (this.isUnknownScheme || value === this.user) {
      return;
    }

    if (this.isTel) {
      this.components.user = toNumberText(value);
    } else {
      this.components.user = toUserText(value);
      this.components.password = this.components.user === undefined ? undefined : this.components.password;
    }

    this.markEdited();
  }

  /** The same as `user`. */
  get number(): string | undefined {
    return this.user;
  }

  set number(value: string | undefined) {
    this.user = value;
  }

  /** The password as plain text, as `user` otherwise; undefined when there is none. */
  get password(): string | undefined {
    const { password } = this.components;

    return password === undefined ? undefined : unescapeText(password);
  }

  set password(value: string | undefined) {
    if (!this.isSip || value === this.password) {
      return;
    }

    if (this.components.user === undefined) {
      throw new HeaderValueError("a URI without a user cannot have a password");
    }

    this.components.password = toPasswordText(value);
    this.markEdited();
  }

  /**
   * Lower case, without a dot at its end, IPv6 in brackets and in the form of
   * RFC 5952; undefined for schemes other than sip and sips. Setting takes an
   * IPv6 address with or without brackets.
   */
  get host(): string | undefined {
    return this.isSip ? normalizeHost(this.hostText) : undefined;
  }

  set host(value: string | undefined) {
    if (this.isSip && value !== this.host) {
      this.components.host = toHostText(value);
      this.markEdited();
    }
  }

  /** The same as `host`. */
  get domain(): string | undefined {
    return this.host;
  }

  set domain(value: string | undefined) {
    this.host = value;
  }

  /** What `host` is; undefined when there is none. */
  get hostType(): HostType | undefined {
    return this.isSip ? hostTypeOf(this.components.host) : undefined;
  }

  /** Undefined when the URI names none. */
  get port(): number | undefined {
    const { layout, parts } = this;

    if (parts === undefined && layout !== undefined) {
      return layout.portStart < 0 ? undefined : toNumber(layout.text, layout.portStart, layout.portEnd);
    }

    const { port } = this.components;

    return port === undefined ? undefined : toNumber(port, 0, port.length);
  }

  set port(value: number | undefined) {
    if (this.isSip && value !== this.port) {
      this.components.port = toPortText(value);
      this.markEdited();
    }
  }
}

/** The number that those digits are. PERF: `Number` leaves the optimised code for a text that was just cut out of another. */
function toNumber(text: string, start: number, end: number): number {
  let value = 0;

  for (let offset = start; offset < end; offset++) {
    value = value * 10 + text.charCodeAt(offset) - ZERO;
  }

  return value;
}
