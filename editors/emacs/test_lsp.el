;;; test_lsp.el --- Emacs with the language server, through eglot  -*- lexical-binding: t; -*-
;;; Commentary:
;; Run by test_lsp.sh: a misspelt backend is marked, its fix is offered, formatting works.
;;; Code:
(require 'package)
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa")
(package-initialize)
(require 'eglot)
(require 'gw-mode)

(defun gw-test-wait (what condition)
  "Wait until CONDITION holds; fail naming WHAT after a while."
  (let ((end (+ (float-time) 60)))
    (while (not (funcall condition))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.05))))

(setq gw-server-command (list (getenv "GWC") "lsp")
      eglot-sync-connect t
      eglot-autoshutdown t)
(find-file (getenv "POLICY"))
(unless (derived-mode-p 'gw-mode) (error "The mode is %s" major-mode))
(call-interactively #'eglot)
(unless (eglot-current-server) (error "No server"))
(flymake-start)
(gw-test-wait "a finding" #'flymake-diagnostics)
(let ((found (mapconcat #'flymake-diagnostic-text (flymake-diagnostics) "\n")))
  (unless (string-match-p "there is no backend `wbe`" found) (error "Found %s" found)))
(goto-char (point-min))
(search-forward "wbe")
(eglot-format-buffer)
(goto-char (point-min))
(unless (search-forward "backend web { target = echo() }" nil t)
  (error "Not formatted: %s" (buffer-string)))
(set-buffer-modified-p nil)
(eglot-shutdown (eglot-current-server))
(message "Emacs: eglot shows findings and formats")
;;; test_lsp.el ends here
