#!/usr/bin/env bash
# every_body.sh BUILD_DIR [PARTS]: what extraction leaves out has no facts. Extracts Bulkhead's own C++ sources (the first of
# PARTS parts, default 40; 1: all of them) with and without --every-body and compares the bytes.
set -uo pipefail
build=$(cd "$1" && pwd)
. "$(dirname "$0")/common.sh"
parts=${2:-40}
[ -f "$build/compile_commands.json" ] || skip "the build has no compile_commands.json"
scratch=$(mktemp -d /tmp/bulkhead-bodies.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
for bodies in "" --every-body; do
  "$build/bulkhead-extract" -p "$build" --root "$here/../.." -o "$scratch/facts$bodies" --shard "1/$parts" $bodies ||
    broken "the sources could not be extracted"
done
diff -rq --exclude=lock --exclude='*.inputs' "$scratch/facts" "$scratch/facts--every-body" ||
  broken "other facts when every body is parsed"
files=$(ls "$scratch"/facts/*.facts | wc -l)
[ "$files" -gt 3 ] || broken "nothing was compared"
say "$files files: the same facts as when every body is parsed"
