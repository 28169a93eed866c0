"""The KSR calls that are measured beside Kamailio, and the script both of them run: a loop for each call, as a script would write it.

A call of a module that one side lacks is skipped, so a line may stand here before its module does.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent / "scripts"
EDITS = 20
"""How often a message is edited by one call before the next message: as real messages are, edits are few."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as Lua; `i` counts from 1 within it.

    - `before`: Lua run on each message before the clock starts.
    - `per_message`: so many calls on a message, then the next one; None for all on one.
    - `message`: its name in benchmarks/messages.
    - `needs`: a function by which the script sees that the module is there, where the text does not name one.
    - `differs`: why Kamailio 5.6.3 returns something else than the later one we follow.
    """

    text: str
    before: str = ""
    per_message: int | None = None
    message: str = "invite"
    needs: str = ""
    differs: str = ""

    def lua(self) -> str:
        """The call as an entry of the table that scripts/calls.lua reads."""
        return (
            f"    {{ names = [==[{self.needs} {self.before} {self.text}]==],\n"
            f"      before = function() {self.before} end,\n"
            f"      once = function() local i = 1; return {self.text} end,\n"
            f"      single = {'true' if self.per_message == 1 else 'false'},\n"
            f"      loop = function(n) for i = 1, n do {self.text} end end }},\n"
        )


APPLY = "KSR.textopsx.msg_apply_changes()"
TWENTY_HEADERS = f'for i = 1, {EDITS} do KSR.hdr.append("X-" .. i .. ": value\\r\\n") end {APPLY}'

CALLS = [
    # core
    Call("KSR.is_INVITE()"),
    Call('KSR.is_method_in("OSN")'),
    Call("KSR.is_myself_ruri()"),
    Call('KSR.is_myself("sip:alice@example.com")'),
    Call("KSR.setflag(1)"),
    Call("KSR.isflagset(1)"),
    Call("KSR.force_rport()"),
    Call('KSR.dbg("a line below the level")', differs="false before 6.0"),
    Call('KSR.seturi("sip:bob@192.0.2.9:5070;transport=udp")'),
    Call('KSR.setuser("bob")'),
    Call('KSR.setdsturi("sip:192.0.2.9:5070")'),
    # pv: plain
    Call('KSR.pv.get("$ru")'),
    Call('KSR.pv.get("$rU")'),
    Call('KSR.pv.get("$fd")'),
    Call('KSR.pv.get("$si")'),
    Call('KSR.pv.get("$ci")'),
    Call('KSR.pv.get("$ct")'),
    Call('KSR.pv.get("$rb")'),
    Call('KSR.pv.get("$hdr(P-Asserted-Identity)")'),
    Call('KSR.pv.gete("$au")'),
    Call('KSR.pv.is_null("$avp(none)")'),
    Call('KSR.pv.seti("$var(count)", i)'),
    Call('KSR.pv.get("$var(count)")', before='KSR.pv.seti("$var(count)", 7)'),
    Call('KSR.pv.sets("$avp(caller)", "alice")', per_message=EDITS),
    Call('KSR.pv.get("$avp(caller)")', before='KSR.pv.sets("$avp(caller)", "alice")'),
    Call('KSR.pv.sets("$rU", "bob")'),
    # pv: with transformations
    Call('KSR.pv.get("$(ru{uri.host})")'),
    Call('KSR.pv.get("$(ru{uri.param,user})")'),
    Call('KSR.pv.get("$(fu{s.len})")'),
    Call('KSR.pv.get("$(rU{s.substr,1,3})")'),
    Call('KSR.pv.get("$(ci{s.select,0,@})")'),
    Call('KSR.pv.get("$(ua{s.tolower})")'),
    Call('KSR.pv.get("$(hdr(From){nameaddr.uri}{uri.user})")'),
    Call('KSR.pv.get("$(ci{s.md5})")'),
    Call('KSR.pv.get("$(rU{re.subst,/^.1/00/})")', needs="KSR.textops.search"),
    # kx
    Call("KSR.kx.get_ruri()"),
    Call("KSR.kx.gete_ruser()"),
    Call("KSR.kx.get_callid()"),
    Call("KSR.kx.get_method()"),
    Call("KSR.kx.get_srcip()"),
    Call("KSR.kx.gete_ua()"),
    Call("KSR.kx.get_furi()"),
    Call("KSR.kx.get_fhost()"),
    # hdr: read, then edit
    Call('KSR.hdr.is_present("P-Asserted-Identity")'),
    Call('KSR.hdr.is_present("X-None")'),
    Call('KSR.hdr.get("User-Agent")'),
    Call('KSR.hdr.gete("X-None")'),
    Call('KSR.hdr.get_idx("Via", 0)'),
    Call('KSR.hdr.append("X-Zone: us\\r\\n")', per_message=EDITS),
    Call('KSR.hdr.insert("X-Zone: us\\r\\n")', per_message=EDITS),
    Call('KSR.hdr.append_to_reply("X-Zone: us\\r\\n")', per_message=EDITS),
    Call('KSR.hdr.remove("X-" .. i)', before=TWENTY_HEADERS, per_message=EDITS),
    # siputils, maxfwd, corex, xlog
    Call("KSR.siputils.has_totag()"),
    Call("KSR.maxfwd.process_maxfwd(10)", per_message=EDITS),
    Call("KSR.corex.has_ruri_user()"),
    Call('KSR.xlog.xdbg("$ci from $si")'),
    # textops, textopsx
    Call('KSR.textops.search("telephone-event")'),
    Call('KSR.textops.search_body("a=fmtp:[0-9]+")'),
    Call('KSR.textops.search_hf("Allow", "UPDATE", "a")'),
    Call('KSR.textops.is_present_hf("Supported")'),
    Call('KSR.textops.has_body_type("application/sdp")'),
    Call('KSR.textops.starts_with("+12125550123", "+1")'),
    Call('KSR.textops.in_list("b", "a,b,c", ",")'),
    Call('KSR.textops.cmp_str("INVITE", "INVITE")'),
    Call('KSR.textops.cmp_istr("invite", "INVITE")'),
    Call('KSR.textops.subst_user("/^.1/00/")', before='KSR.setuser("+12125550123")', per_message=EDITS),
    Call('KSR.textops.subst_hf("From", "/alice/carol/", "a")', per_message=EDITS),
    Call('KSR.textops.subst("/PhoneWorks/Phone/")', per_message=EDITS),
    Call('KSR.textops.subst_body("/49172/49174/")', per_message=EDITS),
    Call('KSR.textops.remove_hf("X-" .. i)', before=TWENTY_HEADERS, per_message=EDITS),
    Call(APPLY, before='KSR.hdr.append("X-Zone: us\\r\\n") KSR.hdr.remove("Supported")', per_message=1),
    # htable
    Call('KSR.htable.sht_sets("bench", "alice", "sip:alice@192.0.2.9")'),
    Call('KSR.htable.sht_seti("bench", "calls", i)'),
    Call('KSR.htable.sht_get("bench", "alice")', before='KSR.htable.sht_sets("bench", "alice", "sip:alice@192.0.2.9")'),
    Call('KSR.htable.sht_get("bench", "nobody")'),
    Call('KSR.htable.sht_inc("bench", "hits")', before='KSR.htable.sht_seti("bench", "hits", 0)'),
    Call('KSR.pv.get("$sht(bench=>alice)")', before='KSR.htable.sht_sets("bench", "alice", "sip:alice@192.0.2.9")'),
    # rr
    Call("KSR.rr.record_route()", per_message=1),
    Call("KSR.rr.loose_route()", per_message=EDITS, message="bye"),
    Call('KSR.rr.is_direction("downstream")', before="KSR.rr.loose_route()", message="bye"),
    Call('KSR.rr.check_route_param("ftag=a73")', before="KSR.rr.loose_route()", message="bye"),
    # sdpops
    Call("KSR.sdpops.sdp_content()"),
    Call('KSR.sdpops.sdp_with_media("audio")'),
    Call('KSR.sdpops.sdp_with_transport("RTP/AVP")'),
    Call('KSR.sdpops.sdp_with_codecs_by_name("iLBC")'),
    Call('KSR.sdpops.sdp_with_codecs_by_id("8")'),
    Call('KSR.sdpops.remove_codecs_by_name("iLBC", "audio")', per_message=EDITS),
    # nathelper, uac, cfgutils
    Call("KSR.nathelper.nat_uac_test(19)"),
    Call('KSR.nathelper.is_rfc1918("198.51.100.7")'),
    Call("KSR.nathelper.handle_ruri_alias()"),
    Call("KSR.nathelper.fix_nated_contact()", per_message=1),
    Call("KSR.nathelper.add_rcv_param(0)", per_message=1),
    Call('KSR.uac.uac_replace_from("Bob", "sip:bob@example.com")', per_message=1),
    Call('KSR.cfgutils.core_hash("alice", "example.com", 8)'),
    # ipops, pvx
    Call('KSR.ipops.is_ip("198.51.100.7")'),
    Call('KSR.ipops.is_ip_rfc1918("198.51.100.7")'),
    Call('KSR.ipops.is_in_subnet("198.51.100.7", "198.51.100.0/24")'),
    Call('KSR.ipops.compare_ips("198.51.100.7", "198.51.100.8")'),
    Call('KSR.pvx.var_sets("zone", "us")'),
    Call('KSR.pvx.var_get("zone")', before='KSR.pvx.var_sets("zone", "us")'),
    Call('KSR.pvx.xavp_sets("caller", "alice")', per_message=EDITS),
    Call('KSR.pvx.xavp_get("caller")', before='KSR.pvx.xavp_sets("caller", "alice")'),
]

WELL_KNOWN = {
    "KSR.is_INVITE()",
    'KSR.pv.get("$ru")',
    'KSR.pv.get("$(ru{uri.host})")',
    'KSR.pv.sets("$avp(caller)", "alice")',
    "KSR.kx.get_ruri()",
    'KSR.hdr.get("User-Agent")',
    'KSR.hdr.append("X-Zone: us\\r\\n")',
    'KSR.textops.search_body("a=fmtp:[0-9]+")',
    'KSR.htable.sht_get("bench", "alice")',
    "KSR.maxfwd.process_maxfwd(10)",
    "KSR.rr.loose_route()",
    'KSR.sdpops.sdp_with_media("audio")',
}
"""The calls that stand in the short table."""

MODPARAMS = {"htable": {"htable": "bench=>size=8;"}}
"""What both sides set."""


def loops_script(calls: list[Call]) -> str:
    """The one script: the calls, and how a message asks for one of them."""
    return "local calls = {\n" + "".join(call.lua() for call in calls) + "}\n\n" + (SCRIPTS / "calls.lua").read_text()
