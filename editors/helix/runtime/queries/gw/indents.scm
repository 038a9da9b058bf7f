[(block) (map) (record) (list) (arguments) (application) (parenthesized) (switch)] @indent
["}" "]" ")"] @outdent
