/**
 * A network behind NAT, of Linux network namespaces: this machine is the
 * Internet, `inside` the home of a phone, and `router` masquerades.
 *
 *     this machine 198.18.x.1 -- 198.18.x.2 router 10.x.0.1 -- 10.x.0.2 inside
 *
 * The router gives each mapping a port of its own choice, and forgets it when
 * nothing passes for a while, as home routers do.
 */
import { execFileSync } from "node:child_process";

/** From here on, ten ports lead to the inside: for the control connections of a test. */
export const CONTROL_PORT = 4444;

export interface NatOptions {
  /** Seconds for which a mapping of UDP, or of an idle TCP connection, is kept. */
  readonly mappingSeconds: number;
}

export class NatNetwork {
  /** Address of this machine towards the router. */
  readonly outsideIp: string;
  /** Address of the router: what the server sees. */
  readonly routerIp: string;
  /** Address behind the router. */
  readonly insideIp: string;
  /** Goes before a program that is to run behind the router. */
  readonly insideWrapper: readonly string[];
  readonly #name: string;
  readonly #router: string;
  readonly #inside: string;

  /** @throws {Error} with what the system said, when it lets us make no namespaces. */
  constructor({ mappingSeconds }: NatOptions) {
    const number = process.pid % 250;

    this.#name = `ov${process.pid}`;
    this.#router = `${this.#name}-router`;
    this.#inside = `${this.#name}-inside`;
    this.outsideIp = `198.18.${number}.1`;
    this.routerIp = `198.18.${number}.2`;
    this.insideIp = `10.77.${number}.2`;
    this.insideWrapper = ["ip", "netns", "exec", this.#inside];

    try {
      this.#build(mappingSeconds, `10.77.${number}.1`);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** Name of the router's interface towards this machine, to look at what passes. */
  get routerInterface(): string {
    return `${this.#name}b`;
  }

  /** Goes before a program that is to run on the router. */
  get routerWrapper(): readonly string[] {
    return ["ip", "netns", "exec", this.#router];
  }

  remove(): void {
    for (const words of [
      ["ip", "link", "del", `${this.#name}a`],
      ["ip", "netns", "del", this.#inside],
      ["ip", "netns", "del", this.#router],
    ]) {
      try {
        run(...words);
      } catch {
        // It was not made.
      }
    }
  }

  #build(mappingSeconds: number, routerInsideIp: string): void {
    const onRouter = (...words: string[]) => run(...this.routerWrapper, ...words);
    const onInside = (...words: string[]) => run(...this.insideWrapper, ...words);
    const [a, b, c, d] = ["a", "b", "c", "d"].map((letter) => `${this.#name}${letter}`) as [
      string,
      string,
      string,
      string,
    ];

    run("ip", "netns", "add", this.#router);
    run("ip", "netns", "add", this.#inside);
    run("ip", "link", "add", a, "type", "veth", "peer", "name", b, "netns", this.#router);
    onRouter("ip", "link", "add", c, "type", "veth", "peer", "name", d, "netns", this.#inside);
    run("ip", "addr", "add", `${this.outsideIp}/24`, "dev", a);
    onRouter("ip", "addr", "add", `${this.routerIp}/24`, "dev", b);
    onRouter("ip", "addr", "add", `${routerInsideIp}/24`, "dev", c);
    onInside("ip", "addr", "add", `${this.insideIp}/24`, "dev", d);
    run("ip", "link", "set", a, "up");
    onRouter("ip", "link", "set", b, "up");
    onRouter("ip", "link", "set", c, "up");
    onInside("ip", "link", "set", "lo", "up");
    onInside("ip", "link", "set", d, "up");
    onInside("ip", "route", "add", "default", "via", routerInsideIp);
    onRouter("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    // Rules first: the kernel tracks connections, and has these settings, once a rule needs it.
    execFileSync("ip", [...this.routerWrapper.slice(1), "nft", "-f", "-"], {
      input: rules(this.routerIp, this.insideIp, routerInsideIp),
    });
    onRouter(
      ...["sysctl", "-q", "-w"],
      ...["udp_timeout", "udp_timeout_stream", "tcp_timeout_established"].map(
        (name) => `net.netfilter.nf_conntrack_${name}=${mappingSeconds}`,
      ),
    );
  }
}

/** A mapping's port is random, so that a mapping that was forgotten does not come back by chance. */
function rules(routerIp: string, insideIp: string, routerInsideIp: string): string {
  return `table ip nat {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${routerIp} tcp dport ${CONTROL_PORT}-${CONTROL_PORT + 9} dnat to ${insideIp}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${insideIp} ip daddr != ${routerInsideIp} meta l4proto { tcp, udp } masquerade to :20000-40000 fully-random
  }
}
`;
}

function run(...words: readonly string[]): void {
  const [program = "", ...args] = words;

  execFileSync(program, args, { stdio: ["ignore", "pipe", "pipe"] });
}
