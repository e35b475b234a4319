/** What the requests of a far side need of it. */
import type { SipResponse } from "../message/sip-response.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { MemoryFlow } from "./memory-flow.ts";
import type { TestContext } from "./test-context.ts";
import type { TestDialogs } from "./test-dialog.ts";

/** Who waits for the responses to a request. */
export interface ResponseReceiver {
  receiveResponse(response: SipResponse): void;
}

export interface FarEndLink {
  readonly transport: TransportProtocol;
  readonly context: TestContext;
  /** `host:port` for Via. */
  readonly sentBy: string;
  /** `host:port` for Contact. */
  readonly contactHost: string;
  /** By branch and method of CSeq. */
  readonly transactions: Map<string, ResponseReceiver>;
  readonly dialogs: TestDialogs;
  /** Hands a message to the server; on a connection that is closed it is lost. */
  send(text: string, flow: MemoryFlow): void;
}
