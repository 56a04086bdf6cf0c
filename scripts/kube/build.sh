#!/usr/bin/env bash
# Builds the real kube-apiserver and etcd that `deno task test:kube` runs against, from the module pins beside this
# script, into ${MOORLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/moorline}/kube. Needs Go 1.26 and, the first time, the
# module proxy; about five minutes on two cores. What is there already in the right version is left alone.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${MOORLINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/moorline}/kube
kubernetes=$(sed -n 's/^require k8s.io\/kubernetes //p' "$here/apiserver/go.mod")
etcd=$(sed -n 's/^.*go.etcd.io\/etcd\/server\/v3 v\([^ ]*\).*/\1/p' "$here/etcd/go.mod")
mkdir -p "$out"
# One build at a time: test runs may start together.
exec 9>"$out/.lock"
flock 9

has_apiserver() { [ "$("$out/kube-apiserver" --version 2>/dev/null)" = "Kubernetes $kubernetes" ]; }
has_etcd() { [ "$("$out/etcd" --version 2>/dev/null | head -1)" = "etcd Version: $etcd" ]; }
if has_apiserver && has_etcd; then
  echo "kube-apiserver $kubernetes and etcd $etcd are in $out"
  exit 0
fi

PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "go is not installed: Go 1.26 builds kube-apiserver $kubernetes" >&2; exit 1; }
export CGO_ENABLED=0 GOFLAGS=-mod=readonly
stamp="-X k8s.io/component-base/version.gitVersion=$kubernetes"
stamp+=" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$kubernetes")"
if ! has_etcd; then
  echo "building etcd $etcd (about a minute) ..."
  (cd "$here/etcd" && go build -ldflags "-s -w" -o "$out/etcd.new" go.etcd.io/etcd/server/v3)
  mv "$out/etcd.new" "$out/etcd"
fi
if ! has_apiserver; then
  echo "building kube-apiserver $kubernetes (about four minutes) ..."
  (cd "$here/apiserver" && go build -ldflags "-s -w $stamp" -o "$out/kube-apiserver.new" k8s.io/kubernetes/cmd/kube-apiserver)
  mv "$out/kube-apiserver.new" "$out/kube-apiserver"
fi
has_apiserver && has_etcd || { echo "what was built in $out is not of the pinned versions" >&2; exit 1; }
echo "kube-apiserver $kubernetes and etcd $etcd are in $out"
