/**
 * A trunk over mutual TLS, with the certificate identities of RFC 5922: both
 * sides show a certificate, and what counts is the SIP domain in it.
 *
 *     PBX <-UDP, TCP-> OverSIP <-TLS-> carrier
 */
import { logger, type SipConnection, type SipEvents, SipProxy, type SipRequest, tls } from "oversip";

/** SIP domain of the carrier: its certificate has "URI:sip:carrier.test", its servers are found by SRV. */
const CARRIER = process.env["CARRIER_DOMAIN"] ?? "carrier.test";
const PBX = {
  host: process.env["PBX_HOST"] ?? "127.0.0.1",
  port: Number(process.env["PBX_PORT"] ?? 5060),
};

export const sipEvents: SipEvents = {
  /** Somebody connects to our TLS port: the carrier, or nobody. Nothing of it has been read yet. */
  onClientTlsHandshake(connection, certificates) {
    if (speaksFor(CARRIER, connection, certificates)) {
      connection.cvars["peer"] = CARRIER;
    } else {
      connection.close();
    }
  },

  /** We have connected: to whom we meant to? Closing fails the call with 500 "TLS Validation Failed". */
  onServerTlsHandshake(connection, certificates) {
    // The domain that was looked up by SRV, not the name of the server that SRV led to (RFC 5922 section 7.3).
    if (speaksFor(CARRIER, connection, certificates)) {
      connection.cvars["peer"] = CARRIER;
    } else {
      connection.close();
    }
  },

  async onRequest(request) {
    if (!request.checkMaxForwards(70)) {
      return;
    }

    if (request.inDialog) {
      await routeInDialog(request);
    } else {
      await routeInitial(request);
    }
  },
};

/** Whether an authority of ours has signed the certificate, and that domain is among its identities. */
function speaksFor(domain: string, connection: SipConnection, certificates: readonly string[]): boolean {
  const { cert, validated, errorText } = tls.validate(certificates);
  const identities = tls.getSipIdentities(cert);

  if (validated === true && identities.includes(domain)) {
    return true;
  }

  logger.warn(`TLS peer ${connection.remoteDescription} refused`, { identities, errorText });

  return false;
}

async function routeInDialog(request: SipRequest): Promise<void> {
  if (request.looseRoute()) {
    await new SipProxy("proxy_in_dialog").route(request);
  } else if (request.method !== "ACK") {
    request.reply(403, "In-dialog Request without Route to this Server");
  }
}

async function routeInitial(request: SipRequest): Promise<void> {
  if (request.looseRoute()) {
    request.reply(403, "Pre-loaded Route not Allowed");
  } else if (request.cvars["peer"] === CARRIER) {
    await new SipProxy("proxy_to_pbx").route(request, PBX);
  } else if (request.sourceIp === PBX.host) {
    await new SipProxy("proxy_to_carrier").route(request, { host: CARRIER, transport: "tls" });
  } else {
    request.reply(403, "Neither PBX nor Carrier");
  }
}
