/** examples/tls-trunk: a PBX (Kamailio, a phone), and a carrier (Kamailio with mutual TLS, a phone), found by SRV from NSD. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { Baresip } from "../support/baresip.ts";
import { DOMAIN, Kamailio } from "../support/kamailio.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { Nsd } from "../support/nsd.ts";
import { findFreePort } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { probe } from "./sip-probe.ts";
import { withLogs } from "./with-logs.ts";

const CARRIER = "carrier.test";
const IMPOSTOR = "impostor.test";
/** Others of this machine are strangers: the PBX has an address of its own. */
const PBX_IP = "127.0.0.2";

/** Whoever is let in gets an answer to it. */
const OPTIONS = `${[
  `OPTIONS sip:${DOMAIN} SIP/2.0`,
  "Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1",
  `From: <sip:somebody@${CARRIER}>;tag=1`,
  `To: <sip:${DOMAIN}>`,
  "Call-ID: 1",
  "CSeq: 1 OPTIONS",
  "Max-Forwards: 0",
  "Content-Length: 0",
].join("\r\n")}\r\n\r\n`;

describe("a trunk over mutual TLS (RFC 5922)", () => {
  const authority = new CertificateAuthority();
  const leaf = (domain: string, by = authority): MadeCertificate =>
    by.leaf({ subjectAltNames: [`URI:sip:${domain}`] });
  let names: Nsd;
  let server: ExampleServer;
  let pbx: Kamailio;
  let carrier: Kamailio;

  const startServer = (carrierDomain: string, pbxHost: string, pbxPort: number): Promise<ExampleServer> => {
    const { cert, key } = leaf("edge.example.test");

    return ExampleServer.start({
      example: "tls-trunk",
      environment: { CARRIER_DOMAIN: carrierDomain, PBX_HOST: pbxHost, PBX_PORT: String(pbxPort) },
      files: { "tls/server.crt": cert, "tls/server.key": key, "tls/ca/authority.pem": authority.cert },
      settings: { "core.nameservers": [names.address] },
    });
  };

  before(async () => {
    const [pbxPort, carrierTlsPort] = [await findFreePort(PBX_IP), await findFreePort("127.0.0.1")];
    const zone = `_sips._tcp SRV 0 0 ${carrierTlsPort} sip\nsip A 127.0.0.1`;

    names = await Nsd.start({ [CARRIER]: zone, [IMPOSTOR]: zone });
    server = await startServer(CARRIER, PBX_IP, pbxPort);
    pbx = await Kamailio.start({
      ip: PBX_IP,
      port: pbxPort,
      trunk: { domain: CARRIER, uri: `sip:${await server.address("udp")}` },
    });
    carrier = await Kamailio.start({
      domain: CARRIER,
      tls: { port: carrierTlsPort, identity: leaf(CARRIER), authority: authority.cert },
      trunk: { domain: DOMAIN, uri: `sip:${await server.address("tls")};transport=tls` },
    });
  });

  after(async () => {
    await carrier?.[Symbol.asyncDispose]();
    await pbx?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await names?.stop();
    authority.remove();
  });

  it("calls go out and come in, with media", async () => {
    await using stack = new AsyncDisposableStack();
    const phones: Baresip[] = [];

    await withLogs(
      () => [server, pbx, carrier, ...phones],
      async () => {
        const inside = stack.use(
          await Baresip.start({ user: "inside", transport: "udp", proxy: pbx.address }),
        );

        phones.push(inside);

        const outside = stack.use(
          await Baresip.start({
            user: "outside",
            domain: CARRIER,
            transport: "udp",
            proxy: carrier.address,
          }),
        );

        phones.push(outside);

        for (const [caller, callee, domain] of [
          [inside, outside, CARRIER],
          [outside, inside, DOMAIN],
        ] as const) {
          await caller.dial(callee.user, domain);
          await callee.event("CALL_INCOMING");
          await callee.accept();
          await Promise.all([caller.event("CALL_ESTABLISHED"), callee.event("CALL_ESTABLISHED")]);
          await Promise.all([caller.event("CALL_RTPESTAB"), callee.event("CALL_RTPESTAB")]);
          await callee.hangUp();
          await caller.event("CALL_CLOSED");
        }

        assert.equal((await carrier.lines(/< INVITE .* tls:127\.0\.0\.1/, 1)).length, 1);
      },
    );
  });

  it("clients of another domain, of an unknown authority, or without certificate are closed unread", async () => {
    const stranger = new CertificateAuthority("Stranger");

    try {
      const [host, port] = (await server.address("tls")).split(":");

      for (const identity of [leaf("other.test"), leaf(CARRIER, stranger), undefined]) {
        const socket = connect({
          host,
          port: Number(port),
          ca: authority.cert,
          ...identity,
          checkServerIdentity: () => undefined,
        });
        let received = "";

        socket.on("error", () => {});
        socket.on("data", (bytes) => {
          received += String(bytes);
        });
        await once(socket, "secureConnect");
        socket.write(OPTIONS);
        await Promise.race([once(socket, "close"), once(socket, "data")]);
        socket.destroy();
        assert.equal(received, "");
      }
    } finally {
      stranger.remove();
    }
  });

  it("a call to servers that show the certificate of another domain fails with 500 TLS Validation Failed", async () => {
    await using impostor = await startServer(IMPOSTOR, "127.0.0.1", pbx.port);

    await withLogs(
      () => [impostor, carrier],
      async () => {
        const call = { method: "INVITE", ruri: `sip:outside@${IMPOSTOR}`, routes: [] };

        assert.equal(await probe(await impostor.address("udp"), call), "500 TLS Validation Failed");
      },
    );
  });

  it("who is neither PBX nor carrier calls nobody", async () => {
    const call = { method: "INVITE", ruri: `sip:outside@${CARRIER}`, routes: [] };

    assert.equal(await probe(await server.address("udp"), call), "403 Neither PBX nor Carrier");
  });
});
