/** `kamailio.cfg` of a registrar that keeps its users in memory. */

export interface RegistrarOptions {
  readonly ip: string;
  /** Of UDP and TCP. */
  readonly port: number;
  readonly domain: string;
  /** Whether it knows Path (RFC 3327) and Outbound (RFC 5626). Default true. */
  readonly path?: boolean;
  /** Whether every REGISTER has to come with a digest answer; see `passwordOf`. Default false. */
  readonly authentication?: boolean;
  /**
   * Whether P-Asserted-Identity (RFC 3325) that names the user in From stands
   * for the digest answer of a REGISTER, and is needed for calls. Default false.
   */
  readonly trustsAssertions?: boolean;
  /** Address and port by which all users are reached. Default: by their Path, else by their Contact. */
  readonly edge?: string;
  /** Where calls to another domain go. Default: nowhere. */
  readonly trunk?: { readonly domain: string; readonly uri: string };
  /** Mutual TLS on a port of its own; files are absolute paths. */
  readonly tls?: { readonly port: number; readonly configurationFile: string };
}

/** The password of a user of the registrar. */
export function passwordOf(user: string): string {
  return `secret-of-${user}`;
}

export function kamailioConfiguration(options: RegistrarOptions): string {
  const {
    ip,
    port,
    domain,
    path = true,
    authentication = false,
    trustsAssertions = false,
    edge,
    tls,
    trunk,
  } = options;
  const modules = [
    // Its memory functions have to be there before anybody else uses OpenSSL.
    ...(tls === undefined ? [] : ["tls"]),
    ...["tm", "tmx", "sl", "rr", "pv", "maxfwd", "usrloc", "registrar", "textops", "siputils", "xlog", "kex"],
    ...["auth", "jsonrpcs", "xhttp", "stun", "outbound"],
  ];

  return `#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
disable_tcp=no
dns=no
rev_dns=no
listen=udp:${ip}:${port}
listen=tcp:${ip}:${port}
${tls === undefined ? "" : `enable_tls=yes\nlisten=tls:${ip}:${tls.port}`}
alias="${domain}"
# JSON-RPC over HTTP asks for no Content-Length.
tcp_accept_no_cl=yes
${modules.map((name) => `loadmodule "${name}.so"`).join("\n")}

${tls === undefined ? "" : `modparam("tls", "config", "${tls.configurationFile}")`}
modparam("usrloc", "db_mode", 0)
modparam("registrar", "use_path", ${path ? 1 : 0})
modparam("registrar", "path_mode", 1)
modparam("registrar", "outbound_mode", ${path ? 1 : 0})
modparam("registrar", "min_expires", 10)
modparam("registrar", "xavp_rcd", "ulrcd")
modparam("rr", "enable_full_lr", 1)
modparam("jsonrpcs", "transport", 1)
modparam("tm", "fr_timer", 15000)
modparam("tm", "fr_inv_timer", 60000)

event_route[xhttp:request] {
  jsonrpc_dispatch();
}

request_route {
  xlog("L_NOTICE", "< $rm $ru from $fu, $proto:$si:$sp, P-Asserted-Identity $hdr(P-Asserted-Identity)\\n");

  if (!mf_process_maxfwd_header("10")) {
    sl_send_reply("483", "Too Many Hops");
    exit;
  }

  if (is_method("CANCEL")) {
    if (t_check_trans()) {
      t_relay();
    }
    exit;
  }

  if (has_totag()) {
    if (loose_route()) {
      t_relay();
    } else if (is_method("ACK")) {
      if (t_check_trans()) {
        t_relay();
      }
    } else {
      sl_send_reply("404", "Not Here");
    }
    exit;
  }

  t_check_trans();

  if (is_method("REGISTER")) {
${authentication ? authenticate(trustsAssertions) : ""}
    if (!save("location")) {
      sl_reply_error();
    }
    exit;
  }

${trunk === undefined ? "" : routeToTrunk(trunk)}
  if (!(uri == myself)) {
    sl_send_reply("403", "Not One of My Users");
    exit;
  }

${trustsAssertions ? ASSERTION : ""}
  if (is_method("INVITE|SUBSCRIBE")) {
    record_route();
  }

  if (!lookup("location")) {
    sl_send_reply("480", "Nobody There");
    exit;
  }
${edge === undefined ? "" : `\n  $du = "sip:${edge}";\n`}
  t_relay();
}

onreply_route {
  xlog("L_NOTICE", "> $rs $rr to $rm, $proto:$si:$sp\\n");
}
`;
}

function authenticate(trustsAssertions: boolean): string {
  return `
    ${trustsAssertions ? 'if ($ai == "" || $ai == $null || $ai != $fu)' : "if (true)"} {
      $var(password) = "${passwordOf("")}" + $au;
      if (!pv_www_authenticate("$fd", "$var(password)", "0")) {
        xlog("L_NOTICE", "challenged $fu\\n");
        www_challenge("$fd", "0");
        exit;
      }
      if ($au != $tU || $au != $fU) {
        sl_send_reply("403", "Not Your Address");
        exit;
      }
      consume_credentials();
    }
`;
}

const ASSERTION = `
  if ($ai == $null || $ai != $fu) {
    sl_send_reply("403", "Not Asserted");
    exit;
  }
`;

function routeToTrunk(trunk: { readonly domain: string; readonly uri: string }): string {
  return `
  if ($rd == "${trunk.domain}") {
    remove_hf("Route");
    record_route();
    $du = "${trunk.uri}";
    t_relay();
    exit;
  }
`;
}

/** \`tls.cfg\` of the module tls: whom it does not know, it refuses, as a server and as a client. */
export function mutualTlsConfiguration(files: {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}): string {
  return ["server", "client"]
    .map(
      (side) => `[${side}:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
certificate = ${files.certificate}
private_key = ${files.key}
ca_list = ${files.authority}
`,
    )
    .join("\n");
}
