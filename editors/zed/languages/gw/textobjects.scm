(statement block: (block) @class.inside) @class.around
[(comment) (doc_comment)] @comment.around
