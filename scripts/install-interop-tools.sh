#!/bin/sh
# Installs the Debian packages that the interoperability tests drive: registrar,
# phone, browser, databases, network tools. Quick when they are there; needs root only when
# one is missing.
set -eu

missing=""

need() {
  # Not every user's PATH has /usr/sbin.
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}

need_file() {
  [ -n "$(find /usr/lib -path "*$1" 2>/dev/null)" ] || missing="$missing $2"
}

need kamailio kamailio
need_file kamailio/modules/outbound.so kamailio-outbound-modules
need_file kamailio/modules/tls.so kamailio-tls-modules
need baresip baresip-core
need nsd nsd
need sipp sip-tester
need svmap sipvicious
need haproxy haproxy
need redis-server redis-server
need chromium chromium
need tshark tshark
need openssl openssl
need nft nftables
need ip iproute2

[ -z "$missing" ] && exit 0

echo "Installing tools of the interoperability tests:$missing"

if [ "$(id -u)" -ne 0 ]; then
  echo "The interoperability tests need these Debian packages:$missing. Install them as root." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
