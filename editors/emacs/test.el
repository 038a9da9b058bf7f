;;; test.el --- Which face stands at which word, and how lines are indented  -*- lexical-binding: t; -*-

;;; Code:

(require 'gw-mode)

(defconst gw-test--text
  "gw 1
// a note
backend orders {
balance = least_request
timeout { connect = 300ms }
}
route a GET /v1/{id:int} {
allow when jwt.org == \"acme\" && size(jwt.org) > 2
to orders
}
")

(defconst gw-test--faces
  '(("a note" font-lock-comment-face)
    ("backend" font-lock-keyword-face)
    ("orders" font-lock-type-face)
    ("balance" font-lock-property-name-face)
    ("route" font-lock-keyword-face)
    ("GET" font-lock-constant-face)
    ("allow" font-lock-keyword-face)
    ("when" font-lock-keyword-face)
    ("jwt" font-lock-variable-name-face)
    ("\"acme\"" font-lock-string-face)
    ("size" font-lock-builtin-face)))

(with-temp-buffer
  (insert gw-test--text)
  (gw-mode)
  (font-lock-ensure)
  (dolist (case gw-test--faces)
    (goto-char (point-min))
    (search-forward (car case))
    (let ((face (get-text-property (match-beginning 0) 'face)))
      (unless (memq (cadr case) (if (listp face) face (list face)))
        (error "`%s' has %s, not %s" (car case) face (cadr case)))))
  (indent-region (point-min) (point-max))
  (let ((indents (mapcar (lambda (line) (- (length line) (length (string-trim-left line))))
                         (split-string (buffer-string) "\n"))))
    (unless (equal indents '(0 0 0 2 2 0 0 2 2 0 0))
      (error "Indented by %s" indents)))
  (message "ok: %d faces, indentation" (length gw-test--faces)))

;;; test.el ends here
