#!/bin/sh
# Installs the Debian packages that the tests drive the server with. Quick when
# they are there; needs root only when one is missing.
set -eu

missing=""

need() {
  # Not every user's PATH has /usr/sbin.
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}

need sipp sip-tester
need openssl openssl
need python3 python3
need haproxy haproxy
need nsd nsd
need tshark tshark
need sngrep sngrep
need zsh zsh
need fish fish

[ -z "$missing" ] && exit 0

echo "Installing test tools:$missing"

if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need these Debian packages:$missing. Install them as root." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
