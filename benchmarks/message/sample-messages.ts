/** The messages that the message benchmarks work on: what an edge proxy sees most. */

function message(lines: readonly string[], body = ""): Buffer {
  return Buffer.from(`${[...lines, `Content-Length: ${body.length}`, "", ""].join("\r\n")}${body}`, "latin1");
}

const SDP = [
  "v=0",
  "o=- 3890123456 3890123456 IN IP4 192.0.2.101",
  "s=-",
  "c=IN IP4 192.0.2.101",
  "t=0 0",
  "m=audio 49172 RTP/AVP 8 0 101",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-16",
  "a=sendrecv",
  "",
].join("\r\n");

export const INVITE_WITH_SDP = message(
  [
    "INVITE sip:bob@biloxi.example.com SIP/2.0",
    "Via: SIP/2.0/UDP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;rport",
    "Max-Forwards: 70",
    'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
    "To: Bob <sip:bob@biloxi.example.com>",
    "Call-ID: 3848276298220188511@atlanta.example.com",
    "CSeq: 1 INVITE",
    "Contact: <sip:alice@client.atlanta.example.com;transport=udp>",
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, UPDATE",
    "Supported: replaces, outbound, path",
    "User-Agent: Example Phone 4.2",
    "Content-Type: application/sdp",
  ],
  SDP,
);

export const REGISTER_WITH_AUTHORIZATION = message([
  "REGISTER sip:atlanta.example.com SIP/2.0",
  "Via: SIP/2.0/TCP 192.0.2.101:51332;branch=z9hG4bKnashds7",
  "Max-Forwards: 70",
  "From: <sip:alice@atlanta.example.com>;tag=a73kszlfl",
  "To: <sip:alice@atlanta.example.com>",
  "Call-ID: 1j9FpLxk3uxtm8tn@192.0.2.101",
  "CSeq: 2 REGISTER",
  'Contact: <sip:alice@192.0.2.101:51332;transport=tcp>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"',
  'Authorization: Digest username="alice", realm="atlanta.example.com", nonce="ea9c8e88df84f1cec4341ae6cbe5a359", opaque="", uri="sip:atlanta.example.com", response="dfe56131d1958046689d83306477ecc0"',
  "Supported: path, outbound",
  "Expires: 3600",
]);

export const OK_WITH_FOUR_VIAS = message(
  [
    "SIP/2.0 200 OK",
    "Via: SIP/2.0/UDP edge.atlanta.example.com:5060;branch=z9hG4bK4b43c2ff8.1",
    "Via: SIP/2.0/UDP core.atlanta.example.com:5060;branch=z9hG4bKnashds8;received=192.0.2.3",
    "Via: SIP/2.0/UDP outbound.atlanta.example.com:5060;branch=z9hG4bKpc33jd;received=192.0.2.2",
    "Via: SIP/2.0/UDP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;rport=5060;received=192.0.2.101",
    "Record-Route: <sip:edge.biloxi.example.com;lr>",
    "Record-Route: <sip:edge.atlanta.example.com;lr>",
    "Record-Route: <sip:core.atlanta.example.com;lr>",
    "Record-Route: <sip:outbound.atlanta.example.com;lr>",
    'From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
    "To: Bob <sip:bob@biloxi.example.com>;tag=314159",
    "Call-ID: 3848276298220188511@atlanta.example.com",
    "CSeq: 1 INVITE",
    "Contact: <sip:bob@client.biloxi.example.com>",
    "Content-Type: application/sdp",
  ],
  SDP,
);

export const SAMPLE_MESSAGES: ReadonlyMap<string, Buffer> = new Map([
  ["INVITE with SDP", INVITE_WITH_SDP],
  ["REGISTER with Authorization", REGISTER_WITH_AUTHORIZATION],
  ["200 with four Vias and Record-Routes", OK_WITH_FOUR_VIAS],
]);

export const NEW_VIA = "SIP/2.0/UDP proxy.example.net:5060;branch=z9hG4bKb7f2c6e04a";
export const NEW_RECORD_ROUTE = "<sip:proxy.example.net:5060;lr>";
