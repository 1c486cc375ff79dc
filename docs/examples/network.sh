# Sourced by the examples: shows each command before it runs, starts nodes in the background, stops them at the end.
# `npm run example NAME` gives a working directory (DCN_EXAMPLE_DIR) and puts dcn and dcn-node on the PATH; by hand, have both
# installed, and name a directory or let one be made.
set -euo pipefail

EXAMPLE=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
WORK=${DCN_EXAMPLE_DIR:-$(mktemp -d -t dcn-example-XXXXXX)}
START_SECONDS=90 # a node is up in one second; a loaded machine gets more
NODES=()
cd "$WORK"
export DCN_LOG_LEVEL=warn
trap stop_nodes EXIT
trap 'exit 130' INT TERM

# Types a command as its owner would, and runs it.
show() {
  printf '\n%s$ %s\n' "${OWNER:+[$OWNER] }" "$(shortened "$*")"
  "$@"
}

# An invite is a line of some hundred characters: its beginning will do for the eye.
shortened() { sed -E 's/(dcn1[A-Za-z0-9_-]{16})[A-Za-z0-9_-]+/\1…/g' <<<"$1"; }

# start_node NAME ARGS…: dcn-node in a terminal of its own; its data directory and its log are named after it.
start_node() {
  local name=$1
  shift
  printf '\n[%s]$ dcn-node --data-dir %s %s\n' "$name" "$name" "$(shortened "$*")"
  : >"$name.log" # the shell of the node makes it only when it gets to run: it is read before
  dcn-node --data-dir "$name" "$@" >>"$name.log" 2>&1 </dev/null &
  local pid=$! deadline=$((SECONDS + START_SECONDS))
  NODES+=("$pid")
  until grep -q '^ready$' "$name.log"; do
    kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)) || fail "$name did not start:" "$(cat "$name.log")"
    sleep 0.05
  done
}

# The line that the creator of a network hands to whoever joins.
invite_of() { sed -n 's/.*--network \(dcn1[^ ]*\)$/\1/p' "$1.log"; }

# wait_for_offers NAME COUNT: until a node has heard of that many providers.
wait_for_offers() {
  local deadline=$((SECONDS + START_SECONDS))
  until [ "$(dcn offers --data-dir "$1" --json | node -p 'JSON.parse(require("fs").readFileSync(0)).length')" = "$2" ]; do
    ((SECONDS < deadline)) || fail "$1 does not see $2 offers"
    sleep 0.1
  done
}

# Ctrl-C in every terminal, the last one first.
stop_nodes() {
  local code=$? i
  for ((i = ${#NODES[@]} - 1; i >= 0; i--)); do kill -INT "${NODES[i]}" 2>/dev/null || true; done
  wait
  exit "$code"
}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}
