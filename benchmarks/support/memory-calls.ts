/**
 * Whole calls through transactions, proxy core and user code, without sockets:
 * INVITE, 100, 180, 200, ACK, BYE, 200.
 */
import { createProgrammingInterface } from "../../src/api/programming-interface.ts";
import { SystemCallbackRegistry } from "../../src/api/system-callbacks.ts";
import { UserRequestHandler } from "../../src/api/user-request-handler.ts";
import type { Configuration } from "../../src/config/configuration.ts";
import type { Logger } from "../../src/log/logger.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { LoopDetection } from "../../src/proxy/loop-detection.ts";
import { OwnRoutes } from "../../src/proxy/own-routes.ts";
import { ProxyCore } from "../../src/proxy/proxy-core.ts";
import { TargetBlacklist } from "../../src/resolver/target-blacklist.ts";
import { SipTransactionLayer } from "../../src/transaction/sip-transaction-layer.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { MemoryFlow } from "../../test/support/memory-flow.ts";
import { MemoryTransportLayer } from "../../test/support/memory-transport-layer.ts";
import { DEFAULT_PROFILE, responseTo } from "../../test/support/proxy-harness.ts";
import { requestText } from "../../test/support/request-text.ts";

/** Keeps the last message only. */
class LastMessageFlow extends MemoryFlow {
  last = "";

  override send(bytes: Uint8Array): void {
    this.last = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }
}

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  notice: () => undefined,
  warn: console.log,
  error: console.log,
  crit: console.log,
  isEnabled: (level) => level !== "debug",
  child: () => silent,
};
const clock = new SystemClock();
const transports = new MemoryTransportLayer();
const caller = new LastMessageFlow({ remoteIp: "192.0.2.1" });
const callee = new LastMessageFlow({ remoteIp: "198.51.100.7", remotePort: 5062 });
const targets = [{ transport: "udp", ip: "198.51.100.7", ipType: "ipv4", port: 5062 }] as const;

transports.flows.push(caller, callee);

const transactions = new SipTransactionLayer({
  transport: transports as never,
  clock,
  secret: Buffer.from("secret"),
  logger: silent,
  maxTransactions: 10_000_000,
});
const environment = {
  clock,
  logger: silent,
  transports,
  transactions,
  resolver: { resolve: () => targets },
  blacklist: new TargetBlacklist({ clock }),
  loopDetection: new LoopDetection(),
  ownRoutes: new OwnRoutes("secret", transports),
};
const { SipProxy } = createProgrammingInterface({
  version: "0.0.0",
  status: "running",
  configuration: {} as Configuration,
  profiles: new Map([["default_proxy", DEFAULT_PROFILE]]),
  logger: silent,
  trustedAuthorities: undefined,
  systemCallbacks: new SystemCallbackRegistry().forPackages(),
  environment,
});

transactions.setUser(
  new ProxyCore({
    environment,
    status: () => "running",
    handler: new UserRequestHandler(() => ({
      onRequest: (request) => {
        request.looseRoute();
        new SipProxy().route(request);
      },
    })),
  }),
);

const parser = new MessageParser();

function parse(text: string): SipRequest | SipResponse {
  return parser.parseDatagram(Buffer.from(text, "latin1")) as SipRequest | SipResponse;
}

function deliver(text: string, flow: LastMessageFlow): void {
  const message = parse(text);

  if (message instanceof SipRequest) {
    transactions.receiveRequest(message, flow);
  } else {
    transactions.receiveResponse(message, flow);
  }
}

/** One whole call; `number` makes it unlike others. */
export function call(number: number): void {
  const id = `${number}-x`;
  const common = { callId: id, extra: ["Contact: <sip:alice@192.0.2.1:5060>"] };

  deliver(requestText("INVITE", { ...common, branch: `z9hG4bKi${id}`, body: "v=0\r\n".repeat(40) }), caller);

  const invite = callee.last;

  deliver(responseTo(invite, "100 Trying"), callee);
  deliver(responseTo(invite, "180 Ringing", [], "callee"), callee);
  deliver(responseTo(invite, "200 OK", ["Contact: <sip:bob@198.51.100.7:5062>"], "callee"), callee);

  const route = /^Record-Route: (.*)\r$/m.exec(caller.last)?.[1];
  const inDialog = { ...common, toTag: "callee", extra: [`Route: ${route}`] };

  deliver(requestText("ACK", { ...inDialog, branch: `z9hG4bKa${id}` }), caller);
  deliver(requestText("BYE", { ...inDialog, branch: `z9hG4bKb${id}`, cseq: 2 }), caller);
  deliver(responseTo(callee.last, "200 OK"), callee);
}
