#!/bin/sh
# Tests the Vim syntax without a terminal; needs vim or neovim.
set -eu
cd "$(dirname "$0")"
node ../generate.mjs --check
GW_VIM_REPORT=$(mktemp)
export GW_VIM_REPORT
trap 'rm -f "$GW_VIM_REPORT"' EXIT
status=0
if command -v vim >/dev/null; then
  vim -Nu NONE -i NONE -n -es -S test.vim || status=$?
else
  nvim --headless -u NONE -i NONE -n -S test.vim || status=$?
fi
cat "$GW_VIM_REPORT"
exit "$status"
