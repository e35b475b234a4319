/** What examples/failover logs, call by call: who was tried, who answered, whether it was hung up in order. */

export interface GatewayCall {
  /** Gateways in the order of their trial. */
  readonly tried: readonly string[];
  /** The last one that sent a provisional response. */
  readonly proceedsAt: string | undefined;
  readonly answeredBy: string | undefined;
  /** Whether its BYE was answered. */
  readonly isDone: boolean;
}

type Draft = { -readonly [Key in keyof GatewayCall]: GatewayCall[Key] } & { tried: string[] };

const LINE = /(\S+) (?:(tries|proceeds at|answered by) (\S+)|BYE (done))$/;

/** The calls in the order of their coming, by Call-ID. */
export function readGatewayCalls(lines: readonly string[]): ReadonlyMap<string, GatewayCall> {
  const calls = new Map<string, Draft>();

  for (const line of lines) {
    const [, callId = "", what, gateway = "", done] = LINE.exec(line) ?? [];
    const call = calls.get(callId) ?? {
      tried: [],
      proceedsAt: undefined,
      answeredBy: undefined,
      isDone: false,
    };

    if (what === undefined && done === undefined) {
      continue;
    }

    calls.set(callId, call);

    if (what === "tries") {
      call.tried.push(gateway);
    } else if (what === "proceeds at") {
      call.proceedsAt = gateway;
    } else if (what === "answered by") {
      call.answeredBy = gateway;
    } else {
      call.isDone = true;
    }
  }

  return calls;
}

/** How many calls each gateway answered. */
export function answersOf(calls: Iterable<GatewayCall>): Map<string, number> {
  const counts = new Map<string, number>();

  for (const { answeredBy } of calls) {
    if (answeredBy !== undefined) {
      counts.set(answeredBy, (counts.get(answeredBy) ?? 0) + 1);
    }
  }

  return counts;
}
