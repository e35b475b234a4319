#!/bin/sh
# Installs the Debian packages that the call benchmark needs beside those of
# the tests. Quick when they are there; needs root only when one is missing.
set -eu

"$(dirname "$0")/install-test-tools.sh"

missing=""

[ -x /usr/sbin/kamailio ] || missing="$missing kamailio"
# The modules of RFC 5626 and of WebSocket are packages of their own.
[ -e /usr/lib/x86_64-linux-gnu/kamailio/modules/outbound.so ] || missing="$missing kamailio-outbound-modules"
[ -e /usr/lib/x86_64-linux-gnu/kamailio/modules/websocket.so ] || missing="$missing kamailio-websocket-modules"
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"

[ -z "$missing" ] && exit 0

echo "Installing benchmark tools:$missing"

if [ "$(id -u)" -ne 0 ]; then
  echo "The benchmark needs these Debian packages:$missing. Install them as root." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
# The benchmark starts its own; the one of the package is not wanted.
service kamailio stop >/dev/null 2>&1 || true
