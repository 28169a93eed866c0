"""KSR.corex: branches, forwarding as a user agent, sockets, flags and files."""

from __future__ import annotations

import re

import pytest
from builders import first_line, header, reply, request
from harness import logged, only_send, sent

TWO_SOCKETS = ["udp:192.0.2.1:5060 name outer", "udp:192.0.2.1:5080 name inner", "tcp:192.0.2.1:5060"]


def route(lua):
    return f"function ksr_request_route() {lua} end"


# ---- branches


def test_branch_takes_over_what_steers_the_request_uri(ask):
    lua = """KSR.seturi('sip:x@y') KSR.setdsturi('sip:hop') KSR.setbflag(4)
        local done = KSR.corex.append_branch()
        return done, KSR.pv.get('$(branch(uri)[0])'), KSR.pv.get('$(branch(dst_uri)[0])'), KSR.isbiflagset(4, 1),
            KSR.isdsturiset(), KSR.isbflagset(4), KSR.kx.get_ruri()"""
    assert ask(lua) == (1, "sip:x@y", "sip:hop", True, False, False, "sip:x@y")


def test_branch_of_a_uri_leaves_the_request_uri_as_it_was(ask):
    lua = """KSR.setdsturi('sip:hop')
        local done = KSR.corex.append_branch_uri('sip:x@y')
        return done, KSR.pv.get('$(branch(uri)[0])'), KSR.pv.get('$(branch(dst_uri)[0])'),
            KSR.kx.get_duri(), KSR.pv.get('$branch(count)')"""
    assert ask(lua) == (1, "sip:x@y", "sip:hop", "sip:hop", 1)


def test_branch_of_no_uri_is_one_of_the_request_uri(ask):
    assert ask("KSR.corex.append_branch_uri(''), KSR.pv.get('$(branch(uri)[0])')") == (1, "sip:bob@example.com")


@pytest.mark.parametrize(("q", "done", "stored"), [("0.5", 1, 500), ("1", 1, 1000), ("0", 1, 0), ("2", -1, None), ("x", -1, None)])
def test_branch_has_a_q_between_0_and_1(ask, q, done, stored):
    assert ask(f"KSR.corex.append_branch_uri_q('sip:x@y', '{q}')") == done
    if stored is not None:
        lua = f"KSR.corex.append_branch_uri_q('sip:x@y', '{q}') return KSR.pv.get('$(branch(q)[0])')"
        assert ask(lua) in (stored, q, str(stored))


def test_there_are_eleven_further_branches_at_most(ask):
    lua = "local r = {} for i = 1, 12 do r[i] = KSR.corex.append_branch_uri('sip:' .. i .. '@y') end return table.unpack(r)"
    assert ask(lua) == (1,) * 11 + (-1,)


def test_branches_are_the_contacts_of_a_redirect(script):
    lua = "KSR.corex.append_branch_uri('sip:b1@h1') KSR.corex.append_branch_uri_q('sip:b2@h2', '0.5') KSR.sl.send_reply(302, 'Moved')"
    assert header(only_send(script(route(lua)).receive(request())).data, "Contact") == ["<sip:b1@h1>, <sip:b2@h2>;q=0.5"]


# ---- forwarding


def test_user_agent_forwards_with_its_own_via_alone(script):
    lua = "R = {KSR.corex.forward_uac_uri('sip:203.0.113.1')} KSR.sl.send_reply(200, 'OK')"
    engine = script(route(lua))
    forwarded, answered = sent(engine.receive(request(headers={"Via": "SIP/2.0/UDP 203.0.113.77;branch=z9hG4bKx"})))
    (via,) = header(forwarded, "Via")
    assert via.startswith("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")
    assert len(header(answered, "Via")) == 2
    assert engine.eval("return R[1]") == (1,)


def test_user_agent_forwards_to_where_the_request_goes(script):
    send = only_send(script(route("KSR.setdsturi('sip:203.0.113.9:5099') KSR.corex.forward_uac()")).receive(request()))
    assert (send.destination, len(header(send.data, "Via"))) == (("203.0.113.9", 5099), 1)


@pytest.mark.parametrize(
    "call", ["KSR.setdsturi('sip:203.0.113.9') KSR.corex.forward_uac_branch(3)", "KSR.corex.forward_uac_uri_branch('sip:203.0.113.9', 3)"]
)
def test_index_of_the_branch_ends_the_via_branch(script, call):
    send = only_send(script(route(call)).receive(request()))
    assert send.destination == ("203.0.113.9", 5060)
    assert header(send.data, "Via")[0].partition("branch=")[2].partition(";")[0].endswith(".3")


def test_user_agent_cannot_forward_to_what_is_no_uri(ask):
    assert ask("KSR.corex.forward_uac_uri('nonsense'), KSR.corex.forward_uac_uri_branch('nonsense', 1)") == (-1, -1)


def test_data_is_sent_as_it_is(script):
    engine = script(route("R = {KSR.corex.send_data('sip:203.0.113.1:5099', 'a\\0b'), KSR.corex.send_data('nonsense', 'x')}"))
    send = only_send(engine.receive(request()))
    assert (send.data, send.destination, send.transport, send.local) == (b"a\0b", ("203.0.113.1", 5099), "udp", ("192.0.2.1", 5060))
    assert engine.eval("return R[1], R[2]") == (1, -1)


def test_data_is_sent_from_the_socket_named(script):
    lua = """R = {KSR.corex.sendx('sip:203.0.113.1', 'udp:192.0.2.1:5080', 'x'),
        KSR.corex.sendx('sip:203.0.113.1', 'udp:192.0.2.99:5080', 'x'),
        KSR.corex.sendx('sip:203.0.113.1', 'nope:192.0.2.1:5080', 'x')}"""
    engine = script(route(lua), listen=TWO_SOCKETS)
    assert [effect.local for effect in engine.receive(request()) if hasattr(effect, "local")] == [("192.0.2.1", 5080), ("192.0.2.1", 5060)]
    assert engine.eval("return table.unpack(R)") == (1, 1, -1)


# ---- sockets and addresses


@pytest.mark.parametrize("call", ["set_send_socket('udp:192.0.2.1:5080')", "set_send_socket_name('inner')"])
def test_forward_leaves_from_the_socket_forced(script, call):
    engine = script(route(f"R = KSR.corex.{call} KSR.forward_uri('sip:203.0.113.1')"), listen=TWO_SOCKETS)
    send = only_send(engine.receive(request()))
    assert send.local == ("192.0.2.1", 5080)
    assert header(send.data, "Via")[0].startswith("SIP/2.0/UDP 192.0.2.1:5080;")
    assert engine.eval("return R") == (1,)


@pytest.mark.parametrize(
    ("call", "result"), [("set_send_socket('udp:192.0.2.1:9')", 1), ("set_send_socket_name('none')", 1), ("set_send_socket('x:y:z')", -1)]
)
def test_socket_that_is_not_there_changes_nothing(ask, script, call, result):
    engine = script(None, listen=TWO_SOCKETS)
    assert ask(f"KSR.corex.set_send_socket_name('inner') return KSR.corex.{call}, KSR.kx.get_send_sock_name()", engine=engine) == (
        result,
        "inner",
    )


def test_empty_socket_takes_the_force_away(ask, script):
    engine = script(None, listen=TWO_SOCKETS)
    lua = "KSR.corex.set_send_socket_name('inner') return KSR.corex.{0}(''), KSR.kx.get_send_sock()"
    for name in ("set_send_socket", "set_send_socket_name", "set_recv_socket", "set_recv_socket_name"):
        assert ask(lua.format(name), engine=engine) == (1, None)


@pytest.mark.parametrize(
    "call", ["set_recv_socket('tcp:192.0.2.1:5060')", "set_recv_socket('udp:192.0.2.1:5080')", "set_recv_socket_name('inner')"]
)
def test_received_on_is_what_it_was_set_to(ask, script, call):
    transport, port = ("tcp", 5060) if "tcp" in call else ("udp", 5080)
    lua = f"KSR.corex.{call}, KSR.kx.get_proto(), KSR.kx.get_rcvport()"
    assert ask(lua, engine=script(None, listen=TWO_SOCKETS)) == (1, transport, port)


def test_source_is_what_it_was_set_to_and_where_the_reply_goes(script):
    engine = script(
        route(
            "KSR.corex.set_source_address('udp:203.0.113.4:5077') SI, SP = KSR.kx.get_srcip(), KSR.kx.get_srcport() "
            "KSR.sl.send_reply(200, 'OK')"
        )
    )
    assert only_send(engine.receive(request())).destination[0] == "203.0.113.4"
    assert engine.eval("return SI, SP") == ("203.0.113.4", 5077)


def test_source_without_transport_and_port(ask):
    assert ask("KSR.corex.set_source_address('203.0.113.4'), KSR.kx.get_srcip(), KSR.kx.get_srcport(), KSR.kx.get_proto()") == (
        1,
        "203.0.113.4",
        0,
        "udp",
    )
    assert ask("KSR.corex.set_source_address('')") == -1


def test_source_of_another_transport_than_the_message_came_by_is_refused(ask):
    assert ask("KSR.corex.set_source_address('tcp:203.0.113.4:5077'), KSR.kx.get_srcip()") == (-1, "198.51.100.7")


def test_branch_of_a_reply_has_its_status_code_for_a_uri(ask):
    branch = "KSR.pv.get('$branch(uri)'), KSR.pv.get('$branch(count)')"
    assert ask(f"KSR.corex.append_branch(), {branch}", reply(404)) == (1, "404", 1)
    assert ask(f"KSR.seturi('sip:a@b'), KSR.corex.append_branch(), {branch}", reply(404)) == (True, 1, "sip:a@b", 1)


def test_names_of_sockets(ask, script):
    assert ask("KSR.corex.is_socket_name('inner'), KSR.corex.is_socket_name('none')", engine=script(None, listen=TWO_SOCKETS)) == (1, -1)


def test_alias_of_a_domain_holds_for_what_is_below_it(ask, script):
    engine = script(None, modparams={"corex": {"alias_subdomains": ["example.net"]}})
    assert ask(
        "KSR.is_myself('sip:a.b.example.net'), KSR.is_myself('sip:example.net'), KSR.is_myself('sip:xexample.net')", engine=engine
    ) == (True, True, False)


def test_callback_sees_replies_that_leave(script):
    text = route("KSR.sl.send_reply(404, 'None')") + " function out(event) SEEN = event .. ' ' .. KSR.kx.get_method() end"
    engine = script(text, modparams={"corex": {"evcb_reply_out": "out"}})
    assert len(sent(engine.receive(request()))) == 1
    assert engine.eval("return SEEN") == ("corex:reply-out OPTIONS",)


# ---- flags and questions


def test_extended_flags_are_64(ask):
    life = "local f, c = {}, KSR.corex return c.isxflagset(f), c.setxflag(f), c.isxflagset(f), c.resetxflag(f), c.isxflagset(f)"
    assert ask(life.format(63)) == (-1, 1, 1, 1, -1)
    assert ask(life.format(64)) == (-1,) * 5


def test_user_of_the_request_uri(ask):
    lua = "KSR.corex.has_ruri_user()"
    assert (ask(lua), ask(lua, request(uri="sip:192.0.2.1")), ask(lua, reply())) == (1, -1, -1)
    assert ask("KSR.seturi('nonsense') return KSR.corex.has_ruri_user()") == -1


def test_user_agent_with_a_name(ask):
    lua = "KSR.corex.has_user_agent()"
    assert [ask(lua, request(headers=more)) for more in ({"User-Agent": "T/1"}, {"User-Agent": ""}, {})] == [1, -1, -1]


def test_received_message_is_no_faked_one(ask):
    assert ask("KSR.corex.is_faked_msg()") == -1


def test_number_of_the_server_is_shown_when_there_is_one(script):
    text = route("R = KSR.corex.via_add_srvid(1) KSR.forward_uri('sip:203.0.113.1')")
    numbered, plain = script(text, core={"server_id": 7}), script(text)
    assert ";srvid=7" in header(only_send(numbered.receive(request())).data, "Via")[0]
    assert "srvid" not in header(only_send(plain.receive(request())).data, "Via")[0]
    assert plain.eval("return R") == (1,)


FORWARD = "KSR.forward_uri('sip:203.0.113.1')"
XAVPS = {"xavp_via_params": "via", "xavp_via_fields": "own", "xavp_via_reply_params": "back"}


def own_via(script, lua, **options):
    """Our Via on a request that the Lua forwards, without its branch."""
    engine = script(route(lua), core={**XAVPS, **options})
    return re.sub(";branch=[^;]*", "", header(only_send(engine.receive(request())).data, "Via")[0])


@pytest.mark.parametrize(
    ("fields", "via"),
    [
        ("KSR.pv.sets('$xavp(via=>a)', '1')", ";a=1"),
        ("KSR.pv.sets('$xavp(via=>a)', '1') KSR.pv.sets('$xavp(via[0]=>b)', 'x y') KSR.pv.seti('$xavp(via[0]=>c)', 7)", ";c=7;b=x y;a=1"),
        ("KSR.pv.sets('$xavp(via=>a)', '1') KSR.pv.sets('$xavp(via=>b)', '2')", ";b=2"),
        ("KSR.pv.sets('$xavp(via=>lr)', '')", ";lr"),
        ("KSR.pv.sets('$xavp(via)', '1')", ""),
        ("KSR.pv.sets('$xavp(other=>a)', '1')", ""),
        ("KSR.pv.sets('$xavp(via=>a)', '1') KSR.corex.via_add_xavp_params(0)", ""),
        ("KSR.pv.sets('$xavp(via=>a)', '1') KSR.textopsx.msg_apply_changes()", ";a=1"),
    ],
)
def test_our_via_gets_the_fields_of_a_list(script, fields, via):
    assert own_via(script, f"KSR.corex.via_add_xavp_params(1) {fields} {FORWARD}") == f"SIP/2.0/UDP 192.0.2.1{via}"


def test_fields_of_a_list_go_behind_all_else_on_our_via(script):
    lua = f"""KSR.corex.via_add_xavp_params(1) KSR.corex.via_add_srvid(1) KSR.add_local_rport()
        KSR.pv.sets('$xavp(via=>a)', '1') {FORWARD}"""
    assert own_via(script, lua, server_id=5) == "SIP/2.0/UDP 192.0.2.1;rport;srvid=5;a=1"


@pytest.mark.parametrize(
    ("fields", "via"),
    [
        ("KSR.pv.sets('$xavp(own=>address)', 'host.example')", "host.example"),
        ("KSR.pv.sets('$xavp(own=>address)', 'host.example') KSR.pv.sets('$xavp(own[0]=>port)', '5060')", "host.example:5060"),
        ("KSR.pv.sets('$xavp(own=>port)', '77') KSR.set_advertised_address('adv') KSR.set_advertised_port('99')", "adv:77"),
        ("KSR.pv.sets('$xavp(own=>address)', 'h') KSR.set_advertised_address('adv') KSR.set_advertised_port('99')", "h:99"),
        ("KSR.pv.seti('$xavp(own=>port)', 77)", "192.0.2.1"),
        ("KSR.pv.sets('$xavp(own=>proto)', 'xyz')", "192.0.2.1"),
        ("KSR.pv.sets('$xavp(own=>address)', '') KSR.pv.sets('$xavp(own[0]=>port)', '')", "192.0.2.1"),
        ("KSR.pv.sets('$xavp(own=>Address)', 'h')", "192.0.2.1"),
        ("KSR.pv.sets('$xavp(own=>address)', 'h') KSR.corex.via_use_xavp_fields(0)", "192.0.2.1"),
    ],
)
def test_our_via_takes_address_and_port_from_a_list(script, fields, via):
    assert own_via(script, f"KSR.corex.via_use_xavp_fields(1) {fields} {FORWARD}") == f"SIP/2.0/UDP {via}"


@pytest.mark.parametrize(
    ("fields", "via"),
    [
        ("proto=tcp", "TCP 192.0.2.1"),
        ("proto=TLS", "TLS 192.0.2.1"),
        ("proto=wss", "WSS 192.0.2.1"),
        ("proto=sctp;port=1", "SCTP 192.0.2.1:1"),
    ],
)
def test_our_via_takes_the_transport_from_a_list(script, fields, via):
    assert own_via(script, f"KSR.pvx.xavp_params_explode('{fields}', 'own') KSR.corex.via_use_xavp_fields(1) {FORWARD}") == f"SIP/2.0/{via}"


def test_lists_that_no_core_parameter_names_stay_off_the_via(script):
    lua = f"""KSR.corex.via_add_xavp_params(1) KSR.corex.via_use_xavp_fields(1)
        KSR.pv.sets('$xavp(via=>a)', '1') KSR.pv.sets('$xavp(own=>address)', 'h') {FORWARD}"""
    engine = script(route(lua))
    assert header(only_send(engine.receive(request())).data, "Via")[0].startswith("SIP/2.0/UDP 192.0.2.1;branch=")


@pytest.mark.parametrize(("on", "more"), [(1, ";b=2;a=1"), (0, "")])
def test_top_via_of_a_reply_gets_the_fields_of_a_list(script, on, more):
    lua = f"""KSR.pv.sets('$xavp(back=>a)', '1') KSR.pv.sets('$xavp(back[0]=>b)', '2')
        KSR.corex.via_reply_add_xavp_params({on}) KSR.force_rport() KSR.sl.sl_send_reply(200, 'OK')"""
    engine = script(route(lua), core=XAVPS)
    message = request(headers={"Via": "SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKx"})
    vias = header(only_send(engine.receive(message, source=("198.51.100.8", 5064))).data, "Via")
    top = "SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1;rport=5064;received=198.51.100.8"
    assert vias == [top + more, "SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKx"]


@pytest.mark.parametrize("via", ["", ";rport", ";x=1;y", ' ; x = "a;b" ', " (c)"])
@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize(("on", "more"), [(1, ";oc=5;oc-algo=loss"), (0, "")])
def test_via_of_a_forwarded_reply_gets_the_fields_of_a_list(script, via, joined, on, more):
    lua = f"KSR.pvx.xavp_params_explode('oc=5;oc-algo=loss', 'back') KSR.corex.via_reply_add_xavp_params({on})"
    engine = script(f"function ksr_reply_route() {lua} end", core=XAVPS)
    message = reply(200, headers={"Via": "SIP/2.0/UDP 203.0.113.9"}).replace(
        b";branch=z9hG4bK-1\r\n", f";branch=z9hG4bK-1{via}\r\n".encode()
    )
    if joined:
        message = message.replace(b"z9hG4bK-ours\r\nVia: ", b"z9hG4bK-ours, ")
    top = f"SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1{via}".rstrip()
    assert header(only_send(engine.receive(message)).data, "Via") == [top + more, "SIP/2.0/UDP 203.0.113.9"]


# ---- files


def test_file_is_written_and_read(ask, tmp_path):
    path = tmp_path / "x"
    assert ask(f"KSR.corex.file_write('{path}', 'a\\0\\255b'), KSR.corex.file_read('{path}') == 'a\\0\\255b'") == (1, True)
    assert path.read_bytes() == b"a\0\xffb"
    assert ask(f"KSR.corex.file_write('{path}', ''), KSR.corex.file_read('{path}')") == (1, "")


def test_file_that_is_not_there_reads_as_nothing_and_is_logged(script, tmp_path):
    engine = script(route(f"R = {{KSR.corex.file_read('{tmp_path}/none'), KSR.corex.file_write('{tmp_path}/none/x', 'y')}}"))
    assert len(logged(engine.receive(request()))) == 2
    assert engine.eval("return R[1], R[2]") == ("", -1)


def test_first_line_is_that_of_the_message(script):
    assert (
        first_line(only_send(script(route("KSR.corex.forward_uac_uri('sip:203.0.113.1')")).receive(request())).data)
        == "OPTIONS sip:bob@example.com SIP/2.0"
    )
