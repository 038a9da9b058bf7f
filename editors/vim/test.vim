" Checks which syntax group stands at which word. Run by test.sh; a line is
"   [text of the line, word in it, expected group]

set nocompatible
exe "set runtimepath^=" . fnameescape(expand("<sfile>:p:h"))
syntax on
filetype plugin on

let s:cases = [
  \ ['gw 1', 'gw', 'gwEdition'],
  \ ['/// documents', 'documents', 'gwDocComment'],
  \ ['let a = 1 // note', 'note', 'gwComment'],
  \ ['backend orders {', 'backend', 'gwDeclaration'],
  \ ['  targets = ["http://a" weight 3]', 'targets', 'gwField'],
  \ ['  targets = ["http://a" weight 3]', 'http', 'gwString'],
  \ ['  targets = ["http://a" weight 3]', 'weight', 'gwClause'],
  \ ['  targets = ["http://a" weight 3]', '3', 'gwNumber'],
  \ ['  timeout { connect = 300ms }', 'timeout', 'gwStatement'],
  \ ['  timeout { connect = 300ms }', '300ms', 'gwUnit'],
  \ ['route a GET|HEAD /v1/{id:int}/**', 'GET', 'gwMethod'],
  \ ['route a GET|HEAD /v1/{id:int}/**', '/v1', 'gwPath'],
  \ ['route a GET|HEAD /v1/{id:int}/**', 'id', 'gwPathParameter'],
  \ ['route a GET|HEAD /v1/{id:int}/**', '\*\*', 'gwWildcard'],
  \ ['  deny when jwt.suspended ?? false', 'deny', 'gwStatement'],
  \ ['  deny when jwt.suspended ?? false', 'when', 'gwClause'],
  \ ['  deny when jwt.suspended ?? false', 'jwt', 'gwVariable'],
  \ ['  deny when jwt.suspended ?? false', 'suspended', 'gwMember'],
  \ ['  deny when jwt.suspended ?? false', '??', 'gwOperator'],
  \ ['  deny when jwt.suspended ?? false', 'false', 'gwConstant'],
  \ ['  allow when source.ip in 10.0.0.0/8', 'in', 'gwOperatorWord'],
  \ ['  allow when source.ip in 10.0.0.0/8', '10', 'gwAddress'],
  \ ['let x = [::1, 100/min, 10%, 2xx]', '::1', 'gwAddress'],
  \ ['let x = [::1, 100/min, 10%, 2xx]', '100', 'gwUnit'],
  \ ['let x = [::1, 100/min, 10%, 2xx]', '10%', 'gwUnit'],
  \ ['let x = [::1, 100/min, 10%, 2xx]', '2xx', 'gwUnit'],
  \ ['let x = size(a) / 2', 'size', 'gwBuiltin'],
  \ ['let x = size(a) / 2', '/', 'gwOperator'],
  \ ['let x = "a\n {path.id}"', '\\n', 'gwEscape'],
  \ ['let x = "a\n {path.id}"', 'path', 'gwTemplate'],
  \ ['let x = switch key.plan { a => 1 }', 'switch', 'gwSwitch'],
  \ ['param listen: string = ":80"', 'string', 'gwType'],
  \ ['  reason = "not a clause"', 'reason', 'gwField'],
  \ ]

let s:failed = []
for [s:line, s:word, s:expected] in s:cases
  enew!
  call setline(1, s:line)
  setfiletype gw
  syn sync fromstart
  let s:column = match(s:line, s:word) + 1
  let s:found = synIDattr(synID(1, s:column, 1), 'name')
  if s:found !=# s:expected
    call add(s:failed, printf('%s: `%s` is %s, expected %s', s:line, s:word, s:found, s:expected))
  endif
endfor

" The file name alone selects the type and its settings.
enew!
exe 'edit! ' . fnameescape(tempname() . '.gw')
if &filetype !=# 'gw' || &commentstring !=# '// %s' || &shiftwidth != 2
  call add(s:failed, 'ftdetect or ftplugin: ' . &filetype . ' ' . &commentstring . ' ' . &shiftwidth)
endif

call writefile(empty(s:failed) ? ['vim: ' . len(s:cases) . ' places right'] : s:failed, $GW_VIM_REPORT)
exe empty(s:failed) ? 'qall!' : 'cquit!'
