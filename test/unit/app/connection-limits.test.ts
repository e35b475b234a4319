/** Every limit on connections is an option, and what is coded for transports is what is coded for the options. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusalLimits, streamLimits, udpLimits } from "../../../src/app/sip-transports.ts";
import { webSocketLimits } from "../../../src/app/web-socket-transports.ts";
import { DEFAULT_CONFIGURATION } from "../../../src/config/default-values.ts";
import { DEFAULT_REFUSAL_LIMITS } from "../../../src/transport/sip-transport-layer.ts";
import { DEFAULT_STREAM_LIMITS } from "../../../src/transport/stream-limits.ts";
import { DEFAULT_UDP_LIMITS } from "../../../src/transport/udp-transport.ts";
import { DEFAULT_WS_LIMITS } from "../../../src/transport/ws-limits.ts";

describe("limits on connections", () => {
  it("of TCP and TLS all come from section sip, with the same defaults", () => {
    assert.deepEqual(streamLimits(DEFAULT_CONFIGURATION.sip), DEFAULT_STREAM_LIMITS);
  });

  it("of WS and WSS all come from section websocket, with the same defaults", () => {
    assert.deepEqual(webSocketLimits(DEFAULT_CONFIGURATION.websocket), DEFAULT_WS_LIMITS);
  });

  it("of UDP, and of answers to what is unusable, all come from section sip, with the same defaults", () => {
    assert.deepEqual(udpLimits(DEFAULT_CONFIGURATION.sip), DEFAULT_UDP_LIMITS);
    assert.deepEqual(refusalLimits(DEFAULT_CONFIGURATION.sip), DEFAULT_REFUSAL_LIMITS);
  });

  it("are those of the file", () => {
    const sip = {
      ...DEFAULT_CONFIGURATION.sip,
      callbackTimeout: 7,
      maxPendingHandshakes: 3,
      maxKeepaliveRepliesPerSecond: 4,
      maxKeepaliveRepliesBurst: 5,
      maxRefusalsPerSecond: 6,
      maxRefusalsBurst: 8,
    };
    const websocket = { ...DEFAULT_CONFIGURATION.websocket, maxWsMessagePieces: 99 };

    assert.equal(streamLimits(sip).callbackTimeoutMs, 7000);
    assert.equal(streamLimits(sip).maxPendingHandshakes, 3);
    assert.deepEqual(udpLimits(sip).keepAliveReplies, { repliesPerSecond: 4, burst: 5 });
    assert.deepEqual(refusalLimits(sip), { repliesPerSecond: 6, burst: 8 });
    assert.equal(webSocketLimits(websocket).maxMessagePieces, 99);
  });
});
