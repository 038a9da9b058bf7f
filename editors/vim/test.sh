#!/bin/sh
# Tests the Vim syntax without a terminal; needs vim or neovim.
set -eu
cd "$(dirname "$0")"
node ../generate.mjs --check
GW_VIM_REPORT=$(mktemp)
GW_VIM_POLICIES=$(mktemp)
export GW_VIM_REPORT GW_VIM_POLICIES
trap 'rm -f "$GW_VIM_REPORT" "$GW_VIM_POLICIES"' EXIT
node --input-type=module -e '
  import { policies } from "../policies.mjs";
  console.log(policies().map(({ path }) => path).join("\n"));
' >"$GW_VIM_POLICIES"

run() { # a script, in whichever of the two is here
  status=0
  if command -v vim >/dev/null; then
    vim -Nu NONE -i NONE -n -es -S "$1" || status=$?
  else
    nvim --headless -u NONE -i NONE -n -S "$1" || status=$?
  fi
  cat "$GW_VIM_REPORT"
  [ "$status" -eq 0 ] || exit "$status"
}
run test.vim
run policies.vim
