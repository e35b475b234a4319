/**
 * What keys of oversip.conf mean for each other: values that others make
 * pointless are cleared, so that nobody after this has to ask twice. Faults
 * are for what cannot be meant, notices for what is meant but not in force.
 */
import { isLoopback, parseAddressPort } from "./address-port.ts";
import { isBlockedByBrowsers } from "./browser-ports.ts";
import type { Configuration, SectionName } from "./configuration.ts";

type Mutable<Values> = { -readonly [Key in keyof Values]: Values[Key] };

/** The configuration while rules are applied to it. */
export type ConfigurationDraft = {
  readonly [Section in keyof Configuration]: Mutable<Configuration[Section]>;
};

export interface RuleFault {
  readonly section: SectionName;
  /** As spelled in the file. */
  readonly key: string;
  /** The key that it does not fit with: at least one of the two is in the file. */
  readonly otherKey: string;
  readonly message: string;
}

export interface RuleResults {
  readonly faults: readonly RuleFault[];
  readonly notices: readonly string[];
}

const NO_CERTIFICATES = "tls.public_cert and tls.private_cert are not both set";

/** Applies every rule, changing the draft. */
export function applyConfigurationRules(draft: ConfigurationDraft): RuleResults {
  const { admin, core, sip, websocket, tls } = draft;
  const hasCertificates = tls.publicCert !== null && tls.privateCert !== null;
  const faults: RuleFault[] = [];
  const notices: string[] = [];

  if (core.timerT2 < core.timerT1) {
    faults.push({
      section: "core",
      key: "timer_t2",
      otherKey: "timer_t1",
      message: `${core.timerT2} is below timer_t1 (${core.timerT1}); expected at least as much`,
    });
  }

  // SECURITY: what the metrics tell is of use to an attacker.
  if (
    admin.listen !== null &&
    admin.token === null &&
    !isLoopback(parseAddressPort(admin.listen)?.host ?? "")
  ) {
    faults.push({
      section: "admin",
      key: "token",
      otherKey: "listen",
      message: `${admin.listen} can be reached from other machines; expected a token`,
    });
  }

  if (!hasCertificates && (tls.publicCert !== null || tls.privateCert !== null)) {
    notices.push(`no TLS: ${NO_CERTIFICATES}`);
  }

  if (
    tls.publicCert !== null &&
    tls.privateCert !== null &&
    tls.publicCert.length !== tls.privateCert.length
  ) {
    faults.push({
      section: "tls",
      key: "private_cert",
      otherKey: "public_cert",
      message:
        `${countOf(tls.privateCert, "key")} for ${countOf(tls.publicCert, "certificate")} of public_cert; ` +
        "expected one for each, in the same order",
    });
  }

  if (sip.sipTls && !hasCertificates && !sip.useTlsTunnel) {
    notices.push(`sip.sip_tls is off: ${NO_CERTIFICATES}`);
    sip.sipTls = false;
  }

  if (websocket.sipWss && !hasCertificates && !websocket.useTlsTunnel) {
    notices.push(`websocket.sip_wss is off: ${NO_CERTIFICATES}`);
    websocket.sipWss = false;
  }

  if (!sip.enableIpv4 && !sip.enableIpv6 && (sip.sipUdp || sip.sipTcp || sip.sipTls)) {
    notices.push("sip_udp, sip_tcp and sip_tls are off: sip.enable_ipv4 and sip.enable_ipv6 are both off");
    Object.assign(sip, { sipUdp: false, sipTcp: false, sipTls: false });
  }

  if (!websocket.enableIpv4 && !websocket.enableIpv6 && (websocket.sipWs || websocket.sipWss)) {
    notices.push("sip_ws and sip_wss are off: websocket.enable_ipv4 and websocket.enable_ipv6 are both off");
    Object.assign(websocket, { sipWs: false, sipWss: false });
  }

  clearUnusedPorts(sip, sip.sipUdp || sip.sipTcp, sip.sipTls, hasCertificates);
  clearUnusedPorts(websocket, websocket.sipWs, websocket.sipWss, hasCertificates);
  clearDisabledFamilies(sip);
  clearDisabledFamilies(websocket);

  if (!sip.enableIpv4) {
    sip.recordRouteHostnameTlsIpv4 = null;
  }

  if (!sip.enableIpv6) {
    sip.recordRouteHostnameTlsIpv6 = null;
  }

  faults.push(
    ...advertisedFaults("sip", sip),
    ...advertisedFaults("websocket", websocket),
    ...samePortFaults("sip", sip, sip.sipTcp),
    ...samePortFaults("websocket", websocket, websocket.sipWs),
  );

  for (const [key, port] of [
    ["listen_port", websocket.listenPort],
    ["listen_port_tls", websocket.listenPortTls],
  ] as const) {
    if (port !== null && isBlockedByBrowsers(port)) {
      notices.push(
        `websocket.${key}: browsers refuse to connect to port ${port}; choose another, unless they come by way of one`,
      );
    }
  }

  if (!sip.sipUdp && !sip.sipTcp && !sip.sipTls && !websocket.sipWs && !websocket.sipWss) {
    notices.push("every transport is off: this server will receive nothing");
  }

  return { faults, notices };
}

function countOf(list: readonly string[], noun: string): string {
  return list.length === 1 ? `1 ${noun}` : `${list.length} ${noun}s`;
}

interface ListenerDraft {
  enableIpv4: boolean;
  enableIpv6: boolean;
  listenIpv4: readonly string[] | null;
  listenIpv6: readonly string[] | null;
  advertisedIpv4: string | null;
  advertisedIpv6: string | null;
  listenPort: number | null;
  listenPortTls: number | null;
  useTlsTunnel: boolean;
  listenPortTlsTunnel: number | null;
  tlsTunnelPublicPort: number | null;
}

/** A port that is not null afterwards is one to listen on. */
function clearUnusedPorts(
  section: ListenerDraft,
  isPlainOn: boolean,
  isTlsOn: boolean,
  hasCertificates: boolean,
): void {
  section.useTlsTunnel &&= isTlsOn;

  // In OverSIP 2.0 the program in front is started with listen_port_tls as its port.
  section.tlsTunnelPublicPort = section.useTlsTunnel
    ? (section.tlsTunnelPublicPort ?? section.listenPortTls)
    : null;

  if (!isPlainOn) {
    section.listenPort = null;
  }

  // With a tunnel, TLS may end in front only, or, given certificates, here as well.
  if (!isTlsOn || !hasCertificates) {
    section.listenPortTls = null;
  }

  if (!section.useTlsTunnel) {
    section.listenPortTlsTunnel = null;
  }
}

function clearDisabledFamilies(section: ListenerDraft): void {
  if (!section.enableIpv4) {
    section.listenIpv4 = null;
    section.advertisedIpv4 = null;
  }

  if (!section.enableIpv6) {
    section.listenIpv6 = null;
    section.advertisedIpv6 = null;
  }
}

/** Several addresses cannot all be reached by one. */
function advertisedFaults(name: SectionName, section: ListenerDraft): RuleFault[] {
  const families = [
    { family: "ipv4", listen: section.listenIpv4, advertised: section.advertisedIpv4 },
    { family: "ipv6", listen: section.listenIpv6, advertised: section.advertisedIpv6 },
  ];

  return families.flatMap(({ family, listen, advertised }) => {
    if (advertised === null || (listen?.length ?? 0) < 2) {
      return [];
    }

    const otherKey = `listen_${family}`;
    const message = `${advertised} would stand for each address of ${otherKey}; expected one address there, or none here`;

    return [{ section: name, key: `advertised_${family}`, otherKey, message }];
  });
}

/** Two stream listeners of a section share their addresses, so they cannot share a port. */
function samePortFaults(name: SectionName, section: ListenerDraft, isPlainStreamOn: boolean): RuleFault[] {
  const { listenPort, listenPortTls } = section;

  if (!isPlainStreamOn || listenPortTls === null || listenPortTls === 0 || listenPort !== listenPortTls) {
    return [];
  }

  const message = `${listenPortTls} is the listen_port of this section too; expected another port`;

  return [{ section: name, key: "listen_port_tls", otherKey: "listen_port", message }];
}
