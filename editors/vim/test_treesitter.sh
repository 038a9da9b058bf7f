#!/bin/sh
# Tests Neovim with the tree-sitter grammar: it loads, and the queries highlight. Builds the parser.
set -eu
cd "$(dirname "$0")"
./build-parser.sh
timeout 120 nvim --headless -u NONE -i NONE -n \
  --cmd "set runtimepath^=$PWD" \
  --cmd "let g:gw_lsp = v:false" \
  --cmd "filetype plugin on" \
  --cmd "runtime! plugin/gw.lua" \
  -S test_treesitter.lua
