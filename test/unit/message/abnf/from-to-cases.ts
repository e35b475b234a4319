/** RFC 3261 sections 20.20 and 20.39: From and To. Each form is tried in both. */
import { type AbnfCase, bytesCase, requestCase } from "../../../support/abnf-case.ts";
import { request, requestOf, response } from "../../../support/message-bytes.ts";
import {
  type AddressFacts,
  answer,
  anyOf,
  drop,
  type Verdict,
  valid,
} from "../../../support/message-facts.ts";

/** The same value in From and in To. */
function both(value: string, rule: string, expect: (header: "From" | "To") => Verdict): AbnfCase[] {
  return (["From", "To"] as const).map((header) => ({
    name: `${header} value ${JSON.stringify(value)}`,
    rule,
    bytes: request({ replace: { [header]: `${header}: ${value}` } }),
    expect: expect(header),
  }));
}

function good(value: string, rule: string, tag: string | undefined, facts: AddressFacts): AbnfCase[] {
  return both(value, rule, (header) =>
    header === "From" ? valid({ fromTag: tag, from: facts }) : valid({ toTag: tag, to: facts }),
  );
}

function bad(value: string, rule: string): AbnfCase[] {
  return both(value, rule, (header) => answer(400, header));
}

function either(value: string, rule: string): AbnfCase[] {
  return both(value, rule, (header) => anyOf(valid(), answer(400, header)));
}

export const FROM_TO_CASES: readonly AbnfCase[] = [
  ...good("sip:alice@example.org;tag=a", "addr-spec: parameters belong to the header", "a", {
    displayName: undefined,
    user: "alice",
    uriParams: [["tag", undefined]],
  }),
  ...good('sip:alice@example.org;user=phone;tag=a;x="y;tag=z"', "from-param", "a", {
    uriParams: [["user", undefined]],
  }),
  ...good("<sip:alice@example.org;tag=inner>", "a parameter inside the brackets is the URI's", undefined, {
    uriParams: [["tag", "inner"]],
  }),
  ...good("<sip:alice@example.org>", "the tag is optional for RFC 2543 peers", undefined, { user: "alice" }),
  ...good("<sip:alice@example.org> ; TAG = a ; x", "SEMI, EQUAL take LWS; names have no case", "a", {
    user: "alice",
  }),
  ...good("<sip:alice@example.org>;tag=-.!%*_+`'~", "tag is a token", "-.!%*_+`'~", {}),
  ...good("Alice <sip:alice@example.org>;tag=a", "display-name of tokens", "a", { displayName: "Alice" }),
  ...good("Alice B. C-D <sip:alice@example.org>;tag=a", "display-name of tokens", "a", {
    displayName: "Alice B. C-D",
  }),
  ...good('"A, \\"B\\" \\\\ <sip:x@y>;tag=q" <sip:alice@example.org>;tag=a', "quoted-string", "a", {
    displayName: 'A, "B" \\ <sip:x@y>;tag=q',
    user: "alice",
  }),
  ...good('"Alice"<sip:alice@example.org>;tag=a', "name-addr needs no LWS", "a", { displayName: "Alice" }),
  ...good(
    '"\xd0\x90\xd0\xbb\xd0\xb8\xd1\x81\xd0\xb0" <sip:alice@example.org>;tag=a',
    "qdtext: UTF8-NONASCII",
    "a",
    {
      displayName: "Алиса",
    },
  ),
  ...good('"a\\\x01b\\\x7fc\\d" <sip:alice@example.org>;tag=a', "quoted-pair", "a", {
    displayName: "a\x01b\x7fcd",
  }),
  ...good('"a\tb" <sip:alice@example.org>;tag=a', "qdtext: LWS", "a", { user: "alice" }),
  ...good('"\xff" <sip:alice@example.org>;tag=a', "invalid UTF-8 survives", "a", { user: "alice" }),
  ...good('"" <sip:alice@example.org>;tag=a', "quoted-string may be empty", "a", { user: "alice" }),
  ...good("<sip:a,b;c?d@example.org>;tag=a", "brackets hold what a list would split", "a", {
    user: "a,b;c?d",
  }),
  ...good("<sip:alice@example.org?Subject=x>;tag=a", "headers need brackets", "a", { host: "example.org" }),
  ...good("<SIPS:Alice@EXAMPLE.org:5061>;tag=a", "SIPS-URI", "a", {
    scheme: "sips",
    host: "example.org",
    port: 5061,
  }),
  ...good("<sip:alice@[2001:db8::1]:5061>;tag=a", "IPv6reference", "a", {
    host: "[2001:db8::1]",
    port: 5061,
  }),
  ...good("<tel:+1-201-555-0123;phone-context=x>;tag=a", "RFC 3966", "a", { scheme: "tel" }),
  ...good("tel:+12015550123;tag=a", "RFC 3966", "a", { scheme: "tel" }),
  ...good("<urn:service:sos.fire>;tag=a", "absoluteURI", "a", { scheme: "urn" }),
  ...good("<http://example.org/;tag=b?x,y>;tag=a", "absoluteURI", "a", { scheme: "http" }),
  ...bad("", "not empty"),
  ...bad("*", "only Contact may be a star"),
  ...bad("Alice", "addr-spec"),
  ...bad("Alice Smith", "addr-spec"),
  ...bad("<>;tag=a", "addr-spec"),
  ...bad("<sip:>;tag=a", "hostport"),
  ...bad("<alice@example.org>;tag=a", "scheme"),
  ...bad("<sip:alice@example.org", "RAQUOT"),
  ...bad("sip:alice@example.org>", "LAQUOT"),
  ...bad("<<sip:alice@example.org>>;tag=a", "name-addr"),
  ...bad("<sip:alice@example.org>>;tag=a", "name-addr"),
  ...bad("< sip:alice@example.org>;tag=a", "name-addr: no LWS inside the brackets"),
  ...bad("<sip:alice@example.org >;tag=a", "name-addr: no LWS inside the brackets"),
  ...bad('"Alice <sip:alice@example.org>;tag=a', "quoted-string"),
  ...bad('Alice" <sip:alice@example.org>;tag=a', "display-name"),
  ...bad('"Alice" "B" <sip:alice@example.org>;tag=a', "display-name"),
  ...bad('"Alice\\" <sip:alice@example.org>;tag=a', "quoted-pair"),
  ...both('"a\x01b" <sip:alice@example.org>;tag=a', "qdtext has no controls", () => answer(400)),
  ...bad("A, B <sip:alice@example.org>;tag=a", "display-name is of tokens"),
  ...bad("A; B <sip:alice@example.org>;tag=a", "display-name is of tokens"),
  ...bad("A:B <sip:alice@example.org>;tag=a", "display-name is of tokens"),
  ...bad("A\\B <sip:alice@example.org>;tag=a", "display-name is of tokens"),
  ...bad("A> <sip:alice@example.org>;tag=a", "display-name is of tokens"),
  ...bad("A@B;tag=a", "display-name is no address"),
  ...good("A@B (C) <sip:alice@example.org>;tag=a", "display-name without its quotes", "a", {
    displayName: "A@B (C)",
    user: "alice",
  }),
  ...good("(C)<sip:alice@example.org>;tag=a", "display-name without its quotes", "a", { displayName: "(C)" }),
  ...good("\xd0\x90 B <sip:alice@example.org>;tag=a", "display-name without its quotes", "a", {
    displayName: "\u0410 B",
  }),
  ...bad("<sip:alice@example.org>tag=a", "SEMI"),
  ...good("<sip:alice@example.org>;tag=a;", "one semicolon at the end", "a", { user: "alice" }),
  ...good("sip:alice@example.org ;tag=a ; ", "one semicolon at the end", "a", { user: "alice" }),
  ...good("<sip:alice@example.org>;x=;tag=a;y=", "empty values", "a", { user: "alice" }),
  ...bad("<sip:alice@example.org>;tag=a;;", "from-param"),
  ...bad("<sip:alice@example.org>;;", "from-param"),
  ...bad("<sip:alice@example.org>;=a;tag=a", "from-param"),
  ...bad("<sip:alice@example.org>;x=@;tag=a", "gen-value"),
  ...bad("<sip:alice@example.org>;;tag=a", "from-param"),
  ...bad("<sip:alice@example.org>;tag=", "tag-param"),
  ...bad("<sip:alice@example.org>;tag=a b", "tag-param is a token"),
  ...bad("<sip:alice@example.org>;tag=a@b", "tag-param is a token"),
  ...bad("<sip:alice@example.org>;tag=a;tag=b", "§7.3.1 no parameter twice"),
  ...bad("<sip:alice@example.org>;tag=a;Tag=a", "§7.3.1 no parameter twice"),
  ...bad("<sip:alice@example.org>;tag=a, <sip:b@c>;tag=b", "one value only"),
  ...bad("sip:alice@example.org?Subject=x;tag=a", "§20 a question mark needs brackets"),
  ...bad("sip:alice,b@example.org;tag=a", "§20 a comma needs brackets"),
  ...bad("<sip:al%zzice@example.org>;tag=a", "escaped"),
  ...bad("<sip:alice@example.org:port>;tag=a", "port"),
  ...bad("<sip:alice@example.org>;tag", "tag-param has a value"),
  ...either('<sip:alice@example.org>;tag="a"', "tag-param is a token, gen-value need not be"),
  ...(["From", "To"] as const).flatMap((header) => [
    requestCase(
      `${header} is missing`,
      "§8.1.1 a mandatory header",
      { replace: { [header]: [] } },
      answer(400, header),
    ),
    requestCase(
      `${header} twice`,
      "§7.3.1 one line",
      { extra: [`${header}: <sip:x@y>;tag=z`] },
      answer(400, header),
    ),
    requestCase(
      `${header} twice, once in compact form`,
      "§7.3.1 one line",
      { extra: [`${header[0]}: <sip:x@y>;tag=`] },
      answer(400, header),
    ),
    bytesCase(
      `${header} is missing in a response`,
      "§8.1.1",
      response({ replace: { [header]: [] } }),
      drop(header),
    ),
    bytesCase(
      `${header} twice in a response`,
      "§7.3.1",
      response({ extra: [`${header}: <sip:x@y>;tag=z`] }),
      drop(header),
    ),
    bytesCase(
      `a broken ${header} in an ACK`,
      "§17 an ACK is never answered",
      requestOf("ACK", { replace: { [header]: `${header}: <sip:x` } }),
      drop(header),
    ),
  ]),
];
