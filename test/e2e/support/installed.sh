#!/usr/bin/env bash
# Runs in namespaces of its own: no network but loopback, and nothing where the checkout was.
# installed.sh CHECKOUT EXAMPLES WASM
set -euo pipefail
mount -t tmpfs tmpfs "$1"
ip link set lo up
[ -z "$(ls -A "$1")" ]

dcn --help | head -1
dcn-node --help | head -1
. "$2/two-people/run.sh"
show dcn wasm run "$3" --input letter.txt --data-dir first -- /inputs/letter.txt
show dcn doctor --data-dir second || true
