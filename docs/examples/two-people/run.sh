#!/usr/bin/env bash
# Two people, a network of their own, no chain and no token: one asks, the other one computes, and both keep the receipt.
. "$(dirname "${BASH_SOURCE[0]}")/../network.sh"

# Each has a directory, a key and a passphrase of their own. Here both sit at one machine; between two hosts the first one
# listens on an address that the second one reaches, and the invite goes by any messenger.
OWNER=first
export DCN_PASSPHRASE='what only the first one knows'
show dcn network create ours --data-dir first
start_node first --role creator,relay --listen /ip4/127.0.0.1/tcp/0
INVITE=$(dcn network invite --data-dir first 2>first.notes)
printf 'the line to hand over: %s (%s characters in all)\n' "$(shortened "$INVITE")" "${#INVITE}"

OWNER=second
export DCN_PASSPHRASE='what only the second one knows'
show dcn network join "$INVITE" --data-dir second
start_node second --role provider --listen /ip4/127.0.0.1/tcp/0
show dcn node --data-dir second

OWNER=first
wait_for_offers first 1
show dcn offers --data-dir first
printf 'the quick brown fox\njumps over the lazy dog\n' >letter.txt
show dcn js run "$EXAMPLE/letters.mjs" --input letter.txt --name letters --out result --data-dir first -- 5
show cat result/outputs/outputs/letters.csv
show dcn receipt verify result/receipt.json --files result

# The second one has it in the books as well: what was done, for whom, for how much.
OWNER=second
show dcn deals --data-dir second
show dcn wallet history --data-dir second

printf '\nboth signed; nothing but these two processes took part\n'
