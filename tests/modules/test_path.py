"""KSR.path: Path headers as a running Kamailio 5.6.3 writes them; those with an advertised address as 6.2 does."""

from __future__ import annotations

import pytest
from builders import header, request
from harness import only_send

LISTEN = ["udp:127.0.0.1:5470", "udp:127.0.0.1:5471 name second", "tcp:127.0.0.1:5470", "udp:[::1]:5470"]
SECOND = "KSR.pv.sets('$fs', 'udp:127.0.0.1:5471')"
TCP = "KSR.setdsturi('sip:203.0.113.1;transport=tcp')"
BASE = "<sip:127.0.0.1:5470;lr"
PEER = "received=sip:127.0.0.1:5499"


@pytest.fixture
def paths(script):
    """`paths(lua, params, **place)`: the Path headers with which a REGISTER leaves."""

    def paths(lua, params=None, *, headers=None, source=("127.0.0.1", 5499), port=5470, transport="udp"):
        code = f"function ksr_request_route() KSR.setdsturi('sip:203.0.113.1') {lua} KSR.forward() end"
        engine = script(code, listen=LISTEN, modparams={"path": params or {}})
        place = {"source": source, "local": ("::1" if ":" in source[0] else "127.0.0.1", port), "transport": transport}
        return header(only_send(engine.receive(request("REGISTER", headers=headers), **place)).data, "Path")

    return paths


@pytest.mark.parametrize(
    ("call", "path"),
    [
        ("add_path()", f"{BASE}>"),
        ("add_path_user('u')", "<sip:u@127.0.0.1:5470;lr>"),
        ("add_path_user('')", f"{BASE}>"),
        ("add_path_user(nil)", f"{BASE}>"),
        ("add_path_user_params('u', 'x=1;y')", "<sip:u@127.0.0.1:5470;lr;x=1;y>"),
        ("add_path_user_params('', '')", f"{BASE}>"),
        ("add_path_received()", f"{BASE};{PEER}>"),
        ("add_path_received_user('u')", f"<sip:u@127.0.0.1:5470;lr;{PEER}>"),
        ("add_path_received_user_params('u', 'x=1')", f"<sip:u@127.0.0.1:5470;lr;{PEER};x=1>"),
        ("add_path_advertised_address('h.example:99')", "<sip:h.example:99;transport=udp;lr>"),
        ("add_path_advertised_address('[::1]:99')", "<sip:[::1]:99;transport=udp;lr>"),
        ("add_path_advertised_address_user('h', 'u')", "<sip:u@h;transport=udp;lr>"),
        ("add_path_advertised_address_user_params('h', 'u', 'x')", "<sip:u@h;transport=udp;lr;x>"),
        ("add_path_received_advertised_address('h')", f"<sip:h;transport=udp;lr;{PEER}>"),
        ("add_path_received_advertised_address_user('h', 'u')", f"<sip:u@h;transport=udp;lr;{PEER}>"),
        ("add_path_received_advertised_address_user_params('h', 'u', 'x')", f"<sip:u@h;transport=udp;lr;{PEER};x>"),
    ],
)
def test_path_names_this_server(paths, call, path):
    assert paths(f"assert(KSR.path.{call} == 1)") == [path]


@pytest.mark.parametrize("address", ["", "a b", "a:b", "a:99999", "a;x", "udp:a", "[::1", "::1", "a:", "a@b", "a>b"])
def test_address_must_be_host_and_port(ask, address):
    assert ask(f"KSR.path.add_path_advertised_address('{address}')") == -1


@pytest.mark.parametrize(
    ("lua", "params", "expected"),
    [
        (f"{SECOND} KSR.path.add_path()", {}, ["<sip:127.0.0.1:5471;lr>"]),
        (f"{TCP} KSR.path.add_path()", {}, ["<sip:127.0.0.1:5470;transport=tcp;lr>"]),
        (f"{TCP} KSR.path.add_path_advertised_address('h')", {}, ["<sip:h;transport=tcp;lr>"]),
        (f"{SECOND} KSR.path.add_path()", {"sockname_mode": 1}, ["<sip:127.0.0.1:5471;sn=second;lr>"]),
        ("KSR.path.add_path_received()", {"received_name": "rcv"}, [f"{BASE};rcv=sip:127.0.0.1:5499>"]),
        ("KSR.path.add_path_received()", {"received_format": 1}, [f"{BASE};received=127.0.0.1~5499~1>"]),
        ("KSR.path.add_path()", {"enable_r2": 1}, [f"{BASE};r2=on>"] * 2),
        (
            f"{TCP} KSR.path.add_path_received_user_params('u', 'x')",
            {"enable_r2": 1},
            [f"<sip:u@127.0.0.1:5470;transport=tcp;lr;{PEER};x;r2=on>", f"<sip:u@127.0.0.1:5470;lr;{PEER};x;r2=on>"],
        ),
        (
            f"{SECOND} KSR.path.add_path()",
            {"enable_r2": 1, "sockname_mode": 1},
            ["<sip:127.0.0.1:5471;sn=second;lr;r2=on>", f"{BASE};r2=on>"],
        ),
        (f"{SECOND} KSR.path.add_path_advertised_address('h')", {"sockname_mode": 1}, ["<sip:h;transport=udp;sn=second;lr>"]),
        (
            f"{SECOND} KSR.path.add_path_received_advertised_address_user_params('h:9', 'u', 'x')",
            {"enable_r2": 1, "sockname_mode": 1},
            [f"<sip:u@h:9;transport=udp;sn=second;lr;{PEER};x;r2=on>", f"<sip:u@h:9;transport=udp;lr;{PEER};x;r2=on>"],
        ),
        (
            f"{TCP} KSR.path.add_path_advertised_address('h')",
            {"enable_r2": 1},
            ["<sip:h;transport=tcp;lr;r2=on>", "<sip:h;transport=udp;lr;r2=on>"],
        ),
    ],
)
def test_path_by_sockets_and_parameters(paths, lua, params, expected):
    assert paths(lua, params) == expected


def test_name_of_the_socket_received_on(paths):
    assert paths("KSR.path.add_path()", {"enable_r2": 1, "sockname_mode": 1}, port=5471) == ["<sip:127.0.0.1:5471;sn=second;lr;r2=on>"] * 2


def test_source_with_transport_and_of_ipv6(paths):
    assert paths("KSR.path.add_path_received()", transport="tcp")[0].endswith(f";lr;{PEER}%3Btransport%3Dtcp>")
    assert paths("KSR.path.add_path_received()", source=("::1", 5499))[0].endswith(";lr;received=sip:[::1]:5499>")
    assert paths("KSR.path.add_path_received()", {"received_format": 1}, source=("::1", 5499))[0].endswith(";received=[::1]~5499~1>")


def test_path_stands_before_the_first_one_received(paths):
    found = paths("KSR.path.add_path() KSR.path.add_path_user('u')", headers={"Path": "<sip:p1;lr>"})
    assert found == [f"{BASE}>", "<sip:u@127.0.0.1:5470;lr>", "<sip:p1;lr>"]


def test_path_is_the_last_header_without_one(paths):
    assert paths("KSR.hdr.append('Path: <sip:pp>\\r\\n') KSR.path.add_path()") == ["<sip:pp>", f"{BASE}>"]


def test_socket_is_not_known_when_changes_are_applied(edited):
    assert "\r\nPath: <sip:u@;lr;received=sip:198.51.100.7:5060>\r\n" in edited("KSR.path.add_path_received_user('u')")


def test_malformed_headers_take_no_path(ask):
    assert ask("KSR.path.add_path()", request().replace(b"Content-Length", b"X Y\r\nContent-Length")) == -1


@pytest.mark.parametrize(
    ("route", "to_tag", "result", "destination"),
    [
        ("<sip:192.0.2.1;lr;received=sip:1.2.3.4:5>", "t", 1, "sip:1.2.3.4:5"),
        ("<sip:192.0.2.1;lr;received=sip:1.2.3.4:5>", "", -3, "sip:1.2.3.4:5"),
        ("<sip:192.0.2.1;lr;received=sip:1.2.3.4:5%3Btransport%3Dtcp>, <sip:p;lr>", "t", 1, "sip:1.2.3.4:5;transport=tcp"),
        ('<sip:192.0.2.1;lr;RECEIVED="sip:1.2.3.4:5">', "t", 1, "sip:1.2.3.4:5"),
        ("<sip:192.0.2.1;received=sip:1.2.3.4:5>, <sip:p>", "t", 1, "sip:1.2.3.4:5"),
        ("<sip:192.0.2.1;lr;received=>", "t", 1, None),
        ("<sip:192.0.2.1;lr;r2=on>, <sip:192.0.2.1;lr;received=sip:1.2.3.4:5>", "t", 1, None),
        ("<sip:p;lr;received=sip:1.2.3.4:5>", "t", 1, "sip:p;lr;received=sip:1.2.3.4:5"),
    ],
)
def test_registration_is_reached_where_it_came_from(script, ask, route, to_tag, result, destination):
    engine = script(None, modparams={"path": {"use_received": 1}})
    message = request("INVITE", "sip:bob@198.51.100.9", {"Route": route}, to_tag=to_tag)
    assert ask("KSR.rr.loose_route(), KSR.pv.get('$du')", message, engine=engine) == (result, destination)


def test_received_counts_only_when_asked_for(ask):
    message = request("INVITE", "sip:b@c", {"Route": "<sip:192.0.2.1;lr;received=sip:1.2.3.4:5>"}, to_tag="t")
    assert ask("KSR.rr.loose_route(), KSR.pv.get('$du')", message) == (1, None)
