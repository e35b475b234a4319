/** Which socket a finished handshake belongs to. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { connect } from "node:tls";
import { TlsHandshakes } from "../../../src/transport/tls-handshakes.ts";
import { EventLog } from "../../support/event-log.ts";
import { CertificateAuthority } from "../../support/make-certificates.ts";

describe("TLS handshakes of accepted sockets", () => {
  it("the late end of a socket leaves the newer one with the same addresses its place", async (context) => {
    const authority = new CertificateAuthority();

    context.after(() => authority.remove());

    const done = new EventLog<string>();
    const handshakes = new TlsHandshakes<string>({
      credentials: authority.leaf(),
      serverOptions: {},
      onSecure: (_socket, entry) => done.push(entry),
      onFailure: () => {},
      onServerError: (error) => assert.fail(error),
    });
    // These have no addresses at all, and so the same ones.
    const [, old] = duplexPair();
    const [peer, fresh] = duplexPair();

    handshakes.begin(old as Socket, "old");
    handshakes.begin(fresh as Socket, "new");
    old.destroy();
    await once(old, "close");

    const client = connect({ socket: peer as Socket, rejectUnauthorized: false });

    context.after(() => {
      client.destroy();
      fresh.destroy();
    });
    client.on("error", () => {});
    await once(client, "secureConnect");
    assert.equal(await done.at(0), "new");
  });
});
