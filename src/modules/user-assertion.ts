/**
 * P-Asserted-Identity (RFC 3325) for clients that have proved who they are
 * once on their connection: at REGISTER or a challenged request, say, or by
 * their certificate.
 */
import { IncomingRequest } from "../api/incoming-request.ts";
import { IncomingResponse } from "../api/incoming-response.ts";
import { Uri } from "../grammar/uri.ts";

const ASSERTED = "P-Asserted-Identity";
const PREFERRED = "P-Preferred-Identity";

/**
 * Remembers the URI in From of the request, in `cvars.assertedUser` of its
 * connection, as that of the user at the other end. To be called where it is
 * proved; of a response, its request counts.
 *
 * SECURITY: what is asserted is From. Digest proves the name in the
 * credentials: that the two belong together is for the caller to know.
 *
 * @returns false, and nothing is remembered, for UDP, where anybody can send
 * from that address; on a connection that this server opened, whose far end is
 * no single user; and with P-Preferred-Identity, by which the client asks for
 * another identity.
 * @throws {TypeError} when `message` is no message that was received.
 */
function assertConnection(message: IncomingRequest | IncomingResponse): boolean {
  const request = requestOf("assertConnection", message);

  if (request.isUdp || request.connection.isOpenedByServer || request.hasHeader(PREFERRED)) {
    return false;
  }

  request.cvars["assertedUser"] = request.from.uri;

  return true;
}

/**
 * Forgets what `assertConnection` remembered of the connection.
 *
 * @returns true.
 * @throws {TypeError} when `message` is no message that was received.
 */
function revokeAssertion(message: IncomingRequest | IncomingResponse): true {
  delete requestOf("revokeAssertion", message).cvars["assertedUser"];

  return true;
}

/**
 * Gives the request the one P-Asserted-Identity that its connection is known
 * to deserve. To be called for every request of a client that goes to a next
 * hop which is trusted; towards any other one, RFC 3325 section 7 has the
 * identity removed where Privacy says `id`.
 *
 * SECURITY: what the client itself wrote there is always removed (RFC 3325
 * section 5): whoever is behind this server trusts it.
 *
 * DEVIATION: P-Preferred-Identity stays. Section 5 has the proxy remove it that
 * picks the identity; here that is one behind this server.
 *
 * @returns true when From is the asserted user, who is now in the request;
 * undefined when the client prefers another identity, false when nobody is
 * asserted: then no identity is.
 * @throws {TypeError} when `request` was not received.
 */
function addPai(request: IncomingRequest): boolean | undefined {
  if (!(request instanceof IncomingRequest)) {
    throw new TypeError("addPai takes a request that was received");
  }

  request.deleteHeader(ASSERTED);

  if (request.hasHeader(PREFERRED)) {
    return undefined;
  }

  const user = request.cvars["assertedUser"];

  if (typeof user !== "string" || !request.from.equals(Uri.parse(user))) {
    return false;
  }

  // As it was proved, not with what this From may have besides.
  request.setHeader(ASSERTED, `<${user}>`);

  return true;
}

function requestOf(method: string, message: IncomingRequest | IncomingResponse): IncomingRequest {
  const request = message instanceof IncomingResponse ? message.request : message;

  if (!(request instanceof IncomingRequest)) {
    throw new TypeError(`${method} takes a received request, or the response to one`);
  }

  return request;
}

/** P-Asserted-Identity (RFC 3325) for clients that have proved who they are once on their connection. */
export const userAssertion = Object.freeze({ assertConnection, revokeAssertion, addPai });
