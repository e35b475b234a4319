/** What the answer of a DNS server means for the question, aliases included (RFC 1034 section 3.6.2, RFC 2308). */
import type { DnsMessage, ResourceRecord } from "./dns-message.ts";
import type { DnsAnswer, QuestionType } from "./dns-record.ts";

/** Aliases that are followed for one question, over all queries. SECURITY: a chain may be endless. */
const MAX_ALIASES = 8;

/** Records that are kept of one answer. SECURITY: 64 kB hold thousands. */
const MAX_RECORDS = 64;

const NO_ERROR = 0;
const NAME_ERROR = 3;

export type AnswerMeaning =
  | Extract<DnsAnswer<QuestionType>, { outcome: "records" | "none" }>
  /** The server knows an alias of the name, but nothing of where it leads. */
  | {
      readonly outcome: "alias";
      readonly target: string;
      readonly ttlSeconds: number;
      readonly aliases: number;
    }
  /** The server cannot or will not answer: another may. */
  | { readonly outcome: "server-failure"; readonly cause: string };

/** `aliasesSoFar`: how many were followed before this query. */
export function readAnswer(
  message: DnsMessage,
  name: string,
  type: QuestionType,
  aliasesSoFar: number,
): AnswerMeaning {
  const failure = serverFailure(message);

  if (failure !== undefined) {
    return { outcome: "server-failure", cause: failure };
  }

  let owner = name;
  let ttlSeconds = Number.POSITIVE_INFINITY;

  for (let aliases = aliasesSoFar; aliases <= MAX_ALIASES; aliases++) {
    const found = message.answers
      .filter((answer) => answer.name === owner && answer.data.type === type)
      .slice(0, MAX_RECORDS);

    if (found.length > 0) {
      return {
        outcome: "records",
        records: found.flatMap((answer) => ("record" in answer.data ? [answer.data.record] : [])),
        ttlSeconds: Math.min(ttlSeconds, ...found.map((answer) => answer.ttlSeconds)),
      };
    }

    const alias = message.answers.find((answer) => answer.name === owner && answer.data.type === "CNAME");

    if (alias === undefined || alias.data.type !== "CNAME") {
      return afterLastAlias(message, name, owner, ttlSeconds, aliases);
    }

    owner = alias.data.target;
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
  }

  return { outcome: "server-failure", cause: "too many aliases" };
}

/** `owner` has no such record in the message: there is none, or the server did not look (RFC 2308 section 2). */
function afterLastAlias(
  message: DnsMessage,
  name: string,
  owner: string,
  ttlSeconds: number,
  aliases: number,
): AnswerMeaning {
  const authority = message.authorities.find((record) => record.data.type === "SOA");

  if (owner !== name && authority === undefined && message.responseCode === NO_ERROR) {
    return { outcome: "alias", target: owner, ttlSeconds, aliases };
  }

  return {
    outcome: "none",
    ttlSeconds: authority === undefined ? undefined : Math.min(ttlSeconds, negativeTtl(authority)),
  };
}

/** RFC 2308 section 5. */
function negativeTtl(authority: ResourceRecord): number {
  return authority.data.type === "SOA"
    ? Math.min(authority.ttlSeconds, authority.data.minimumSeconds)
    : authority.ttlSeconds;
}

function serverFailure(message: DnsMessage): string | undefined {
  if (message.responseCode !== NO_ERROR && message.responseCode !== NAME_ERROR) {
    return `response code ${message.responseCode}`;
  }

  if (!message.isWellFormed) {
    return "malformed answer";
  }

  if (message.isTruncated) {
    return "truncated answer";
  }

  // A referral to other servers, from one that does not ask them for us.
  const isReferral =
    message.responseCode === NO_ERROR &&
    message.answers.length === 0 &&
    !message.isAuthoritative &&
    !message.isRecursionAvailable;

  return isReferral ? "referral" : undefined;
}
