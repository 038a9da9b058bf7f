#!/bin/sh
# Tests Neovim with the language server; `gwc` is the first argument or stands in the path.
set -eu
cd "$(dirname "$0")"
gwc=$(command -v "${1:-gwc}")
timeout 120 nvim --headless -u NONE -i NONE -n \
  --cmd "set runtimepath^=$PWD" \
  --cmd "lua vim.g.gw_command = { '$gwc', 'lsp' }" \
  --cmd "filetype plugin on" \
  --cmd "runtime! plugin/gw.lua" \
  -S test_lsp.lua
