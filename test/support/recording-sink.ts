/** What a transport layer delivers, kept for a test. */
import type { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import type { Flow } from "../../src/transport/flow.ts";
import type { TransportSink } from "../../src/transport/transport-sink.ts";
import { AwaitableQueue } from "./awaitable-queue.ts";

export class RecordingSink implements TransportSink {
  readonly requests = new AwaitableQueue<{ readonly request: SipRequest; readonly flow: Flow }>();
  readonly responses = new AwaitableQueue<{ readonly response: SipResponse; readonly flow: Flow }>();
  readonly closedFlows = new AwaitableQueue<Flow>();

  receiveRequest(request: SipRequest, flow: Flow): void {
    this.requests.push({ request, flow });
  }

  receiveResponse(response: SipResponse, flow: Flow): void {
    this.responses.push({ response, flow });
  }

  flowClosed(flow: Flow): void {
    this.closedFlows.push(flow);
  }
}
