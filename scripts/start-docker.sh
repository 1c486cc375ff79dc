#!/usr/bin/env bash
# Starts a Docker engine when none answers, on Debian and Ubuntu, as root: installs docker.io if it is missing, runs
# dockerd in the background and waits until it answers. An engine that runs already is left as it is.
#
#   scripts/start-docker.sh          prints the engine's version; exit code 1 with the reason when there is none
#   scripts/start-docker.sh --stop   ends the engine that this script started (and no other)
set -euo pipefail
state="${XDG_RUNTIME_DIR:-/run}/dcn-dockerd"

answers() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

if [ "${1:-}" = --stop ]; then
  [ -f "$state.pid" ] && kill "$(cat "$state.pid")" 2>/dev/null && echo 'docker engine ended' || echo 'no engine of ours runs'
  rm -f "$state.pid"
  exit 0
fi
if command -v docker >/dev/null && version=$(answers); then
  echo "docker engine $version answers"
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo 'no Docker engine answers, and starting one needs root: run this with sudo, or start Docker yourself' >&2
  exit 1
fi
packages=()
command -v dockerd >/dev/null || packages+=(docker.io)
# a static busybox is what the tests make their container image of
[ -x /bin/busybox ] || packages+=(busybox-static)
# and of which they make one of a program that Debian has
[ -x /usr/games/cowsay ] || packages+=(cowsay)
if [ ${#packages[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo 'this system has no apt-get: install Docker by its own means' >&2; exit 1; }
  echo "installing ${packages[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
fi
setsid dockerd >"$state.log" 2>&1 </dev/null &
echo $! >"$state.pid"
for _ in $(seq 120); do
  if version=$(answers); then
    echo "docker engine $version started (log: $state.log)"
    exit 0
  fi
  sleep 0.25
done
echo "dockerd did not come up: see $state.log" >&2
tail -n 5 "$state.log" >&2
exit 1
