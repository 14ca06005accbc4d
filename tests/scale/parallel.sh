#!/usr/bin/env bash
# parallel.sh BUILD_DIR: extracts under GNU parallel, by parts and one job a unit, and compares the bytes with those of a direct
# run. Exit 77: SKIPPED, with the reason.
set -uo pipefail
build=$(cd "$1" && pwd)
. "$(dirname "$0")/common.sh"

need parallel
parallel --version 2>/dev/null | grep -q "GNU parallel" || skip "'parallel' is not GNU parallel"
scratch=$(mktemp -d /tmp/bulkhead-parallel.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
export PARALLEL_HOME=$scratch/home
mkdir -p "$PARALLEL_HOME" && touch "$PARALLEL_HOME/will-cite"

by_parts() {  # DATABASE PARTS WHAT
  direct "$1" "$scratch/direct"
  rm -rf "$scratch/facts"
  seq "$2" | parallel -j3 "$build/bulkhead-extract" -p "$1" -o "$scratch/facts" --jobs 1 --shard "{}/$2" 2>/dev/null ||
    broken "$3: a part failed"
  "$build/bulkhead-extract" -p "$1" -o "$scratch/facts" --index-only || broken "$3: the index failed"
  same "$scratch/direct" "$scratch/facts" "$3 in $2 parts"
}

small_set "$scratch/small"
by_parts "$scratch/small" 2 "a small set"
by_parts "$scratch/small" 6 "a small set"
if tree=$(openssh); then
  by_parts "$tree" 7 OpenSSH
else
  say "SKIPPED OpenSSH: it is not in the corpus cache"
fi
