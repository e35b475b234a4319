/**
 * What a finished transaction keeps of its messages while it lingers: texts,
 * read again when somebody asks, which is hardly ever.
 *
 * PERF: they linger for half a minute, so that most of a busy server's memory,
 * and of its garbage collector's work, is theirs (benchmarks/proxy/finished-call-memory.ts).
 */
import type { HeaderLine } from "../message/header-line.ts";
import { HEADER_ID } from "../message/header-names.ts";
import { scanHeaderLines } from "../message/message-index.ts";
import { SipRequest } from "../message/sip-request.ts";
import { SipResponse } from "../message/sip-response.ts";

const CRLF = "\r\n";
/** Before the reason phrase. */
const STATUS_LENGTH = "SIP/2.0 200 ".length;

/**
 * A request that is whole at first, and later what responses are built from
 * and matched by (RFC 3261 sections 8.2.6.2 and 17.1.3): Via, From, To,
 * Call-ID and CSeq, in that request's order.
 */
export class KeptRequest {
  private whole: SipRequest | undefined;
  private text = "";
  private readonly method: string;

  constructor(request: SipRequest) {
    this.whole = request;
    this.method = request.method;
  }

  get request(): SipRequest {
    return this.whole ?? new SipRequest(partsOf(this.text, 0, this.text.length), this.method, "");
  }

  /** Lets go of all but the essentials. */
  reduce(): void {
    if (this.whole !== undefined) {
      this.text = ownText(this.whole.lines.filter(isEssential).map(textOf).join("") + CRLF);
      this.whole = undefined;
    }
  }

  /** The same text, without keeping alive the message that it was cut from. To be asked for after `reduce`. */
  ownCopyOf(text: string): string {
    const start = this.text.indexOf(text);

    return start === -1 ? text : this.text.slice(start, start + text.length);
  }
}

/** A response as it was sent. */
export class KeptResponse {
  private readonly text: string;
  private readonly statusCode: number;

  constructor(response: SipResponse) {
    this.text = ownText(response.toRawText());
    this.statusCode = response.statusCode;
  }

  read(): SipResponse {
    const text = this.text;
    const lineEnd = text.indexOf(CRLF);

    return new SipResponse(
      partsOf(text, lineEnd + CRLF.length, text.length),
      this.statusCode,
      text.slice(STATUS_LENGTH, lineEnd),
    );
  }
}

function partsOf(text: string, start: number, end: number) {
  const { lines, bodyStart } = scanHeaderLines(
    Buffer.from(text, "latin1"),
    text,
    start,
    end,
    Number.MAX_SAFE_INTEGER,
  );

  return { text, startLineEnd: start, lines, bodyStart, bodyEnd: end };
}

/** SECURITY: a slice of a text keeps the whole of it, be it 60 kB; through bytes it becomes one of its own. */
function ownText(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

function isEssential({ id }: HeaderLine): boolean {
  return (
    id === HEADER_ID.VIA ||
    id === HEADER_ID.FROM ||
    id === HEADER_ID.TO ||
    id === HEADER_ID.CALL_ID ||
    id === HEADER_ID.CSEQ
  );
}

function textOf({ source, start, end }: HeaderLine): string {
  return source.slice(start, end);
}
