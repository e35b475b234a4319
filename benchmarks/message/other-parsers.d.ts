/** The parts of the other packages that the benchmarks call; none of them declares these. */

declare module "jssip/lib/Parser.js" {
  export interface JsSipMessage {
    data: string;
    body: string;
    method: string;
    headers: Record<string, { raw: string }[]>;
    via: { branch: string };
    from: { uri: unknown };
    to: { uri: unknown };
    from_tag: string;
    to_tag: string;
    call_id: string;
    cseq: number;
    ruri: unknown;
    getHeader(name: string): string | undefined;
    getHeaders(name: string): string[];
    parseHeader(name: string, index?: number): unknown;
  }
  export function parseMessage(data: string, ua: unknown): JsSipMessage | undefined;
}

declare module "sip" {
  export interface SipMessage {
    headers: {
      via: { host: string; params: Record<string, string | null> }[];
      from: { uri: string; params: Record<string, string | null> };
      to: { uri: string; params: Record<string, string | null> };
      cseq: { seq: number; method: string };
      "call-id": string;
      "max-forwards"?: string;
      "record-route"?: { name?: string; uri: string; params?: Record<string, string | null> }[];
      contact?: { uri: string }[];
      route?: { uri: string }[];
      "content-length"?: number;
    };
    uri?: string;
  }
  export function parse(message: Buffer | string): SipMessage | undefined;
  export function stringify(message: SipMessage): string;
  export function parseUri(text: string): unknown;
}
