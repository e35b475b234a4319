/** examples/behind-haproxy: TLS phones on several addresses, haproxy with the example's own haproxy.cfg, a PBX by sipp. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { freePorts, Haproxy } from "../support/haproxy.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { requestText } from "../support/request-text.ts";
import { Sipp } from "../support/sipp.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/behind-haproxy");

describe("TLS that ends at haproxy", () => {
  const authority = new CertificateAuthority();
  let publicPort = 0;
  let pbx: Sipp;
  let server: ExampleServer;
  let haproxy: Haproxy;

  before(async () => {
    const [first = 0, tunnelPort = 0] = await freePorts(2);
    const { cert, key } = authority.leaf({ subjectAltNames: ["IP:127.0.0.1"] });

    publicPort = first;
    pbx = await Sipp.start({ scenario: "callee", calls: 100 });
    server = await ExampleServer.start({
      example: "behind-haproxy",
      environment: { PBX_PORT: String(pbx.localPort) },
      settings: { "sip.listen_port_tls": publicPort, "sip.listen_port_tls_tunnel": tunnelPort },
    });

    const text = readFileSync(join(EXAMPLE, "haproxy.cfg"), "utf8")
      .replace(":5061", `:${publicPort}`)
      .replace(":5062", `:${tunnelPort}`);

    haproxy = await Haproxy.start(text, publicPort, cert + key);
  });

  after(async () => {
    await haproxy?.stop();
    await server?.[Symbol.asyncDispose]();
    await pbx?.stop();
    authority.remove();
  });

  for (const localAddress of ["127.0.0.1", "127.0.0.2", "127.0.0.3"]) {
    it(`a phone at ${localAddress} calls, and onRequest sees its own address`, async () => {
      const options = { host: "127.0.0.1", port: publicPort, localAddress, ca: authority.cert };
      const socket = connect(options);
      const phone = new StreamPeer(socket);

      try {
        await withLogs(
          () => [server],
          async () => {
            phone.write(
              requestText("INVITE", {
                transport: "TLS",
                callId: localAddress,
                branch: `z9hG4bK${localAddress}`,
              }),
            );
            await phone.receives("SIP/2.0 200 OK");
            await server.line(
              new RegExp(`INVITE of ${escaped(`${localAddress}:${socket.localPort}`)} by tls$`),
            );
            // What belongs to the call comes to haproxy, the side of the PBX to this server.
            assert.match(phone.text, new RegExp(`Record-Route: [^\\r]*@127\\.0\\.0\\.1:${publicPort}[;>]`));
            assert.match(phone.text, new RegExp(`Via: SIP/2.0/TLS [^\\r]*received=${escaped(localAddress)}`));
          },
        );
      } finally {
        await phone.destroy();
      }
    });
  }
});

/** An address for a regular expression. */
function escaped(address: string): string {
  return address.replaceAll(".", "\\.");
}
