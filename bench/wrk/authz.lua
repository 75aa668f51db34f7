-- Shows random keys: GET, with the key in Authorization.
-- Arguments: the file of keys, where in it to begin, and the path.

dofile(debug.getinfo(1, "S").source:match("^@(.*)authz%.lua$") .. "questions.lua")

function init(args)
  for _, key in ipairs(keys_of(args[1], tonumber(args[2]))) do
    hold(wrk.format("GET", args[3], { ["Authorization"] = "Bearer " .. key }))
  end
end
