autocmd BufRead,BufNewFile *.gw setfiletype gw
