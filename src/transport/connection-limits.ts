/** Counts the connections that clients hold, in all and by address. */
import { ipAddressBytes } from "./ip-address-bytes.ts";

export class ConnectionLimits {
  readonly #maxConnections: number;
  readonly #maxPerAddress: number;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(maxConnections: number, maxPerAddress: number) {
    this.#maxConnections = maxConnections;
    this.#maxPerAddress = maxPerAddress;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes one of the places for all. To be given back with `release` when true. */
  admit(): boolean {
    if (this.#count >= this.#maxConnections) {
      return false;
    }

    this.#count++;

    return true;
  }

  release(): void {
    this.#count--;
  }

  /** Takes one of the places of an address. To be given back with `releaseAddress` when true. */
  admitAddress(ip: string): boolean {
    const key = addressKey(ip);
    const count = this.#byAddress.get(key) ?? 0;

    if (count >= this.#maxPerAddress) {
      return false;
    }

    this.#byAddress.set(key, count + 1);

    return true;
  }

  releaseAddress(ip: string): void {
    const key = addressKey(ip);
    const count = this.#byAddress.get(key) ?? 0;

    if (count > 1) {
      this.#byAddress.set(key, count - 1);
    } else {
      this.#byAddress.delete(key);
    }
  }
}

/** By which an address is counted. SECURITY: an IPv6 host usually owns a whole /64 and could use a new address each time. */
export function addressKey(ip: string): string {
  if (!ip.includes(":")) {
    return ip;
  }

  const bytes = ipAddressBytes(ip);

  return bytes?.length === 16 ? Buffer.from(bytes.subarray(0, 8)).toString("hex") : ip;
}
