-- The edge of a small network: keep-alives are answered, calls to unknown numbers refused. The one way makes 21 KSR calls, the other 23.

local function sane()
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        KSR.sl.send_reply(483, "Too Many Hops")
        KSR.x.exit()
    end
    local agent = KSR.kx.gete_ua()
    if agent == "friendly-scanner" or agent == "sipcli" then
        KSR.x.exit()
    end
    if KSR.is_myself_furi() and KSR.hdr.is_present("X-Internal") > 0 then
        KSR.x.exit()
    end
    KSR.force_rport()
    KSR.setflag(1)
end

local function keepalive()
    local peer = KSR.pv.get("$si") .. ":" .. KSR.pv.get("$sp")
    KSR.pv.sets("$avp(peer)", peer)
    if KSR.siputils.has_totag() > 0 then KSR.x.exit() end
    if not KSR.is_UDP() or not KSR.is_myself_ruri() then KSR.x.exit() end
    if KSR.corex.has_ruri_user() > 0 and KSR.pv.is_null("$rU") then KSR.x.exit() end
    KSR.dbg("keep-alive from " .. peer)
    if KSR.isflagset(1) then
        KSR.hdr.append_to_reply("Accept: application/sdp\r\n")
        KSR.hdr.append_to_reply("X-Peer: " .. KSR.pv.get("$avp(peer)") .. "\r\n")
    end
    KSR.info("answering " .. KSR.kx.get_callid())
    KSR.sl.send_reply(200, "OK")
end

local prefixes = { ["+1"] = "us", ["+44"] = "uk", ["+49"] = "de" }

local function call()
    local number = KSR.kx.gete_ruser()
    local zone = prefixes[number:sub(1, 2)] or prefixes[number:sub(1, 3)]
    KSR.pv.sets("$avp(zone)", zone or "unknown")
    if KSR.siputils.has_totag() > 0 then KSR.x.exit() end
    if KSR.is_method_in("IBCA") and KSR.hdr.gete("Content-Type") ~= "application/sdp" then KSR.x.exit() end
    if KSR.pv.get("$fd") ~= KSR.pv.get("$rd") then KSR.x.exit() end
    KSR.dbg("call from " .. KSR.pv.get("$fU") .. " to " .. number)
    if KSR.pv.get("$avp(zone)") == "us" and KSR.isflagset(1) then
        KSR.hdr.append_to_reply("X-Zone: us\r\n")
        KSR.hdr.append_to_reply("Retry-After: 60\r\n")
    end
    KSR.info("refusing " .. KSR.kx.get_callid())
    KSR.sl.send_reply(404, "Not Found")
end

function ksr_request_route()
    sane()
    if KSR.is_OPTIONS() then
        keepalive()
    else
        call()
    end
end
