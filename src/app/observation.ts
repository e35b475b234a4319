/** What watches the traffic of one server, as sections `admin` and `capture` of the configuration ask for it. */
import { AdminListener } from "../admin/admin-listener.ts";
import { CaptureSocket } from "../capture/capture-socket.ts";
import { SipCapture } from "../capture/sip-capture.ts";
import { WallClock } from "../capture/wall-clock.ts";
import { parseAddressPort } from "../config/address-port.ts";
import { CallbackTimes } from "../metrics/callback-times.ts";
import { MessageCounts } from "../metrics/message-counts.ts";
import type { MetricSources, ReloadOutcome } from "../metrics/server-metrics.ts";
import { allObservers, type TransportObserver } from "../transport/transport-observer.ts";
import type { CallTimer } from "../util/call-timer.ts";
import type { CurrentHandlers } from "./handlers.ts";
import type { ServerPartsContext } from "./server-parts.ts";

/** The layers whose numbers are shown. */
export type ObservedLayers = Pick<
  MetricSources,
  "transports" | "transactions" | "dns" | "dnsCache" | "blacklist"
>;

export class Observation {
  /** Undefined when nothing watches: then messages cost nothing more. */
  readonly observer: TransportObserver | undefined;
  /** For the callbacks of `SipProxy` and `Uac`; undefined when nobody may ask for it. */
  readonly callTimer: CallTimer | undefined;
  /** The user's handlers, measured if somebody may ask for it. */
  readonly handlers: CurrentHandlers;
  readonly #context: ServerPartsContext;
  readonly #messages: MessageCounts | undefined;
  readonly #callbacks = new CallbackTimes();
  readonly #reloads: Record<ReloadOutcome, number> = { success: 0, failure: 0 };
  readonly #captureSocket: CaptureSocket | undefined;
  #admin: AdminListener | undefined;

  constructor(context: ServerPartsContext) {
    const isAdminOn = context.configuration.admin.listen !== null;

    this.#context = context;
    this.#messages = isAdminOn ? new MessageCounts() : undefined;
    this.#captureSocket = createCaptureSocket(context);
    this.callTimer = isAdminOn ? this.#callbacks : undefined;
    this.handlers = isAdminOn ? this.#callbacks.measured(context.handlers) : context.handlers;
    this.observer = allObservers(
      [this.#messages, createCapture(context, this.#captureSocket)].filter((each) => each !== undefined),
    );
  }

  /** To be called once, before `bind`. */
  async layersBuilt(layers: ObservedLayers): Promise<void> {
    const { configuration, logger, state, version } = this.#context;
    const listen = parseAddressPort(configuration.admin.listen ?? "");

    if (listen === undefined || this.#messages === undefined) {
      return;
    }

    // PERF: prom-client is loaded by those servers alone that are asked for metrics.
    const { createServerMetrics } = await import("../metrics/server-metrics.ts");

    this.#admin = new AdminListener({
      listen,
      token: configuration.admin.token ?? undefined,
      metrics: createServerMetrics({
        ...layers,
        version,
        status: () => state.status,
        messages: this.#messages,
        callbacks: this.#callbacks,
        reloads: this.#reloads,
        capture: this.#captureSocket,
      }),
      status: () => state.status,
      logger: logger.child({ component: "admin" }),
    });
  }

  /** @throws {TransportError} when the admin listener cannot be bound. The receiver of the capture is not waited for. */
  async bind(): Promise<void> {
    void this.#captureSocket?.open();
    await this.#admin?.bind();
  }

  /** What was found out about the network may be why somebody reloads. */
  reload(): void {
    void this.#captureSocket?.open();
  }

  reloadEnded(outcome: ReloadOutcome): void {
    this.#reloads[outcome]++;
  }

  /** To be called last, so that the end can be watched too. */
  async close(): Promise<void> {
    this.#captureSocket?.close();
    await this.#admin?.close();
  }
}

function createCaptureSocket({
  clock,
  configuration,
  logger,
}: ServerPartsContext): CaptureSocket | undefined {
  const target = parseAddressPort(configuration.capture.target ?? "");

  return target === undefined
    ? undefined
    : new CaptureSocket({ target, clock, logger: logger.child({ component: "capture" }) });
}

function createCapture(
  { configuration, logger }: ServerPartsContext,
  socket: CaptureSocket | undefined,
): SipCapture | undefined {
  const { nodeId, nodeName, password } = configuration.capture;
  const wallClock = new WallClock();

  return socket === undefined
    ? undefined
    : new SipCapture({
        agent: { id: nodeId, name: nodeName ?? undefined, authenticationKey: password ?? undefined },
        send: (packet) => socket.send(packet),
        nowUs: () => wallClock.nowUs(),
        failed: (error) => logger.error(error, { component: "capture" }),
      });
}
