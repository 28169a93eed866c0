-- A proxy of the shape of the public basic scripts: requests are checked, keep-alives answered, calls to this host refused, calls to
-- elsewhere relayed with Record-Route, NAT told by flags. It runs in Kamailio on Lua 5.1 as well as here, byte for byte the same.

local LOG_EACH = false
local FLT_NATS = 5
local FLB_NATB = 6
local FAILURE_TIME = 30000

-- One log line for each message, where that is measured.
local function log_each(what)
    if LOG_EACH then KSR.info(what .. " " .. KSR.kx.get_callid()) end
end

local function refuse(code, reason)
    KSR.sl.send_reply(code, reason)
    KSR.x.exit()
end

local function check_request()
    local agent = KSR.kx.gete_ua()
    if string.find(agent, "friendly%-scanner") or string.find(agent, "sipcli") then
        refuse(200, "OK")
    end
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        refuse(483, "Too Many Hops")
    end
    if KSR.is_OPTIONS() and KSR.is_myself_ruri() and KSR.corex.has_ruri_user() < 0 then
        refuse(200, "Keepalive")
    end
    if KSR.sanity.sanity_check(17895, 7) < 0 then
        KSR.err("malformed request from " .. KSR.pv.get("$si") .. ":" .. KSR.pv.get("$sp"))
        KSR.x.exit()
    end
end

local function detect_nat()
    KSR.force_rport()
    if KSR.nathelper.nat_uac_test(19) > 0 then
        if KSR.siputils.is_first_hop() > 0 then
            KSR.nathelper.set_contact_alias()
        end
        KSR.setflag(FLT_NATS)
    end
end

local function manage_nat()
    if KSR.siputils.is_request() > 0 and KSR.siputils.has_totag() > 0 then
        if KSR.rr.check_route_param("nat=yes") > 0 then
            KSR.setbflag(FLB_NATB)
        end
    end
    if not (KSR.isflagset(FLT_NATS) or KSR.isbflagset(FLB_NATB)) then
        return
    end
    if KSR.siputils.is_request() > 0 and KSR.siputils.has_totag() < 0 and KSR.tmx.t_is_branch_route() > 0 then
        KSR.rr.add_rr_param(";nat=yes")
    end
    if KSR.siputils.is_reply() > 0 and KSR.isbflagset(FLB_NATB) then
        KSR.nathelper.set_contact_alias()
    end
end

local function relay()
    if KSR.is_method_in("IBSU") and KSR.tm.t_is_set("branch_route") < 0 then
        KSR.tm.t_on_branch("ksr_branch_manage")
    end
    if KSR.is_method_in("ISU") and KSR.tm.t_is_set("onreply_route") < 0 then
        KSR.tm.t_on_reply("ksr_onreply_manage")
    end
    if KSR.is_INVITE() and KSR.tm.t_is_set("failure_route") < 0 then
        KSR.tm.t_on_failure("ksr_failure_manage")
    end
    if KSR.tm.t_relay() < 0 then
        KSR.sl.sl_reply_error()
    end
    KSR.x.exit()
end

local function within_dialog()
    if KSR.siputils.has_totag() < 0 then
        return
    end
    if KSR.rr.loose_route() > 0 then
        if KSR.isdsturiset() == false then
            KSR.nathelper.handle_ruri_alias()
        end
        if KSR.is_ACK() then
            manage_nat()
        elseif KSR.is_NOTIFY() then
            KSR.rr.record_route()
        end
        relay()
    end
    if KSR.is_ACK() then
        if KSR.tm.t_check_trans() > 0 then
            relay()
        end
        KSR.x.exit()
    end
    refuse(404, "Not here")
end

-- How long a call may ring is told by its number: ring-8000 is eight seconds.
local function limit_ringing(user)
    local ringing = string.match(user, "^ring%-(%d+)$")
    if ringing then
        KSR.tm.t_set_fr(tonumber(ringing), FAILURE_TIME)
    end
end

function ksr_request_route()
    log_each("request")
    check_request()
    detect_nat()

    if KSR.is_CANCEL() then
        if KSR.tm.t_check_trans() > 0 then
            relay()
        end
        return 1
    end
    if not KSR.is_ACK() then
        if KSR.tmx.t_precheck_trans() > 0 then
            KSR.tm.t_check_trans()
            return 1
        end
        if KSR.tm.t_check_trans() == 0 then
            return 1
        end
    end

    within_dialog()

    KSR.hdr.remove("Route")
    if KSR.is_method_in("IS") then
        KSR.rr.record_route()
    end
    local user = KSR.kx.gete_ruser()
    if user == "" then
        refuse(484, "Address Incomplete")
    end
    KSR.info("call from " .. KSR.kx.get_furi() .. " to " .. KSR.kx.get_ruri() .. " by " .. KSR.kx.get_srcip())

    if KSR.is_myself_ruri() then
        KSR.tm.t_newtran()
        KSR.tm.t_reply(404, "Not Found")
        return 1
    end
    limit_ringing(user)
    relay()
end

function ksr_branch_manage()
    KSR.dbg("branch " .. KSR.pv.get("$T_branch_idx") .. " to " .. KSR.kx.get_ruri())
    manage_nat()
end

function ksr_onreply_manage()
    log_each("reply")
    local code = KSR.kx.get_status()
    if code > 100 and code < 299 then
        manage_nat()
    end
end

function ksr_failure_manage()
    log_each("failure")
    manage_nat()
    if KSR.tm.t_is_canceled() > 0 then
        return 1
    end
end
