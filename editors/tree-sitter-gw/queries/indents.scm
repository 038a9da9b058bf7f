[(block) (map) (record) (list) (arguments) (application) (parenthesized) (switch)] @indent.begin
["}" "]" ")"] @indent.branch @indent.end
(string) @indent.ignore
