(statement block: (block) @class.inside) @class.around
(arguments (_) @parameter.inside)
(application (parameter) @parameter.inside)
[(comment) (doc_comment)] @comment.inside
[(comment) (doc_comment)]+ @comment.around
(entry value: (_) @entry.inside) @entry.around
