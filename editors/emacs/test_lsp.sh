#!/bin/sh
# Tests Emacs with the language server, through eglot; `gwc` is the first argument or stands in the
# path.
set -eu
cd "$(dirname "$0")"
GWC=$(command -v "${1:-gwc}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
POLICY="$work/policy.gw"
export GWC POLICY
cat >"$POLICY" <<'GW'
gw 1

listener http { bind = ":8080" }
backend   web { target =   echo() }
route home GET / { public "a demonstration"; to wbe }
GW
timeout 120 emacs -Q --batch -L . -l test_lsp.el
