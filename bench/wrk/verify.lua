-- Asks about random keys: POST, with the question as JSON. All requests are rendered before the first is sent, so that
-- this is not what is measured.
-- Arguments: the file of keys, where in it to begin, the bearer, the path, and how many keys a request asks about
-- (0: one, not in a list).

local HELD = 60000
local requests, at = {}, 0

function init(args)
  local file, first, bearer, path, batch = args[1], tonumber(args[2]), args[3], args[4], tonumber(args[5])
  local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. bearer }
  local keys, position = {}, 0
  for key in io.lines(file) do
    position = position + 1
    if position > first and #keys < HELD then keys[#keys + 1] = key end
  end
  local function question(key) return '{"key":"' .. key .. '","permissions":["asset.read","asset.create"]}' end
  if batch == 0 then
    for _, key in ipairs(keys) do
      requests[#requests + 1] = wrk.format("POST", path, headers, question(key))
    end
  else
    local items = {}
    for _, key in ipairs(keys) do
      items[#items + 1] = question(key)
      if #items == batch then
        requests[#requests + 1] = wrk.format("POST", path, headers, '{"items":[' .. table.concat(items, ",") .. "]}")
        items = {}
      end
    end
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "requests\t%d\nmicroseconds\t%d\np50\t%d\np99\t%d\nfailed\t%d\n",
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
