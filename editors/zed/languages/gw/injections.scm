([(comment) (doc_comment)] @injection.content
  (#set! injection.language "comment"))

; Regular expressions: in paths, and where a text is matched.
((path_parameter constraint: (constraint) @injection.content)
  (#match? @injection.content "[^a-z0-9_*]")
  (#set! injection.language "regex"))

(call
  function: (method field: (identifier) @_function)
  arguments: (arguments . (string (string_content) @injection.content))
  (#eq? @_function "matches")
  (#set! injection.language "regex"))

(refinement
  word: (refine_word) @_word
  value: (string (string_content) @injection.content)
  (#eq? @_word "matches")
  (#set! injection.language "regex"))
