/** A SIP request (RFC 3261 section 7.1). */
import { ParsingError } from "../errors/errors.ts";
import { encodeText } from "../grammar/text-encoding.ts";
import { Uri } from "../grammar/uri.ts";
import { type HeaderLine, makeHeaderLine } from "./header-line.ts";
import { resolveHeaderName } from "./header-names.ts";
import { requireHeaderName, requireHeaderValue } from "./header-value.ts";
import { type MessageParts, SipMessage } from "./sip-message.ts";
import { isToken } from "./typed-values.ts";

export class SipRequest extends SipMessage {
  readonly method: string;
  private readonly receivedUriText: string;
  private uri: Uri | undefined = undefined;
  private isUriReplaced = false;

  /** @internal */
  constructor(parts: MessageParts, method: string, requestUriText: string) {
    super(parts);
    this.method = method;
    this.receivedUriText = requestUriText;
  }

  /**
   * A request of the server's own. `headers` are name and value, in order;
   * Content-Length is added.
   *
   * @throws {ParsingError} when the method is no token.
   * @throws {HeaderValueError} on a name or value that cannot be written.
   * @internal
   */
  static build(
    method: string,
    requestUri: Uri | string,
    headers: readonly (readonly [name: string, value: string])[],
    body: Uint8Array | string = "",
  ): SipRequest {
    if (!isToken(method)) {
      throw new ParsingError(`${JSON.stringify(method)} is no method`, { rule: "Method", offset: 0 });
    }

    const uri = toRequestUri(requestUri);
    const text = `${method} ${uri.uri} SIP/2.0\r\n`;
    const lines: HeaderLine[] = headers.map(([name, value]) => {
      const resolved = resolveHeaderName(name);

      requireHeaderName(name);
      requireHeaderValue(name, value);

      return makeHeaderLine(resolved.id, resolved.canonical, encodeText(value));
    });
    const end = text.length;
    const request = new SipRequest(
      { text, startLineEnd: end, lines, bodyStart: end, bodyEnd: end },
      method,
      uri.uri,
    );

    request.body = body;

    return request;
  }

  /** Tells a request from a response. */
  get isRequest(): true {
    return true;
  }

  /** Tells a response from a request. */
  get isResponse(): false {
    return false;
  }

  /** The version in the start line: "SIP/2.0". */
  get sipVersion(): string {
    return "SIP/2.0";
  }

  /** The Request-URI. Editing it, or assigning another, changes the start line. */
  get ruri(): Uri {
    this.uri ??= Uri.parse(this.receivedUriText);

    return this.uri;
  }

  /**
   * Headers and a `method` parameter, which no Request-URI may have (RFC 3261
   * section 19.1.1), are left out.
   *
   * @throws {ParsingError} when given a text that is no URI.
   */
  set ruri(uri: Uri | string) {
    this.uri = toRequestUri(uri);
    this.isUriReplaced = true;
  }

  /** The Request-URI as it would be sent. */
  get requestUriText(): string {
    return this.uri === undefined ? this.receivedUriText : this.uri.uri;
  }

  /** Whether the request is outside of any dialog, which its To tag tells. */
  get initial(): boolean {
    return this.toTag === undefined;
  }

  /** Whether the request belongs to a dialog, which its To tag tells. */
  get inDialog(): boolean {
    return this.toTag !== undefined;
  }

  /** A copy with every edit so far. Later edits of either do not reach the other. @internal */
  clone(): SipRequest {
    const copy = new SipRequest(this.copyParts(), this.method, this.receivedUriText);

    this.copyEditsTo(copy);

    if (this.isUriReplaced || this.uri?.isModified) {
      copy.ruri = this.ruri;
    }

    return copy;
  }

  /** @internal */
  protected override editedStartLine(): string | undefined {
    return this.isUriReplaced || this.uri?.isModified
      ? `${this.method} ${this.ruri.uri} SIP/2.0\r\n`
      : undefined;
  }
}

/** A copy of the URI without what the table of RFC 3261 section 19.1.1 keeps out of a Request-URI. */
function toRequestUri(uri: Uri | string): Uri {
  const copy = Uri.parse(typeof uri === "string" ? uri : uri.uri);

  if (copy.isSip) {
    copy.headers = undefined;
    copy.deleteParam("method");
  }

  return copy;
}
