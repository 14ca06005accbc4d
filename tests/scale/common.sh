# Shared by the scripts here; $build is the folder with bulkhead-extract.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
engine=$(basename "$0" .sh)

say() { echo "scale/$engine: $*"; }
skip() { say "SKIPPED: $*"; exit 77; }
broken() { say "$*"; exit 1; }

# Installs packages when root, else skips.
need() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  [ "$(id -u)" = 0 ] || skip "packages are missing: ${missing[*]} (not root, so they are not installed here)"
  say "installing ${missing[*]}"
  local log; log=$(mktemp)
  { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" ||
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; }
  } >"$log" 2>&1 || { tail -n 3 "$log"; skip "packages cannot be installed: ${missing[*]}"; }
  rm -f "$log"
}

# Six units that share a header, in FOLDER with their database.
small_set() {  # FOLDER
  mkdir -p "$1"
  echo '#include <stdio.h>' >"$1/common.h"
  local list= i
  for i in 1 2 3 4 5 6; do
    printf '#include "common.h"\nint f%s(int (*g)(void)) { return g() + %s; }\n' "$i" "$i" >"$1/u$i.c"
    list+="${list:+,}{\"directory\": \"$1\", \"file\": \"u$i.c\", \"command\": \"cc -c u$i.c\"}"
  done
  echo "[$list]" >"$1/compile_commands.json"
}

# The built tree of OpenSSH, when the cache of the corpus has it.
openssh() { "$here/../../corpus/fetch" openssh --print 2>/dev/null; }

direct() {  # DATABASE FACTS
  rm -rf "$2"
  "$build/bulkhead-extract" -p "$1" -o "$2" --jobs 2 || broken "the direct run failed"
}

same() {  # FACTS FACTS WHAT
  diff -r --exclude=lock --exclude=ninja "$1" "$2" >/dev/null || broken "$3: other bytes than a direct run"
  say "$3: the same bytes as a direct run, $(wc -l <"$2/index") lines of index"
}
