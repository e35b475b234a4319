/** A flow that keeps what was sent through it, instead of a network. */
import type { TransportError } from "../../src/errors/errors.ts";
import type { Flow, SendErrorCallback } from "../../src/transport/flow.ts";
import type { ListeningPoint } from "../../src/transport/listening-point.ts";
import type { TransportProtocol } from "../../src/transport/transport-protocol.ts";
import type { IpType } from "../../src/util/ip-address.ts";

export interface MemoryFlowOptions {
  /** Default "udp". */
  readonly transport?: TransportProtocol;
  /** Default "192.0.2.1". */
  readonly remoteIp?: string;
  /** Default 5060. */
  readonly remotePort?: number;
  /** Default "192.0.2.100". */
  readonly localIp?: string;
  /** Default 5060. */
  readonly localPort?: number;
  /** Default: `localIp:localPort`. */
  readonly sentBy?: string;
  readonly isOpenedByServer?: boolean;
}

export class MemoryFlow implements Flow {
  readonly transport: TransportProtocol;
  readonly isReliable: boolean;
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly localIp: string;
  readonly localPort: number;
  readonly isOpenedByServer: boolean;
  readonly listeningPoint: ListeningPoint;
  readonly cvars: Record<string, unknown> = Object.create(null);
  readonly flowToken: string;
  isOpen = true;
  takesAnswers = false;

  /** The messages sent, as text of one character a byte. */
  readonly sent: string[] = [];
  /** What `send` was given to report failures to, one for each message. */
  readonly errorCallbacks: (SendErrorCallback | undefined)[] = [];

  constructor(options: MemoryFlowOptions = {}) {
    this.transport = options.transport ?? "udp";
    this.isReliable = this.transport !== "udp";
    this.remoteIp = options.remoteIp ?? "192.0.2.1";
    this.remotePort = options.remotePort ?? 5060;
    this.localIp = options.localIp ?? "192.0.2.100";
    this.localPort = options.localPort ?? 5060;
    this.isOpenedByServer = options.isOpenedByServer ?? false;
    this.flowToken = `token-${this.remoteDescription}`;
    this.listeningPoint = {
      transport: this.transport,
      ipType: this.ipType,
      ip: this.localIp,
      port: this.localPort,
      sentBy: options.sentBy ?? `${bracketed(this.localIp)}:${this.localPort}`,
    };
  }

  get ipType(): IpType {
    return this.localIp.includes(":") ? "ipv6" : "ipv4";
  }

  get remoteIpType(): IpType {
    return this.remoteIp.includes(":") ? "ipv6" : "ipv4";
  }

  get remoteDescription(): string {
    return `${bracketed(this.remoteIp)}:${this.remotePort}`;
  }

  sendText(text: string, onError?: SendErrorCallback): void {
    this.send(Buffer.from(text, "latin1"), onError);
  }

  send(bytes: Uint8Array, onError?: SendErrorCallback): void {
    this.sent.push(Buffer.from(bytes).toString("latin1"));
    this.errorCallbacks.push(onError);
  }

  /** Reports that the message sent last could not be delivered. */
  failLastSend(error: TransportError): void {
    this.errorCallbacks.at(-1)?.(error);
  }

  /** The start lines of the messages sent. */
  get startLines(): string[] {
    return this.sent.map((text) => text.slice(0, text.indexOf("\r\n")));
  }

  close(): boolean {
    const wasOpen = this.isOpen && this.isReliable;

    if (this.isReliable) {
      this.isOpen = false;
    }

    return wasOpen;
  }
}

function bracketed(ip: string): string {
  return ip.includes(":") ? `[${ip}]` : ip;
}
