-- What both scripts share: the keys, and how what was rendered is sent and counted. All requests are rendered before the
-- first is sent, so that this is not what is measured.

local HELD = 60000
local requests, at = {}, 0

-- So many random keys of a file, one a line, those after the first so many.
function keys_of(file, first)
  local keys, position = {}, 0
  for key in io.lines(file) do
    position = position + 1
    if position > first and #keys < HELD then keys[#keys + 1] = key end
  end
  return keys
end

-- Holds a request, to be sent in its turn.
function hold(rendered)
  requests[#requests + 1] = rendered
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
