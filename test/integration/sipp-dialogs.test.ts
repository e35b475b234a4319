/** Requests from the callee's side of a call, back over the way that the caller came on: the sample server.ts. */
import { after, before, describe, it } from "node:test";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { callAcross, type Leg, TCP, TCP_IPV6, TLS, UDP, UDP_IPV6 } from "../support/sipp-call.ts";
import { sampleFiles } from "../support/sipp-samples.ts";
import { SippServer } from "../support/sipp-server.ts";

const CALLS = 15;

const PAIRS: readonly (readonly [Leg, Leg])[] = [
  [UDP, UDP],
  [TCP, UDP],
  [UDP, TCP],
  [TLS, UDP],
  [UDP, TLS],
  [TLS, TCP],
  [TCP_IPV6, UDP],
  [UDP, UDP_IPV6],
];

describe("a callee that re-invites and hangs up", { concurrency: 4 }, () => {
  const authority = new CertificateAuthority();
  const credentials = authority.leaf({ subjectAltNames: ["IP:127.0.0.1"] });
  let server: SippServer;

  before(async () => {
    server = await SippServer.start({
      ...sampleFiles(),
      "tls/demo.crt": credentials.cert,
      "tls/demo.key": credentials.key,
    });
  });

  after(async () => {
    authority.remove();
    await server.stop();
  });

  for (const [from, to] of PAIRS) {
    it(`reaches a caller on ${from.transport} and ${from.ipType} from ${to.transport} and ${to.ipType} (RFC 3261 section 12.2.1.1)`, async () => {
      await callAcross({
        server,
        from,
        to,
        calls: CALLS,
        caller: "caller-hung-up",
        callee: "callee-hangs-up",
        tls: { ...credentials, ca: authority.cert },
      });
    });
  }
});
