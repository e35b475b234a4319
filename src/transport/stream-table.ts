/** The connections of one stream transport, and which of them leads to a target. */
import { ipAddressBytes, ipAddressText } from "./ip-address-bytes.ts";
import type { StreamFlow } from "./stream-context.ts";

export class StreamTable {
  readonly #connections = new Set<StreamFlow>();
  readonly #byTarget = new Map<string, StreamFlow>();

  get size(): number {
    return this.#connections.size;
  }

  add(connection: StreamFlow): void {
    this.#connections.add(connection);
  }

  /** From now on messages to its peer go by this connection, unless an older one is there. */
  offer(connection: StreamFlow): void {
    const key = targetKey(connection.remoteIp, connection.remotePort, connection.domain);

    if (this.#byTarget.get(key)?.isOpen !== true) {
      this.#byTarget.set(key, connection);
    }
  }

  /**
   * The connection to a target. SECURITY: for TLS only one that was asked for
   * the same domain, since its certificate was looked at for that one.
   */
  find(ip: string, port: number, domain: string | undefined): StreamFlow | undefined {
    const connection = this.#byTarget.get(targetKey(ip, port, domain));

    return connection?.isOpen === true ? connection : undefined;
  }

  delete(connection: StreamFlow): void {
    const key = targetKey(connection.remoteIp, connection.remotePort, connection.domain);

    this.#connections.delete(connection);

    if (this.#byTarget.get(key) === connection) {
      this.#byTarget.delete(key);
    }
  }

  [Symbol.iterator](): IterableIterator<StreamFlow> {
    return this.#connections.values();
  }
}

function targetKey(ip: string, port: number, domain: string | undefined): string {
  return domain === undefined ? `${ip} ${port}` : `${ip} ${port} ${domain}`;
}

/** One spelling for each address, as the socket layer reports it. */
export function canonicalIp(ip: string): string {
  const bytes = ip.includes(":") ? ipAddressBytes(ip) : undefined;

  return bytes === undefined ? ip : ipAddressText(bytes);
}
