#!/bin/bash
# tests/corpus/openssh.sh BUILD: Debian's openssh against corpus/openssh/openssh.bh. The unmodified source must
# give no finding and nothing undecided; each patch in violations/ must give the finding that `expected` names.
set -uo pipefail
build=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
corpus=$root/corpus/openssh
tree=$("$corpus/fetch") || exit $?
work=$build/corpus/openssh
facts=$work/facts
mkdir -p "$work"
failures=0

say() { echo "openssh: $*"; }
wrong() {
  say "WRONG: $*"
  failures=$((failures + 1))
}

# `bulkhead validate` on TREE, as a user calls it: its words in $work/NAME.txt, its exit code in $code.
join() {
  "$build/bulkhead" validate "$corpus/openssh.bh" -p "$1" --facts "$facts" --verbose >"$work/$2.txt"
  code=$?
}

join "$tree" unmodified
cat "$work/unmodified.txt"
[ "$code" = 0 ] || wrong "the unmodified source gives exit code $code, 0 was expected"
say "unmodified: exit $code, $(grep -c '^  crossing' "$work/unmodified.txt") crossings"
# E4 and E3 of the truth: the one place that asks for a signature, the one dispatch of requests.
grep -q 'NetChild -> Monitor.login.sign  allowed by login  monitor_wrap.c:235 in mm_sshkey_sign' \
  "$work/unmodified.txt" || wrong "the crossing at monitor_wrap.c:235 is not named"
grep -q 'pointer   monitor.c:535 in monitor_read through =field:mon_table.f: mm_answer_' \
  "$work/unmodified.txt" || wrong "the dispatch at monitor.c:535 is not listed"
grep -q 'stored elsewhere in the program: sshd.c:566' "$work/unmodified.txt" ||
  wrong "that use_privsep can be cleared at sshd.c:566 is not said"

# A patched copy: sources only, so that nothing but the changed file is extracted again.
copy=$work/tree
while read -r patch expected; do
  case $patch in '' | '#'*) continue ;; esac
  rm -rf "$copy"
  mkdir -p "$copy"
  (cd "$tree" && find . \( -name '*.[ch]' -o -name '*.inc' \) -print0 | tar --null -T - -cf - | tar -C "$copy" -xf -) ||
    exit 2
  sed "s|$tree|$copy|g" "$tree/compile_commands.json" >"$copy/compile_commands.json"
  if ! patch -s -p1 -d "$copy" <"$corpus/violations/$patch.patch"; then
    wrong "$patch: the patch does not apply"
    continue
  fi
  join "$copy" "$patch"
  [ "$code" = 1 ] || wrong "$patch: exit code $code, 1 was expected"
  if grep -qF -- "$expected" "$work/$patch.txt"; then
    say "$patch: found: $(grep -F -- "$expected" "$work/$patch.txt" | head -n 1)"
  else
    wrong "$patch: no finding '$expected'; found instead:"
    grep '^error' "$work/$patch.txt"
  fi
done <"$corpus/violations/expected"
rm -rf "$copy"
[ "$failures" = 0 ] || { say "$failures wrong"; exit 1; }
say "all as expected"
