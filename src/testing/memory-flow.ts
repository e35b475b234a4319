/** A flow without a network: what is sent through it is handed to the far side in the same process. */
import { TransportError, type TransportFailure } from "../errors/errors.ts";
import type { Flow, SendErrorCallback } from "../transport/flow.ts";
import { formatHostPort, type ListeningPoint } from "../transport/listening-point.ts";
import type { TransportReceiver } from "../transport/transport.ts";
import { observeSent } from "../transport/transport-observer.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { IpType } from "../util/ip-address.ts";

/** The far side of a flow. */
export interface FarSide {
  readonly ip: string;
  readonly port: number;
  /** Whether what is sent there arrives. */
  readonly isReachable: boolean;
  deliver(bytes: Uint8Array, flow: MemoryFlow): void;
  /** The connection was closed, by whomever. */
  flowClosed(flow: MemoryFlow): void;
}

export interface MemoryFlowOptions {
  readonly listeningPoint: ListeningPoint;
  readonly farSide: FarSide;
  readonly receiver: TransportReceiver;
  readonly isOpenedByServer: boolean;
  /** Of a TLS connection that this server opens. */
  readonly domain?: string | undefined;
}

interface WaitingMessage {
  readonly bytes: Uint8Array;
  readonly onError: SendErrorCallback | undefined;
}

export class MemoryFlow implements Flow {
  readonly listeningPoint: ListeningPoint;
  readonly isOpenedByServer: boolean;
  readonly domain: string | undefined;
  readonly cvars: Record<string, unknown> = Object.create(null);
  readonly farSide: FarSide;
  readonly #receiver: TransportReceiver;
  #state: "opening" | "open" | "closed";
  /** What is sent before the connection is open. */
  #waiting: WaitingMessage[] = [];
  #failure: TransportFailure = "closed";

  constructor(options: MemoryFlowOptions) {
    this.listeningPoint = options.listeningPoint;
    this.farSide = options.farSide;
    this.isOpenedByServer = options.isOpenedByServer;
    this.domain = options.domain;
    this.#receiver = options.receiver;
    this.#state = this.isReliable ? "opening" : "open";
  }

  get transport(): TransportProtocol {
    return this.listeningPoint.transport;
  }

  get isReliable(): boolean {
    return this.transport !== "udp";
  }

  get ipType(): IpType {
    return this.listeningPoint.ipType;
  }

  get remoteIpType(): IpType {
    return this.ipType;
  }

  get localIp(): string {
    return this.listeningPoint.ip;
  }

  get localPort(): number {
    return this.listeningPoint.port;
  }

  get remoteIp(): string {
    return this.farSide.ip;
  }

  get remotePort(): number {
    return this.farSide.port;
  }

  get remoteDescription(): string {
    return formatHostPort(this.remoteIp, this.remotePort);
  }

  get flowToken(): string {
    return this.#receiver.flowToken(this);
  }

  get isOpen(): boolean {
    return this.#state !== "closed";
  }

  /** Whether its handshakes are done, so that messages pass. */
  get isEstablished(): boolean {
    return this.#state === "open";
  }

  sendText(text: string, onError?: SendErrorCallback): void {
    this.send(Buffer.from(text, "latin1"), onError);
  }

  send(bytes: Uint8Array, onError?: SendErrorCallback): void {
    if (this.#state === "closed") {
      this.#failLater(this.#failure, onError);
    } else if (this.#state === "opening") {
      this.#waiting.push({ bytes, onError });
    } else {
      observeSent(this.#receiver.observer, bytes, this);

      if (this.farSide.isReachable) {
        this.farSide.deliver(bytes, this);
      } else {
        this.#failLater("connection", onError);
      }
    }
  }

  close(): boolean {
    return this.isReliable && this.end(this.#state === "opening" ? "tls-validation" : "closed");
  }

  /** The connection is open: sends what has waited. */
  open(): void {
    if (this.#state !== "opening") {
      return;
    }

    this.#state = "open";

    for (const { bytes, onError } of this.#waiting.splice(0)) {
      this.send(bytes, onError);
    }
  }

  /** Closes the connection; what waits fails with that. False when it is closed already. */
  end(failure: TransportFailure): boolean {
    if (this.#state === "closed") {
      return false;
    }

    this.#state = "closed";
    this.#failure = failure;

    // As with a socket, whoever waits is told later than the call that closed it.
    process.nextTick(() => {
      for (const { onError } of this.#waiting.splice(0)) {
        onError?.(this.#errorOf(failure));
      }

      this.#receiver.flowClosed(this);
      this.farSide.flowClosed(this);
    });

    return true;
  }

  #failLater(failure: TransportFailure, onError: SendErrorCallback | undefined): void {
    if (onError !== undefined) {
      process.nextTick(onError, this.#errorOf(failure));
    }
  }

  #errorOf(failure: TransportFailure): TransportError {
    return new TransportError(`cannot send to ${this.remoteDescription}: ${failure}`, failure);
  }
}
