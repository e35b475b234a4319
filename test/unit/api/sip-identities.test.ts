import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, describe, it } from "node:test";
import { getSipIdentities } from "../../../src/api/sip-identities.ts";
import { CertificateWorkshop } from "./openssl-certificates.ts";

const workshop = new CertificateWorkshop();

after(() => workshop.close());

/** Of a self-signed certificate; alternative names as lines of openssl's section, such as `DNS.1 = example.com`. */
function identitiesOf(subject: string, ...altNames: readonly string[]): string[] {
  const extensions = altNames.length === 0 ? [] : ["subjectAltName=@names", "[names]", ...altNames];

  return getSipIdentities(workshop.sign({ subject, extensions }).pem);
}

describe("RFC 5922 section 7.1: SIP identities of a certificate", () => {
  it("hosts of sip URIs; DNS names do not count beside them, nor does the Common Name", () => {
    assert.deepEqual(
      identitiesOf(
        "/CN=cn.example.com",
        "URI.1 = sip:example.com",
        "DNS.1 = dns.example.com",
        "URI.2 = SIP:Example.NET;transport=tls",
        "URI.3 = sip:example.org:5061",
      ),
      ["example.com", "example.net", "example.org"],
    );
  });

  it("SECURITY: a sip URI with a user part names a user, not a domain", () => {
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "URI.1 = sip:bank.example@attacker.example"), []);
    assert.deepEqual(
      identitiesOf("/CN=cn.example.com", "URI.1 = sip:alice@example.com", "DNS.1 = dns.example.com"),
      ["dns.example.com"],
    );
  });

  it("SECURITY: a user part is one even when it looks like a host and what may follow it", () => {
    for (const uri of ["sip:bank.example:5060@attacker.example", "sip:bank.example;x=y@attacker.example"]) {
      assert.deepEqual(identitiesOf("/CN=cn.example.com", `URI.1 = ${uri}`), [], uri);
    }
  });

  it("a name that Node writes as a JSON string is read as what it says", () => {
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "URI.1 = sip:example.com;x=a\\,b"), ["example.com"]);
  });

  it("URIs of other schemes, sips too, are none; DNS names count then", () => {
    assert.deepEqual(
      identitiesOf(
        "/CN=cn.example.com",
        "URI.1 = sips:example.com",
        "URI.2 = http://example.com/",
        "DNS.1 = DNS.Example.com",
        "DNS.2 = dns.example.com",
      ),
      ["dns.example.com"],
    );
  });

  it("§7.2 SECURITY: wildcards are no identity", () => {
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "DNS.1 = *.example.com", "DNS.2 = example.com"), [
      "example.com",
    ]);
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "URI.1 = sip:*.example.com"), []);
    assert.deepEqual(identitiesOf("/CN=*.example.com"), []);
  });

  it("the Common Name counts only without any alternative name", () => {
    assert.deepEqual(identitiesOf("/CN=CN.Example.com"), ["cn.example.com"]);
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "IP.1 = 192.0.2.1"), []);
    assert.deepEqual(identitiesOf("/CN=first.example.com/CN=second.example.com"), ["first.example.com"]);
    assert.deepEqual(identitiesOf("/CN=Alice Smith"), []);
    assert.deepEqual(identitiesOf("/O=Nobody"), []);
  });

  it("SECURITY (CVE-2021-44532): a separator within one name does not make two", () => {
    assert.deepEqual(
      identitiesOf("/CN=cn.example.com", "URI.1 = http://x/, DNS:bank.example, URI:sip:bank.example"),
      [],
    );
    assert.deepEqual(
      identitiesOf("/CN=cn.example.com", 'URI.1 = http://x/\\", URI:sip:bank.example', "DNS.1 = example.com"),
      ["example.com"],
    );
  });

  it("SECURITY: what follows the host must end it", () => {
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "URI.1 = sip:bank.example/attacker.example"), []);
    assert.deepEqual(identitiesOf("/CN=cn.example.com", "URI.1 = sip:bank.example%00.attacker.example"), []);
  });

  it("takes a certificate object too; nothing, or no certificate, has no identity", () => {
    const { pem } = workshop.sign({ subject: "/CN=cn.example.com" });

    assert.deepEqual(getSipIdentities(new X509Certificate(pem)), ["cn.example.com"]);
    assert.deepEqual(getSipIdentities(undefined), []);
    assert.deepEqual(getSipIdentities("nonsense"), []);
  });
});
