/** Calls from one transport or IP version to another, between real user agents (sipp). */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { Sipp } from "../support/sipp.ts";
import { callAcross, type Leg, TCP, TCP_IPV6, TLS, UDP, UDP_IPV6 } from "../support/sipp-call.ts";
import { SIPP_CONFIGURATION, SippServer } from "../support/sipp-server.ts";
import { SIPP_PROFILES, SIPP_USER_LOGIC, tellings } from "../support/sipp-user-logic.ts";

const CALLS = 15;
const TIMEOUT_SECONDS = 25;

const SAME: readonly (readonly [Leg, Leg])[] = [
  [UDP, UDP],
  [TCP, TCP],
  [TLS, TLS],
  [UDP_IPV6, UDP_IPV6],
];

const DIFFERENT: readonly (readonly [Leg, Leg])[] = [
  [UDP, TCP],
  [TCP, UDP],
  [UDP, TLS],
  [TLS, UDP],
  [TCP, TLS],
  [TLS, TCP],
  [UDP, UDP_IPV6],
  [UDP_IPV6, UDP],
  [TCP_IPV6, UDP],
  [UDP, TCP_IPV6],
];

describe("calls across transports", { concurrency: 4 }, () => {
  const authority = new CertificateAuthority();
  const credentials = authority.leaf({ subjectAltNames: ["IP:127.0.0.1"] });
  let server: SippServer;

  before(async () => {
    const tlsKeys = "sip:\n  sip_tls: yes\n  listen_port_tls: 0";

    server = await SippServer.start({
      "server.ts": SIPP_USER_LOGIC,
      "proxies.conf": SIPP_PROFILES,
      "oversip.conf": `${SIPP_CONFIGURATION.replace("sip:", tlsKeys)}tls:\n  public_cert: server.crt\n  private_cert: server.key\n`,
      "tls/server.crt": credentials.cert,
      "tls/server.key": credentials.key,
    });
  });

  after(async () => {
    authority.remove();
    await server.stop();
  });

  /** A whole call each, from INVITE to BYE, and what `server.ts` was told. */
  const call = async (from: Leg, to: Leg): Promise<Record<string, number>> => {
    const name = [from.transport, from.ipType, to.transport, to.ipType].join("-");

    await callAcross({
      server,
      from,
      to,
      calls: CALLS,
      caller: "caller",
      callee: "callee",
      parameters: `;case=${name}`,
      tls: { ...credentials, ca: authority.cert },
    });

    return tellings(server.marked(), name);
  };

  for (const [pairs, recordRoutes, clause] of [
    [SAME, 1, "RFC 3261 section 16.6 step 4"],
    [DIFFERENT, 2, "RFC 5658 section 4"],
  ] as const) {
    for (const [from, to] of pairs) {
      it(`${from.transport} on ${from.ipType} to ${to.transport} on ${to.ipType}: ${recordRoutes === 1 ? "one Record-Route" : "two Record-Routes"} (${clause})`, async () => {
        assert.deepEqual(await call(from, to), {
          [`target ${to.transport} ${to.ipType}`]: CALLS,
          "provisional 180": CALLS,
          [`success 200 over ${to.transport}, Record-Routes: ${recordRoutes}`]: CALLS,
          "outcome response": CALLS,
        });
      });
    }
  }

  describe("an INVITE of more than 1300 bytes to an address without transport (RFC 3261 section 18.1.1)", () => {
    const callLarge = async (name: string, transport: "udp" | "tcp"): Promise<Record<string, number>> => {
      const common = { calls: CALLS, timeoutSeconds: TIMEOUT_SECONDS };

      await using callee = await Sipp.start({ ...common, scenario: "callee", transport });
      await using caller = await Sipp.start({
        ...common,
        scenario: "caller-large",
        remote: server.address("udp"),
        keys: { callee: `${callee.address};case=${name}`, padding: "p".repeat(1300) },
      });

      await server.assertAllSucceed(CALLS, caller, callee);

      return tellings(server.marked(), name);
    };

    it("goes by TCP, and the call with it", async () => {
      assert.deepEqual(await callLarge("large-tcp", "tcp"), {
        "target udp ipv4": CALLS,
        "provisional 180": CALLS,
        "success 200 over tcp, Record-Routes: 2": CALLS,
        "outcome response": CALLS,
      });
    });

    it("goes by UDP where TCP is refused", async () => {
      assert.deepEqual(await callLarge("large-udp", "udp"), {
        "target udp ipv4": CALLS,
        "provisional 180": CALLS,
        "success 200 over udp, Record-Routes: 1": CALLS,
        "outcome response": CALLS,
      });
    });
  });
});
