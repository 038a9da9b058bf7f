-- Neovim with `gwc lsp`: findings arrive, hovering and formatting work. Run by test_lsp.sh.

local function fail(why)
  io.stderr:write("not ok: " .. why .. "\n")
  vim.cmd("cquit 1")
end

local function check(fine, why)
  if not fine then
    fail(why)
  end
end

local function until_true(wanted, why)
  check(vim.wait(20000, wanted, 20), why)
end

local folder = vim.fn.tempname() .. " with blanks"
vim.fn.mkdir(folder, "p")
local file = folder .. "/policy.gw"
vim.fn.writefile({
  "gw 1",
  'listener http { bind = ":80" }',
  'backend web { target = "http://127.0.0.1:1" }',
  'route home GET /** { public "demo"; to wbe }',
}, file)

vim.cmd("edit " .. vim.fn.fnameescape(file))
check(vim.bo.filetype == "gw", "the file type is " .. vim.bo.filetype)
until_true(function()
  return #vim.diagnostic.get(0) > 0
end, "no finding arrives")
local found = vim.diagnostic.get(0)[1]
check(found.code == "GW0101", "another finding: " .. vim.inspect(found))
check(found.lnum == 3 and found.col == 39, "at another place: " .. vim.inspect(found))

-- Mended as it would be typed.
vim.api.nvim_buf_set_text(0, 3, 39, 3, 42, { "web" })
until_true(function()
  return #vim.diagnostic.get(0) == 0
end, "the finding stays")

local function ask(method, extra)
  local params = vim.lsp.util.make_position_params(0, "utf-8")
  for key, value in pairs(extra or {}) do
    params[key] = value
  end
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000)
  for _, answer in pairs(answers or {}) do
    return answer.result
  end
end

vim.api.nvim_win_set_cursor(0, { 4, 40 })
local hover = ask("textDocument/hover")
check(hover and hover.contents.value:find("backend web", 1, true), vim.inspect(hover))

vim.api.nvim_buf_set_lines(0, 2, 3, false, { 'backend   web {target="http://127.0.0.1:1"}' })
local edits = ask("textDocument/formatting", { options = { tabSize = 2, insertSpaces = true } })
check(edits and #edits == 1, vim.inspect(edits))
print("ok: findings, hover and formatting in Neovim " .. tostring(vim.version().major) .. "." .. tostring(vim.version().minor) .. "\n")
vim.cmd("qall!")
