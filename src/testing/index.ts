/// <reference types="node" preserve="true" />
/**
 * `oversip/testing`: runs a user's server module without a network, for unit
 * tests by any test runner. `docs/guides/testing-your-server.md` shows how.
 */
export type { Answer, Answers } from "./answers.ts";
export type { ForwardedRequest, ReplyOptions } from "./forwarded-request.ts";
export type { OversipModule, ServerEvents } from "./load-events.ts";
export type { WebSocketClosing } from "./memory-web-socket.ts";
export type { HeaderFields } from "./message-text.ts";
export type { LogLine } from "./recording-logger.ts";
export type { DialogOptions, MessageOptions, SentRequest } from "./sent-request.ts";
export type { DnsTable } from "./table-dns.ts";
export type { SentMessage } from "./test-context.ts";
export type { CalleeOptions, ClientOptions } from "./test-network.ts";
export type { TestPeer } from "./test-peer.ts";
export { startTestServer, type TestRequestOptions, type TestServer } from "./test-server.ts";
export type { ConfigurationValues, TestReloadOptions, TestServerOptions } from "./test-server-options.ts";
