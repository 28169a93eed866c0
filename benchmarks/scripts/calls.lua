-- Times one of `calls`, which calls.py writes in front of this, and answers what it found. A request asks with a header:
--     X-Loop: which how-often
-- The same file runs in Kamailio on Lua 5.1 and here on 5.4.

local clock = os.clock

-- What reading the clock takes: it counts in microseconds, so many reads tell more than one.
local reading = clock()
for _ = 1, 10000 do clock() end
reading = (clock() - reading) / 10000

local function exists(name)
    local value = KSR
    for key in string.gmatch(name, "%.([%w_]+)") do
        value = value and value[key]
    end
    return value ~= nil
end

local function missing(call)
    for name in string.gmatch(call.names, "KSR[%w_.]+") do
        if not exists(name) then return name end
    end
end

local function answer(name, value)
    KSR.hdr.append_to_reply(name .. ": " .. value .. "\r\n")
end

-- A worker that has just been woken is slow: its core and caches are cold. It spins for a while first. What a message bears
-- once is then measured, not refused.
local function warm_up(call)
    local till = clock() + 0.0002
    while clock() < till do end
    if not call.single then call.once() end
end

local function measure(call, count)
    call.before()
    warm_up(call)
    local start = clock()
    call.loop(count)
    return clock() - start - reading
end

-- How often 0: the call once, for what it returns.
local function result(call)
    call.before()
    local value = call.once()
    return (string.gsub(tostring(value), "%c", " "))
end

function ksr_request_route()
    local which, count = string.match(KSR.hdr.get("X-Loop"), "(%d+) (%d+)")
    local call = calls[tonumber(which)]
    count = tonumber(count)
    local name = missing(call)
    if name then
        answer("X-Missing", name)
    elseif count == 0 then
        answer("X-Result", result(call))
    else
        answer("X-Elapsed", string.format("%.9f", measure(call, count)))
    end
    KSR.sl.send_reply(200, "OK")
end
