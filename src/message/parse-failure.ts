/**
 * The parser's verdict on bytes that are no acceptable message. It is a value
 * and not a thrown error, because a peer decides how often it is made.
 */
import { ParsingError } from "../errors/errors.ts";
import type { SipRequest } from "./sip-request.ts";

/**
 * - `"not-sip"`: the bytes do not even look like SIP.
 * - `"drop"`: a response, an ACK, or a request that nobody could be answered about.
 * - `"answer"`: a request that is refused with `statusCode` and `reasonPhrase`.
 */
export type FailureDisposition = "not-sip" | "drop" | "answer";

export class ParseFailure {
  readonly disposition: FailureDisposition;
  /** What is wrong, one line, safe to log: it holds nothing that the peer wrote. */
  readonly message: string;
  /** The grammar rule or clause that broke. */
  readonly rule: string;
  /** Offset in the received bytes. */
  readonly offset: number;
  /** Canonical name of the header field at fault; undefined for the start line and the body. */
  readonly header: string | undefined;
  /** When `"answer"`. */
  readonly statusCode: number | undefined;
  /** When `"answer"`: tells the peer what to mend. */
  readonly reasonPhrase: string | undefined;
  /**
   * When `"answer"`: what to build the response from. Its topmost Via can be
   * read; nothing else of it may be relied on.
   */
  readonly request: SipRequest | undefined;

  constructor(details: {
    disposition: FailureDisposition;
    message: string;
    rule: string;
    offset: number;
    header?: string | undefined;
    statusCode?: number | undefined;
    reasonPhrase?: string | undefined;
    request?: SipRequest | undefined;
  }) {
    this.disposition = details.disposition;
    this.message = details.message;
    this.rule = details.rule;
    this.offset = details.offset;
    this.header = details.header;
    this.statusCode = details.statusCode;
    this.reasonPhrase = details.reasonPhrase;
    this.request = details.request;
  }

  /** The same as an error, for callers that throw. */
  get error(): ParsingError {
    return new ParsingError(this.message, { rule: this.rule, offset: this.offset, header: this.header });
  }
}
