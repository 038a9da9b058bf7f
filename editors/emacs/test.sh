#!/bin/sh
# Tests the Emacs mode without a terminal: it compiles without a warning, colours and indents.
set -eu
cd "$(dirname "$0")"
node ../generate.mjs --check
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp gw-mode.el "$work"
emacs -Q --batch --eval '(setq byte-compile-error-on-warn t)' -f batch-byte-compile "$work/gw-mode.el"
emacs -Q --batch -L "$work" -l test.el
