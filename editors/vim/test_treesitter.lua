-- Neovim with the tree-sitter grammar. Run by test_treesitter.sh.

local function check(fine, why)
  if not fine then
    io.stderr:write("not ok: " .. why .. "\n")
    vim.cmd("cquit 1")
  end
end

-- Neovim 0.9 gave these other names.
local query_of = vim.treesitter.query.get or vim.treesitter.get_query
local text_of = vim.treesitter.get_node_text or vim.treesitter.query.get_node_text

vim.cmd("edit ../../examples/shop.gw")
check(vim.bo.filetype == "gw", "the file type is " .. vim.bo.filetype)
local tree = vim.treesitter.get_parser(0, "gw"):parse()[1]
check(not tree:root():has_error(), "the tree of examples/shop.gw has errors")

for _, name in ipairs({ "folds", "highlights", "indents", "injections", "locals" }) do
  check(query_of("gw", name), "there is no query " .. name)
end

local found = {}
local highlights = query_of("gw", "highlights")
for id, node in highlights:iter_captures(tree:root(), 0, 0, -1) do
  local text = text_of(node, 0)
  found[text .. " " .. highlights.captures[id]] = true
end
for _, expected in ipairs({
  "backend keyword.type",
  "orders type",
  "targets property",
  "switch keyword.conditional",
  "GET constant.builtin",
  "300ms number",
  "jwt variable.builtin",
  "in keyword.operator",
}) do
  check(found[expected], "nothing is " .. expected)
end
check(not found["orders keyword"], "a name is taken for a word of the language")

if vim.treesitter.start then
  check(vim.treesitter.highlighter.active[vim.api.nvim_get_current_buf()], "no highlighter runs")
end
print("ok: the tree-sitter grammar in Neovim " .. tostring(vim.version().major) .. "." .. tostring(vim.version().minor) .. "\n")
vim.cmd("qall!")
