/** UDP, TCP and TLS, as section `sip` of the configuration asks for them. */
import type { SipConfiguration } from "../config/configuration.ts";
import type { ReplyLimits } from "../transport/reply-limiter.ts";
import type { StreamLimits } from "../transport/stream-limits.ts";
import type { StreamTransportOptions } from "../transport/stream-transport.ts";
import type { Target } from "../transport/target.ts";
import { TcpTransport } from "../transport/tcp-transport.ts";
import type { TlsCredentials } from "../transport/tls-credentials.ts";
import { TlsTransport } from "../transport/tls-transport.ts";
import type { Transport } from "../transport/transport.ts";
import { TurnEnd } from "../transport/turn-end.ts";
import { batchedSocketFactory } from "../transport/udp-batched-factory.ts";
import { nodeSocketFactory } from "../transport/udp-socket.ts";
import { type UdpLimits, UdpTransport } from "../transport/udp-transport.ts";
import { connectionLimits } from "./connection-limits.ts";
import { tlsHandshakeHandler } from "./handlers.ts";
import type { ListenAddresses } from "./listen-addresses.ts";
import type { ReloadableFiles } from "./server-parts.ts";
import type { TransportsContext } from "./transports-context.ts";

/** Those that are on, and those of them that use certificates. */
export interface SipTransports {
  readonly all: readonly Transport[];
  readonly tls: readonly TlsTransport[];
}

type StreamOptions = Omit<StreamTransportOptions, "listen">;

export function createSipTransports(context: TransportsContext): SipTransports {
  const { addresses, clock, files, logger, parser, receiver } = context;
  const { core, sip } = context.configuration;
  // Before the thread waits for datagrams, what connections hold leaves.
  const turnEnd = new TurnEnd();
  const streams = streamOptions(context, turnEnd);
  const tls = createTlsTransports(context, streams);
  const all: Transport[] = [...tls];

  if (addresses.tcp.length > 0) {
    all.unshift(new TcpTransport({ ...streams, listen: addresses.tcp }));
  }

  if (addresses.udp.length > 0) {
    const limits = udpLimits(sip);
    const waitOptions = { maxDelayMs: core.batchingDelay, afterTurn: turnEnd.callLast };
    const createSocket = core.udpBatching
      ? batchedSocketFactory(logger, waitOptions)
      : nodeSocketFactory(waitOptions);

    all.unshift(
      new UdpTransport({ listen: addresses.udp, receiver, parser, logger, clock, limits, createSocket }),
    );
  }

  return { all, tls: files.tls === undefined ? [] : tls };
}

export function tlsCredentials(files: ReloadableFiles): TlsCredentials {
  const { cert, key, otherPairs } = files.tls ?? {};

  return { cert, key, otherPairs, ca: files.authorities };
}

/** With a certificate, without one behind a tunnel, or both. */
function createTlsTransports(context: TransportsContext, streams: StreamOptions): TlsTransport[] {
  const { addresses, configuration, files, handlers } = context;
  const { sip } = configuration;
  const common = {
    ...streams,
    credentials: tlsCredentials(files),
    onServerTlsHandshake: tlsHandshakeHandler(handlers, "onServerTlsHandshake"),
    callbackOnServerTlsHandshake: (target: Target) => target.isTlsCallbackOff !== true,
  };
  const transports: TlsTransport[] = [];

  if (addresses.tls.length > 0) {
    const onClientTlsHandshake = sip.callbackOnClientTlsHandshake
      ? tlsHandshakeHandler(handlers, "onClientTlsHandshake")
      : undefined;

    transports.push(new TlsTransport({ ...common, listen: addresses.tls, onClientTlsHandshake }));
  }

  if (addresses.tlsTunnel.length > 0) {
    transports.push(createTunnelTransport(common, addresses.tlsTunnel, sip.tlsTunnelTrustedAddresses));
  }

  return transports;
}

function createTunnelTransport(
  common: StreamOptions,
  tunnels: ListenAddresses["tlsTunnel"],
  trustedAddresses: readonly string[],
): TlsTransport {
  return new TlsTransport({
    ...common,
    listen: tunnels.map((tunnel) => tunnel.publicAddress ?? tunnel),
    tunnel: { listen: tunnels, trustedAddresses },
  });
}

function streamOptions(context: TransportsContext, turnEnd: TurnEnd): StreamOptions {
  const { clock, configuration, logger, parser, receiver } = context;
  const { core, sip } = configuration;

  return {
    receiver,
    parser,
    logger,
    clock,
    limits: streamLimits(sip),
    tcpKeepAliveIntervalMs: sip.tcpKeepaliveInterval === null ? undefined : sip.tcpKeepaliveInterval * 1000,
    batchingDelayMs: core.batchingDelay,
    afterTurn: turnEnd.call,
  };
}

export function udpLimits(sip: SipConfiguration): UdpLimits {
  return {
    maxPeers: sip.maxUdpPeers,
    peerTimeoutMs: sip.udpPeerTimeout * 1000,
    keepAliveReplies: {
      repliesPerSecond: sip.maxKeepaliveRepliesPerSecond,
      burst: sip.maxKeepaliveRepliesBurst,
    },
  };
}

export function refusalLimits(sip: SipConfiguration): ReplyLimits {
  return { repliesPerSecond: sip.maxRefusalsPerSecond, burst: sip.maxRefusalsBurst };
}

export function streamLimits(sip: SipConfiguration): StreamLimits {
  return {
    ...connectionLimits(sip),
    maxOpenedConnections: sip.maxOpenedConnections,
    connectTimeoutMs: sip.connectTimeout * 1000,
    handshakeTimeoutMs: sip.tlsHandshakeTimeout * 1000,
  };
}
