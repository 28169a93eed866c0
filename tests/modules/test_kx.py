"""KSR.kx: getters over the message, its addresses and the surroundings."""

from __future__ import annotations

import kemilua
import pytest
from builders import SDP, invite, reply, request

DIGEST = 'Digest username="al@example.com", realm="r", nonce="n", uri="sip:x", response="0123456789abcdef0123456789abcdef"'
FULL = invite(headers={"User-Agent": "Tester/1", "Authorization": DIGEST})
BARE = request("OPTIONS", "sip:192.0.2.9")


@pytest.mark.parametrize(
    ("name", "full", "bare"),
    [
        ("get_ruri", "sip:bob@example.com", "sip:192.0.2.9"),
        ("get_ouri", "sip:bob@example.com", "sip:192.0.2.9"),
        ("get_nhuri", "sip:bob@example.com", "sip:192.0.2.9"),
        ("get_ruser", "bob", None),
        ("gete_ruser", "bob", ""),
        ("getw_ruser", "bob", "<null>"),
        ("get_rhost", "example.com", "192.0.2.9"),
        ("gete_rhost", "example.com", "192.0.2.9"),
        ("getw_rhost", "example.com", "192.0.2.9"),
        ("get_furi", "sip:alice@example.com", "sip:alice@example.com"),
        ("get_fuser", "alice", "alice"),
        ("gete_fuser", "alice", "alice"),
        ("getw_fuser", "alice", "alice"),
        ("get_fhost", "example.com", "example.com"),
        ("gete_fhost", "example.com", "example.com"),
        ("getw_fhost", "example.com", "example.com"),
        ("get_turi", "sip:bob@example.com", "sip:192.0.2.9"),
        ("get_tuser", "bob", None),
        ("gete_tuser", "bob", ""),
        ("getw_tuser", "bob", "<null>"),
        ("get_thost", "example.com", "192.0.2.9"),
        ("gete_thost", "example.com", "192.0.2.9"),
        ("getw_thost", "example.com", "192.0.2.9"),
        ("get_duri", None, None),
        ("gete_duri", "", ""),
        ("getw_duri", "<null>", "<null>"),
        ("get_method", "INVITE", "OPTIONS"),
        ("get_status", -1, -1),
        ("gets_status", None, None),
        ("get_msgtype", 1, 1),
        ("get_callid", "call-1", "call-1"),
        ("get_body", SDP, None),
        ("gete_body", SDP, ""),
        ("getw_body", SDP, "<null>"),
        ("get_bodylen", len(SDP), 0),
        ("get_ua", "Tester/1", None),
        ("gete_ua", "Tester/1", ""),
        ("getw_ua", "Tester/1", "<null>"),
        ("get_cturi", "sip:alice@198.51.100.7:5060", None),
        ("gete_cturi", "sip:alice@198.51.100.7:5060", ""),
        ("getw_cturi", "sip:alice@198.51.100.7:5060", "<null>"),
        ("get_au", "al", None),
        ("gete_au", "al", ""),
        ("getw_au", "al", "<null>"),
    ],
)
def test_part_of_the_message_or_its_kind_of_nothing(ask, name, full, bare):
    assert (ask(f"KSR.kx.{name}()", FULL), ask(f"KSR.kx.{name}()", BARE)) == (full, bare)


def test_message_is_given_whole(ask):
    assert ask("KSR.kx.get_msgbuf(), KSR.kx.get_msglen()", FULL) == (FULL.decode(), len(FULL))


def test_reply_has_a_status_and_no_request_uri(ask):
    status = "KSR.kx.get_status(), KSR.kx.gets_status(), KSR.kx.get_msgtype(), KSR.kx.get_method()"
    assert ask(status, reply(486, "Busy")) == (486, "486", 2, "INVITE")
    assert ask("KSR.kx.get_ruri(), KSR.kx.get_ouri(), KSR.kx.get_ruser()", reply(486, "Busy")) == (None, None, None)


def test_changed_uri_and_next_hop_are_seen_at_once(ask):
    lua = "local k = KSR.kx KSR.seturi('sip:carol@h:99') return k.get_ruri(), k.get_ouri(), k.get_ruser(), k.get_rhost()"
    assert ask(lua) == ("sip:carol@h:99", "sip:bob@example.com", "carol", "h")
    lua = "KSR.setdsturi('sip:hop') return KSR.kx.get_duri(), KSR.kx.gete_duri(), KSR.kx.getw_duri(), KSR.kx.get_nhuri()"
    assert ask(lua) == ("sip:hop",) * 4


def test_contact_of_a_star_has_no_uri(ask):
    assert ask("KSR.kx.get_cturi(), KSR.kx.gete_cturi()", request("REGISTER", headers={"Contact": "*"})) == (None, "")


def test_proxy_credentials_come_before_the_others(ask):
    both = {"Authorization": DIGEST, "Proxy-Authorization": DIGEST.replace("al@", "bo@")}
    assert ask("KSR.kx.get_au()", request(headers=both)) == "bo"


@pytest.mark.parametrize("method", ["ACK", "CANCEL"])
def test_credentials_of_ack_and_cancel_are_not_looked_at(ask, method):
    assert ask("KSR.kx.get_au(), KSR.kx.gete_au(), KSR.kx.getw_au()", request(method, headers={"Authorization": DIGEST})) == (
        None,
        "",
        "<null>",
    )


def test_addresses_of_a_datagram(ask):
    lua = "KSR.kx.get_srcip(), KSR.kx.get_srcport(), KSR.kx.get_srcuri(), KSR.kx.get_srcaddr_sock()"
    assert ask(lua) == ("198.51.100.7", 5060, "sip:198.51.100.7:5060", "udp:198.51.100.7:5060")
    lua = "KSR.kx.get_rcvip(), KSR.kx.get_rcvport(), KSR.kx.get_rcvadvip(), KSR.kx.get_rcvadvport(), KSR.kx.get_rcvaddr_sock()"
    assert ask(lua) == ("192.0.2.1", 5060, "192.0.2.1", 5060, "udp:192.0.2.1:5060")
    assert ask("KSR.kx.get_rcv_sock_name(), KSR.kx.get_proto(), KSR.kx.get_protoid(), KSR.kx.get_conid()") == (None, "udp", 1, -1)


def test_addresses_of_a_connection(ask, script):
    engine = script(None, listen=["tcp:192.0.2.1:5060 name edge advertise sip.example.com:5070"])
    lua = "local k = KSR.kx "
    lua += "return k.get_srcuri(), k.get_rcvadvip(), k.get_rcvadvport(), k.get_rcv_sock_name(), k.get_conid(), k.get_protoid()"
    assert ask(lua, transport="tcp", connection=7, engine=engine) == (
        "sip:198.51.100.7:5060;transport=tcp",
        "sip.example.com",
        5070,
        "edge",
        7,
        2,
    )


def test_source_with_ipv6_stands_in_brackets(ask):
    lua = "KSR.kx.get_srcip(), KSR.kx.get_srcuri(), KSR.kx.get_srcaddr_sock()"
    place = {"source": ("2001:db8::7", 5060), "local": ("2001:db8::1", 5060)}
    assert ask(lua, **place) == ("2001:db8::7", "sip:[2001:db8::7]:5060", "udp:[2001:db8::7]:5060")


def test_send_socket_is_there_once_forced(ask, script):
    lua = "KSR.kx.get_send_sock(), KSR.kx.get_send_sock_name(), KSR.kx.get_send_sock_port()"
    engine = script(None, listen=["udp:192.0.2.1:5060", "udp:192.0.2.1:5080 name inner"])
    assert ask(lua, engine=engine) == (None, None, 0)
    assert ask(f"KSR.corex.set_send_socket('udp:192.0.2.1:5080') return {lua}", engine=engine) == ("udp:192.0.2.1:5080", "inner", 5080)


def test_time_is_that_of_the_message(ask):
    assert ask("KSR.kx.get_timestamp()", now=1_700_000_000.9) == 1_700_000_000


def test_environment_is_that_of_the_start(script, ask, monkeypatch):
    monkeypatch.setenv("KEMILUA_TEST", "12ab")
    monkeypatch.delenv("KEMILUA_NOT", raising=False)
    engine = script("function ksr_request_route() end")
    monkeypatch.setenv("KEMILUA_NOT", "too late")
    monkeypatch.setenv("KEMILUA_TEST", "too late")
    lua = "KSR.kx.get_env('{0}'), KSR.kx.get_envn('{0}')"
    assert ask(lua.format("KEMILUA_TEST"), engine=engine) == ("12ab", 12)
    assert ask(lua.format("KEMILUA_NOT"), engine=engine) == ("", 0)
    assert ask(lua.format(""), engine=engine) == ("", 0)


def test_nothing_is_defined_without_a_configuration_file(ask):
    assert ask("KSR.kx.get_def('X'), KSR.kx.get_defn('X'), KSR.kx.ifdef('X'), KSR.kx.ifndef('X')") == ("", 0, False, True)
    assert ask("KSR.kx.ifdef(''), KSR.kx.ifndef('')") == (False, True)


DEFINES = {"WITH_NAT": "", "LIMIT": "42 calls", "NAME": '"quoted"', "PLAIN": "abc", "C": "x", "FLAG": 7}


@pytest.mark.parametrize(
    ("name", "text", "number", "value", "string"),
    [
        ("WITH_NAT", "", 0, "", ""),
        ("LIMIT", "42 calls", 42, "42 calls", '"42 calls"'),
        ("NAME", '"quoted"', 0, "quoted", '"quoted"'),
        ("PLAIN", "abc", 0, "abc", '"abc"'),
        ("C", "x", 0, "x", "x"),
        ("FLAG", "7", 7, "7", "7"),
    ],
)
def test_defined_name_is_read_as_text_number_and_string(script, ask, name, text, number, value, string):
    engine = script(None, defines=DEFINES)
    functions = f"KSR.kx.get_def('{name}'), KSR.kx.get_defn('{name}'), KSR.kx.ifdef('{name}'), KSR.kx.ifndef('{name}')"
    assert ask(functions, engine=engine) == (text, number, True, False)
    variables = ", ".join(f"KSR.pv.get('${kind}({name})')" for kind in ("def", "defn", "defv", "defs"))
    assert ask(variables, engine=engine) == (text, number, value, string)


def test_name_that_is_not_defined_is_null(script, ask):
    engine = script(None, defines=DEFINES)
    variables = ", ".join(f"KSR.pv.get('${kind}(OTHER)')" for kind in ("def", "defn", "defv", "defs"))
    assert ask(variables, engine=engine) == (None, 0, None, None)


@pytest.mark.parametrize("name", ["", "A B", "A-B", "é"])
def test_name_that_cannot_be_defined_is_refused(script, name):
    with pytest.raises(kemilua.ArgumentError, match="name that is defined"):
        script(None, defines={name: "x"})


@pytest.mark.parametrize("defines", ["A", ["A"], {"A": None}, {1: "x"}, {"A": 1.5}])
def test_what_cannot_be_defined_is_refused_by_name(script, defines):
    with pytest.raises(kemilua.ArgumentTypeError, match="defines"):
        script(None, defines=defines)
