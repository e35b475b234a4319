/** DNS records and answers as the resolver uses them, and where they come from. */

/** The questions that locating a SIP server asks (RFC 3263). */
export type QuestionType = "A" | "AAAA" | "SRV" | "NAPTR";

/** A or AAAA (RFC 1035, RFC 3596). */
export interface AddressRecord {
  /** IPv6 as RFC 5952 writes it. */
  readonly ip: string;
}

/** RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Lower-case; "." when the service is decidedly not available. */
  readonly target: string;
}

/** RFC 3403 section 4.1. */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  /** Lower-case; "." for none. */
  readonly replacement: string;
}

export interface RecordOfQuestion {
  readonly A: AddressRecord;
  readonly AAAA: AddressRecord;
  readonly SRV: SrvRecord;
  readonly NAPTR: NaptrRecord;
}

/**
 * What became of a question. "none": the name, or a record of that type, does
 * not exist. "failed": nobody said so, and asking again later may help.
 */
export type DnsAnswer<Type extends QuestionType> =
  | {
      readonly outcome: "records";
      readonly records: readonly RecordOfQuestion[Type][];
      /** The shortest of the records and of the aliases that led to them. */
      readonly ttlSeconds: number;
    }
  | {
      readonly outcome: "none";
      /** From the SOA record (RFC 2308 section 5); undefined when there was none. */
      readonly ttlSeconds: number | undefined;
    }
  | {
      readonly outcome: "failed";
      /** For the log. */
      readonly cause: string;
    };

/** Whoever answers questions: the DNS client, or a table in tests. */
export interface RecordSource {
  /** Aliases (CNAME) are followed. Never rejects and never throws. */
  lookup<Type extends QuestionType>(name: string, type: Type): Promise<DnsAnswer<Type>>;
}
