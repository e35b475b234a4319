/** The user's view of the types: compiled by `npm run check`, never run. A server module as the contract shows it. */
import {
  logger,
  NameAddr,
  oversip,
  type RouteResult,
  type RoutingErrorCode,
  type SipEvents,
  SipProxy,
  type SipRequest,
  type SipResponse,
  type SystemEvents,
  systemCallbacks,
  type Target,
  type Transport,
  Uri,
  type WebSocketEvents,
} from "../../src/index.ts";

export const systemEvents: SystemEvents = {
  async onInitialize() {
    systemCallbacks.onStarted(() => logger.info(`oversip ${oversip.version}`));
  },
  onTerminated(error) {
    logger.notice("terminated", { error });
  },
};

export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (!request.checkMaxForwards(20)) {
      return;
    }

    request.fixNat();

    if (request.inDialog) {
      if (request.looseRoute()) {
        await new SipProxy("proxy_in_dialog").route(request);
      } else if (request.method !== "ACK") {
        request.reply(403, "Forbidden");
      }

      return;
    }

    const proxy: SipProxy = new SipProxy()
      .onProvisionalResponse((response: SipResponse) => response.setHeader("X-Edge", "1"))
      .onFailureResponse(async (response) => {
        if (response.statusCode === 486) {
          proxy.dropResponse(response);
        }
      })
      .onError((status: number, reason: string, code: RoutingErrorCode) =>
        logger.warn(`${status} ${reason}`, { code }),
      )
      .onTarget((target: Target) => logger.debug(target.ip))
      .onCanceled(() => undefined)
      .onInviteTimeout(() => undefined);

    describe(await proxy.route(request, { host: "example.org", port: 5061, transport: "tls" }), request);
  },
  async onClientTlsHandshake(connection, certificates) {
    if (certificates.length === 0) {
      connection.close();
    }
  },
};

export const webSocketEvents: WebSocketEvents = {
  onConnection(connection, httpRequest) {
    if (httpRequest.origin === undefined) {
      connection.httpReject(403, "Forbidden");
    }
  },
};

function describe(result: RouteResult, request: SipRequest): string {
  const transport: Transport = request.transport;

  switch (result.outcome) {
    case "response":
      return `${result.response.statusCode} ${result.response.request.ruri.user ?? ""} over ${transport}`;
    case "error":
      return `${result.status} ${result.reason} ${result.code}`;
    case "canceled":
    case "forwarded":
      return result.outcome;
    default:
      return result satisfies never;
  }
}

export const addresses: readonly Uri[] = [Uri.parse("sip:a@b"), NameAddr.parse("<sip:a@b>")];
