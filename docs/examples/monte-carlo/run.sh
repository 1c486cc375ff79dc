#!/usr/bin/env bash
# An estimate of π from many jobs at two providers, put together to a table and a picture.
. "$(dirname "${BASH_SOURCE[0]}")/../network.sh"
export DCN_INSECURE_DEV_KEYS=true # nothing is at stake here, so no passphrases
JOBS=${JOBS:-12} POINTS=${POINTS:-250000}

start_node me --role creator,relay --init lab --listen /ip4/127.0.0.1/tcp/0
INVITE=$(invite_of me)
start_node provider-1 --role provider --network "$INVITE" --listen /ip4/127.0.0.1/tcp/0
start_node provider-2 --role provider --network "$INVITE" --listen /ip4/127.0.0.1/tcp/0
wait_for_offers me 2
export DCN_DATA_DIR=me

# One command, a job for every share: each finds its provider by itself.
SHARES=$(seq -s, 1 "$JOBS")
show dcn js run "$EXAMPLE/pi.mjs" --matrix "SHARE=$SHARES" --name pi --out results -- '{SHARE}' "$POINTS"
node "$EXAMPLE/summary.ts" results pi.svg
