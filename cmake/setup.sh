# Sourced by ./demo and ./test. Installs the Debian packages of packages.txt that are missing and offers `step`.
# Needs bash, apt and, unless run as root, sudo.

start_seconds=$SECONDS
step() { printf '\n==> [%3ds] %s\n' $((SECONDS - start_seconds)) "$*"; }
stop() { printf '%s: %s\n' "$(basename "$0")" "$1" >&2; [ $# -lt 2 ] || printf '  = help: %s\n' "$2" >&2; exit 2; }

packages() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$root/packages.txt"; }

missing_packages() {
  packages | while read -r name; do
    status=$(dpkg-query -W -f='${Status}' "$name" 2>/dev/null) || status=
    [ "$status" = "install ok installed" ] || printf '%s\n' "$name"
  done
}

install_missing() {
  command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    stop "this script installs its tools with apt, which is not here" "use Debian 12, or install what packages.txt lists and run cmake yourself"
  missing=$(missing_packages)
  [ -n "$missing" ] || { echo "all $(packages | wc -l) packages are installed"; return; }
  as_root=; [ "$(id -u)" = 0 ] || as_root=sudo
  [ -z "$as_root" ] || command -v sudo >/dev/null || stop "installing packages needs root" "run as root, or install: $(echo $missing)"
  echo "installing $(echo "$missing" | wc -l) packages: $(echo $missing)"
  log=$(mktemp)
  { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing; } >"$log" 2>&1 ||
    { tail -20 "$log" >&2; stop "apt could not install what is missing" "see $log"; }
  rm -f "$log"
}

# build PRESET [TARGET...]: configures once and builds; the compiler's progress goes to the screen.
build() {
  preset=$1; shift
  (cd "$root" && cmake --preset "$preset" >"$root/.configure.log" 2>&1) ||
    { tail -30 "$root/.configure.log" >&2; stop "the configure step failed" "see .configure.log"; }
  rm -f "$root/.configure.log"
  (cd "$root" && cmake --build --preset "$preset" ${@:+--target "$@"}) || stop "the build failed"
}
