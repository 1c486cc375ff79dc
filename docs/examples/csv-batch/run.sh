#!/usr/bin/env bash
# A container over a directory of CSV files, at three providers, and what two of them agree on. CSV=FOLDER takes your own files
# (date,shop,amount). Needs a Docker engine; the image is made of this machine's busybox, so no registry is asked.
. "$(dirname "${BASH_SOURCE[0]}")/../network.sh"
export DCN_INSECURE_DEV_KEYS=true # nothing is at stake here, so no passphrases
CSV=${CSV:-$EXAMPLE/sales}

if ! IMAGE=$(node "$EXAMPLE/make-image.ts"); then
  printf 'skipped: %s\n' "$IMAGE"
  exit 0
fi

start_node me --role creator,relay --init lab --listen /ip4/127.0.0.1/tcp/0
INVITE=$(invite_of me)
for n in 1 2 3; do
  start_node "provider-$n" --role provider --engines docker --network "$INVITE" --listen /ip4/127.0.0.1/tcp/0
done
wait_for_offers me 3
export DCN_DATA_DIR=me

# The image travels by CID, so all three run the same bytes.
show dcn image push "$IMAGE"
CID=$(dcn image list --json | node -p 'JSON.parse(require("fs").readFileSync(0))[0].cid')

# A container need not repeat exactly, so the network offers no replicas for one (--verify replicas is for js and wasm). This
# program does repeat: three jobs, each at a provider of its own, are three replicas, and comparing them is up to us.
for n in 1 2 3; do
  show dcn docker run "ipfs://$CID" --input "$CSV:/inputs/sales" --input "$EXAMPLE/totals.sh:/inputs/totals.sh" \
    --memory 64MiB --disk 64MiB --target "$(account_of "provider-$n")" --name "replica-$n" --detach -- sh /inputs/totals.sh
done
for n in 1 2 3; do
  show dcn job wait "replica-$n" --out "replicas/$n"
  show dcn receipt verify "replicas/$n/receipt.json" --files "replicas/$n"
done
node "$EXAMPLE/compare.mjs" replicas totals
show cat totals/outputs/outputs/totals.csv
