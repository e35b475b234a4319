import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTlsContext, secureContextOptions } from "../../../src/transport/tls-credentials.ts";
import { CertificateAuthority } from "../../support/make-certificates.ts";

describe("TLS credentials", () => {
  it("SECURITY: TLS 1.2 and 1.3 only, whatever the runtime would allow", () => {
    const { minVersion, maxVersion } = secureContextOptions({});

    assert.deepEqual([minVersion, maxVersion], ["TLSv1.2", "TLSv1.3"]);
  });

  it("a pair of one kind, one of two kinds, and none", () => {
    const authority = new CertificateAuthority();
    const [ec, rsa, otherEc] = [authority.leaf(), authority.leaf({ keyKind: "rsa" }), authority.leaf()];

    authority.remove();
    createTlsContext({});
    createTlsContext({ ...ec, ca: [authority.cert] });
    assert.throws(
      () => createTlsContext({ cert: ec.cert, key: rsa.key }),
      /does not belong to the certificate/,
    );
    assert.throws(() => createTlsContext({ cert: ec.cert, key: otherEc.key }), /does not belong/);
    assert.throws(() => createTlsContext({ cert: "no PEM", key: ec.key }), Error);
  });

  it("a few authorities are named to clients, hundreds are not", () => {
    const named = (count: number): unknown =>
      secureContextOptions({ ca: new Array<string>(count).fill("PEM") }).ca;

    assert.equal((named(64) as string[]).length, 64);
    assert.deepEqual(named(65), []);
  });
});
