-- Answers keep-alives, and says nothing to scanners.

local scanners = { "friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sundayddr", "pplsip" }

local function is_scanner()
    local agent = string.lower(KSR.kx.gete_ua())
    for _, name in ipairs(scanners) do
        if string.find(agent, name, 1, true) then return name end
    end
end

function ksr_request_route()
    local name = is_scanner()
    if name then
        KSR.warn("scanner " .. name .. " from " .. KSR.pv.get("$si"))
        KSR.x.exit()                        -- no answer tells a scanner nothing
    end
    if KSR.is_OPTIONS() and KSR.is_myself_ruri() and KSR.corex.has_ruri_user() < 0 then
        KSR.info("keep-alive from " .. KSR.pv.get("$su"))
        KSR.sl.send_reply(200, "Alive")
        KSR.x.exit()
    end
    KSR.sl.send_reply(404, "Not Here")
end
