-- A stateless proxy in front of one server: requests go there, replies find their way back by Via (RFC 3261, 16.11).

local server = "sip:192.0.2.80:5060"

local function refuse(code, reason)
    if not KSR.is_ACK() then KSR.sl.send_reply(code, reason) end
    KSR.x.exit()
end

function ksr_request_route()
    if KSR.maxfwd.process_maxfwd(70) < 0 then refuse(483, "Too Many Hops") end
    KSR.force_rport()
    if KSR.is_myself_ruri() then KSR.setdsturi(server) end
    if KSR.forward() < 0 then refuse(500, "Cannot Forward") end
end

function ksr_reply_route()
    if KSR.kx.get_status() >= 500 then
        KSR.warn("server answered " .. KSR.kx.gets_status() .. " to " .. KSR.kx.get_callid())
    end
end

-- Sees every request once more just before it leaves.
function ksr_onsend_route()
    KSR.dbg("sending to " .. KSR.pv.get("$sndto(ip)") .. "\n")
end
