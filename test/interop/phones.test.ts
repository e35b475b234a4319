/** baresip phones over UDP, TCP and TLS, through examples/edge-proxy, with Kamailio as the registrar behind it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Baresip } from "../support/baresip.ts";
import { Kamailio } from "../support/kamailio.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

type PhoneTransport = "udp" | "tcp" | "tls";

describe("phones, an edge and a registrar", () => {
  const authority = new CertificateAuthority();
  const certificate = authority.leaf({ subjectAltNames: ["IP:127.0.0.1"] });
  let kamailio: Kamailio;
  let server: ExampleServer;

  before(async () => {
    kamailio = await Kamailio.start({ authentication: true });
    server = await ExampleServer.start({
      example: "edge-proxy",
      environment: { REGISTRAR_PORT: String(kamailio.port) },
      files: { "tls/server.crt": certificate.cert, "tls/server.key": certificate.key },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await kamailio?.[Symbol.asyncDispose]();
    authority.remove();
  });

  const phone = async (user: string, transport: PhoneTransport): Promise<Baresip> =>
    Baresip.start({
      user,
      transport,
      proxy: await server.address(transport),
      authority: authority.cert,
    });

  for (const [from, to] of [
    ["udp", "tcp"],
    ["tcp", "tls"],
    ["tls", "udp"],
  ] as const) {
    it(`${from} calls ${to}: media flows, and both sides may hang up`, async () => {
      await using stack = new AsyncDisposableStack();
      const phones: Baresip[] = [];

      await withLogs(
        () => [server, kamailio, ...phones],
        async () => {
          const caller = stack.use(await phone(`caller-${from}`, from));

          phones.push(caller);

          const callee = stack.use(await phone(`callee-${to}`, to));

          phones.push(callee);

          for (const last of [caller, callee]) {
            await caller.dial(callee.user);
            await callee.event("CALL_INCOMING");
            await caller.event("CALL_RINGING");
            await callee.accept();
            await caller.event("CALL_ESTABLISHED");
            await callee.event("CALL_ESTABLISHED");
            await caller.event("CALL_RTPESTAB");
            await callee.event("CALL_RTPESTAB");
            await last.hangUp();
            await (last === caller ? callee : caller).event("CALL_CLOSED");
          }

          const binding = await kamailio.binding(callee.user);

          assert.match(binding.Path, new RegExp(`transport=${to};`), "the Path names the side of the phone");
        },
      );
    });
  }
});
