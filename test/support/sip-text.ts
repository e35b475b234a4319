/** A SIP request as text, for tests of the whole server. */
export interface RequestText {
  readonly method?: string;
  readonly requestUri?: string;
  /** Port of the sender, for Via. */
  readonly port: number;
  /** Makes branch, tag and Call-ID. */
  readonly id: string;
}

export function sipRequestText({
  method = "OPTIONS",
  requestUri = "sip:127.0.0.1",
  port,
  id,
}: RequestText): string {
  return [
    `${method} ${requestUri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${id}`,
    `From: <sip:alice@example.com>;tag=${id}`,
    "To: <sip:bob@example.com>",
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    "Max-Forwards: 10",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}
