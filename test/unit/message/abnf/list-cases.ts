/** RFC 3261 sections 20.30 to 20.37, RFC 3327: Route, Record-Route, Path, Contact and lists of option tags. */
import { type AbnfCase, requestCase } from "../../../support/abnf-case.ts";
import { answer, anyOf, type Verdict, valid } from "../../../support/message-facts.ts";

function extra(lines: string | readonly string[], rule: string, expect: Verdict): AbnfCase {
  const list = [lines].flat();

  return requestCase(list.map((line) => JSON.stringify(line)).join(" and "), rule, { extra: list }, expect);
}

const BAD_ROUTE = answer(400, "Route");
const BAD_PROXY_REQUIRE = answer(400, "Proxy-Require");
const LR = ["lr", null] as const;

export const LIST_CASES: readonly AbnfCase[] = [
  extra(
    "Route: <sip:p1.example.com;lr>",
    "Route",
    valid({ routes: [{ host: "p1.example.com", uriParams: [LR] }] }),
  ),
  extra(
    ["Route: <sip:p1;lr>,<sip:p2;lr>", 'Route: <sip:p3;lr> , "x, <y>" <sip:p4;lr>;z=","'],
    "§7.3.1 one list, however split",
    valid({
      routes: [
        { host: "p1" },
        { host: "p2" },
        { host: "p3" },
        { host: "p4", displayName: "x, <y>", uriParams: [LR] },
      ],
      allHeaders: [["Route", ["<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>", '"x, <y>" <sip:p4;lr>;z=","']]],
    }),
  ),
  extra(
    "Route: <sip:a,b@p1;lr>, <sip:p2>",
    "name-addr: commas in brackets",
    valid({ routes: [{ user: "a,b" }, { host: "p2", uriParams: [["lr", undefined]] }] }),
  ),
  extra(
    "Route: <sip:p1;lr>;x=y",
    "rr-param",
    valid({ routes: [{ host: "p1", uriParams: [["x", undefined]] }] }),
  ),
  extra(
    "Route: <sip:[2001:db8::1]:5061;transport=tls;lr>",
    "name-addr",
    valid({ routes: [{ host: "[2001:db8::1]", port: 5061, uriParams: [["transport", "tls"]] }] }),
  ),
  extra(
    "Route:\r\n <sip:p1;lr>\r\n ,\r\n <sip:p2;lr>",
    "COMMA takes LWS",
    valid({ routes: [{ host: "p1" }, { host: "p2" }] }),
  ),
  extra("Route: sip:p1;lr", "route-param is a name-addr", BAD_ROUTE),
  extra("Route:", "Route is not empty", BAD_ROUTE),
  extra("Route: <sip:p1;lr>,", "no empty element", BAD_ROUTE),
  extra("Route: ,<sip:p1;lr>", "no empty element", BAD_ROUTE),
  extra("Route: <sip:p1;lr>,,<sip:p2;lr>", "no empty element", BAD_ROUTE),
  extra("Route: <sip:p1;lr", "RAQUOT", BAD_ROUTE),
  extra("Route: <sip:p1;lr> <sip:p2;lr>", "COMMA", BAD_ROUTE),
  extra("Route: <sip:>", "SIP-URI", BAD_ROUTE),
  extra("Route: <sip:p1;lr>, rubbish", "route-param", BAD_ROUTE),
  extra(["Route: <sip:p1;lr>", "Route: rubbish"], "route-param", BAD_ROUTE),
  extra(
    "Record-Route: <sip:p1;lr>, <sip:p2;lr>",
    "Record-Route",
    valid({ recordRoutes: [{ host: "p1" }, { host: "p2" }], routes: [] }),
  ),
  extra(
    "Record-Route: rubbish",
    "§16.3 step 1: what a proxy does not need",
    valid({ headers: [["Record-Route", "rubbish"]] }),
  ),
  extra(
    "Path: <sip:p1;lr;ob>, <sip:p2;lr>",
    "RFC 3327",
    valid({ paths: [{ host: "p1", uriParams: [["ob", null]] }, { host: "p2" }] }),
  ),
  extra("Path: <sip:p1;lr", "§16.3 step 1: what a proxy does not need", valid()),
  extra("Contact: *", "STAR", valid({ contact: undefined, headers: [["m", "*"]] })),
  extra(
    "Contact: <sip:a@h1>, <sip:b@h2>;q=0.5",
    "contact-param",
    valid({ contact: undefined, allHeaders: [["Contact", ["<sip:a@h1>", "<sip:b@h2>;q=0.5"]]] }),
  ),
  extra(
    'm: Alice <sip:a@h1;transport=ws>;expires=60;+sip.instance="<urn:uuid:1>"',
    "contact-params",
    valid({
      contact: {
        displayName: "Alice",
        user: "a",
        host: "h1",
        uriParams: [
          ["transport", "ws"],
          ["expires", undefined],
        ],
      },
    }),
  ),
  extra(
    "Contact: sip:a@h1;expires=60",
    "contact-param: the parameter is the header's",
    valid({ contact: { user: "a", uriParams: [["expires", undefined]] } }),
  ),
  extra(
    "Contact: <sip:a@h1",
    "§16.3 step 1: what a proxy does not need",
    valid({ headers: [["Contact", "<sip:a@h1"]] }),
  ),
  extra("Contact:", "§16.3 step 1: what a proxy does not need", valid()),
  extra("Proxy-Require: foo", "Proxy-Require", valid({ proxyRequire: ["foo"] })),
  extra(
    ["Proxy-Require: Foo , bar", "Proxy-Require:\tBAZ"],
    "option-tag has no case",
    valid({ proxyRequire: ["foo", "bar", "baz"] }),
  ),
  extra("Proxy-Require:", "an empty one requires nothing", valid({ proxyRequire: [] })),
  extra("Proxy-Require: a,,b", "no empty element", BAD_PROXY_REQUIRE),
  extra("Proxy-Require: a b", "option-tag is a token", BAD_PROXY_REQUIRE),
  extra("Proxy-Require: a;b", "option-tag is a token", BAD_PROXY_REQUIRE),
  extra('Proxy-Require: "a"', "option-tag is a token", BAD_PROXY_REQUIRE),
  extra("Require: 100rel, Timer", "Require", valid({ require: ["100rel", "timer"] })),
  extra("Require:", "§16.3 step 1: what a proxy does not need", valid()),
  extra("Require: a,,b", "§16.3 step 1: what a proxy does not need", valid()),
  extra("Supported: outbound,path , gruu", "Supported", valid({ supported: ["outbound", "path", "gruu"] })),
  extra(
    ["Supported: a", "k: b", "SUPPORTED: c"],
    "§7.3.3",
    valid({ supported: ["a", "b", "c"], allHeaders: [["k", ["a", "b", "c"]]] }),
  ),
  extra("Supported:", "Supported may be empty", valid({ supported: [] })),
  extra("k:  ", "Supported may be empty", valid({ supported: [] })),
  extra("Supported: a@b", "§16.3 step 1: what a proxy does not need", valid()),
  extra(
    ["Allow: INVITE,ACK", "Allow: BYE"],
    "Allow",
    valid({ allHeaders: [["Allow", ["INVITE", "ACK", "BYE"]]] }),
  ),
  extra(
    'Warning: 399 h "a, b", 300 h "c"',
    "Warning",
    valid({ allHeaders: [["Warning", ['399 h "a, b"', '300 h "c"']]] }),
  ),
  extra(
    'Reason: SIP;cause=200;text="a, b", Q.850;cause=16',
    "RFC 3326",
    valid({ allHeaders: [["Reason", ['SIP;cause=200;text="a, b"', "Q.850;cause=16"]]] }),
  ),
  extra(
    "P-Early-Media: sendrecv, gated",
    "RFC 5009 section 8",
    valid({ allHeaders: [["P-Early-Media", ["sendrecv", "gated"]]] }),
  ),
  extra(
    'Trigger-Consent: sip:a@h;target-uri="sip:b@h,c", sip:d@h',
    "RFC 5360 section 5.11.2",
    valid({ allHeaders: [["Trigger-Consent", ['sip:a@h;target-uri="sip:b@h,c"', "sip:d@h"]]] }),
  ),
  extra(
    "Permission-Missing: sip:a@h, sip:b@h",
    "RFC 5360 section 5.9.3",
    valid({ allHeaders: [["Permission-Missing", ["sip:a@h", "sip:b@h"]]] }),
  ),
  requestCase(
    "no lists at all",
    "absent headers",
    {},
    valid({ routes: [], recordRoutes: [], paths: [], contact: undefined, headers: [["Route", undefined]] }),
  ),
  extra("Route: <tel:+1>", "name-addr of another scheme", anyOf(valid(), BAD_ROUTE)),
];
