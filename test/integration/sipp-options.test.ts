/** OPTIONS that server.ts answers without a transaction, over each transport and IP version, asked by sipp. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freePort } from "../support/free-port.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { Sipp } from "../support/sipp.ts";
import { SIPP_CONFIGURATION, SippServer } from "../support/sipp-server.ts";
import { SippTlsTunnel } from "../support/sipp-tls-tunnel.ts";

const REQUESTS = 300;
const REQUESTS_A_SECOND = 150;

const LOGIC = `
import type { SipEvents } from "oversip";

export const sipEvents: SipEvents = {
  onRequest(request) {
    request.reply(200, "OK");
  },
};
`;

describe("OPTIONS answered without a transaction (RFC 3261 sections 11 and 16.3)", { concurrency: 3 }, () => {
  const authority = new CertificateAuthority();
  let server: SippServer;
  let adminPort: number;

  before(async () => {
    adminPort = await freePort();

    const { cert, key } = authority.leaf({ subjectAltNames: ["IP:127.0.0.1", "IP:::1"] });

    server = await SippServer.start({
      "server.ts": LOGIC,
      "oversip.conf": `${SIPP_CONFIGURATION.replace("sip:", "sip:\n  sip_tls: yes\n  listen_port_tls: 0")}tls:
  public_cert: server.crt
  private_cert: server.key
admin:
  listen: 127.0.0.1:${adminPort}
`,
      "tls/server.crt": cert,
      "tls/server.key": key,
    });
  });

  after(async () => {
    authority.remove();
    await server.stop();
  });

  /** The lines of a metric, by how they begin. */
  const metric = async (start: string): Promise<string[]> => {
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();

    return metrics.split("\n").filter((line) => line.startsWith(start));
  };

  for (const transport of ["udp", "tcp", "tls"] as const) {
    for (const ipType of ["ipv4", "ipv6"] as const) {
      it(`${REQUESTS} over ${transport} and ${ipType} are all answered 200, and none leaves a transaction`, async () => {
        const address = server.address(transport, ipType);
        const tunnel =
          transport === "tls" ? await SippTlsTunnel.toServer(address, authority.cert) : undefined;

        await using stack = new AsyncDisposableStack();

        stack.use(tunnel);

        const asker = stack.use(
          await Sipp.start({
            scenario: "options",
            remote: tunnel?.address ?? address,
            localIp: tunnel === undefined && ipType === "ipv6" ? "::1" : "127.0.0.1",
            transport,
            calls: REQUESTS,
            rate: REQUESTS_A_SECOND,
            timeoutSeconds: 30,
          }),
        );

        await server.assertAllSucceed(REQUESTS, asker);

        const [begun] = await metric('oversip_transactions_total{kind="non_invite_server"}');

        assert.ok(Number(begun?.split(" ").at(-1)) >= REQUESTS);
        assert.deepEqual(await metric("oversip_transactions{"), []);
      });
    }
  }
});
