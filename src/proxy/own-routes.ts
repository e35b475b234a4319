/**
 * The URIs by which this server is found again, in Record-Route, Path and
 * Route (RFC 3261 section 16.6 step 4, RFC 3327, RFC 5626 section 5.2), and
 * how it knows them: each carries `ovid`, a code over the rest.
 */
import { timingSafeEqual } from "node:crypto";
import { Uri } from "../grammar/uri.ts";
import type { ListeningPoint } from "../transport/listening-point.ts";
import { URI_TRANSPORT } from "../transport/transport-protocol.ts";
import { KEYED_HASH_LENGTH, keyedHash } from "./keyed-hash.ts";

/** Whether a host, and a port if the URI names one, is this server. */
export interface LocalIdentity {
  isLocal(host: string, port: number | undefined): boolean;
}

export interface OwnRouteOptions {
  /** Leads back to one connection (RFC 5626 section 5.2). */
  readonly flowToken?: string | undefined;
  /** A `sips` URI. Default false. */
  readonly isSecure?: boolean | undefined;
  /** Adds `ob`. Default false. */
  readonly isOutbound?: boolean | undefined;
}

/** All but "foreign" name this server. "proven": made by it. "forged": pretends to be, with what looks like a flow token. */
export type RouteOrigin = "proven" | "local" | "forged" | "foreign";

/** More than listening points and schemes can make. */
const MAX_KNOWN_VALUES = 1000;

export class OwnRoutes {
  readonly #key: string;
  readonly #local: LocalIdentity;
  /** The values without a flow token, of which there is one for each listening point and scheme. */
  readonly #plainValues = new WeakMap<ListeningPoint, Map<string, string>>();
  /** The same values, to know them again. */
  readonly #knownValues = new Set<string>();
  #lastKnownValue: string | undefined = undefined;

  /** @param secret `core.secret`: with the same one, what was made before a restart or by another node is known. */
  constructor(secret: string, local: LocalIdentity) {
    this.#key = keyedHash("", `own routes\n${secret}`);
    this.#local = local;
  }

  /** A header value with the URI of this server at `point`. */
  valueFor(point: ListeningPoint, options: OwnRouteOptions = {}): string {
    const { flowToken, isSecure = false, isOutbound = false } = options;

    if (flowToken !== undefined) {
      return this.#makeValue(point, flowToken, isSecure, isOutbound);
    }

    const key = `${isSecure ? "sips" : "sip"}${isOutbound ? ";ob" : ""}`;
    let values = this.#plainValues.get(point);

    if (values === undefined) {
      values = new Map();
      this.#plainValues.set(point, values);
    }

    let value = values.get(key);

    if (value === undefined) {
      value = this.#makeValue(point, undefined, isSecure, isOutbound);
      values.set(key, value);

      if (this.#knownValues.size < MAX_KNOWN_VALUES) {
        this.#knownValues.add(value);
      }
    }

    return value;
  }

  /**
   * Whether the text of a Route is one that this server has handed out without a flow token.
   *
   * PERF: what most in-dialog requests bring needs no parsing and no hash (benchmarks/proxy/forward-call.ts).
   */
  isKnownValue(text: string): boolean {
    // PERF: to look for a new text in a set costs more than to compare it with the one that it mostly is.
    if (text === this.#lastKnownValue) {
      return true;
    }

    const isKnown = this.#knownValues.has(text);

    if (isKnown) {
      this.#lastKnownValue = text;
    }

    return isKnown;
  }

  /** Whose URI it is. SECURITY: that there is an `ovid` proves nothing. */
  originOf(uri: Uri): RouteOrigin {
    if (!uri.isSip || uri.host === undefined) {
      return "foreign";
    }

    // Nodes that share `core.secret` know each other's code; a Route that names another node is for that one.
    if (!this.#local.isLocal(uri.host, uri.port)) {
      return "foreign";
    }

    const { ovid } = uri;

    if (ovid !== undefined && this.#isProof(ovid, uri)) {
      return "proven";
    }

    // With a secret made at each start, a URI from before a restart has an ovid that proves nothing, and is ours.
    return ovid !== undefined && uri.user !== undefined ? "forged" : "local";
  }

  #makeValue(
    point: ListeningPoint,
    flowToken: string | undefined,
    isSecure: boolean,
    isOutbound: boolean,
  ): string {
    const transport = URI_TRANSPORT[point.transport];
    const uri = Uri.parse(`${isSecure ? "sips" : "sip"}:${point.sentBy}`);

    uri.user = flowToken;

    // RFC 3261 section 26.2.2: `sips` alone means TLS over TCP.
    if (!(isSecure && transport === "tls")) {
      uri.transportParam = transport;
    }

    const proof = this.#proofOf(uri);

    return `<${uri.uri};lr;ovid=${proof}${isOutbound ? ";ob" : ""}>`;
  }

  #isProof(ovid: string, uri: Uri): boolean {
    return (
      ovid.length === KEYED_HASH_LENGTH &&
      timingSafeEqual(Buffer.from(ovid, "latin1"), Buffer.from(this.#proofOf(uri), "latin1"))
    );
  }

  #proofOf(uri: Uri): string {
    return keyedHash(this.#key, `${uri.user}\n${uri.host}\n${uri.port}\n${uri.transportParam}`);
  }
}
