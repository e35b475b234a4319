/** A DNS that is a table in the test. */
import type { DnsAnswer, QuestionType, RecordOfQuestion, RecordSource } from "../resolver/dns-record.ts";

/**
 * Records by `TYPE name`, each as a zone file has it: "A example.com":
 * ["192.0.2.7"], "SRV _sip._udp.example.com": ["10 20 5060 sip1.example.com"],
 * "NAPTR example.com": ["10 20 s SIP+D2T _sip._tcp.example.com"] (order,
 * preference, flags, service, replacement). "failed": no server answers. A
 * promise: the answer comes when the test resolves it.
 */
export type DnsTable = Readonly<
  Record<string, readonly string[] | "failed" | Promise<readonly string[] | "failed">>
>;

const TTL_SECONDS = 60;
const NEGATIVE_TTL_SECONDS = 30;

export class TableDns implements RecordSource {
  /** What was asked, as `TYPE name`. */
  readonly questions: string[] = [];
  readonly #records: ReadonlyMap<string, DnsTable[string]>;

  constructor(table: DnsTable) {
    this.#records = new Map(Object.entries(table).map(([key, texts]) => [key.toLowerCase(), texts]));
  }

  async lookup<Type extends QuestionType>(name: string, type: Type): Promise<DnsAnswer<Type>> {
    const question = `${type} ${name}`;

    this.questions.push(question);

    const texts = await this.#records.get(question.toLowerCase());

    if (texts === undefined) {
      return { outcome: "none", ttlSeconds: NEGATIVE_TTL_SECONDS };
    }

    if (texts === "failed") {
      return { outcome: "failed", cause: "no server answered" };
    }

    const records = texts.map((text) => parseRecord(text, type)) as RecordOfQuestion[Type][];

    return { outcome: "records", records, ttlSeconds: TTL_SECONDS };
  }
}

function parseRecord(text: string, type: QuestionType): RecordOfQuestion[QuestionType] {
  const words = text.trim().split(/\s+/);
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = words;

  switch (type) {
    case "SRV":
      return { priority: Number(first), weight: Number(second), port: Number(third), target: fourth };
    case "NAPTR":
      return {
        order: Number(first),
        preference: Number(second),
        flags: third,
        service: fourth,
        regexp: "",
        replacement: fifth,
      };
    default:
      return { ip: first };
  }
}
