#!/usr/bin/env bash
# Builds the CoreDNS that `deno task test:peers` compares with, from the module pin in coredns/, into
# ${MOORLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/moorline}/peers. Needs Go 1.26 and, the first time, the module proxy;
# two minutes or so on two cores. What is there already in the right version is left alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${MOORLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/moorline}/peers
version=$(sed -n 's/^.*github.com\/coredns\/coredns v\([^ ]*\).*/\1/p' "$here/coredns/go.mod")
mkdir -p "$out"
# One build at a time: test runs may start together.
exec 9>"$out/.lock"
flock 9

has_coredns() { [ "$("$out/coredns" -version 2>/dev/null | head -1)" = "CoreDNS-$version" ]; }
if ! has_coredns; then
  PATH=$PATH:/usr/local/go/bin
  command -v go >/dev/null || { echo "go is not installed: Go 1.26 builds CoreDNS $version" >&2; exit 1; }
  echo "building CoreDNS $version (about two minutes) ..."
  (cd "$here/coredns" && CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -ldflags "-s -w" -o "$out/coredns.new" github.com/coredns/coredns)
  mv "$out/coredns.new" "$out/coredns"
fi
has_coredns || { echo "what was built in $out is not CoreDNS $version" >&2; exit 1; }
echo "CoreDNS $version is in $out"
