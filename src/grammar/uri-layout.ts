/**
 * Where the parts of a URI lie in a text. The scanners of the schemes fill
 * it; nothing is cut out of the text before somebody asks.
 */

/** `other` is every scheme besides: an absoluteURI of RFC 3261 section 25.1, kept as it is. */
export type UriKind = "sip" | "sips" | "tel" | "other";

/** All offsets are into `text`. A part that is absent has -1 as its start and its end, unless said otherwise. */
export class UriLayout {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  kind: UriKind = "other";
  /** Of the colon. */
  schemeEnd = -1;
  /** The user part of sip and sips; the number of tel. */
  userStart = -1;
  userEnd = -1;
  passwordStart = -1;
  passwordEnd = -1;
  hostStart = -1;
  hostEnd = -1;
  portStart = -1;
  portEnd = -1;
  /** Of the first semicolon; where it would stand when there are no parameters. */
  parametersStart = -1;
  /** Of the question mark; `end` when there are no headers. */
  parametersEnd = -1;

  constructor(text: string, start: number, end: number) {
    this.text = text;
    this.start = start;
    this.end = end;
  }

  /** The URI as it stands. */
  get uriText(): string {
    return this.text.slice(this.start, this.end);
  }
}
