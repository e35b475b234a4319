/** Keeps what a transport delivers. */
import type { ParseFailure } from "../../src/message/parse-failure.ts";
import type { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import type { Flow } from "../../src/transport/flow.ts";
import type { TransportReceiver } from "../../src/transport/transport.ts";
import { EventLog } from "./event-log.ts";

export interface ReceivedMessage {
  readonly message: SipRequest | SipResponse;
  readonly flow: Flow;
}

export class RecordingReceiver implements TransportReceiver {
  readonly messages = new EventLog<ReceivedMessage>();
  readonly failures = new EventLog<{ readonly failure: ParseFailure; readonly flow: Flow }>();
  readonly closed = new EventLog<Flow>();

  /** Called after a message, or a failure, was kept. */
  onMessage: (message: SipRequest | SipResponse, flow: Flow) => void = () => {};
  onFailure: (failure: ParseFailure, flow: Flow) => void = () => {};

  receiveMessage(message: SipRequest | SipResponse, flow: Flow): void {
    this.messages.push({ message, flow });
    this.onMessage(message, flow);
  }

  receiveFailure(failure: ParseFailure, flow: Flow): void {
    this.failures.push({ failure, flow });
    this.onFailure(failure, flow);
  }

  flowClosed(flow: Flow): void {
    this.closed.push(flow);
  }

  flowToken(flow: Flow): string {
    return `token-of-${flow.remoteDescription}`;
  }
}
