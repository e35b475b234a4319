/**
 * The parts of a URI as texts that can be replaced one by one, each as it is
 * written in the URI, and their printing (RFC 3261 section 19.1.1, RFC 3966
 * section 3). Whoever sets a part has made it follow its grammar.
 */
import type { UriKind, UriLayout } from "./uri-layout.ts";
import { UriParameters } from "./uri-parameters.ts";

/** A URI in parts. */
export class UriComponents {
  kind: UriKind;
  schemeText: string;
  /** The user part of sip and sips, the number of tel, all after the colon of another scheme. */
  user: string | undefined = undefined;
  password: string | undefined = undefined;
  /** "" for tel and other schemes. */
  host = "";
  port: string | undefined = undefined;
  parameters: UriParameters;
  /** From the question mark on; "" when there are none. */
  headers = "";

  constructor(kind: UriKind, schemeText: string, parameters: UriParameters) {
    this.kind = kind;
    this.schemeText = schemeText;
    this.parameters = parameters;
  }

  clone(): UriComponents {
    const copy = new UriComponents(this.kind, this.schemeText, this.parameters.clone());

    copy.user = this.user;
    copy.password = this.password;
    copy.host = this.host;
    copy.port = this.port;
    copy.headers = this.headers;

    return copy;
  }

  toString(): string {
    let text = `${this.schemeText}:`;

    if (this.kind === "tel" || this.kind === "other") {
      return text + this.user + this.parameters;
    }

    if (this.user !== undefined) {
      text += this.password === undefined ? `${this.user}@` : `${this.user}:${this.password}@`;
    }

    text += this.port === undefined ? this.host : `${this.host}:${this.port}`;

    return text + this.parameters + this.headers;
  }
}

/** Cuts the parts of a scanned URI out of its text. */
export function cutComponents(layout: UriLayout): UriComponents {
  const text = layout.text;
  const schemeText = text.slice(layout.start, layout.schemeEnd);

  if (layout.kind === "other") {
    const components = new UriComponents(layout.kind, schemeText, new UriParameters(""));

    components.user = text.slice(layout.schemeEnd + 1, layout.end);

    return components;
  }

  const parameters = new UriParameters(text.slice(layout.parametersStart, layout.parametersEnd));
  const components = new UriComponents(layout.kind, schemeText, parameters);

  components.user = cut(text, layout.userStart, layout.userEnd);
  components.password = cut(text, layout.passwordStart, layout.passwordEnd);
  components.host = cut(text, layout.hostStart, layout.hostEnd) ?? "";
  components.port = cut(text, layout.portStart, layout.portEnd);
  components.headers = text.slice(layout.parametersEnd, layout.end);

  return components;
}

function cut(text: string, start: number, end: number): string | undefined {
  return start === -1 ? undefined : text.slice(start, end);
}
