/** Requests as text, for tests of the proxy. */

export interface RequestTextOptions {
  /** Default "sip:bob@198.51.100.7:5062". */
  readonly ruri?: string;
  /** sent-by of the sender. Default "192.0.2.1:5060". */
  readonly sentBy?: string;
  /** Of the Via. Default "UDP". */
  readonly transport?: string;
  /** Default "z9hG4bKone". */
  readonly branch?: string;
  /** Default 70; undefined for none. */
  readonly maxForwards?: number | undefined;
  /** Default: none, a request outside of dialogs. */
  readonly toTag?: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** Further header lines. */
  readonly extra?: readonly string[];
  readonly body?: string;
}

/** A request with CRLF line ends. */
export function requestText(method: string, options: RequestTextOptions = {}): string {
  const {
    ruri = "sip:bob@198.51.100.7:5062",
    sentBy = "192.0.2.1:5060",
    transport = "UDP",
    branch = "z9hG4bKone",
    toTag,
    callId = "call-1",
    cseq = 1,
    extra = [],
    body = "",
  } = options;
  const maxForwards = "maxForwards" in options ? options.maxForwards : 70;

  return [
    `${method} ${ruri} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${sentBy};branch=${branch}`,
    ...(maxForwards === undefined ? [] : [`Max-Forwards: ${maxForwards}`]),
    'From: "Alice" <sip:alice@example.org>;tag=caller',
    `To: <sip:bob@example.com>${toTag === undefined ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} ${method}`,
    ...extra,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}
