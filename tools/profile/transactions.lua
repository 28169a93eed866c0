-- What train.py measures of transactions: calls that are relayed, refused, cancelled or time out, with every kind of route.

local function give_up(code, reason)
    KSR.tm.t_newtran()
    KSR.tm.t_reply(code, reason)
    KSR.x.exit()
end

local function send_on()
    if KSR.is_INVITE() then
        if KSR.tm.t_is_set("failure_route") < 0 then KSR.tm.t_on_failure("on_failure") end
        KSR.tm.t_on_branch("on_branch")
    end
    KSR.tm.t_on_reply("on_reply")
    if KSR.tm.t_relay() < 0 then KSR.sl.sl_reply_error() end
    KSR.x.exit()
end

function ksr_request_route()
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        KSR.sl.send_reply(483, "Too Many Hops")
        return 1
    end
    KSR.force_rport()
    if KSR.is_CANCEL() then
        if KSR.tm.t_check_trans() > 0 then send_on() end
        return 1
    end
    if KSR.is_ACK() then
        if KSR.siputils.has_totag() > 0 and KSR.rr.loose_route() > 0 then send_on() end
        KSR.tm.t_check_trans()
        return 1
    end
    if KSR.tmx.t_precheck_trans() > 0 then
        KSR.tm.t_check_trans()
        return 1
    end
    if KSR.tm.t_check_trans() == 0 then return 1 end
    if KSR.siputils.has_totag() > 0 then
        if KSR.rr.loose_route() > 0 then send_on() end
        give_up(404, "Not here")
    end
    if KSR.is_INVITE() then KSR.rr.record_route() end
    if KSR.is_myself_ruri() then give_up(404, "Not Found") end
    send_on()
end

function on_branch()
    KSR.pv.sets("$avp(branch)", KSR.pv.gete("$T_branch_idx"))
end

function on_reply()
    if KSR.kx.get_status() >= 200 then KSR.pv.sets("$avp(last)", KSR.pv.gete("$rs")) end
end

function on_failure()
    if KSR.tm.t_is_canceled() > 0 then return 1 end
    if KSR.tm.t_check_status("486") > 0 then KSR.pv.sets("$avp(last)", "busy") end
end
