/** Addresses and networks that peers are compared with. */
import { BlockList } from "node:net";
import { ipTypeOf } from "../util/ip-address.ts";

/** Of this machine alone. */
export const LOOPBACK_ADDRESSES: readonly string[] = ["127.0.0.0/8", "::1"];

/**
 * @param addresses such as "192.0.2.1", "10.0.0.0/8", "2001:db8::/32".
 * @throws {Error} when one is neither an address nor a network.
 */
export function addressList(addresses: readonly string[]): BlockList {
  const list = new BlockList();

  for (const text of addresses) {
    const [address = "", prefix] = text.split("/");
    const ipType = ipTypeOf(address) ?? "ipv4";

    if (prefix === undefined) {
      list.addAddress(address, ipType);
    } else {
      list.addSubnet(address, Number(prefix), ipType);
    }
  }

  return list;
}
