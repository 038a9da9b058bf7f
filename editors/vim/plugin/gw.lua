-- Neovim only (Vim does not read Lua here): starts `gwc lsp` for policies.
--
-- vim.g.gw_command = { "/opt/gw/bin/gwc", "lsp" }    another gwc
-- vim.g.gw_settings = { params = { port = 8080 } }   values of `param`s, `vars`, `docs`
-- vim.g.gw_lsp = false                               no server
--
-- Where build-parser.sh has built a parser, Neovim 0.8 and later colour by the syntax tree.

if vim.g.loaded_gw_lsp then
  return
end
vim.g.loaded_gw_lsp = true

-- The folder of the repository, or that of the file.
local function root(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local git = vim.fn.finddir(".git", vim.fn.fnameescape(folder) .. ";")
  if git == "" then
    return folder
  end
  return vim.fn.fnamemodify(git, ":p:h:h")
end

local function config(file)
  local folder = root(file)
  return {
    name = "gw",
    cmd = vim.g.gw_command or { "gwc", "lsp" },
    root_dir = folder,
    workspace_folders = { { uri = vim.uri_from_fname(folder), name = folder } },
    init_options = vim.g.gw_settings or vim.empty_dict(),
  }
end

-- Before Neovim 0.8 clients were shared by hand.
local clients = {}

local function start(buffer)
  local of_file = config(vim.api.nvim_buf_get_name(buffer))
  if vim.fn.executable(of_file.cmd[1]) == 0 then
    return
  end
  if vim.lsp.start then
    vim.lsp.start(of_file, { bufnr = buffer })
    return
  end
  local folder = of_file.root_dir
  clients[folder] = clients[folder] or vim.lsp.start_client(of_file)
  vim.lsp.buf_attach_client(buffer, clients[folder])
end

vim.api.nvim_create_autocmd("FileType", {
  pattern = "gw",
  callback = function(event)
    if vim.treesitter.start and #vim.api.nvim_get_runtime_file("parser/gw.so", false) > 0 then
      vim.treesitter.start(event.buf, "gw")
    end
    if vim.g.gw_lsp ~= false then
      start(event.buf)
    end
  end,
})
