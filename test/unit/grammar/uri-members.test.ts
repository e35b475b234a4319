/** What user code reads from URIs and addresses, and writes into them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeaderValueError, ParsingError } from "../../../src/errors/errors.ts";
import { NameAddr } from "../../../src/grammar/name-addr.ts";
import { Uri } from "../../../src/grammar/uri.ts";

describe("Uri", () => {
  it("of sip and sips: every part, decoded and in one form", () => {
    const uri = Uri.parse("SIPS:%61lice:s%3Acret@Example.COM.:5062;Transport=TCP;lr;x=%41?Subject=hi");

    assert.deepEqual([uri.scheme, uri.isSip, uri.isTel, uri.isUnknownScheme], ["sips", true, false, false]);
    assert.deepEqual([uri.user, uri.number, uri.password], ["alice", "alice", "s:cret"]);
    assert.deepEqual([uri.host, uri.domain, uri.hostType], ["example.com", "example.com", "domain"]);
    assert.deepEqual([uri.port, uri.headers], [5062, "?Subject=hi"]);
    assert.deepEqual([uri.transportParam, uri.hasLr, uri.hasOb, uri.ovid], ["tcp", true, false, undefined]);
    assert.deepEqual(
      [uri.hasParam("TRANSPORT"), uri.getParam("LR"), uri.getParam("none")],
      [true, null, undefined],
    );
    assert.deepEqual([...uri.params.keys()], ["transport", "lr", "x"]);
    assert.equal(uri.aor, "sip:alice@example.com");
    assert.equal(uri.isModified, false);
  });

  it("a number sign in a received user part is read as itself, and written escaped", () => {
    const uri = Uri.parse("sip:*21#@example.com");

    assert.deepEqual([uri.user, uri.toString()], ["*21#", "sip:*21#@example.com"]);
    assert.equal(uri.aor, Uri.parse("sip:*21%23@example.com").aor);
    uri.user = "#31#1";
    assert.equal(uri.toString(), "sip:%2331%231@example.com");
  });

  it("hostType tells domains, IPv4 and IPv6; an IPv6 host is in the form of RFC 5952", () => {
    const hosts = ["sip:example.com", "sip:192.0.2.1", "sip:[2001:DB8:0:0::1]"].map((text) =>
      Uri.parse(text),
    );

    assert.deepEqual(
      hosts.map(({ host, hostType }) => [host, hostType]),
      [
        ["example.com", "domain"],
        ["192.0.2.1", "ipv4"],
        ["[2001:db8::1]", "ipv6_reference"],
      ],
    );
  });

  it("of tel: the number without visual separators, in lower case; no host", () => {
    const uri = Uri.parse("tel:863-(12.3)4A;phone-context=+1-914");

    assert.deepEqual([uri.scheme, uri.isSip, uri.isTel, uri.isUnknownScheme], ["tel", false, true, false]);
    assert.deepEqual([uri.number, uri.user], ["8631234a", "8631234a"]);
    assert.deepEqual([uri.host, uri.hostType, uri.port], [undefined, undefined, undefined]);
    assert.equal(uri.phoneContextParam, "+1-914");
    assert.equal(uri.aor, "tel:8631234a");
  });

  it("of another scheme: nothing but the scheme, and setters do nothing", () => {
    const uri = Uri.parse("URN:service:sos");

    uri.user = "x";
    uri.host = "x";
    uri.port = 1;
    uri.scheme = "sip";
    uri.transportParam = "udp";
    assert.deepEqual(
      [uri.scheme, uri.isUnknownScheme, uri.user, uri.host],
      ["urn", true, undefined, undefined],
    );
    assert.deepEqual([uri.aor, uri.isModified, uri.toString()], [undefined, false, "URN:service:sos"]);
  });

  it("edits are written escaped, and leave the rest as it was", () => {
    const uri = Uri.parse("sip:Alice:pw@Example.com:5062;A=B;lr?x=y");

    uri.user = "50% of ünits";
    assert.equal(uri.toString(), "sip:50%25%20of%20%C3%BCnits:pw@Example.com:5062;A=B;lr?x=y");
    uri.password = undefined;
    uri.port = undefined;
    uri.headers = undefined;
    uri.host = "2001:db8::5";
    uri.setParam("Note", "a b");
    uri.scheme = "sips";
    assert.equal(uri.uri, "sips:50%25%20of%20%C3%BCnits@[2001:db8::5];A=B;lr;Note=a%20b");
    assert.equal(uri.isModified, true);
    assert.equal(uri.deleteParam("a"), "B");
    assert.equal(uri.deleteParam("a"), false);
    uri.user = undefined;
    assert.equal(uri.toString(), "sips:[2001:db8::5];lr;Note=a%20b");
  });

  it("setters refuse what no URI can hold, and change nothing", () => {
    const uri = Uri.parse("sip:alice@example.com");

    for (const port of [-1, 65_536, 1.5, Number.NaN]) {
      assert.throws(() => {
        uri.port = port;
      });
    }

    for (const host of ["", "a b", "a@b", "[::1", "-a"]) {
      assert.throws(() => {
        uri.host = host;
      });
    }

    assert.throws(() => {
      uri.scheme = "tel";
    });
    assert.throws(() => uri.setParam("", "x"));
    assert.equal(uri.toString(), "sip:alice@example.com");
  });

  it("is built from its parts", () => {
    assert.equal(new Uri("sip", "a b", "Example.com", 5070).toString(), "sip:a%20b@Example.com:5070");
    assert.equal(new Uri("sips", undefined, "example.com").toString(), "sips:example.com");
    assert.equal(new Uri("tel", "+34-1").toString(), "tel:+34-1");
    assert.equal(new Uri("sip", undefined, "example.com").isModified, true);
  });

  it("a copy is edited on its own", () => {
    const uri = Uri.parse("sip:alice@example.com;lr");
    const copy = uri.clone();

    copy.user = "bob";
    copy.clearParams();
    assert.deepEqual([uri.toString(), copy.toString()], ["sip:alice@example.com;lr", "sip:bob@example.com"]);
  });
});

/** The examples of RFC 3261 section 19.1.4, RFC 5954 section 4.2 and RFC 3966 section 4. */
const EQUAL = [
  ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on"],
  [
    "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
    "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
  ],
  [
    "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
    "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
  ],
  ["sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"],
  ["sip:bob@[2001:db8::9:1]", "sip:bob@[2001:db8::9:01]"],
  ["sip:*21#@chicago.com", "sip:*21%23@chicago.com"],
  ["tel:+1-201-555-0123", "tel:+1(201)555.0123"],
  ["tel:863;phone-context=Example.com;ext=1", "tel:863;ext=1;phone-context=example.com"],
] as const;

const DIFFERENT = [
  ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
  ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
  ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
  ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
  ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
  ["sip:bob@biloxi.com", "sips:bob@biloxi.com"],
  ["tel:+1201", "tel:1201;phone-context=+1"],
  ["tel:863;phone-context=example.com", "tel:863;phone-context=example.org"],
  ["urn:a", "urn:b"],
] as const;

describe("Uri.equals (RFC 3261 section 19.1.4, RFC 3966 section 4, RFC 5954 section 4.2)", () => {
  for (const [pairs, wanted] of [
    [EQUAL, true],
    [DIFFERENT, false],
  ] as const) {
    for (const [first, second] of pairs) {
      it(`${first} and ${second} are ${wanted ? "equal" : "different"}, either way`, () => {
        assert.equal(Uri.parse(first).equals(Uri.parse(second)), wanted);
        assert.equal(Uri.parse(second).equals(Uri.parse(first)), wanted);
      });
    }
  }
});

describe("NameAddr", () => {
  it("reads display names: quoted, escaped, of tokens, none (RFC 3261 sections 20.10 and 25.1)", () => {
    const names = [
      '"A \\"quoted\\" name" <sip:a@h>',
      "Mr. Watson <sip:a@h>",
      "<sip:a@h>",
      '"J\u00f6rg" <sip:a@h>',
    ].map((text) => NameAddr.parse(text).displayName);

    assert.deepEqual(names, ['A "quoted" name', "Mr. Watson", undefined, "J\u00f6rg"]);
  });

  it("is written as it was until it is edited; `uri` is the URI alone", () => {
    const address = NameAddr.parse('  "A"   <sip:a@h;lr>'.trim());

    assert.deepEqual([address.toString(), address.uri], ['"A"   <sip:a@h;lr>', "sip:a@h;lr"]);
    address.user = "b";
    assert.equal(address.uri, "sip:b@h;lr");
    assert.match(address.toString(), /^"A" *<sip:b@h;lr>$/);
    address.displayName = undefined;
    assert.equal(address.toString(), "<sip:b@h;lr>");
  });

  it("refuses a display name that would break its line", () => {
    const address = NameAddr.parse("<sip:a@h>");

    assert.throws(() => {
      address.displayName = "x\r\nVia: y";
    }, HeaderValueError);
    assert.equal(address.toString(), "<sip:a@h>");
  });

  it("is built from its parts, and parse throws ParsingError", () => {
    assert.equal(new NameAddr("Bob", "sip", "bob", "example.com").toString(), '"Bob" <sip:bob@example.com>');

    for (const text of ["", "<sip:a@h", '"A <sip:a@h>', "A B", "<>"]) {
      assert.throws(() => NameAddr.parse(text), ParsingError, text);
    }
  });
});
