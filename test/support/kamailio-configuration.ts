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
}

/** The password of a user of the registrar. */
export function passwordOf(user: string): string {
  return `secret-of-${user}`;
}

export function kamailioConfiguration(options: RegistrarOptions): string {
  const { ip, port, domain, path = true, authentication = false, trustsAssertions = false, edge } = options;
  const modules = [
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
alias="${domain}"
# JSON-RPC over HTTP asks for no Content-Length.
tcp_accept_no_cl=yes
${modules.map((name) => `loadmodule "${name}.so"`).join("\n")}

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
