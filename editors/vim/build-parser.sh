#!/bin/sh
# Builds parser/gw.so, with which Neovim colours policies by their syntax tree; needs a C compiler.
set -eu
cd "$(dirname "$0")"
mkdir -p parser
source=../tree-sitter-gw/src
"${CC:-cc}" -std=c11 -O2 -fPIC -shared -I "$source" -o parser/gw.so "$source/parser.c" "$source/scanner.c"
