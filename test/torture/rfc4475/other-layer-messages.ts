/** RFC 4475 sections 3.2 to 3.4: messages that the transaction, application and compatibility layers decide. */
import { answer, valid } from "../../support/message-facts.ts";
import type { TortureCase } from "../../support/torture-case.ts";

export const OTHER_LAYER_MESSAGES: readonly TortureCase[] = [
  {
    file: "badbranch.dat",
    section: "3.2.1",
    prose:
      "A branch that is the magic cookie and nothing more: reject with 400, or match it by the rules of RFC 2543.",
    headerLines: 8,
    verdict: valid({
      method: "OPTIONS",
      topVia: { host: "192.0.2.1", branch: "z9hG4bK", isRfc3261Branch: false },
      cseq: 8,
      callId: "badbranch.sadonfo23i420jv0as0derf3j3n",
    }),
    upperLayer: "Matched as a request of RFC 2543 (RFC 3261 section 17.2.3).",
  },
  {
    file: "insuf.dat",
    section: "3.3.1",
    prose: "No Call-ID, From or To: an element must not break, and ideally answers 400.",
    headerLines: 4,
    verdict: answer(400),
    note:
      "RFC 3261 section 8.2.6.2 copies those headers from the request, so the answer lacks them as well; RFC 4475 " +
      "still prefers it to silence.",
  },
  {
    file: "unkscm.dat",
    section: "3.3.2",
    prose: "A Request-URI of an unknown scheme: a proxy should answer 416.",
    headerLines: 7,
    verdict: valid({
      method: "OPTIONS",
      requestUri: "nobodyKnowsThisScheme:totallyopaquecontent",
      ruri: { scheme: "nobodyknowsthisscheme" },
      cseq: 3923423,
      topVia: { transport: "TCP", host: "host9.example.com", branch: "z9hG4bKkdjuw39234" },
    }),
    upperLayer: "416 (RFC 3261 section 16.3 step 2).",
  },
  {
    file: "novelsc.dat",
    section: "3.3.3",
    prose: "A Request-URI of a registered scheme that SIP does not use: a proxy should answer 416 as well.",
    headerLines: 7,
    verdict: valid({
      method: "OPTIONS",
      requestUri: "soap.beep://192.0.2.103:3002",
      ruri: { scheme: "soap.beep" },
      callId: "novelsc.asdfasser0q239nwsdfasdkl34",
    }),
    upperLayer: "416 (RFC 3261 section 16.3 step 2).",
  },
  {
    file: "unksm2.dat",
    section: "3.3.4",
    prose: "Other schemes in To, From and Contact: valid; proxies treat it like any other request.",
    headerLines: 8,
    verdict: valid({
      method: "REGISTER",
      to: { scheme: "isbn" },
      from: { scheme: "http" },
      fromTag: "3234233",
      toTag: undefined,
      headers: [
        ["To", "isbn:2983792873"],
        ["Contact", "<name:John_Smith>"],
      ],
    }),
    upperLayer: "Forwarded; the registrar answers 400, because To is no SIP URI.",
  },
  {
    file: "bext01.dat",
    section: "3.3.5",
    prose:
      "Unknown option tags: a proxy answers 420 for those of Proxy-Require and leaves Require to the endpoint.",
    headerLines: 9,
    verdict: valid({
      method: "OPTIONS",
      proxyRequire: ["noproxiessupportthis", "nordoanyproxiessupportthis"],
      require: ["nothingsupportsthis", "nothingsupportsthiseither"],
      allHeaders: [["Proxy-Require", ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]]],
      topVia: { transport: "TLS", host: "fold-and-staple.example.com" },
    }),
    upperLayer: "420 with Unsupported: noProxiesSupportThis, norDoAnyProxiesSupportThis.",
  },
  {
    file: "invut.dat",
    section: "3.3.6",
    prose: "A body of an unknown type is the endpoint's to refuse with 415; a proxy forwards it.",
    headerLines: 9,
    verdict: valid({
      method: "INVITE",
      bodyLength: 40,
      body: '<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n',
      headers: [["Content-Type", "application/unknownformat"]],
    }),
    upperLayer: "Forwarded.",
  },
  {
    file: "regaut01.dat",
    section: "3.3.7",
    prose: "Authorization of an unknown scheme is well formed; a proxy forwards the REGISTER.",
    headerLines: 8,
    verdict: valid({
      method: "REGISTER",
      contentLength: 0,
      topVia: { transport: "TCP", host: "192.0.2.253" },
      headers: [["Authorization", "NoOneKnowsThisScheme opaque-data=here"]],
    }),
    upperLayer: "Forwarded.",
  },
  {
    file: "multi01.dat",
    section: "3.3.8",
    prose: "Two Call-IDs, To, From, Max-Forwards and CSeq: an element must not break and would answer 400.",
    headerLines: 15,
    verdict: answer(400),
  },
  {
    file: "mcl01.dat",
    section: "3.3.9",
    prose:
      "Two Content-Lengths that disagree are as bad as none: an error, and over a stream the end of its framing.",
    headerLines: 9,
    verdict: answer(400, "Content-Length"),
  },
  {
    file: "bcast.dat",
    section: "3.3.10",
    prose: "A well formed response whose second Via names the broadcast address; a proxy should drop it.",
    headerLines: 9,
    verdict: valid({
      isRequest: false,
      statusCode: 200,
      reasonPhrase: "OK",
      method: "INVITE",
      cseq: 35,
      fromTag: "11141343",
      toTag: "2229",
      vias: [
        { host: "192.0.2.198", branch: "z9hG4bK1324923" },
        { host: "255.255.255.255", branch: "z9hG4bK1saber23" },
      ],
      bodyLength: 154,
    }),
    upperLayer: "Dropped by the transport layer: nothing is sent to a broadcast address.",
  },
  {
    file: "zeromf.dat",
    section: "3.3.11",
    prose: "Max-Forwards of zero is legal; a proxy answers 483 instead of forwarding.",
    headerLines: 7,
    verdict: valid({ method: "OPTIONS", maxForwards: 0, cseq: 39234321 }),
    upperLayer: "483 (RFC 3261 section 16.3 step 3).",
  },
  {
    file: "cparam01.dat",
    section: "3.3.12",
    prose: "Without angle brackets the unknown parameter belongs to the Contact and not to its URI.",
    headerLines: 8,
    verdict: valid({
      method: "REGISTER",
      contact: { user: "+19725552222", host: "gw1.example.net", uriParams: [["unknownparam", undefined]] },
      headers: [["Contact", "sip:+19725552222@gw1.example.net;unknownparam"]],
    }),
  },
  {
    file: "cparam02.dat",
    section: "3.3.13",
    prose: "Inside angle brackets the unknown parameter belongs to the URI.",
    headerLines: 8,
    verdict: valid({
      method: "REGISTER",
      contact: { user: "+19725552222", host: "gw1.example.net", uriParams: [["unknownparam", null]] },
    }),
  },
  {
    file: "regescrt.dat",
    section: "3.3.14",
    prose: "Headers in the URI of a Contact are for whoever uses that URI later; a registrar keeps them.",
    headerLines: 8,
    verdict: valid({
      method: "REGISTER",
      contentLength: 0,
      contact: { user: "user", host: "example.com" },
      headers: [
        ["Contact", "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"],
        ["Route", undefined],
      ],
      routes: [],
    }),
  },
  {
    file: "sdp01.dat",
    section: "3.3.15",
    prose: "An Accept that an endpoint cannot satisfy is its own to refuse with 406; a proxy forwards.",
    headerLines: 10,
    verdict: valid({ method: "INVITE", bodyLength: 150, headers: [["Accept", "text/nobodyKnowsThis"]] }),
    upperLayer: "Forwarded.",
  },
  {
    file: "inv2543.dat",
    section: "3.4.1",
    prose:
      "An INVITE of RFC 2543: no branch, From tag, Max-Forwards or Content-Length. Elements that care for old " +
      "peers accept it.",
    headerLines: 7,
    // RFC 3261 section 20.14: a stream needs Content-Length.
    stream: ["failure"],
    verdict: valid({
      method: "INVITE",
      requestUri: "sip:UserB@example.com",
      ruri: { user: "UserB", host: "example.com" },
      cseq: 56,
      fromTag: undefined,
      toTag: undefined,
      maxForwards: undefined,
      contentLength: undefined,
      bodyLength: 105,
      topVia: { host: "iftgw.example.com", branch: undefined, isRfc3261Branch: false },
      from: { user: "+13035551111", host: "ift.client.example.net", uriParams: [["user", "phone"]] },
      to: { user: "+16505552222", host: "ss1.example.net", uriParams: [["user", undefined]] },
      recordRoutes: [{ user: "UserB", host: "example.com", uriParams: [["maddr", "ss1.example.com"]] }],
    }),
    upperLayer: "Forwarded with a Max-Forwards added (RFC 3261 section 16.6 step 3).",
  },
];
