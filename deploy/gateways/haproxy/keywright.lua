-- Asks Keywright whether a request may pass. Used by haproxy.cfg beside this file.
--
-- A request that may pass goes on, with who the key's holder is in X-Keywright-* headers and txn.keywright_allowed set.
-- Any other is answered here, as Keywright says. Where Keywright does not answer, that is 503.

local question = os.getenv("KEYWRIGHT_QUESTION")
local timeout_ms = 5000

-- The headers of the original request that Keywright is to see: where keys stand, and what it notes of their use. All
-- values are sent, so that a second key is seen, and refused.
local told = {
    "authorization", "x-api-key", "cookie", "user-agent", "x-request-id", "access-control-request-method",
}

local function refuse(txn, status, headers, body)
    local reply = txn:reply({ status = status, headers = headers, body = body })
    txn:done(reply)
end

local function keywright(txn)
    -- The method and the target as they came in, which is also what the service gets.
    local headers = {
        ["x-original-method"] = { txn.sf:method() },
        ["x-original-uri"] = { txn.sf:pathq() },
        ["x-forwarded-for"] = { txn.sf:src() },
    }
    local original = txn.http:req_get_headers()
    for _, name in ipairs(told) do
        local values = original[name]
        if values then
            local list = {}
            for index = 0, #values do
                list[#list + 1] = values[index]
            end
            headers[name] = list
        end
    end

    local answer = core.httpclient():get({ url = question, headers = headers, timeout = timeout_ms })
    if not answer or not answer.status or answer.status < 200 then
        return refuse(txn, 503, { ["cache-control"] = { "no-store" } }, "")
    end
    if answer.status >= 300 then
        local relayed = {}
        for _, name in ipairs({
            "content-type", "cache-control", "www-authenticate", "retry-after", "ratelimit", "ratelimit-policy",
            "x-keywright-reason",
        }) do
            if answer.headers[name] then
                relayed[name] = { answer.headers[name][0] }
            end
        end
        return refuse(txn, answer.status, relayed, answer.body or "")
    end

    for name, values in pairs(answer.headers) do
        if name:find("^x%-keywright%-") then
            txn.http:req_set_header(name, values[0])
        end
    end
    for name, variable in pairs({ ratelimit = "keywright_ratelimit", ["ratelimit-policy"] = "keywright_ratelimit_policy" }) do
        if answer.headers[name] then
            txn:set_var("txn." .. variable, answer.headers[name][0])
        end
    end
    txn:set_var("txn.keywright_allowed", true)
end

core.register_action("keywright", { "http-req" }, keywright, 0)
