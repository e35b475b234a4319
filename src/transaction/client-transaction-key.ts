/** What client transactions are found by (RFC 3261 section 17.1.3), and told from others. */
import type { SipResponse } from "../message/sip-response.ts";

export interface ClientTransactionKey {
  /** Of the Via that it was sent with. */
  readonly branch: string;
  readonly method: string;
  readonly sentByHost: string;
  readonly sentByPort: number | undefined;
  readonly cseq: number;
  readonly callId: string;
}

/** As a text, in which it lingers. No part of it has a line break. */
export function textOfClientKey(key: ClientTransactionKey): string {
  const { method, branch, sentByHost, sentByPort, cseq, callId } = key;

  return `${method}\n${branch}\n${sentByHost}\n${sentByPort ?? ""}\n${cseq}\n${callId}`;
}

/** Of the transaction that a response answers. */
export function textOfAnsweredKey(response: SipResponse): string {
  const { branch = "", host, port } = response.topVia;
  const { method, cseq, callId } = response;

  return textOfClientKey({ branch, method, sentByHost: host, sentByPort: port, cseq, callId });
}
