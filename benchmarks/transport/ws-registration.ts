/** The REGISTER of a phone over WebSocket (RFC 7118, RFC 5626) as the text frame that carries it. */

/** A text frame whose length has two bytes of its own, and a mask of zeros. */
const HEADER_BYTES = 8;

/** @param phone tells the phones apart */
export function registerFrame(phone: number, registrarPort: number): Buffer {
  const host = `${phone.toString(36)}.invalid`;
  const user = `user${phone}`;
  const instance = `00000000-0000-4000-8000-${phone.toString(16).padStart(12, "0")}`;
  const message = [
    `REGISTER sip:127.0.0.1:${registrarPort} SIP/2.0`,
    `Via: SIP/2.0/WS ${host};branch=z9hG4bK${phone.toString(36)}x`,
    "Max-Forwards: 70",
    `From: <sip:${user}@example.com>;tag=${phone.toString(36)}t`,
    `To: <sip:${user}@example.com>`,
    `Call-ID: ${phone.toString(36)}@${host}`,
    "CSeq: 1 REGISTER",
    `Contact: <sip:${user}@${host};transport=ws>;+sip.instance="<urn:uuid:${instance}>";reg-id=1;expires=3600`,
    "Supported: path, outbound",
    "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, MESSAGE",
    "User-Agent: phone in a browser",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
  const header = Buffer.alloc(HEADER_BYTES);

  header.set([0x81, 0xfe]);
  header.writeUInt16BE(message.length, 2);

  return Buffer.concat([header, Buffer.from(message, "latin1")]);
}
