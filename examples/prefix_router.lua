-- Routes calls by the prefix of the called number: strips it, and sends the call to the gateway that serves it.

local gateways = {
    { prefix = "0049", host = "192.0.2.49:5060", name = "berlin" },
    { prefix = "0033", host = "192.0.2.33:5060", name = "paris" },
    { prefix = "00",   host = "192.0.2.10:5060", name = "world" },
}

-- The first one that fits, so longer prefixes stand first.
local function find_gateway(number)
    for _, gateway in ipairs(gateways) do
        if string.sub(number, 1, #gateway.prefix) == gateway.prefix then return gateway end
    end
end

local function choose()
    local number = KSR.pv.gete("$rU")
    if not string.find(number, "^%d+$") then return "484 Address Incomplete" end
    local gateway = find_gateway(number)
    if not gateway then return "404 No Route" end
    KSR.pv.sets("$avp(gateway)", gateway.name)
    KSR.pv.sets("$rU", string.sub(number, #gateway.prefix + 1))
    KSR.pv.sets("$du", "sip:" .. gateway.host)
end

function ksr_request_route()
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        KSR.sl.send_reply(483, "Too Many Hops")
        return
    end
    if KSR.siputils.has_totag() > 0 then    -- the next hop is in the message already
        KSR.forward()
        return
    end
    local refusal = choose()
    if refusal then
        local code, reason = string.match(refusal, "^(%d+) (.*)$")
        KSR.sl.send_reply(tonumber(code), reason)
        return
    end
    KSR.hdr.append("X-Gateway: " .. KSR.pv.get("$avp(gateway)") .. "\r\n")
    KSR.xlog.xinfo("$rm $ou -> $ru by $avp(gateway) ($du)")
    KSR.forward()
end
