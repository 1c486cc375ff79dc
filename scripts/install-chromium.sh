#!/usr/bin/env bash
# Installs Debian's Chromium when none is there, as root: the tests of the pages that a node serves run in it. What is there is
# left as it is.
#
#   scripts/install-chromium.sh          prints its version; exit code 1 with the reason when there is none
set -euo pipefail

if command -v chromium >/dev/null; then
  chromium --version
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo 'there is no Chromium, and installing one needs root: run this with sudo' >&2
  exit 1
fi
command -v apt-get >/dev/null || { echo 'this system has no apt-get: install Chromium by its own means' >&2; exit 1; }
echo 'installing chromium'
DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
chromium --version
