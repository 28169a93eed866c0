-- What train.py measures: a script as routing scripts are, of a proxy and registrar with NAT handling, that calls what they call.

local LINES = { ["+1"] = "us", ["+44"] = "uk", ["+49"] = "de" }

local function refuse(code, reason)
    KSR.hdr.append_to_reply("X-Reason: " .. reason .. "\r\n")
    KSR.sl.send_reply(code, reason)
    KSR.x.exit()
end

local function sane()
    if KSR.maxfwd.process_maxfwd(10) < 0 then refuse(483, "Too Many Hops") end
    if KSR.sanity.sanity_check(17895, 7) < 0 then KSR.x.exit() end
    if string.find(KSR.kx.gete_ua(), "friendly-scanner", 1, true) then KSR.x.exit() end
    if KSR.textops.cmp_str(KSR.kx.gete_ua(), "sipcli") > 0 or KSR.textops.starts_with(KSR.kx.gete_ua(), "sipvicious") > 0 then KSR.x.exit() end
    if KSR.ipops.is_ip_rfc1918(KSR.kx.get_srcip()) < 0 and KSR.ipops.is_in_subnet(KSR.kx.get_srcip(), "203.0.113.0/24, 2001:db8::/32") > 0 then
        KSR.setflag(9)
    end
    if KSR.ipops.is_ip(KSR.kx.get_fhost()) > 0 and KSR.ipops.compare_ips(KSR.kx.get_fhost(), KSR.kx.get_srcip()) < 0 then KSR.setflag(8) end
    if KSR.htable.sht_get("banned", KSR.kx.get_srcip()) ~= nil then refuse(403, "Forbidden") end
    if KSR.htable.sht_inc("rate", KSR.kx.get_srcip()) > 1000000 then refuse(503, "Slow Down") end
    KSR.force_rport()
end

local function nat()
    if KSR.nathelper.nat_uac_test(19) > 0 then
        if KSR.is_REGISTER() then
            KSR.nathelper.fix_nated_register()
        elseif KSR.siputils.is_first_hop() > 0 then
            KSR.nathelper.set_contact_alias()
        end
        KSR.setflag(5)
    end
end

-- What scripts do besides calling KSR: loops of each kind, tables, texts, closures. Else the interpreter is laid out as if nobody wrote any.
local function counted(limit)
    local sum, odd = 0, 0
    for i = 1, limit do
        if KSR.isflagset(i) then sum = sum + i end
        if i % 2 == 1 then odd = odd + 1 end
    end
    for i = limit, 1, -2 do sum = sum + i // 2 - (i & 1) end
    while odd > 0 do odd = odd - 3 end
    repeat odd = odd + 1 until odd >= 2
    return sum
end

local function hops()
    local list = {}
    for i = 0, 3 do
        local via = KSR.hdr.get_idx("Via", i)
        if via == nil then break end
        list[#list + 1] = via
    end
    for i, via in ipairs(list) do
        list[i] = string.match(via, "^SIP/2%.0/%u+ ([^;]+)") or via
    end
    table.sort(list)
    return table.concat(list, ",")
end

local function allowed()
    local methods = {}
    for method in string.gmatch(KSR.hdr.get("Allow") or "INVITE, ACK, BYE", "%a+") do methods[method] = (methods[method] or 0) + 1 end
    local known = 0
    for method, count in pairs(methods) do
        if type(method) == "string" and #method > 2 and not (count ~= 1 or method == "BYE") then known = known + count end
    end
    return known
end

local Counter = {}
Counter.__index = Counter
function Counter.new(step) return setmetatable({ n = 0, step = step }, Counter) end
function Counter:add(...)
    local many = select("#", ...)
    for i = 1, many do self.n = self.n + self.step * (select(i, ...)) end
    return self
end

local function each(list, visit)
    for i = 1, #list do visit(list[i], i) end
end

local function reckon()
    local longest, prices = "", { 0.5, 1.25, 4 }
    each({ KSR.kx.get_furi() or "", KSR.kx.get_turi() or "", hops() }, function(text, i)
        if #text > #longest then longest = text:lower():gsub("%s+", "") .. i end
    end)
    local counter = Counter.new(2):add(1, 2, 3):add(counted(12), allowed())
    local total = 0.0
    for _, price in ipairs(prices) do total = total + price * counter.n / 60 end
    local ok, text = pcall(string.format, "%d %.2f %s", counter.n, total, tostring(longest ~= ""))
    return ok and text or -total
end

local function account()
    KSR.pv.sets("$avp(caller)", KSR.pv.get("$fU") or "")
    KSR.pv.seti("$var(started)", KSR.pv.get("$Ts"))
    KSR.pvx.xavp_sets("call", KSR.kx.get_callid())
    KSR.pvx.var_sets("zone", "inner")
    KSR.pvx.var_seti("hops", KSR.pv.get("$mf") or 0)
    local parts = {
        KSR.pv.gete("$rm"), KSR.pv.gete("$ru"), KSR.pv.gete("$rU"), KSR.pv.gete("$rd"), KSR.pv.gete("$fu"), KSR.pv.gete("$fd"), KSR.pv.gete("$ft"),
        KSR.pv.gete("$tu"), KSR.pv.gete("$tU"), KSR.pv.gete("$tt"), KSR.pv.gete("$ci"), KSR.pv.gete("$cs"), KSR.pv.gete("$ua"), KSR.pv.gete("$si"),
        KSR.pv.gete("$sp"), KSR.pv.gete("$proto"), KSR.pv.gete("$ct"), KSR.pv.gete("$hdr(Allow)"), KSR.pv.gete("$au"), KSR.pv.gete("$rb"),
        KSR.pv.gete("$(ru{uri.host})"), KSR.pv.gete("$(ru{uri.param,transport})"), KSR.pv.gete("$(fu{uri.user})"), KSR.pv.gete("$(ru{s.len})"),
        KSR.pv.gete("$(fu{s.toupper})"), KSR.pv.gete("$(ci{s.select,0,@})"), KSR.pv.gete("$(ru{s.substr,4,3})"), KSR.pv.gete("$(hdr(To){nameaddr.uri})"),
        KSR.pv.gete("$avp(caller)"), KSR.pv.gete("$var(started)"), KSR.pv.gete("$sht(users=>bob)"), KSR.pv.gete("$(ci{s.md5})"),
    }
    if KSR.pvx.xavp_get("call") ~= KSR.kx.get_callid() or KSR.pvx.var_get("zone") ~= "inner" then KSR.err("lost a variable") end
    KSR.dbg(reckon())
    KSR.dbg("request " .. #parts .. " " .. table.concat(parts, " "))
    KSR.xlog.xdbg("$rm from $fu to $tu at $si:$sp")
end

local function registrar()
    if KSR.hdr.is_present("Contact") < 0 then refuse(400, "No Contact") end
    local user = KSR.kx.get_tuser() or ""
    if KSR.textops.search_hf("Contact", "expires=0", "a") > 0 then
        KSR.htable.sht_rm("users", user)
    else
        KSR.htable.sht_sets("users", user, KSR.pv.gete("$ct"))
        KSR.htable.sht_seti("counts", user, (KSR.htable.sht_get("counts", user) or 0) + 1)
    end
    KSR.hdr.append_to_reply("Contact: " .. (KSR.htable.sht_get("users", user) or "") .. ";expires=300\r\n")
    KSR.sl.send_reply(200, "OK")
    KSR.x.exit()
end

local function within_dialog()
    if KSR.siputils.has_totag() < 0 then return end
    if KSR.rr.loose_route() > 0 then
        if KSR.rr.is_direction("downstream") > 0 then KSR.setflag(6) end
        if KSR.rr.check_route_param("nat=yes") > 0 then KSR.setbflag(6) end
        if KSR.isdsturiset() then KSR.nathelper.handle_ruri_alias() end
        if KSR.is_NOTIFY() then KSR.rr.record_route() end
        KSR.forward()
    elseif KSR.is_ACK() then
        KSR.x.exit()
    else
        refuse(404, "Not here")
    end
    KSR.x.exit()
end

local function media()
    if KSR.textops.has_body_type("application/sdp") < 0 then return end
    if KSR.sdpops.sdp_content() > 0 and KSR.sdpops.sdp_with_media("audio") > 0 and KSR.sdpops.sdp_with_transport("RTP/AVP") > 0 then
        if KSR.sdpops.sdp_with_codecs_by_name("telephone-event") > 0 and KSR.sdpops.sdp_with_codecs_by_id("8") > 0 then KSR.setflag(7) end
        KSR.sdpops.remove_codecs_by_name("iLBC,G729", "audio")
    end
    if KSR.textops.search_body("a=sendonly") > 0 then KSR.setflag(10) end
    if KSR.isflagset(5) then KSR.nathelper.fix_nated_sdp(2) end
end

local function call()
    local number = KSR.kx.gete_ruser()
    local zone = LINES[number:sub(1, 2)] or LINES[number:sub(1, 3)]
    if KSR.textops.subst_user("/^00([1-9][0-9]+)$/+\\1/") > 0 then number = KSR.kx.gete_ruser() end
    if KSR.is_method_in("ISM") and not KSR.is_myself_furi() and not KSR.is_myself(KSR.kx.get_furi()) then refuse(403, "Not relaying") end
    if not KSR.pv.is_null("$hdr(P-Asserted-Identity)") then KSR.hdr.remove("P-Asserted-Identity") end
    KSR.hdr.append("X-Zone: " .. (zone or "none") .. "\r\n")
    KSR.hdr.insert("X-First: 1\r\n")
    if KSR.hdr.gete("Supported") ~= "" and KSR.textops.in_list("timer", KSR.hdr.get("Supported"), ",") > 0 then KSR.setflag(11) end
    KSR.textops.remove_hf("X-Internal")
    if KSR.textops.is_present_hf("Privacy") > 0 then KSR.uac.uac_replace_from("Anonymous", "sip:anonymous@anonymous.invalid") end
    media()
    local contact = KSR.htable.sht_get("users", number)
    if contact ~= nil then
        KSR.seturi("sip:" .. number .. "@192.0.2.33:5080;transport=udp")
        KSR.pv.sets("$du", "sip:192.0.2.34:5060")
    elseif zone then
        KSR.setuser(number:sub(2))
        KSR.pv.sets("$rd", "gateway." .. zone .. ".example.net")
        KSR.setdsturi("sip:192.0.2.9:5070")
    else
        refuse(404, "Not Found")
    end
    if KSR.isflagset(7) then KSR.textopsx.msg_apply_changes() end
    KSR.rr.record_route()
    if KSR.isflagset(5) then KSR.rr.add_rr_param(";nat=yes") end
    KSR.forward()
end

function ksr_request_route()
    sane()
    nat()
    if KSR.is_OPTIONS() and KSR.is_myself_ruri() and KSR.corex.has_ruri_user() < 0 then
        KSR.hdr.append_to_reply("Accept: application/sdp\r\n")
        KSR.sl.send_reply(200, "OK")
        return
    end
    within_dialog()
    account()
    if KSR.is_REGISTER() then registrar() end
    if KSR.is_CANCEL() then return 1 end
    call()
end

function ksr_reply_route()
    KSR.dbg("reply " .. KSR.kx.get_status() .. " " .. KSR.kx.gete_ua())
    if KSR.isflagset(5) then KSR.nathelper.set_contact_alias() end
end
