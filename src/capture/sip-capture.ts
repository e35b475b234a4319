/**
 * A copy of every SIP message, in and out, for a receiver of HEP3. Of TLS and
 * WebSocket the SIP message alone, as this server reads or writes it.
 */
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import { ipAddressBytes } from "../transport/ip-address-bytes.ts";
import type { TransportObserver } from "../transport/transport-observer.ts";
import { callIdOf } from "./call-id-scan.ts";
import { type CaptureAgent, Hep3Encoder, MAX_CORRELATION_ID_BYTES } from "./hep3-packet.ts";

export interface SipCaptureOptions {
  readonly agent: CaptureAgent;
  /** Where packets go. Must not throw. */
  readonly send: (packet: Uint8Array) => void;
  /** The time of day in microseconds. */
  readonly nowUs: () => number;
  /** Told of what must not happen. */
  readonly failed: (error: unknown) => void;
}

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const IPV4_BYTES = 4;
const MAPPED_PREFIX = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

export class SipCapture implements TransportObserver {
  readonly #options: SipCaptureOptions;
  readonly #encoder: Hep3Encoder;

  constructor(options: SipCaptureOptions) {
    this.#options = options;
    this.#encoder = new Hep3Encoder(options.agent);
  }

  messageReceived(message: SipRequest | SipResponse, flow: Flow): void {
    this.#capture(message.text, Buffer.from(message.text, "latin1"), flow, true);
  }

  /** What is refused with an answer is a SIP request all the same. */
  failureReceived({ request }: ParseFailure, flow: Flow): void {
    if (request !== undefined) {
      this.messageReceived(request, flow);
    }
  }

  messageSent(bytes: Uint8Array, flow: Flow): void {
    this.#capture(latin1Text(bytes), bytes, flow, false);
  }

  responseSent(): void {}

  #capture(text: string, payload: Uint8Array, flow: Flow, isReceived: boolean): void {
    const { failed, nowUs, send } = this.#options;

    try {
      const [localIp, remoteIp] = sameFamily(ipBytes(flow.localIp), ipBytes(flow.remoteIp));
      const callId = callIdOf(text);

      send(
        this.#encoder.encode({
          sourceIp: isReceived ? remoteIp : localIp,
          destinationIp: isReceived ? localIp : remoteIp,
          sourcePort: isReceived ? flow.remotePort : flow.localPort,
          destinationPort: isReceived ? flow.localPort : flow.remotePort,
          ipProtocol: flow.transport === "udp" ? PROTOCOL_UDP : PROTOCOL_TCP,
          timeUs: nowUs(),
          correlationId:
            callId === undefined
              ? undefined
              : Buffer.from(callId.slice(0, MAX_CORRELATION_ID_BYTES), "latin1"),
          payload,
        }),
      );
    } catch (error) {
      // SECURITY: nobody's message is to fail because it could not be captured.
      failed(error);
    }
  }
}

function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function ipBytes(ip: string): Uint8Array {
  return ipAddressBytes(ip) ?? new Uint8Array(IPV4_BYTES);
}

/** The client of a TLS terminator may have another IP version than the connection that brings its messages. */
function sameFamily(local: Uint8Array, remote: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return local.length === remote.length ? [local, remote] : [mapped(local), mapped(remote)];
}

/** RFC 4291 section 2.5.5.2. */
function mapped(ip: Uint8Array): Uint8Array {
  return ip.length === IPV4_BYTES ? Buffer.concat([MAPPED_PREFIX, ip]) : ip;
}
