/** The table of uri-grammar.test.ts: texts that the ABNF has, and texts that it has not, each with its rule. */

/** A text that is a URI. */
export interface ValidUri {
  readonly rule: string;
  readonly text: string;
}

/** A text that is none, with the rule that it breaks and the offset that the error must name. */
export interface InvalidUri {
  readonly rule: string;
  readonly text: string;
  readonly offset: number;
}

function valid(rule: string, ...texts: string[]): ValidUri[] {
  return texts.map((text) => ({ rule, text }));
}

function invalid(rule: string, ...cases: (readonly [text: string, offset: number])[]): InvalidUri[] {
  return cases.map(([text, offset]) => ({ rule, text, offset }));
}

export const VALID_URIS: readonly ValidUri[] = [
  ...valid("scheme", "sip:h", "SIP:h", "sIpS:h", "TEL:+1", "x-a+b.9:z"),
  ...valid(
    "user",
    "sip:alice@h",
    "sip:-_.!~*'()@h",
    "sip:&=+$,;?/@h",
    "sip:1@h",
    "sip:%00@h",
    "sip:%C3%a9@h",
    "sip:user;par=u%40example.net@example.com",
    "sip:sips%3Auser%40example.com@example.net",
    "sip:+1-212-555-1212:1234@gateway.com;user=phone",
    // Feature codes as phones send them.
    "sip:*21#@h",
    "sip:#31#5550123@h;user=phone",
  ),
  ...valid(
    "password",
    "sip:a:@h",
    "sip:a:b@h",
    "sip:a:-_.!~*'()&=+$,@h",
    "sip:a:%3A%40@h",
    "sip:a:5060@h:5060",
  ),
  ...valid(
    "hostname",
    "sip:a",
    "sip:localhost",
    "sip:a.b.c",
    "sip:a.b.c.",
    "sip:a-b.c--d",
    "sip:1.2.3.a",
    "sip:1a.b",
    "sip:9.com",
    "sip:xn--bcher-kva.example",
    "sip:my_host.local",
    "sip:example.com@example.com",
  ),
  ...valid("IPv4address", "sip:192.0.2.1", "sip:0.0.0.0", "sip:255.255.255.255", "sip:a@1.2.3.4:1"),
  ...valid(
    "IPv6reference",
    "sip:[::]",
    "sip:[::1]",
    "sip:[2001:db8::1]:5060",
    "sip:[1:2:3:4:5:6:7:8]",
    "sip:[1::8]",
    "sip:[1:2:3:4:5:6:7::]",
    "sip:[::2:3:4:5:6:7:8]",
    "sip:[::ffff:192.0.2.1]",
    "sip:[::FFFF:192.0.2.1]",
    "sip:[1:2:3:4:5:6:192.0.2.1]",
    "sip:[1:2:3:4:5::192.0.2.1]",
    "sips:a@[FE80::0001]",
  ),
  ...valid("port", "sip:h:0", "sip:h:65535", "sip:h:5060", "sip:h:00005060", "sip:h:1;lr"),
  ...valid(
    "uri-parameters",
    "sip:h;transport=tcp",
    "sip:h;TRANSPORT=TCP",
    "sip:h;lr",
    "sip:h;lr=on",
    "sip:h;maddr=[2001:db8::1];ttl=15",
    "sip:h;a[]/:&+$=b[]/:&+$",
    "sip:h;%61=%62",
    "sip:h;-_.!~*'()=x",
    "sip:h;method=INVITE;user=phone",
  ),
  ...valid(
    "headers",
    "sip:h?a=",
    "sip:h?a=b",
    "sip:h?a=b&c=d",
    "sip:h?a[]/?:+$=b[]/?:+$",
    "sip:h;lr?to=sip:bob%40biloxi.com",
    "sip:user@example.com?Route=%3Csip:example.com%3E",
  ),
  ...valid("global-number", "tel:+1", "tel:+1-201-555-0123", "tel:+(1).2-", "tel:+-1"),
  ...valid(
    "local-number",
    "tel:7042;phone-context=example.com",
    "tel:*#06#;phone-context=+1",
    "tel:aF9;phone-context=+1",
    "tel:112",
  ),
  ...valid(
    "par",
    "tel:+1;isub=1411",
    "tel:+1;isub=a?b,c@d=e%3B",
    "tel:+1;ext=1-2",
    "tel:+1;EXT=12",
    "tel:863-1234;phone-context=+1-914-555",
    "tel:1;phone-context=example.com.",
    "tel:+1;npdi;rn=+12;tgrp=[a]:b;x-y9=%41",
  ),
  ...valid(
    "absoluteURI",
    "http://www.example.com",
    "urn:service:sos",
    "isbn:2983792873",
    "name:John_Smith",
    "mailto:a@b?subject=c",
    "im:a;b:c@d&e=f+g$h,i",
    "soap.beep://192.0.2.103:3002",
    "ldap://[2001:db8::1]/c=GB",
    "nobodyKnowsThisScheme:totallyopaquecontent",
    "sipx:any",
    "si:p",
    "x:%20",
  ),
];

export const INVALID_URIS: readonly InvalidUri[] = [
  ...invalid(
    "scheme",
    ["", 0],
    [":", 0],
    ["sip", 3],
    ["1sip:a", 0],
    ["+a:b", 0],
    ["si p:a", 2],
    [" sip:a", 0],
    ["s_p:a", 1],
    ["<sip:a>", 0],
    ["é:a", 0],
  ),
  ...invalid(
    "user",
    ["sip:a b@h", 5],
    ['sip:"a"@h', 4],
    ["sip:@h", 4],
    ["sip:a<b@h", 5],
    ["sip:é@h", 4],
    ["sip:h#b", 5],
    ["sip:a:#@h", 6],
    ["sip:a\\b@h", 5],
    ["sip:\u{1f600}@h", 4],
    ["sip:a\r\nb@h", 5],
    ["sip::b@h", 4],
  ),
  ...invalid(
    "escaped",
    ["sip:%@h", 5],
    ["sip:%4@h", 6],
    ["sip:%4G@h", 6],
    ["sip:%G4@h", 5],
    ["sip:a:%zz@h", 7],
    ["sip:h;a=%1", 10],
    ["sip:h?a=%", 9],
    ["x:%", 3],
    ["tel:+1;a=%1z", 11],
  ),
  ...invalid("password", ["sip:a:b:c@h", 7], ["sip:a:b;c@h", 7], ["sip:a:b c@h", 7], ["sip:a:/@h", 6]),
  ...invalid(
    "host",
    ["sip:", 4],
    ["sip:a@", 6],
    ["sip:-a", 4],
    ["sip:a-", 6],
    ["sip:a-.b", 6],
    ["sip:.a", 4],
    ["sip:a..b", 6],
    ["sip:a.-b", 6],
  ),
  ...invalid("IPv6address", ["sip:[", 5], ["sip:[]", 5], ["sip:[1::2::3]", 5], ["sip:[12345::]", 5]),
  ...invalid("port", ["sip:h:", 6], ["sip:h:x", 6], ["sip:h:65536", 6], ["sip:h:-1", 6]),
  ...invalid("uri-parameter", ["sip:h;", 6], ["sip:h;a;", 8], ["sip:h;=x", 6], ["sip:h;a b", 7]),
  ...invalid("header", ["sip:h?", 6], ["sip:h?a", 7], ["sip:h?a=b&", 10]),
  ...invalid("telephone-subscriber", ["tel:", 4], ["tel:+", 5], ["tel:+x", 5], ["tel:g", 4]),
];
