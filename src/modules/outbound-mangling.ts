/**
 * Outbound for registrars that know no Path (RFC 3327): the flow token of a
 * client (RFC 5626 section 5.2) travels in a parameter of its Contact, and so
 * comes back in the Request-URI of what is sent to it.
 */
import { IncomingRequest } from "../api/incoming-request.ts";
import type { IncomingResponse } from "../api/incoming-response.ts";
import { SipProxy } from "../api/sip-proxy.ts";

const PARAMETER = "ov-ob";

/** A URI parameter of a Contact that is within brackets, or a header parameter of one that is not. */
const PARAMETER_TEXT = /;ov-ob=[^;>?,\s]*/gi;

/**
 * To be called before `proxy.route(request)`: a single Contact of the request
 * gets the token of the connection that the request came on, unless it has one
 * or this server opened the connection. The token is taken off all Contacts of
 * a 2xx, so that the client sees those that it knows.
 *
 * @throws {TypeError} when `proxy` is no SipProxy.
 */
function addOutboundToContact(proxy: SipProxy): void {
  if (!(proxy instanceof SipProxy)) {
    throw new TypeError("addOutboundToContact takes a SipProxy");
  }

  proxy.onTarget(() => {
    const { request } = proxy;
    const contact = request?.contact;

    // A connection that this server opened can be opened again: its far end is no client that has to be kept hold of.
    if (
      request !== undefined &&
      contact !== undefined &&
      !request.connection.isOpenedByServer &&
      !contact.hasParam(PARAMETER)
    ) {
      contact.setParam(PARAMETER, request.connectionFlowToken);
    }
  });
  proxy.onSuccessResponse(removeOutboundFromContacts);
}

/**
 * Takes the token off the Request-URI, whatever it is worth, and routes the
 * request down its flow, unless a Route of this server says another one. To be
 * called for requests to clients, before `SipProxy.route`; removes the Routes
 * of this server as `looseRoute` does.
 *
 * SECURITY: a token that this server did not make is no more than a parameter
 * that is removed: it decides nothing about where the request goes.
 *
 * @returns whether the request is routed down the flow of the token. When its
 * connection is closed, `route` fails with 430 "Flow Failed".
 * @throws {TypeError} when `request` was not received.
 */
function extractOutboundFromRuri(request: IncomingRequest): boolean {
  if (!(request instanceof IncomingRequest)) {
    throw new TypeError("extractOutboundFromRuri takes a request that was received");
  }

  const token = request.ruri.deleteParam(PARAMETER);

  // What the Routes say is known when they are removed.
  request.looseRoute();

  if (typeof token !== "string" || request.routeOutboundFlowToken !== undefined) {
    return false;
  }

  request.routeOutboundFlowToken = token;

  if (!request.incomingOutboundRequested) {
    request.routeOutboundFlowToken = undefined;

    return false;
  }

  return true;
}

function removeOutboundFromContacts(response: IncomingResponse): void {
  const contacts = response.headerAll("Contact");
  const cleaned = contacts.map((contact) => contact.replace(PARAMETER_TEXT, ""));

  // Where there is no token, not a byte changes.
  if (cleaned.some((contact, index) => contact !== contacts[index])) {
    response.setHeader("Contact", cleaned);
  }
}

/**
 * Outbound for registrars that know no Path (RFC 3327): the flow token of a client travels in a
 * parameter of its Contact.
 */
export const outboundMangling = Object.freeze({ addOutboundToContact, extractOutboundFromRuri });
