-- Sends the requests of a file one after another, and again from the first. They are separated by a line with a
-- single 0x1e; their line ends are written as \n and sent as \r\n. REQUESTS names the file.
local requests, sent = {}, 0
init = function()
  local file = assert(io.open(os.getenv("REQUESTS"), "rb"))
  for request in file:read("*a"):gmatch("([^\30]+)\30\n") do
    requests[#requests + 1] = request:gsub("\n", "\r\n")
  end
end
request = function()
  sent = sent % #requests + 1
  return requests[sent]
end
