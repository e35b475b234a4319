/** Every limit on connections is an option, and what is coded for transports is what is coded for the options. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { streamLimits } from "../../../src/app/sip-transports.ts";
import { webSocketLimits } from "../../../src/app/web-socket-transports.ts";
import { DEFAULT_CONFIGURATION } from "../../../src/config/default-values.ts";
import { DEFAULT_STREAM_LIMITS } from "../../../src/transport/stream-limits.ts";
import { DEFAULT_WS_LIMITS } from "../../../src/transport/ws-limits.ts";

describe("limits on connections", () => {
  it("of TCP and TLS all come from section sip, with the same defaults", () => {
    assert.deepEqual(streamLimits(DEFAULT_CONFIGURATION.sip), DEFAULT_STREAM_LIMITS);
  });

  it("of WS and WSS all come from section websocket, with the same defaults", () => {
    // How many reads one message may come in follows from none of the needs of a user.
    const { maxMessagePieces: _notAnOption, ...limits } = DEFAULT_WS_LIMITS;

    assert.deepEqual(webSocketLimits(DEFAULT_CONFIGURATION.websocket), limits);
  });

  it("are those of the file", () => {
    const sip = { ...DEFAULT_CONFIGURATION.sip, callbackTimeout: 7, maxPendingHandshakes: 3 };

    assert.equal(streamLimits(sip).callbackTimeoutMs, 7000);
    assert.equal(streamLimits(sip).maxPendingHandshakes, 3);
  });
});
