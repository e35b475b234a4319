/** RFC 4475 sections 3.1.1.1 to 3.1.1.5: valid messages that stretch white space, characters and escapes. */
import { valid } from "../../support/message-facts.ts";
import type { TortureCase } from "../../support/torture-case.ts";

export const PARSER_VALID_CHARACTERS: readonly TortureCase[] = [
  {
    file: "wsinv.dat",
    section: "3.1.1.1",
    prose:
      "Spaces, tabs and folding everywhere the grammar allows them, compact and oddly cased names, an empty " +
      "Subject, escaped quotes, two Vias on a line, a top Via of RFC 2543: all of it has to be accepted.",
    headerLines: 14,
    verdict: valid({
      isRequest: true,
      method: "INVITE",
      requestUri: "sip:vivekg@chair-dnrc.example.com;unknownparam",
      ruri: {
        scheme: "sip",
        user: "vivekg",
        host: "chair-dnrc.example.com",
        port: undefined,
        uriParams: [["unknownparam", null]],
      },
      callId: "wsinv.ndaksdj@192.0.2.1",
      cseq: 9,
      fromTag: "98asjd8",
      toTag: "1918181833n",
      maxForwards: 68,
      contentLength: 150,
      bodyLength: 150,
      from: { displayName: 'J Rosenberg \\"', scheme: "sip", user: "jdrosen", host: "example.com" },
      to: { displayName: undefined, scheme: "sip", user: "vivekg", host: "chair-dnrc.example.com" },
      contact: { displayName: 'Quoted string ""', scheme: "sip", user: "jdrosen", host: "example.com" },
      vias: [
        {
          transport: "UDP",
          host: "192.0.2.2",
          port: undefined,
          branch: "390skdjuw",
          isRfc3261Branch: false,
          hasRport: false,
        },
        { transport: "TCP", host: "spindle.example.com", port: undefined, branch: "z9hG4bK9ikj8" },
        { transport: "UDP", host: "192.168.255.111", branch: "z9hG4bK30239", isRfc3261Branch: true },
      ],
      routes: [
        {
          host: "services.example.com",
          user: undefined,
          uriParams: [
            ["lr", null],
            ["unknownwith", "value"],
            ["unknown-no-value", null],
          ],
        },
      ],
      headers: [
        ["Subject", ""],
        ["s", ""],
        ["NewFangledHeader", "newfangled value continued newfangled value"],
        ["unknownheaderwithunusualvalue", ";;,,;;,;"],
        ["CSEQ", "0009 INVITE"],
        ["Via", "SIP  /   2.0 /UDP 192.0.2.2;branch=390skdjuw"],
        ["c", "application/sdp"],
        ["Route", "<sip:services.example.com;lr;unknownwith=value;unknown-no-value>"],
      ],
    }),
  },
  {
    file: "intmeth.dat",
    section: "3.1.1.2",
    prose:
      "Every character that a token, a word, a user part, a password, a quoted pair and a header name may hold, " +
      "with UTF-8 in a header value and in a parameter. Well formed; the method is unknown.",
    headerLines: 8,
    upperLayer: "A proxy forwards the unknown method as it would any other; an endpoint answers 501.",
    verdict: valid({
      isRequest: true,
      method: "!interesting-Method0123456789_*+`.%indeed'~",
      requestUri:
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:" +
        "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
      ruri: {
        scheme: "sip",
        user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
        host: "example.com",
        port: undefined,
      },
      callId: "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
      cseq: 139122385,
      fromTag: "_token~1'+`*%!-.",
      toTag: undefined,
      maxForwards: 255,
      bodyLength: 0,
      from: { displayName: "token1~` token2'+_ token3*%!.-", user: "mundane", host: "example.com" },
      to: {
        displayName: "BEL:\x07 NUL:\x00 DEL:\x7f",
        user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
        host: "example.com",
      },
      viaCount: 1,
      topVia: {
        transport: "TCP",
        host: "host1.example.com",
        branch: "z9hG4bK-.!%66*_+`'~",
        isRfc3261Branch: true,
      },
      // U+FEFF is a character of the value here, not a mark to be stripped.
      headers: [["extensionHeader-!.%*+_`'~", "\ufeff\u5927\u505c\u96fb"]],
    }),
  },
  {
    file: "esc01.dat",
    section: "3.1.1.3",
    prose:
      "Escapes in user parts and URI parameters are undone once, never twice: value%25%34%31 is value%41.",
    headerLines: 9,
    verdict: valid({
      method: "INVITE",
      requestUri: "sip:sips%3Auser%40example.com@example.net",
      ruri: { scheme: "sip", user: "sips:user@example.com", host: "example.net" },
      callId: "esc01.239409asdfakjkn23onasd0-3234",
      cseq: 234234,
      fromTag: "938",
      toTag: undefined,
      maxForwards: 87,
      bodyLength: 150,
      from: { user: "I have spaces", host: "example.net" },
      to: { user: "user", host: "example.com" },
      contact: {
        displayName: undefined,
        user: "caller",
        host: "host5.example.net",
        uriParams: [
          ["lr", null],
          ["name", "value%41"],
        ],
      },
      topVia: { transport: "UDP", host: "host5.example.net", branch: "z9hG4bKkdjuw" },
      headers: [["Contact", "<sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>"]],
    }),
  },
  {
    file: "escnull.dat",
    section: "3.1.1.4",
    prose: "Escaped NULs in user parts neither end nor shorten the text; the two Contacts stay different.",
    note: "A decoded control byte would be a hazard, so `user` keeps %00 escaped.",
    headerLines: 9,
    verdict: valid({
      method: "REGISTER",
      requestUri: "sip:example.com",
      ruri: { user: undefined, host: "example.com" },
      callId: "escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd",
      cseq: 14398234,
      fromTag: "839923423",
      to: { user: "null-%00-null", host: "example.com" },
      from: { user: "null-%00-null", host: "example.com" },
      contact: undefined,
      contentLength: 0,
      allHeaders: [["m", ["<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"]]],
    }),
  },
  {
    file: "esc02.dat",
    section: "3.1.1.5",
    prose:
      "A percent sign outside a URI escapes nothing: the method is not REGISTER, the display name is %Z%45, and " +
      "C%6Fntact is another header than Contact.",
    headerLines: 10,
    upperLayer: "A proxy forwards it or not by its Request-URI; an endpoint answers 501.",
    verdict: valid({
      method: "RE%47IST%45R",
      requestUri: "sip:registrar.example.com",
      cseq: 29344,
      fromTag: "f232jadfj23",
      callId: "esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf",
      from: { displayName: "%Z%45", user: "resource" },
      to: { displayName: "%Z%45", user: "resource" },
      topVia: { transport: "TCP", branch: "z9hG4bK209%fzsnel234", isRfc3261Branch: true },
      allHeaders: [
        ["Contact", ["<sip:alias1@host1.example.com>", "<sip:alias3@host3.example.com>"]],
        ["c%6fntact", ["<sip:alias2@host2.example.com>"]],
      ],
    }),
  },
];
