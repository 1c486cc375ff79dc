#!/usr/bin/env bash
# Every picture of a directory, made small by a job. IMAGES=FOLDER takes your own PNGs, WIDTH=N another width.
. "$(dirname "${BASH_SOURCE[0]}")/../network.sh"
export DCN_INSECURE_DEV_KEYS=true # nothing is at stake here, so no passphrases
WIDTH=${WIDTH:-160}

if [ -z "${IMAGES:-}" ]; then
  IMAGES=images
  show node "$EXAMPLE/make-images.mjs" images
fi
start_node me --role creator,relay --init lab --listen /ip4/127.0.0.1/tcp/0
start_node provider --role provider --network "$(invite_of me)" --listen /ip4/127.0.0.1/tcp/0
wait_for_offers me 1
export DCN_DATA_DIR=me

show dcn wasm run "$EXAMPLE/resize.wasm" --input "$IMAGES" --memory 512MiB --name small --out result -- "$WIDTH"
show ls -l result/outputs/outputs
