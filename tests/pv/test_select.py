"""$sel: selects, held against what Kamailio answers for each of them on one message."""

from __future__ import annotations

from pathlib import Path

import kemilua
import pytest
from builders import invite, reply, request
from hypothesis import given
from hypothesis import strategies as st
from kemilua import NotFoundError

HERE = Path(__file__).parent
MESSAGE = (HERE / "selects.sip").read_bytes()
INVALID = object()


def recorded() -> dict[str, object]:
    rows: dict[str, object] = {}
    for line in (HERE / "selects.tsv").read_text().splitlines()[1:]:
        name, answer = line.split("\t")
        text = answer[1:].replace("\\r", "\r").replace("\\n", "\n")
        rows[name] = {"(invalid)": INVALID, "(null)": None}.get(answer, text)
    return rows


def read(engine, select, message):
    try:
        return engine.pv_get(f"$sel({select})", message=message)
    except NotFoundError:
        return INVALID


def test_selects_answer_as_kamailio_does(script):
    engine = script()
    rows = recorded()
    assert len(rows) > 300
    differ = {name: (read(engine, name, MESSAGE), answer) for name, answer in rows.items() if read(engine, name, MESSAGE) != answer}
    assert differ == {}


def test_an_invalid_select_is_a_bad_name_everywhere(script):
    engine = script()
    assert engine.eval("return KSR.pv.get('$sel(nonsense)'), KSR.pv.is_null('$sel(nonsense)')", message=request()) == (None, True)
    assert engine.eval("return KSR.pvx.evalx('$var(x)', 'a $sel(nonsense) b')", message=request()) == (-1,)
    assert engine.eval("return KSR.pv.sets('$sel(ruri)', 'x')", message=request()) == (True,)


URIS = {
    "sip:a@b;x=1;y='2';x=3": {"params.x": "3", "params.y": "2", "params": "x=1;y='2';x=3", "hostport": "b:5060"},
    "sips:a@[::1]": {"hostport": "[::1]:5061", "host": "[::1]", "transport": "tls", "port": None, "type": "sips"},
    "sips:a@b;transport=tcp": {"transport": "tcp", "hostport": "b:5061"},
    "sip:a@b;transport=foo": {"transport": "udp"},
    "tel:+123;rn=+999;npdi": {"rn_user": "+999", "user": "+123", "host": "", "hostport": None, "type": "tel"},
    "sip:a@b;rn=+5": {"rn_user": "+5", "user": "a"},
    "sip:+123;x=1@h;user=phone;y=2": {
        "rn_user": "+123",
        "user": "+123",
        "params": "x=1",
        "type": "tel",
        "params.x": "1",
        "params.y": "2",
        "params.user": "phone",
    },
    "sips:a@b;ttl=15;user=phone;maddr=c": {
        "params": None,
        "params.ttl": "15",
        "params.maddr": "c",
        "params.user": "phone",
        "params.x": None,
    },
    "sip:a;x=1@b;x=2;user=phone": {"params": "x=1", "params.x": "1"},
    "sip:a;x=1@b;y=2": {"params": "y=2", "params.x": None, "params.y": "2"},
    "sip:a:@b:77?x=y": {"pwd": "", "hostport": "b:77", "params": None},
    'sip:a@b;a="q;r";c': {"params.a": "q;r", "params.c": None},
    "nonsense": {"host": None, "type": None, "hostport": None},
}


@pytest.mark.parametrize("uri", URIS)
def test_parts_of_the_request_uri(script, uri):
    engine = script()
    for part, answer in URIS[uri].items():
        lua = f"KSR.pv.sets('$ru', [==[{uri}]==]) return KSR.pv.get('$sel(ruri.{part})')"
        assert engine.eval(lua, message=request()) == (answer,), part


def test_next_hop_is_the_destination_when_there_is_one(script):
    engine = script(listen=["udp:127.0.0.1:5070"])
    lua = """
        KSR.pv.sets('$du', '{}')
        return KSR.pv.get('$sel(next_hop)'), KSR.pv.get('$sel(next_hop.src_ip)'), KSR.pv.get('$sel(dst_uri.port)')"""
    assert engine.eval(lua.format("sip:127.0.0.9:7"), message=request()) == ("sip:127.0.0.9:7", "127.0.0.1", "7")
    assert engine.eval(lua.format("x"), message=request()) == ("x", None, None)


def test_branches(script):
    engine = script()
    lua = """
        KSR.corex.append_branch_uri_q('sip:x@y:7', '0.5') KSR.corex.append_branch_uri('sip:z@w')
        local t = {} for _, s in ipairs{'count', 'uri', 'uri[1]', 'uri[2]', 'uri[-1]', 'uri[0].host', 'q[0]', 'q[1]', 'uriq[0]'} do
        t[#t + 1] = tostring(KSR.pv.get('$sel(branch.' .. s .. ')')) end return table.concat(t, ' ')"""
    assert engine.eval(lua, message=request()) == ("2 sip:x@y:7,sip:z@w sip:z@w nil nil y 0.5 nil <sip:x@y:7>;q=0.5",)


def test_addresses_and_the_server(script, clock):
    engine = script(listen=["udp:127.0.0.1:5070"], core={"server_id": 7})
    message = kemilua.Message.parse(request(), source=("2001:db8::1", 5060), local=("127.0.0.1", 5070), transport="udp")
    names = ["src.ip", "src.port", "src.ip_port", "dst.ip_port", "received.proto", "received.proto_ip_port", "sys.server_id"]
    assert [engine.pv_get(f"$sel({name})", message=message) for name in names] == [
        "2001:db8::1", "5060", "[2001:db8::1]:5060", "127.0.0.1:5070", "udp", "udp:127.0.0.1:5070", "7",
    ]  # fmt: skip
    assert engine.pv_get('$sel(sys.now.utc["%Y"])', message=message) == engine.pv_get("$utimef(%Y)", message=message)
    assert engine.pv_get("$sel(sys.unique)", message=message) != engine.pv_get("$sel(sys.unique)", message=message)


def test_replies(script):
    engine = script()
    message = reply(180, "Ringing")
    names = ["status", "reason", "msg.type", "ruri", "next_hop", "cseq.method", "version"]
    assert [engine.pv_get(f"$sel({name})", message=message) for name in names] == ["180", "Ringing", "2", None, None, "INVITE", "SIP/2.0"]
    assert engine.pv_get("$sel(msg.response)", message=message) == message.decode()
    assert engine.pv_get("$sel(msg.request)", message=message) is None


def test_of_several_contacts_the_first_counts(script):
    engine = script()
    message = request(headers={"Contact": '"A" <sip:a@1>;q=0.5;expires=60, <sip:b@2>'})
    parts = {"uri": "sip:a@1", "name": '"A"', "q": "0.5", "expires": "60"}
    assert {part: engine.pv_get(f"$sel(contact.{part})", message=message) for part in parts} == parts
    assert engine.pv_get("$sel(contact)", message=request(headers={"Contact": "*"})) == "*"
    assert engine.pv_get("$sel(contact.uri)", message=request(headers={"Contact": "*"})) is None


CONTACTS = {
    '"C" <sip:al@1.2.3.4:5090;ob>;q=0.5': '"C" <sip:al@198.51.100.7:5060;ob>;q=0.5',
    "Al Bo <sip:1.2.3.4>;q=1": "Al Bo <sip:198.51.100.7:5060>;q=1",
    "sip:x@1.2.3.4:7;p=1": "sip:x@198.51.100.7:5060;p=1",
    "*": None,
}


@pytest.mark.parametrize("contact", CONTACTS)
def test_contacts_rewritten_with_the_source_of_the_message(script, contact):
    engine = script()
    message = kemilua.Message.parse(request(headers={"Contact": contact}), source=("198.51.100.7", 5060))
    assert engine.pv_get("$sel(nathelper.rewrite_contact[1])", message=message) == CONTACTS[contact]
    assert engine.pv_get("$sel(nathelper.rewrite_contact[2])", message=message) is None
    assert read(engine, "nathelper.rewrite_contact[1].nameaddr", message) is INVALID


def test_settings_of_the_core_as_text(script):
    engine = script(core={"debug": 2})
    assert engine.pv_get("$sel(cfg_get.core.debug)", message=request()) == "2"
    for bad in ("cfg_get", "cfg_get.core", "cfg_get.core.nosuch", "cfg_get.tm.fr_timer"):
        assert read(engine, bad, request()) is INVALID


def test_selects_take_transformations_but_no_index(script):
    engine = script()
    assert engine.pv_get("$(sel(via[1].host){s.len})", message=invite()) == len(engine.pv_get("$sel(via[1].host)", message=invite()))
    assert read(engine, "ruri", request()) is not INVALID
    with pytest.raises(NotFoundError):
        engine.pv_get("$(sel(ruri)[0])", message=request())


WORDS = sorted({part for name in recorded() for part in name.replace("[", ".[").split(".") if part})


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=4), min_size=1, max_size=40), st.sampled_from([".", "..", ""]))
def test_whatever_is_asked_is_answered_or_refused(parts, glue):
    engine = ENGINE
    answer = read(engine, glue.join(parts), MESSAGE)
    assert answer is INVALID or answer is None or isinstance(answer, str)


ENGINE = kemilua.Engine()
