-- A proxy that is told by the user of the Request-URI what to do with a call, and at which ports of 127.0.0.1 the callees are:
-- fork-5081-5082. It runs in Kamailio as well as here, byte for byte the same.

local SHORT = 1500 -- milliseconds, for what is to run out
local T1, T2 = 300, 4000 -- short enough for five attempts before the callee has ended
local LONG_T1 = 4000 -- a busy machine is slow to answer

local function callee(port)
    return "sip:callee@127.0.0.1:" .. port
end

local function relay()
    if KSR.tm.t_relay() < 0 then
        KSR.sl.sl_reply_error()
    end
end

local function words(text)
    local found = {}
    for word in string.gmatch(text, "[^-]+") do
        found[#found + 1] = word
    end
    return found
end

local function within_dialog()
    KSR.tm.t_set_retr(T1, T2)
    if KSR.rr.loose_route() > 0 then
        relay()
    elseif not KSR.is_ACK() then
        KSR.sl.send_reply(404, "Not here")
    elseif KSR.tm.t_check_trans() > 0 then
        relay()
    end
end

local actions = {}

function actions.relay() end

function actions.lossy()
    KSR.tm.t_set_retr(T1, T2)
end

-- The caller gets no 100 from the proxy.
function actions.quiet()
    KSR.tm.t_set_auto_inv_100(0)
end

-- Nobody waits long.
function actions.short()
    KSR.tm.t_set_fr(SHORT, SHORT)
end

-- All of them at once.
function actions.fork(ports)
    for index = 3, #ports do
        KSR.corex.append_branch_uri(callee(ports[index]))
    end
end

-- The one at the second port when the first is busy or does not answer.
function actions.serial(ports)
    KSR.pv.sets("$avp(next)", callee(ports[3]))
    KSR.tm.t_set_fr(SHORT, SHORT)
    KSR.tm.t_on_failure("another_callee")
end

-- Where the callee says that it has moved to.
function actions.follow()
    KSR.tm.t_on_failure("contacts_of_redirection")
end

local function start_call()
    local told = words(KSR.kx.gete_ruser())
    KSR.rr.record_route()
    KSR.tm.t_newtran()
    KSR.tm.t_set_retr(LONG_T1, T2)
    KSR.seturi(callee(told[2]))
    actions[told[1]](told)
    relay()
end

function ksr_request_route()
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        KSR.sl.send_reply(483, "Too Many Hops")
    elseif KSR.is_OPTIONS() then
        KSR.sl.send_reply(200, "Keepalive")
    elseif KSR.is_CANCEL() then
        if KSR.tm.t_check_trans() > 0 then
            relay()
        end
    elseif KSR.is_ACK() or KSR.tm.t_check_trans() ~= 0 then
        if KSR.siputils.has_totag() > 0 then
            within_dialog()
        else
            start_call()
        end
    end
end

function another_callee()
    if KSR.tm.t_is_canceled() < 0 and KSR.tm.t_check_status("408|486") > 0 then
        KSR.tm.t_reset_fr()
        KSR.seturi(KSR.pv.get("$avp(next)"))
        relay()
    end
end

function contacts_of_redirection()
    if KSR.tm.t_check_status("3..") > 0 and KSR.uac_redirect.get_redirects_all() > 0 then
        KSR.tm.t_relay()
    end
end
