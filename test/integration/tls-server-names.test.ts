/** Several certificates: TLS and WSS clients are shown the one for the name that they ask for (RFC 6066 section 3). */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import type { TlsCredentials } from "../../src/transport/tls-credentials.ts";
import { TlsTransport } from "../../src/transport/tls-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { WsServer } from "../support/ws-server.ts";

interface RunningServer {
  readonly port: number;
  setCredentials(credentials: TlsCredentials): void;
  close(): Promise<void>;
}

type Start = (credentials: TlsCredentials) => Promise<RunningServer>;

const startTls: Start = async (credentials) => {
  const transport = new TlsTransport({
    listen: [{ ip: "127.0.0.1", port: 0 }],
    receiver: new RecordingReceiver(),
    logger: new RecordingLogger(),
    clock: new SystemClock(),
    credentials,
  });

  await transport.bind();

  return {
    port: transport.listeningPoints[0]?.port ?? 0,
    setCredentials: (fresh) => transport.setCredentials(fresh),
    close: () => transport.close(),
  };
};

const startWss: Start = async (credentials) => {
  const server = await WsServer.start({ security: { transport: "wss", credentials } });

  return {
    port: server.port,
    setCredentials: (fresh) => server.transport.setCredentials(fresh),
    close: () => server.close(),
  };
};

/** What the first certificate is for, what the others are for, and what a client is shown that asks for a name. */
const SHOWN: readonly (readonly [asked: string, shown: string, why: string])[] = [
  ["", "first", "no name asked for"],
  ["edge.example.com", "first", "a name of the first"],
  ["unknown.example.org", "first", "a name of none"],
  ["alice.voice.example.com", "wildcard", "a wildcard, one label"],
  ["a.b.voice.example.com", "first", "RFC 6125 section 6.4.3: a wildcard is no two labels"],
  ["voice.example.com", "first", "a wildcard is no label less"],
  ["sip.voice.example.com", "exact", "the name itself before a wildcard"],
  ["SIP.Voice.Example.COM", "exact", "whatever its case"],
  ["sip.voice.example.com.", "exact", "with a dot at the end"],
  ["common.example.net", "common.example.net", "a common name without subjectAltName"],
  ["exact", "first", "RFC 6125 section 6.4.4: no common name beside subjectAltName"],
];

const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;

describe("several pairs of certificate and key", () => {
  let authority: CertificateAuthority;
  let first: MadeCertificate;
  let others: readonly MadeCertificate[];

  before(() => {
    authority = new CertificateAuthority();

    const leaf = (commonName: string, ...names: string[]): MadeCertificate =>
      authority.leaf({ commonName, ...(names.length === 0 ? {} : { subjectAltNames: names }) });

    first = leaf("first", "DNS:edge.example.com");
    others = [
      leaf("wildcard", "DNS:*.voice.example.com"),
      authority.leaf({
        commonName: "exact",
        keyKind: "rsa",
        subjectAltNames: ["DNS:other.example.com", "DNS:sip.voice.example.com"],
      }),
      leaf("common.example.net"),
    ];
  });

  after(() => authority.remove());

  async function shownTo(
    port: number,
    servername: string,
    version: (typeof VERSIONS)[number] = "TLSv1.3",
  ): Promise<unknown> {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca: authority.cert,
      servername,
      minVersion: version,
      maxVersion: version,
      checkServerIdentity: () => undefined,
    });

    await once(socket, "secureConnect");

    const { CN } = socket.getPeerCertificate().subject;

    socket.destroy();

    return CN;
  }

  for (const [name, start] of [
    ["TLS", startTls],
    ["WSS", startWss],
  ] as const) {
    for (const version of VERSIONS) {
      it(`${name}, ${version}: the certificate for the name that the client asks for`, async (context) => {
        const server = await start({ ...first, otherPairs: others });

        context.after(() => server.close());

        for (const [asked, shown, why] of SHOWN) {
          assert.equal(await shownTo(server.port, asked, version), shown, why);
        }
      });
    }

    it(`${name}: with one pair it is shown whatever is asked for`, async (context) => {
      const server = await start(first);

      context.after(() => server.close());
      assert.equal(await shownTo(server.port, "sip.voice.example.com"), "first");
    });

    it(`${name}: setCredentials replaces all pairs, none when one of them is broken`, async (context) => {
      const server = await start({ ...first, otherPairs: others });
      const [wildcard, exact, common] = others as [MadeCertificate, MadeCertificate, MadeCertificate];

      context.after(() => server.close());
      assert.throws(
        () => server.setCredentials({ ...common, otherPairs: [{ cert: wildcard.cert, key: exact.key }] }),
        /does not belong to the certificate/,
      );
      assert.equal(await shownTo(server.port, ""), "first");
      assert.equal(await shownTo(server.port, "alice.voice.example.com"), "wildcard");

      server.setCredentials({ ...common, otherPairs: [first] });
      assert.equal(await shownTo(server.port, ""), "common.example.net");
      assert.equal(await shownTo(server.port, "edge.example.com"), "first");
      assert.equal(await shownTo(server.port, "alice.voice.example.com"), "common.example.net");
    });
  }
});
