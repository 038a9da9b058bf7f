" Runs the Vim syntax over every policy of the repository, which $GW_VIM_POLICIES lists, and holds
" the groups of one of them to a snapshot. Run by test.sh; $GW_VIM_UPDATE writes the snapshot.

set nocompatible
exe "set runtimepath^=" . fnameescape(expand("<sfile>:p:h"))
syntax on
filetype plugin on

let s:snapshot = expand('<sfile>:p:h') . '/snapshots/quickstart.gw.groups'

" The group at the first character of each word or sign, line by line.
func s:groups()
  syn sync fromstart
  let l:shown = []
  for l:row in range(1, line('$'))
    let l:line = getline(l:row)
    call add(l:shown, l:line)
    let [l:word, l:start, l:end] = matchstrpos(l:line, '\h\w*\|\d\+\S\{-}\ze\%([ ,;)\]}]\|$\)\|\S')
    while l:start >= 0
      let l:group = synIDattr(synID(l:row, l:start + 1, 1), 'name')
      call add(l:shown, '    ' . l:word . '  ' . (empty(l:group) ? '-' : l:group))
      let [l:word, l:start, l:end] = matchstrpos(l:line, '\h\w*\|\d\+\S\{-}\ze\%([ ,;)\]}]\|$\)\|\S', l:end)
    endwhile
  endfor
  return l:shown
endfunc

let s:failed = []
let s:words = 0
let s:files = readfile($GW_VIM_POLICIES)
for s:file in s:files
  try
    let v:errmsg = ''
    exe 'edit! ' . fnameescape(s:file)
    let s:shown = s:groups()
    let s:words += len(filter(copy(s:shown), 'v:val =~# "^    .*  gw"'))
    if &filetype !=# 'gw' || v:errmsg !=# ''
      call add(s:failed, s:file . ': ' . &filetype . ' ' . v:errmsg)
    endif
    if s:file =~# 'examples/quickstart.gw$'
      if !empty($GW_VIM_UPDATE)
        call writefile(s:shown, s:snapshot)
      elseif readfile(s:snapshot) !=# s:shown
        call add(s:failed, 'the groups of quickstart.gw are not those of ' . s:snapshot)
      endif
    endif
  catch
    call add(s:failed, s:file . ': ' . v:exception)
  endtry
endfor
if len(s:files) < 300 || s:words < 30000
  call add(s:failed, printf('only %d words in %d files', s:words, len(s:files)))
endif

let s:fine = printf('vim: %d policies, %d words have a group', len(s:files), s:words)
call writefile(empty(s:failed) ? [s:fine] : s:failed, $GW_VIM_REPORT)
exe empty(s:failed) ? 'qall!' : 'cquit!'
