/**
 * What a test case says about one received message, read off its bytes by a
 * person: the verdict of RFC 3261 and, for a valid message, facts about its
 * contents. The vocabulary of the torture manifests and of the ABNF table.
 */

/** Facts about a `name-addr` or `addr-spec`. A key given as undefined says that the part is absent. */
export interface AddressFacts {
  /** Unquoted, unescaped and decoded from UTF-8. */
  readonly displayName?: string | undefined;
  /** Lower-case. */
  readonly scheme?: string;
  /** Unescaped. */
  readonly user?: string | undefined;
  /** Lower-case, an IPv6 reference in brackets. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** Parameters of the URI: a value, or null for a flag, or undefined for an absent one. */
  readonly uriParams?: ReadonlyArray<readonly [name: string, value: string | null | undefined]>;
}

/** Facts about one Via value. */
export interface ViaFacts {
  /** Upper-case. */
  readonly transport?: string;
  /** Lower-case, an IPv6 reference in brackets. */
  readonly host?: string;
  readonly port?: number | undefined;
  readonly branch?: string | undefined;
  readonly isRfc3261Branch?: boolean;
  readonly received?: string | undefined;
  readonly hasRport?: boolean;
  readonly rport?: number | undefined;
  readonly hasAlias?: boolean;
  readonly maddr?: string | undefined;
}

/** Facts about a valid message; only the keys given are checked. */
export interface MessageFacts {
  readonly isRequest?: boolean;
  readonly method?: string;
  readonly requestUri?: string;
  readonly statusCode?: number;
  /** Decoded from UTF-8. */
  readonly reasonPhrase?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly fromTag?: string | undefined;
  readonly toTag?: string | undefined;
  readonly maxForwards?: number | undefined;
  readonly contentLength?: number | undefined;
  readonly bodyLength?: number;
  readonly body?: string;
  readonly viaCount?: number;
  readonly topVia?: ViaFacts;
  /** All of them, from the top. */
  readonly vias?: readonly ViaFacts[];
  readonly ruri?: AddressFacts;
  readonly from?: AddressFacts;
  readonly to?: AddressFacts;
  readonly contact?: AddressFacts | undefined;
  readonly routes?: readonly AddressFacts[];
  readonly recordRoutes?: readonly AddressFacts[];
  readonly paths?: readonly AddressFacts[];
  readonly require?: readonly string[];
  readonly supported?: readonly string[];
  readonly proxyRequire?: readonly string[];
  /** `header(name)`: the first value, unfolded and decoded from UTF-8; undefined for an absent header. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string | undefined]>;
  /** `headerAll(name)`: every value in order. */
  readonly allHeaders?: ReadonlyArray<readonly [name: string, values: readonly string[]]>;
}

/** What a proxy's message layer is to make of the bytes. */
export type Verdict =
  | { readonly kind: "valid"; readonly facts: MessageFacts }
  /** A request that can be answered, and the canonical name of the header at fault, where it is one header. */
  | { readonly kind: "answer"; readonly statusCode: number; readonly header?: string }
  /** SIP, but nothing may or can be answered: a bad response, ACK, or a request without a usable Via. */
  | { readonly kind: "drop"; readonly header?: string }
  | { readonly kind: "not-sip" }
  /** Not a message; the RFC does not say how it fails. */
  | { readonly kind: "refused" }
  /** The RFC leaves the choice. */
  | { readonly kind: "any-of"; readonly verdicts: readonly Verdict[] };

/** Shorthand for a valid message. */
export function valid(facts: MessageFacts = {}): Verdict {
  return { kind: "valid", facts };
}

/** Shorthand for a request to be answered. */
export function answer(statusCode: number, header?: string): Verdict {
  return header === undefined ? { kind: "answer", statusCode } : { kind: "answer", statusCode, header };
}

/** Shorthand for what can only be dropped. */
export function drop(header?: string): Verdict {
  return header === undefined ? { kind: "drop" } : { kind: "drop", header };
}

/** Shorthand for what is no SIP at all. */
export function notSip(): Verdict {
  return { kind: "not-sip" };
}

/** Shorthand for what is no message, however it fails. */
export function refused(): Verdict {
  return { kind: "refused" };
}

/** Shorthand for a choice that the RFC leaves. */
export function anyOf(...verdicts: readonly Verdict[]): Verdict {
  return { kind: "any-of", verdicts };
}
