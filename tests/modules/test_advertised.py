"""`listen=... advertise [PROTO:]HOST[:PORT]`: what others are told of a socket, and that what they then send is known again.

As Kamailio 6.2 does it; 5.6.3 writes the socket's own port behind an address without one, takes no transport, and gives an advertised IPv6
address the family of the socket.
"""

from __future__ import annotations

import kemilua
import pytest
from builders import header, request
from harness import only_send

OWN = "udp:127.0.0.1:5470"
FORWARD = "KSR.forward_uri('sip:203.0.113.1')"
PLACE = {"source": ("127.0.0.1", 5499), "local": ("127.0.0.1", 5470)}

FORMS = [
    ("adv.example.com", "UDP adv.example.com", "adv.example.com"),
    ("adv.example.com:5060", "UDP adv.example.com:5060", "adv.example.com:5060"),
    ("adv.example.com:5090", "UDP adv.example.com:5090", "adv.example.com:5090"),
    ("udp:adv.example.com:5090", "UDP adv.example.com:5090", "adv.example.com:5090"),
    ("tls:adv.example.com:5061", "TLS adv.example.com:5061", "adv.example.com:5061;transport=tls"),
    ("tcp:adv.example.com", "TCP adv.example.com", "adv.example.com;transport=tcp"),
    ("ws:adv.example.com:80", "WS adv.example.com:80", "adv.example.com:80;transport=ws"),
    ("[2001:db8::5]:5090", "UDP [2001:db8::5]:5090", "[2001:db8::5]:5090"),
    ("tls:[2001:db8::5]", "TLS [2001:db8::5]", "[2001:db8::5];transport=tls"),
]


@pytest.fixture
def sent(script):
    """`sent(listen, lua)`: what a request becomes that comes in on the first socket."""

    def sent(listen, lua, message=None, **more):
        engine = script(f"function ksr_request_route() {lua} {FORWARD} end", listen=listen, **more)
        return only_send(engine.receive(request() if message is None else message, **PLACE))

    return sent


@pytest.mark.parametrize(("form", "via", "uri"), FORMS)
def test_via_record_route_and_path_tell_what_is_advertised(sent, form, via, uri):
    out = sent([f"{OWN} advertise {form}"], "KSR.rr.record_route() KSR.path.add_path()")
    assert header(out.data, "Via")[0].partition(";")[0] == f"SIP/2.0/{via}"
    assert header(out.data, "Record-Route") == [f"<sip:{uri};lr;ftag=a1>"]
    assert header(out.data, "Path") == [f"<sip:{uri};lr>"]
    assert (out.transport, out.local) == ("udp", ("127.0.0.1", 5470))


@pytest.mark.parametrize(("form", "via", "uri"), FORMS)
def test_own_route_is_known_again(ask, script, form, via, uri):
    engine = script(None, listen=[f"{OWN} advertise {form}"])
    message = request("BYE", headers={"Route": f"<sip:{uri};lr>"}, to_tag="b2")
    assert ask("KSR.rr.loose_route(), KSR.pv.get('$du')", message, engine=engine) == (1, None)
    assert ask(f"KSR.is_myself('sip:{uri}')", engine=engine) is True


def test_route_of_another_behind_ours_is_followed(ask, script):
    engine = script(None, listen=[f"{OWN} advertise [2001:db8::5]:5090"])
    message = request("BYE", headers={"Route": "<sip:[2001:db8:0::5]:5090;lr>, <sip:192.0.2.9;lr>"}, to_tag="b2")
    assert ask("KSR.rr.loose_route(), KSR.pv.get('$du')", message, engine=engine) == (1, "sip:192.0.2.9;lr")


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("", ("127.0.0.1", 5470, "sip:127.0.0.1:5470", "sip:127.0.0.1:5470;transport=udp", "127.0.0.1", 5470)),
        ("advertise h", ("h", 0, "sip:h", "sip:h;transport=udp", "h", 0)),
        ("advertise h:7", ("h", 7, "sip:h:7", "sip:h:7;transport=udp", "h", 7)),
        ("advertise tls:h:7", ("h", 7, "sip:h:7;transport=tls", "sip:h:7;transport=tls", "h", 7)),
        ("advertise [::5]:7", ("::5", 7, "sip:[::5]:7", "sip:[::5]:7;transport=udp", "::5", 7)),
    ],
)
def test_variables_tell_what_is_advertised(ask, script, form, values):
    engine = script(None, listen=[f"{OWN} {form}"])
    lua = ", ".join(f"KSR.pv.get('${name}')" for name in ("RAi", "RAp", "RAu", "RAut"))
    assert ask(f"{lua}, KSR.kx.get_rcvadvip(), KSR.kx.get_rcvadvport()", engine=engine, local=("127.0.0.1", 5470)) == values
    assert ask("KSR.pv.get('$Ri'), KSR.pv.get('$Rp'), KSR.pv.get('$Rut')", engine=engine, local=("127.0.0.1", 5470)) == (
        "127.0.0.1",
        5470,
        "sip:127.0.0.1:5470;transport=udp",
    )


TWO = [f"{OWN} name s1 advertise adv.example.com:5090", "udp:127.0.0.1:5472 name s2 advertise tls:in.example.com:5091"]


@pytest.mark.parametrize(
    "lua",
    [
        "KSR.corex.set_send_socket('udp:in.example.com:5091')",
        "KSR.corex.set_send_socket('tls:in.example.com:5091')",
        "KSR.corex.set_send_socket('IN.example.com')",
        "KSR.pv.sets('$fs', 'udp:in.example.com:5091')",
        "KSR.pv.sets('$xavp(d=>uri)', 'sip:b@h') KSR.pv.sets('$xavp(d[0]=>socket)', 'udp:in.example.com:5091') KSR.pvx.xavp_push_dst('d')",
    ],
)
def test_socket_is_found_by_its_advertised_address(ask, script, lua):
    engine = script(None, listen=TWO)
    assert ask(f"{lua} return KSR.pv.get('$fs')", engine=engine, local=("127.0.0.1", 5470)) == "udp:127.0.0.1:5472"


def test_branch_takes_a_socket_by_its_advertised_address(ask, script):
    engine = script(None, listen=TWO)
    lua = "KSR.corex.append_branch() KSR.pv.sets('$(branch(send_socket)[0])', 'udp:in.example.com:5091')"
    lua += " return KSR.pv.get('$(branch(send_socket)[0])')"
    assert ask(lua, engine=engine) == "udp:127.0.0.1:5472"


@pytest.mark.parametrize(
    ("routes", "socket"),
    [
        ("<sip:adv.example.com:5090;lr;r2=on>, <sip:in.example.com:5091;transport=tls;lr;r2=on>", "udp:127.0.0.1:5472"),
        ("<sip:in.example.com:5091;transport=tls;lr;r2=on>, <sip:adv.example.com:5090;lr;r2=on>", "udp:127.0.0.1:5470"),
        ("<sip:127.0.0.1:5470;lr;r2=on>, <sip:127.0.0.1:5472;lr;r2=on>", "udp:127.0.0.1:5472"),
    ],
)
def test_second_route_of_ours_chooses_the_socket(ask, script, routes, socket):
    engine = script(None, listen=TWO)
    message = request("BYE", headers={"Route": routes}, to_tag="b2")
    assert ask("KSR.rr.loose_route(), KSR.pv.get('$fs')", message, engine=engine) == (1, socket)


def test_double_record_route_names_both_as_they_advertise(sent):
    out = sent(TWO, "KSR.corex.set_send_socket_name('s2') KSR.rr.record_route()")
    assert header(out.data, "Record-Route") == [
        "<sip:in.example.com:5091;transport=tls;r2=on;lr;ftag=a1>",
        "<sip:adv.example.com:5090;r2=on;lr;ftag=a1>",
    ]
    assert header(out.data, "Via")[0].startswith("SIP/2.0/TLS in.example.com:5091;")
    assert (out.transport, out.local) == ("udp", ("127.0.0.1", 5472))


@pytest.mark.parametrize(
    ("uri", "ours"),
    [
        ("sip:127.0.0.1:5470", True),
        ("sip:127.0.0.1:5090", True),
        ("sip:adv.example.com:5470", True),
        ("sip:adv.example.com:5090", True),
        ("sip:adv.example.com", True),
        ("sip:adv.example.com:5060", False),
        ("sip:127.0.0.1:5091", False),
        ("sip:adv.example.com:5090;transport=tcp", False),
    ],
)
def test_either_port_counts_with_either_address(ask, script, uri, ours):
    engine = script(None, listen=TWO[:1])
    assert ask(f"KSR.is_myself('{uri}')", engine=engine) is ours


def test_own_address_goes_before_the_advertised_port_of_another(ask, script):
    engine = script(None, listen=[f"{OWN} advertise h:5471", "udp:127.0.0.1:5471"])
    assert ask("KSR.corex.set_send_socket('udp:127.0.0.1:5471'), KSR.pv.get('$fs')", engine=engine) == (1, "udp:127.0.0.1:5471")
    assert ask("KSR.pv.get('$Ras'), KSR.pv.get('$RAu')", engine=engine, local=("127.0.0.1", 5471)) == (
        "udp:127.0.0.1:5471",
        "sip:127.0.0.1:5471",
    )


def test_alias_of_ipv6_is_known_in_any_writing(ask, script):
    engine = script(None, aliases=["[2001:db8::1]:5060"])
    assert ask(
        "KSR.is_myself('sip:[2001:DB8:0::1]:5060'), KSR.is_myself('2001:db8::1'), KSR.is_myself('sip:[2001:db8::2]')", engine=engine
    ) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize("form", ["advertise", "advertise xyz:h:1", "advertise tls:", "advertise h:99999", "advertise [::5:7"])
def test_what_is_no_address_is_refused(script, form):
    with pytest.raises(kemilua.ConfigError):
        script(None, listen=[f"{OWN} {form}"])
