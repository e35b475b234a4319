/** A SIP response (RFC 3261 section 7.2). */
import { SipRuntimeError } from "../errors/errors.ts";
import { decodeText, encodeText } from "../grammar/text-encoding.ts";
import { requireReasonPhrase } from "./header-value.ts";
import { type MessageParts, SipMessage } from "./sip-message.ts";

export class SipResponse extends SipMessage {
  private code: number;
  private rawReason: string;
  private isStatusLineEdited = false;

  /** `rawReason` has one character a byte. @internal */
  constructor(parts: MessageParts, statusCode: number, rawReason: string) {
    super(parts);
    this.code = statusCode;
    this.rawReason = rawReason;
  }

  get method(): string {
    return this.parsedCSeq.method;
  }

  /** Tells a request from a response. */
  get isRequest(): false {
    return false;
  }

  /** Tells a response from a request. */
  get isResponse(): true {
    return true;
  }

  /** The version in the start line: "SIP/2.0". */
  get sipVersion(): string {
    return "SIP/2.0";
  }

  get statusCode(): number {
    return this.code;
  }

  /** @throws {SipRuntimeError} when it is no integer from 100 to 699. */
  set statusCode(statusCode: number) {
    requireStatusCode(statusCode);
    this.code = statusCode;
    this.isStatusLineEdited = true;
  }

  /** The reason phrase with one character a byte. @internal */
  get rawReasonPhrase(): string {
    return this.rawReason;
  }

  get reasonPhrase(): string {
    return decodeText(this.rawReason);
  }

  /** @throws {HeaderValueError} when it holds CR, LF, NUL or another control character than a tab. */
  set reasonPhrase(reasonPhrase: string) {
    requireReasonPhrase(reasonPhrase);
    this.rawReason = encodeText(reasonPhrase);
    this.isStatusLineEdited = true;
  }

  /** A copy with every edit so far. Later edits of either do not reach the other. @internal */
  clone(): SipResponse {
    const copy = new SipResponse(this.copyParts(), this.code, this.rawReason);

    this.copyEditsTo(copy);
    copy.isStatusLineEdited = this.isStatusLineEdited;

    return copy;
  }

  /** @internal */
  protected override editedStartLine(): string | undefined {
    return this.isStatusLineEdited ? `SIP/2.0 ${this.code} ${this.rawReason}\r\n` : undefined;
  }
}

/** @throws {SipRuntimeError} when it is no integer from 100 to 699 (RFC 3261 section 7.2). */
export function requireStatusCode(statusCode: number): void {
  if (!Number.isInteger(statusCode) || statusCode < 100 || statusCode > 699) {
    throw new SipRuntimeError(`${statusCode} is no status code: it must be an integer from 100 to 699`);
  }
}
