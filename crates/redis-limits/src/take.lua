-- Counts a use on all of these limits or on none, by this server's clock alone.
--
-- KEYS: one for each limit, all in one slot.
-- ARGV: for each limit its units in a window, the window in microseconds, and what the use costs.
-- A key holds the units that were in use and when, in microseconds since 1970: both are below 2^53, as is all that is
-- reckoned with here, so that a double tells them exactly. Units drain away steadily, a window's in a window.
-- Answers whether it was counted, the time, and the units in use of each limit afterwards.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

local function keep(key, units, limit, window)
  -- It is forgotten when all has drained away, which is the same as never having been used.
  local drained_ms = math.max(1, math.ceil(units * window / limit / 1000))
  redis.call('SET', key, string.format('%.17g %.0f', units, now), 'PX', string.format('%.0f', drained_ms))
end

local in_use, fits = {}, true
for i, key in ipairs(KEYS) do
  local limit, window, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local units, at = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  units, at = tonumber(units or 0) or 0, tonumber(at or now) or now
  -- A limit that was lowered has at most all of its units in use.
  units = math.min(limit, math.max(0, units - math.max(0, now - at) * limit / window))
  if at > now then
    -- The clock was set back: units would not drain until it has caught up.
    keep(key, units, limit, window)
  end
  in_use[i] = units
  -- Whoever waits as told finds room, whatever was rounded on the way.
  if units + cost > limit + 0.000001 then
    fits = false
  end
end

if fits then
  for i, key in ipairs(KEYS) do
    local limit, window, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    if cost > 0 then
      in_use[i] = in_use[i] + cost
      keep(key, in_use[i], limit, window)
    end
  end
end

-- A number would lose its fraction on the way.
for i, units in ipairs(in_use) do
  in_use[i] = string.format('%.17g', units)
end
return { fits and 1 or 0, now, in_use }
