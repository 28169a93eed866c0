"""KSR.*: logging, what a message is and whom it is for, flags, Request-URI, stateless forwarding."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, header, invite, reply, request
from harness import logged, only_send, sent

LETTERS = {
    "I": "INVITE",
    "A": "ACK",
    "B": "BYE",
    "C": "CANCEL",
    "M": "MESSAGE",
    "R": "REGISTER",
    "E": "PRACK",
    "P": "PUBLISH",
    "S": "SUBSCRIBE",
    "N": "NOTIFY",
    "O": "OPTIONS",
    "F": "REFER",
    "G": "GET",
    "U": "UPDATE",
    "K": "KDMQ",
    "D": "DELETE",
    "T": "POST",
    "V": "PUT",
}
METHODS = [*LETTERS.values(), "INFO"]
PROTOCOLS = ["udp", "tcp", "tls", "sctp", "ws", "wss"]


def route(lua):
    return f"function ksr_request_route() {lua} end"


# ---- logging


@pytest.mark.parametrize(("name", "level"), [("dbg", 3), ("info", 2), ("notice", 1), ("warn", 0), ("err", -1), ("crit", -2)])
def test_line_is_logged_at_the_level_of_the_function(script, name, level):
    engine = script(route(f"KSR.{name}('a %d $ru\\n')"), log_level="dbg")
    (line,) = [effect for effect in engine.receive(request()) if isinstance(effect, kemilua.Log) and effect.text.startswith("a %d")]
    assert (line.level, line.text.rstrip("\n")) == (level, "a %d $ru")


@pytest.mark.parametrize(
    ("name", "level"), [("dbg", 3), ("INFO", 2), ("Notice", 1), ("warn", 0), ("err", -1), ("crit", -2), ("", -1), ("debug", -1)]
)
def test_log_takes_its_level_by_name_and_err_for_others(script, name, level):
    engine = script(route(f"KSR.log('{name}', 'text')"), log_level="dbg")
    (line,) = [effect for effect in engine.receive(request()) if isinstance(effect, kemilua.Log) and effect.text == "text"]
    assert line.level == level


def test_logging_nothing_logs_nothing(script):
    assert script(route("KSR.info(nil) KSR.log('info', nil)")).receive(request()) == []


def test_logging_gives_zero(ask):
    assert ask("KSR.info('x'), KSR.log('info', 'x')") == (0, 0)


def test_log_stops_at_a_nul_that_info_keeps(script):
    assert logged(script(route("KSR.log('info', 'a\\0b') KSR.info('a\\0b')")).receive(request())) == ["a", "a\0b"]


def test_threshold_is_what_the_engine_logs_at(ask, script):
    assert ask("KSR.get_debug()") == kemilua.Level.INFO
    assert ask("KSR.get_debug()", engine=script(None, log_level="err")) == kemilua.Level.ERR


# ---- methods


@pytest.mark.parametrize("method", METHODS)
def test_method_is_itself_and_no_other(ask, method):
    answers = ask(", ".join(f"KSR.is_{name}()" for name in METHODS), request(method))
    assert [name for name, yes in zip(METHODS, answers, strict=True) if yes] == [method]


def test_method_of_a_reply_is_that_of_its_cseq(ask):
    assert ask("KSR.is_INVITE(), KSR.is_method('INVITE'), KSR.is_OPTIONS()", reply()) == (True, True, False)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("INVITE", True),
        ("invite", True),
        ("OPTIONS", False),
        ("OPTIONS|INVITE", True),
        ("OPTIONS,INVITE", False),
        (" OPTIONS | INVITE ", True),
        ("OPTIONS,INVITE|BYE", True),
        ("OPTIONS||INVITE", False),
        ("INVITE|FROBNICATE", False),
        ("", False),
    ],
)
def test_is_method_takes_a_name_or_a_list_of_standard_ones(ask, name, answer):
    assert ask(f"KSR.is_method('{name}')", invite()) is answer


def test_unknown_method_is_known_by_its_whole_name_only(ask):
    frobnicate = request("FROBNICATE")
    assert ask("KSR.is_method('frobnicate'), KSR.is_method('FROBNICATE|INVITE'), KSR.is_method_in('IARO')", frobnicate) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(("letter", "method"), LETTERS.items())
def test_is_method_in_knows_a_letter_for_each_method(ask, letter, method):
    others = "".join(LETTERS).replace(letter, "")
    assert ask(f"KSR.is_method_in('{letter}'), KSR.is_method_in('x{letter.lower()}'), KSR.is_method_in('{others}')", request(method)) == (
        True,
        True,
        False,
    )


def test_info_has_no_letter(ask):
    assert ask(f"KSR.is_method_in('{''.join(LETTERS)}'), KSR.is_method_in('')", request("INFO")) == (False, False)


# ---- transports and addresses


@pytest.mark.parametrize("transport", PROTOCOLS)
def test_transport_is_the_one_it_came_over(ask, transport):
    names = ["UDP", "TCP", "TLS", "SCTP", "WS", "WSS", "TCPX", "WSX"]
    answers = ask(", ".join(f"KSR.is_{name}()" for name in names), transport=transport)
    wanted = {transport.upper()}
    wanted |= {"TCPX"} if transport in ("tcp", "tls", "ws", "wss") else set()
    wanted |= {"WSX"} if transport in ("ws", "wss") else set()
    assert {name for name, yes in zip(names, answers, strict=True) if yes} == wanted


@pytest.mark.parametrize(("letter", "transport"), list(zip("UTESVW", ["udp", "tcp", "tls", "sctp", "ws", "wss"], strict=True)))
def test_is_proto_knows_a_letter_for_each_transport(ask, letter, transport):
    others = "UTESVW".replace(letter, "")
    assert ask(
        f"KSR.is_proto('{letter}'), KSR.is_proto('?{letter.lower()}'), KSR.is_proto('{others}'), KSR.is_proto('')", transport=transport
    ) == (
        True,
        True,
        False,
        False,
    )


def test_family_is_that_of_the_socket_it_came_in_on(ask):
    assert ask("KSR.is_IPv4(), KSR.is_IPv6()") == (True, False)
    assert ask("KSR.is_IPv4(), KSR.is_IPv6()", source=("2001:db8::7", 5060), local=("2001:db8::1", 5060)) == (False, True)


def test_ports_are_the_senders_and_our_own(ask):
    assert ask("KSR.is_src_port(5062), KSR.is_src_port(5060), KSR.is_dst_port(5060)", source=("198.51.100.7", 5062)) == (True, False, True)


TO = ["UDP", "TCP", "TLS", "SCTP", "WS", "WSS", "WSX", "IPv4", "IPv6"]


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        ("sip:a@b", set()),
        ("sips:a@b", set()),
        ("sip:a@b;transport=udp", {"UDP"}),
        ("sip:a@b;transport=TCP", {"TCP"}),
        ("sip:a@b;transport=tls", {"TLS"}),
        ("sip:a@b;transport=sctp", {"SCTP"}),
        ("sip:a@b;transport=ws", {"WS", "WSX"}),
        ("sip:a@b;transport=wss", {"WSS", "WSX"}),
        ("sip:a@192.0.2.9", {"IPv4"}),
        ("sip:a@[2001:db8::9]", {"IPv6"}),
    ],
)
@pytest.mark.parametrize("put", ["KSR.seturi('{}')", "KSR.setdsturi('{}')"])
def test_next_hop_is_judged_by_what_its_uri_says(ask, put, uri, names):
    answers = ask(put.format(uri) + "; return " + ", ".join(f"KSR.to_{name}()" for name in TO))
    assert {name for name, yes in zip(TO, answers, strict=True) if yes} == names


def test_next_hop_of_a_reply_is_its_second_via(ask):
    assert ask("KSR.to_UDP(), KSR.to_TCP(), KSR.to_IPv4(), KSR.to_IPv6()", reply()) == (True, False, True, False)


# ---- who we are


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("sip:192.0.2.1", True),
        ("sip:x@192.0.2.1:5060", True),
        ("sip:192.0.2.1:5061", False),
        ("sip:192.0.2.1;transport=tcp", False),
        ("sip:example.com", True),
        ("sip:EXAMPLE.com:5080", True),
        ("example.com", True),
        ("192.0.2.1", True),
        ("192.0.2.1:5060", False),
        ("SIP:192.0.2.1", False),
        ("sip:other.example", False),
        ("tel:+1", False),
        ("", False),
    ],
)
def test_is_myself_compares_uris_and_hosts_with_sockets_and_aliases(ask, uri, answer):
    assert ask(f"KSR.is_myself('{uri}')") is answer


def test_is_myself_of_each_uri_of_a_message(ask):
    names = ["ruri", "nhuri", "duri", "furi", "turi", "suri", "srcip"]
    asked = ", ".join(f"KSR.is_myself_{name}()" for name in names)
    message = request(uri="sip:bob@other.example", headers={})
    assert ask(asked, message) == (False, False, False, True, False, False, False)
    assert ask("KSR.setdsturi('sip:192.0.2.1'); return " + asked, message) == (False, True, True, True, False, False, False)
    assert ask(asked, request(), source=("192.0.2.1", 5060)) == (True, True, False, True, True, True, True)
    assert ask("KSR.is_myself_suri(), KSR.is_myself_srcip()", source=("192.0.2.1", 5061)) == (False, True)


def test_uri_that_is_a_bare_host_of_ours_is_ourselves(ask):
    lua = "KSR.seturi('example.com') KSR.setdsturi('192.0.2.1') return KSR.is_myself_ruri(), KSR.is_myself_duri(), KSR.is_myself_nhuri()"
    assert ask(lua) == (True, True, True)
    assert ask("KSR.seturi('SIP:example.com') return KSR.is_myself_ruri()") is False


def test_request_uri_of_a_reply_is_nobody(ask):
    assert ask("KSR.is_myself_ruri()", reply()) is False


# ---- flags


@pytest.mark.parametrize(
    ("put", "get", "drop"),
    [("setflag", "isflagset", "resetflag"), ("setbflag", "isbflagset", "resetbflag"), ("setsflag", "issflagset", "resetsflag")],
)
def test_flags_are_set_and_reset_within_32(ask, put, get, drop):
    life = "local f = {} return KSR.%s(f), KSR.%s(f), KSR.%s(f), KSR.%s(f), KSR.%s(f)" % (get, put, get, drop, get)  # noqa: UP031
    assert ask(life.format(0)) == (False, True, True, True, False)
    assert ask(life.format(31)) == (False, True, True, True, False)
    assert ask(life.format(32)) == (False,) * 5
    assert ask(life.format(-1)) == (False,) * 5


def test_flags_of_a_branch_that_is_there(ask):
    lua = (
        "KSR.corex.append_branch_uri('sip:x@y') return KSR.setbiflag(3, 1), KSR.isbiflagset(3, 1), KSR.isbiflagset(3, 0), KSR.isbflagset(3)"
    )
    assert ask(lua) == (True, True, False, False)
    lua = "KSR.corex.append_branch_uri('sip:x@y') KSR.setbiflag(3, 1) return KSR.resetbiflag(3, 1), KSR.isbiflagset(3, 1)"
    assert ask(lua) == (True, False)


def test_flags_of_a_branch_that_is_not_there_are_lost_without_complaint(ask):
    assert ask("KSR.setbiflag(3, 5), KSR.isbiflagset(3, 5), KSR.resetbiflag(3, 5)") == (True, False, True)


def test_script_flags_last_for_one_run(script):
    engine = script("KEPT = 0 function f() if KSR.issflagset(1) then KEPT = KEPT + 1 end KSR.setsflag(1) KSR.setflag(1) end")
    message = kemilua.Message.parse(request(), engine=engine)
    assert [engine.lua_run("f", message=message) for _ in range(2)] == [1, 1]
    assert engine.eval("return KEPT, KSR.isflagset(1)", message=message) == (0, True)


# ---- Request-URI and next hop


def test_request_uri_is_what_it_was_set_to_at_once(ask):
    assert ask("KSR.seturi('sip:new@host'), KSR.kx.get_ruri(), KSR.kx.get_ouri()") == (True, "sip:new@host", "sip:bob@example.com")
    assert ask("KSR.seturi('not a uri'), KSR.pv.get('$ru')") == (True, "not a uri")
    assert ask("KSR.seturi(nil)") is False
    assert ask("KSR.seturi(''), KSR.pv.get('$ru'), KSR.pv.get('$rul'), KSR.pv.get('$rd')") == (True, None, None, None)
    applied = ask("KSR.seturi(''), KSR.pv.get('$nh(u)'), KSR.textopsx.msg_apply_changes(), KSR.pv.get('$ru')")
    assert applied == (True, "sip:bob@example.com", 1, "sip:bob@example.com")


@pytest.mark.parametrize(
    ("uri", "lua", "after"),
    [
        ("sip:a:pw@h:99;x=1?y=2", "KSR.setuser('b')", "sip:b:pw@h:99;x=1?y=2"),
        ("sip:a:pw@h:99;x=1?y=2", "KSR.setuser('')", "sip:h:99;x=1?y=2"),
        ("sip:h", "KSR.setuser('b')", "sip:b@h"),
        ("sips:a@h;user=phone", "KSR.setuser('b')", "sips:b@h;user=phone"),
        ("sips:a@h;user=phone", "KSR.sethost('i')", "sips:a@i;user=phone"),
        ("sips:1;p=1@h:5061;user=phone;x", "KSR.setuser('2')", "sips:2;p=1@h:5061;user=phone;x"),
        ("sips:1;p=1@h:5061;user=phone;x", "KSR.sethost('i')", "sips:1;p=1@i:5061;user=phone;x"),
        ("tel:+123;x=1", "KSR.setuser('99')", "tel:99;x=1"),
        ("tel:+123:5061;x=1?h", "KSR.setuser('99')", "tel:99;x=1:5061?h"),
        ("sip:a@h:99;x=1", "KSR.sethost('k')", "sip:a@k:99;x=1"),
        ("sip:a@h:99;x=1", "KSR.sethost('k:98')", "sip:a@k:98:99;x=1"),
        ("sip:a@h", "KSR.sethost('')", "sip:a@"),
        ("tel:+123;x=1", "KSR.sethost('q.com')", "sip:+123;x=1@q.com;user=phone"),
    ],
)
def test_user_and_host_are_changed_and_the_rest_stays(ask, uri, lua, after):
    assert ask(f"KSR.seturi('{uri}') return {lua}, KSR.pv.get('$ru')") == (True, after)


def test_user_and_host_of_what_is_no_uri_cannot_be_changed(ask):
    assert ask("KSR.seturi('nonsense') return KSR.setuser('b'), KSR.sethost('h'), KSR.pv.get('$ru')") == (False, False, "nonsense")
    assert ask("KSR.setuser(('x'):rep(1100))") is False


def test_next_hop_is_set_and_reset(ask):
    assert ask("KSR.isdsturiset(), KSR.setdsturi('sip:hop'), KSR.isdsturiset(), KSR.resetdsturi(), KSR.isdsturiset()") == (
        False,
        True,
        True,
        True,
        False,
    )
    assert ask("KSR.setdsturi('sip:hop') return KSR.setdsturi(''), KSR.isdsturiset(), KSR.setdsturi(nil)") == (True, False, False)


# ---- forwarding


def test_request_is_forwarded_to_its_uri_with_our_via_on_top(script):
    send = only_send(script(route("KSR.seturi('sip:bob@203.0.113.5:5070') R = KSR.forward()")).receive(request()))
    assert (send.destination, send.transport, send.local) == (("203.0.113.5", 5070), "udp", ("192.0.2.1", 5060))
    assert first_line(send.data) == "OPTIONS sip:bob@203.0.113.5:5070 SIP/2.0"
    ours, theirs = header(send.data, "Via")
    assert ours.startswith("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")
    assert theirs == "SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1"


def test_next_hop_is_the_destination_uri_before_the_request_uri(script):
    send = only_send(script(route("KSR.setdsturi('sip:203.0.113.9:5099') KSR.forward()")).receive(request()))
    assert (send.destination, first_line(send.data)) == (("203.0.113.9", 5099), "OPTIONS sip:bob@example.com SIP/2.0")


def test_forward_uri_leaves_the_request_uri_alone(script):
    send = only_send(script(route("KSR.forward_uri('sip:203.0.113.9')")).receive(request()))
    assert (send.destination, first_line(send.data)) == (("203.0.113.9", 5060), "OPTIONS sip:bob@example.com SIP/2.0")


def test_forward_uri_of_nothing_is_forward(script):
    engine = script(route("KSR.setdsturi('sip:203.0.113.9') R = {KSR.forward_uri(''), KSR.forward_uri(nil)}"))
    assert [first_line(data) for data in sent(engine.receive(request()))] == ["OPTIONS sip:bob@example.com SIP/2.0"] * 2


def test_what_cannot_be_forwarded_gives_minus_one(ask):
    assert ask("KSR.seturi('nonsense') return KSR.forward(), KSR.forward_uri('sip:')") == (-1, -1)


def test_same_request_goes_to_two_places_and_is_answered(script):
    engine = script(route("KSR.forward_uri('sip:203.0.113.1') KSR.forward_uri('sip:203.0.113.2') KSR.sl.send_reply(100, 'Trying')"))
    effects = engine.receive(request())
    assert [effect.destination[0] for effect in effects] == ["203.0.113.1", "203.0.113.2", "198.51.100.7"]


def test_forced_rport_shows_in_forwards_and_replies(script):
    engine = script(route("KSR.force_rport() KSR.forward_uri('sip:203.0.113.1') KSR.sl.send_reply(200, 'OK')"))
    forwarded, answered = sent(engine.receive(request(), source=("198.51.100.7", 40000)))
    assert ";rport=40000" in header(forwarded, "Via")[1]
    assert ";rport=40000" in header(answered, "Via")[0]


def test_forced_rport_sends_the_reply_to_the_source_port(script):
    engine = script(route("KSR.force_rport() KSR.sl.send_reply(200, 'OK')"))
    assert only_send(engine.receive(request(), source=("198.51.100.7", 40000))).destination == ("198.51.100.7", 40000)


def test_own_via_asks_for_rport_when_told(script):
    (data,) = sent(script(route("KSR.add_local_rport() KSR.forward_uri('sip:203.0.113.1')")).receive(request()))
    assert ";rport" in header(data, "Via")[0]


def test_own_via_shows_the_advertised_address(script):
    lua = "KSR.set_advertised_address('sip.example.com') KSR.set_advertised_port('5071') KSR.forward_uri('sip:203.0.113.1')"
    (data,) = sent(script(route(lua)).receive(request()))
    assert header(data, "Via")[0].startswith("SIP/2.0/UDP sip.example.com:5071;branch=")


def test_advertised_values_have_their_limits(ask):
    assert ask("KSR.set_advertised_address('h'), KSR.set_advertised_address(nil), KSR.set_advertised_address(('h'):rep(128))") == (1, 0, 0)
    assert ask(
        "KSR.set_advertised_port('5071'), KSR.set_advertised_port(5071), KSR.set_advertised_port(nil), KSR.set_advertised_port('50600000')"
    ) == (1, 1, 0, 0)


def test_forward_flags_reach_the_host(script):
    send = only_send(
        script(route("KSR.set_forward_close() KSR.set_forward_no_connect() KSR.forward_uri('sip:203.0.113.1')")).receive(request())
    )
    assert (send.close, send.no_connect) == (True, True)


def test_reply_flags_reach_the_host_and_not_the_forward(script):
    engine = script(
        route("KSR.set_reply_close() KSR.set_reply_no_connect() KSR.forward_uri('sip:203.0.113.1') KSR.sl.send_reply(200, 'OK')")
    )
    effects = engine.receive(request())
    assert [(effect.close, effect.no_connect) for effect in effects] == [(False, False), (True, True)]


def test_alias_of_a_stream_connection_is_asked_for(script):
    engine = script(route("A, B = KSR.add_tcp_alias(5070), KSR.add_tcp_alias_via()"), listen=["tcp:192.0.2.1:5060"])
    effects = engine.receive(request(), transport="tcp", connection=7, source=("198.51.100.7", 40000))
    assert [(effect.connection, effect.address) for effect in effects] == [(7, ("198.51.100.7", 5070)), (7, ("198.51.100.7", 5060))]


def test_alias_on_udp_is_nothing(ask):
    assert ask("KSR.add_tcp_alias(5070), KSR.add_tcp_alias_via()") == (1, 1)


# ---- the route itself


def test_native_routes_are_not_there(ask):
    assert ask("KSR.route('any'), KSR.route(''), KSR.route(nil)") == (-1, -1, -1)


def test_dropped_reply_is_not_forwarded(script):
    kept = script("function ksr_reply_route() end")
    dropped = script("function ksr_reply_route() KSR.set_drop() AFTER = true end")
    assert len(sent(kept.receive(reply()))) == 1
    assert sent(dropped.receive(reply())) == []
    assert dropped.eval("return AFTER") == (True,)


def test_drop_in_the_request_route_changes_nothing(script):
    engine = script(route("R = KSR.set_drop() KSR.sl.send_reply(200, 'OK')"))
    assert len(sent(engine.receive(request()))) == 1
    assert engine.eval("return R") == (False,)


def test_dropped_send_makes_the_forward_fail(script):
    engine = script(
        "function ksr_request_route() R = KSR.forward_uri('sip:203.0.113.1') end function ksr_onsend_route() KSR.set_drop() end"
    )
    assert sent(engine.receive(request())) == []
    assert engine.eval("return R") == (-1,)


@pytest.mark.parametrize("uri", ["sip:255.255.255.255", "sip:255.255.255.255:5070"])
def test_nothing_is_forwarded_to_the_broadcast_address(ask, uri: str) -> None:
    assert ask(f"KSR.forward_uri('{uri}'), KSR.forward_uri('sip:255.255.255.254')") == (-1, 1)


def test_every_copy_of_a_request_has_one_via_of_ours(script):
    engine = script("function ksr_request_route() KSR.forward_uri('sip:203.0.113.1') KSR.forward_uri('sip:203.0.113.2') end")
    copies = sent(engine.receive(request()))
    assert len(copies) == 2
    assert [len(header(data, "Via")) for data in copies] == [2, 2]
