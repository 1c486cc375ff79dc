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

# totals.sh reads no clock and draws no lots: it comes to the same bytes wherever it runs, so its replicas can be compared.
show dcn docker run "ipfs://$CID" --input "$CSV:/inputs/sales" --input "$EXAMPLE/totals.sh:/inputs/totals.sh" \
  --memory 64MiB --disk 64MiB --verify replicas:3/2 --name sales --out totals -- sh /inputs/totals.sh

# Who ran it, what each came to, and what each provider signed. The third may still be on its way, or may have been stopped.
show dcn job show sales
for receipt in totals/replicas/*/receipt.json; do show dcn receipt verify "$receipt" --files totals; done
show cat totals/outputs/outputs/totals.csv
