-- Asks about random keys: POST, with the question as JSON.
-- Arguments: the file of keys, where in it to begin, the bearer, the path, and how many keys a request asks about
-- (0: one, not in a list).

dofile(debug.getinfo(1, "S").source:match("^@(.*)verify%.lua$") .. "questions.lua")

local function question(key)
  return '{"key":"' .. key .. '","permissions":["asset.read","asset.create"]}'
end

function init(args)
  local keys, bearer, path, batch = keys_of(args[1], tonumber(args[2])), args[3], args[4], tonumber(args[5])
  local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. bearer }
  if batch == 0 then
    for _, key in ipairs(keys) do
      hold(wrk.format("POST", path, headers, question(key)))
    end
  else
    local items = {}
    for _, key in ipairs(keys) do
      items[#items + 1] = question(key)
      if #items == batch then
        hold(wrk.format("POST", path, headers, '{"items":[' .. table.concat(items, ",") .. "]}"))
        items = {}
      end
    end
  end
end
