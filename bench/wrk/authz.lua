-- Shows random keys: GET, with the key in Authorization. All requests are rendered before the first is sent, so that this
-- is not what is measured.
-- Arguments: the file of keys, where in it to begin, and the path.

local HELD = 60000
local requests, at = {}, 0

function init(args)
  local file, first, path = args[1], tonumber(args[2]), args[3]
  local position = 0
  for key in io.lines(file) do
    position = position + 1
    if position > first and #requests < HELD then
      requests[#requests + 1] = wrk.format("GET", path, { ["Authorization"] = "Bearer " .. key })
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
