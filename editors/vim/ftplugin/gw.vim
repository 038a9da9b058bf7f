" Settings for gw files: two blanks a level, `//` comments, `gwc fmt` behind `gq`.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal expandtab shiftwidth=2 softtabstop=2
setlocal commentstring=//\ %s comments=:///,://
setlocal formatprg=gwc\ fmt\ -
setlocal matchpairs+=<:>

let b:undo_ftplugin = "setlocal expandtab< shiftwidth< softtabstop< commentstring< comments< formatprg< matchpairs<"
