"""KSR.rr: Record-Route on the way out, Route on the way in.

What loose_route makes of a route set is a table, rr_routes.tsv; it and the Record-Routes here were taken from a running Kamailio 5.6.3.
"""

from __future__ import annotations

import csv
from pathlib import Path

import kemilua
import pytest
from builders import assemble, header, reply, request
from harness import logged, only_send

LISTEN = ["udp:127.0.0.1:5470", "udp:127.0.0.1:5471 name second", "udp:127.0.0.1:5472 advertise 203.0.113.9:5099", "tcp:127.0.0.1:5470"]
HOME = ("127.0.0.1", 5470)


def table():
    lines = (Path(__file__).parent / "rr_routes.tsv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t", quoting=csv.QUOTE_NONE))


def routed(headers="", uri="sip:bob@198.51.100.9", to_tag=";tag=x", more="", method="BYE", from_="<sip:al@h>;tag=f1"):
    lines = [f"{method} {uri} SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:5499;branch=z9hG4bK1;rport", *headers.split("|"), "Max-Forwards: 10"]
    lines += [f"To: <sip:bob@example.com>{to_tag}", f"From: {from_}", "Call-ID: c1@h", f"CSeq: 1 {method}", more]
    return assemble([line for line in lines if line], {}, b"")


@pytest.fixture
def home(script):
    return script(None, listen=LISTEN, aliases=["example.com"])


@pytest.fixture
def at_home(ask, home):
    """`at_home(lua, message)` where Kamailio listened."""
    return lambda lua, message=None: ask(lua, message or routed(), engine=home, source=("127.0.0.1", 5499), local=HOME)


def route_headers(text):
    lines = text.replace("\r\n ", " ").split("\r\n\r\n")[0].split("\r\n")
    return [line for line in lines if line.startswith("Route:")]


# ---- loose_route

SEEN = (
    "KSR.rr.loose_route(), KSR.rr.next_hop_route(), KSR.pv.gete('$du'), KSR.pv.gete('$ru'), KSR.pv.gete('$fs'),"
    " KSR.rr.check_route_param('.'), KSR.pv.get('$mbu')"
)


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['headers']} {row['ruri']} {row['to_tag']}")
def test_route_set_is_followed_as_in_kamailio(at_home, row):
    *seen, built = at_home(SEEN, routed(row["headers"], row["ruri"], row["to_tag"]))
    expected = [int(row["result"]), int(row["next_hop"]), row["dst_uri"], row["new_ruri"], row["socket"], int(row["has_params"])]
    assert seen == expected
    assert "|".join(route_headers(built)) == row["left"]


GRUUS = ["sip:bob@example.com;gr", "sip:bob@example.com;gr=urn:uuid:f81d", "sip:127.0.0.1:5470;x=1;gr;y"]


@pytest.mark.parametrize("uri", GRUUS)
@pytest.mark.parametrize(
    ("routes", "dst"),
    [
        ("<sip:127.0.0.1:5470;lr>", None),
        ("<sip:192.0.2.9;lr>", "sip:192.0.2.9;lr"),
        ("<sip:127.0.0.1:5470;lr>, <sip:192.0.2.9;lr>", "sip:192.0.2.9;lr"),
        ("<sip:127.0.0.1:5470;lr;r2=on>, <sip:127.0.0.1:5471;lr;r2=on>, <sip:192.0.2.9;lr>", "sip:192.0.2.9;lr"),
    ],
)
def test_gruu_of_ours_is_no_sign_of_a_strict_router(at_home, uri, routes, dst):
    message = routed(f"Route: {routes}", uri)
    assert at_home("KSR.rr.loose_route(), KSR.pv.get('$ru'), KSR.pv.get('$du')", message) == (1, uri, dst)


def test_route_with_a_gruu_is_followed_like_another_host(at_home):
    message = routed("Route: <sip:127.0.0.1:5470;lr;gr=a>, <sip:192.0.2.9;lr>")
    assert at_home("KSR.rr.loose_route(), KSR.pv.get('$du')", message) == (1, "sip:127.0.0.1:5470;lr;gr=a")


def test_saved_request_uri_is_the_last_header(at_home):
    built = at_home("KSR.rr.loose_route() return KSR.pv.get('$mbu')", routed("Route: <sip:127.0.0.1:5470;lr>|X: 1|Route: <sip:p2>|Y: 2"))
    assert built.split("\r\n")[-3:] == ["Route: <sip:bob@198.51.100.9>", "", ""]


@pytest.mark.parametrize(
    ("headers", "uri", "result"),
    [
        ("Route: <sip:127.0.0.1:5470;lr>, <sip:p2;lr>", "sip:b@c", 1),
        ("Route: <sip:127.0.0.1:5470;lr>", "sip:b@c", -1),
        ("Route: <sip:p1>, <sip:p2;lr>", "sip:b@c", -1),
        ("Route: <sip:p1;lr>, <sip:p2;lr>", "sip:127.0.0.1:5470", -1),
        ("Route: <sip:p1>, <sip:p2;lr>", "sip:127.0.0.1:5470", 1),
    ],
)
def test_routes_behind_which_a_header_is_malformed(at_home, headers, uri, result):
    assert at_home("KSR.rr.loose_route()", routed(headers, uri, more="X Y z")) == result


def test_preloaded_route_of_ours_alone(at_home):
    assert at_home("KSR.rr.loose_route_preloaded()", routed("Route: <sip:127.0.0.1:5470;lr>", to_tag="")) == 1
    assert at_home("KSR.rr.loose_route_preloaded()", routed("Route: <sip:127.0.0.1:5470;lr>, <sip:p>", to_tag="")) == -1


def test_mode_1_takes_no_strict_router_for_the_previous_hop(at_home):
    message = routed("Route: <sip:p1;lr>, <sip:z>", "sip:127.0.0.1:5470")
    assert at_home("KSR.rr.loose_route_mode(1), KSR.pv.get('$du'), KSR.pv.get('$ru')", message) == (1, "sip:p1;lr", "sip:127.0.0.1:5470")
    assert at_home("KSR.rr.loose_route_mode(0), KSR.pv.get('$ru')", message) == (1, "sip:z")


@pytest.mark.parametrize(
    ("params", "route", "socket"),
    [
        ({"force_send_socket": 1}, "<sip:127.0.0.1:5471;lr>", "udp:127.0.0.1:5471"),
        ({"force_send_socket": 1}, "<sip:example.com;lr>", None),
        ({"force_send_socket": 1, "sockname_mode": 1}, "<sip:127.0.0.1:5470;lr;sn=second>", "udp:127.0.0.1:5471"),
        ({"sockname_mode": 1}, "<sip:127.0.0.1:5470;lr;r2=on>, <sip:127.0.0.1:5470;sn=second;lr;r2=on>", "udp:127.0.0.1:5471"),
        ({"enable_double_rr": 0}, "<sip:127.0.0.1:5470;lr;r2=on>, <sip:127.0.0.1:5471;lr;r2=on>", None),
        ({}, "<sip:127.0.0.1:5471;lr>", None),
    ],
)
def test_socket_to_send_from_is_that_of_a_route(script, ask, params, route, socket):
    engine = script(None, listen=LISTEN, aliases=["example.com"], modparams={"rr": params})
    assert ask("KSR.rr.loose_route(), KSR.pv.get('$fs')", routed(f"Route: {route}"), engine=engine, local=HOME) == (1, socket)


def test_reply_has_no_route_to_follow(ask):
    assert ask("KSR.rr.loose_route()", reply(headers={"Route": "<sip:192.0.2.1;lr>"})) == -1


def test_request_goes_where_the_route_says(script):
    engine = script("function ksr_request_route() KSR.rr.loose_route() KSR.forward() end")
    send = only_send(engine.receive(routed("Route: <sip:192.0.2.1;lr>, <sip:203.0.113.1:5099;lr>")))
    assert send.destination == ("203.0.113.1", 5099)
    assert header(send.data, "Route") == ["<sip:203.0.113.1:5099;lr>"]


# ---- Record-Route

OUT = "KSR.setdsturi('sip:198.51.100.9')"


def recorded(script, lua, modparams=None, *, message=None, port=5470, transport="udp", **more):
    """What the Lua returned, and the Record-Routes with which the request left."""
    engine = script(
        f"function ksr_request_route() got = {{pcall(function() {OUT} {lua} end)}} KSR.forward() end",
        listen=LISTEN,
        modparams=modparams or {},
        **more,
    )
    place = {"source": ("127.0.0.1", 5499), "local": ("127.0.0.1", port), "transport": transport}
    send = only_send(engine.receive(message or routed(to_tag="", method="INVITE"), **place))
    return [*engine.eval("return table.unpack(got, 2)")], header(send.data, "Record-Route")


SECOND = "KSR.pv.sets('$fs', 'udp:127.0.0.1:5471')"
RECORD = [
    ("return KSR.rr.record_route()", [1], ["<sip:127.0.0.1:5470;lr;ftag=f1>"]),
    (
        "return KSR.rr.record_route(), KSR.rr.record_route(), KSR.rr.record_route_preset_one('x')",
        [1, -1, -1],
        ["<sip:127.0.0.1:5470;lr;ftag=f1>"],
    ),
    (f"{SECOND} return KSR.rr.record_route()", [1], ["<sip:127.0.0.1:5471;r2=on;lr;ftag=f1>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1>"]),
    (
        "KSR.setdsturi('sip:198.51.100.9;transport=tcp') return KSR.rr.record_route()",
        [1],
        ["<sip:127.0.0.1:5470;transport=tcp;r2=on;lr;ftag=f1>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1>"],
    ),
    (
        "KSR.pv.sets('$fs', 'udp:127.0.0.1:5472') return KSR.rr.record_route()",
        [1],
        ["<sip:203.0.113.9:5099;r2=on;lr;ftag=f1>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1>"],
    ),
    (
        f"KSR.set_advertised_address('9.9.9.9') KSR.set_advertised_port('99') {SECOND} return KSR.rr.record_route()",
        [1],
        ["<sip:9.9.9.9:99;r2=on;lr;ftag=f1>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1>"],
    ),
    ("return KSR.rr.record_route_params(';x=y')", [1], ["<sip:127.0.0.1:5470;lr;ftag=f1;x=y>"]),
    (
        "return KSR.rr.add_rr_param(';x=y'), KSR.rr.add_rr_param(';z'), KSR.rr.record_route_params(';q=1')",
        [1, 1, 1],
        ["<sip:127.0.0.1:5470;lr;ftag=f1;q=1;x=y;z>"],
    ),
    (
        f"{SECOND} return KSR.rr.record_route(), KSR.rr.add_rr_param(';z'), KSR.rr.add_rr_param(''), KSR.rr.add_rr_param(';w')",
        [1, 1, 1, 1],
        ["<sip:127.0.0.1:5471;r2=on;lr;ftag=f1;z;w>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1;z;w>"],
    ),
    ("return KSR.rr.add_rr_param(('x'):rep(512)), KSR.rr.add_rr_param('y')", [1, -1], []),
    (
        "return KSR.rr.add_rr_param(('x'):rep(513)), KSR.rr.add_rr_param('y'), KSR.rr.record_route()",
        [-1, 1, 1],
        ["<sip:127.0.0.1:5470;lr;ftag=f1y>"],
    ),
    ("return KSR.rr.record_route(), KSR.rr.add_rr_param(('x'):rep(600))", [1, 1], [f"<sip:127.0.0.1:5470;lr;ftag=f1{'x' * 600}>"]),
    ("return KSR.rr.record_route_preset('1.2.3.4:5060', '5.6.7.8')", [1], ["<sip:1.2.3.4:5060;ftag=f1;lr>", "<sip:5.6.7.8;ftag=f1;lr>"]),
    ("return KSR.rr.record_route_preset('', '')", [1], ["<sip:;ftag=f1;lr>"]),
    (
        "return KSR.rr.record_route_preset_one('1.2.3.4;transport=tcp'), KSR.rr.add_rr_param(';z')",
        [1, -1],
        ["<sip:1.2.3.4;transport=tcp;ftag=f1;lr;z>"],
    ),
    (
        "KSR.rr.add_rr_param(';z') return KSR.rr.record_route_preset('a', 'b'), KSR.rr.add_rr_param(';y')",
        [1, 1],
        ["<sip:a;ftag=f1;z;lr;y>", "<sip:b;ftag=f1;z;lr;y>"],
    ),
    (f"{SECOND} return KSR.rr.record_route_advertised_address('1.2.3.4:5060')", [1], ["<sip:1.2.3.4:5060;ftag=f1;lr>"]),
    (
        "KSR.setdsturi('sip:198.51.100.9;transport=tcp') return KSR.rr.record_route_advertised_address('h')",
        [1],
        ["<sip:h;transport=tcp;r2=on;ftag=f1;lr>", "<sip:h;transport=udp;r2=on;ftag=f1;lr>"],
    ),
]


@pytest.mark.parametrize(("lua", "results", "headers"), RECORD)
def test_record_route_as_in_kamailio(script, lua, results, headers):
    assert recorded(script, lua) == (results, headers)


@pytest.mark.parametrize(
    ("params", "lua", "results", "headers"),
    [
        ({"enable_double_rr": 0}, f"{SECOND} return KSR.rr.record_route()", [1], ["<sip:127.0.0.1:5470;lr;ftag=f1>"]),
        ({"enable_double_rr": 0}, "return KSR.rr.record_route_preset('a', 'b')", [-1], []),
        ({"enable_double_rr": 0}, "return KSR.rr.record_route_preset('a', '')", [1], ["<sip:a;ftag=f1;lr>"]),
        ({"enable_double_rr": 2}, "return KSR.rr.record_route()", [1], ["<sip:127.0.0.1:5470;r2=on;lr;ftag=f1>"] * 2),
        (
            {"enable_double_rr": 2},
            "return KSR.rr.record_route_advertised_address('h')",
            [1],
            ["<sip:h;transport=udp;r2=on;ftag=f1;lr>"] * 2,
        ),
        (
            {"append_fromtag": 0, "enable_full_lr": 1, "add_username": 1},
            "return KSR.rr.record_route()",
            [1],
            ["<sip:bob@127.0.0.1:5470;lr=on>"],
        ),
        ({"add_username": 1}, "KSR.setuser('else') return KSR.rr.record_route_preset_one('h')", [1], ["<sip:bob@h;ftag=f1;lr>"]),
        (
            {"custom_user_avp": "$avp(u)"},
            "KSR.pv.sets('$avp(u)', 'zed') return KSR.rr.record_route()",
            [1],
            ["<sip:zed@127.0.0.1:5470;lr;ftag=f1>"],
        ),
        (
            {"sockname_mode": 1},
            f"{SECOND} return KSR.rr.record_route()",
            [1],
            ["<sip:127.0.0.1:5471;sn=second;r2=on;lr;ftag=f1>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1>"],
        ),
    ],
)
def test_record_route_by_parameters(script, params, lua, results, headers):
    assert recorded(script, lua, {"rr": params}) == (results, headers)


@pytest.mark.parametrize(("ignored", "scheme"), [(0, "sips"), (1, "sip")])
def test_secure_request_is_recorded_as_secure_unless_ignored(script, ignored, scheme):
    message = routed(uri="sips:bob@198.51.100.9", to_tag="", method="INVITE")
    found = recorded(script, "return KSR.rr.record_route()", {"rr": {"ignore_sips": ignored}}, message=message)
    assert found == ([1], [f"<{scheme}:127.0.0.1:5470;lr;ftag=f1>"])


def test_socket_received_on_is_named_as_it_advertises(script):
    assert recorded(script, "return KSR.rr.record_route()", port=5472)[1] == ["<sip:203.0.113.9:5099;lr;ftag=f1>"]


def test_from_without_tag_gives_no_ftag(script):
    message = routed(to_tag="", method="INVITE", from_="<sip:al@h>")
    assert recorded(script, "return KSR.rr.record_route()", message=message)[1] == ["<sip:127.0.0.1:5470;lr>"]


def test_port_5060_goes_without_saying(script):
    engine = script("function ksr_request_route() KSR.rr.record_route() KSR.forward_uri('sip:203.0.113.1') end")
    assert header(only_send(engine.receive(request())).data, "Record-Route") == ["<sip:192.0.2.1;lr;ftag=a1>"]


def test_record_route_stands_above_our_via(script):
    engine = script("function ksr_request_route() KSR.rr.record_route() KSR.forward_uri('sip:203.0.113.1') end")
    lines = only_send(engine.receive(request())).data.split(b"\r\n")
    assert [line.split(b":")[0] for line in lines[1:4]] == [b"Record-Route", b"Via", b"Via"]


def test_removed_record_route_is_gone_for_good(script):
    lua = "return KSR.rr.record_route(), KSR.rr.remove_record_route(), KSR.rr.record_route(), KSR.rr.add_rr_param(';a')"
    assert recorded(script, lua) == ([1, 1, -1, 1], [])


def test_nothing_to_remove_is_fine(ask):
    assert ask("KSR.rr.remove_record_route()") == 1


def test_changes_are_not_applied_once_a_record_route_was_added(ask):
    assert ask("KSR.textopsx.msg_apply_changes(), KSR.rr.record_route(), KSR.textopsx.msg_apply_changes()") == (1, 1, -1)


def test_parameters_wait_over_applied_changes(at_home):
    lua = "KSR.rr.add_rr_param(';a') KSR.textopsx.msg_apply_changes() KSR.rr.record_route() return KSR.pv.get('$mbu')"
    assert header(at_home(lua).encode(), "Record-Route") == ["<sip:;r2=on;lr;ftag=f1;a>", "<sip:127.0.0.1:5470;r2=on;lr;ftag=f1;a>"]


def test_parameters_belong_to_one_message(ask):
    assert ask("KSR.rr.add_rr_param(('x'):rep(512))") == 1
    assert ask("KSR.rr.add_rr_param(('x'):rep(512))") == 1


# ---- direction and parameters

DIRECTION = [
    (";ftag=f1", "downstream"),
    (";ftag=x", "upstream"),
    (";ftag=F1", "upstream"),
    (";a;ftag=zz;b", "upstream"),
    (";ftag", "downstream"),
    (";ftag=", "downstream"),
    (";xftag=x", "downstream"),
    (";FTAG=x", "downstream"),
    ("", "downstream"),
]


@pytest.mark.parametrize(("params", "direction"), DIRECTION)
def test_direction_is_told_by_the_tag_in_our_route(at_home, params, direction):
    message = routed(f"Route: <sip:127.0.0.1:5470;lr{params}>, <sip:p;lr;ftag=x>")
    other = "upstream" if direction == "downstream" else "downstream"
    assert at_home(f"KSR.rr.is_direction('{direction}'), KSR.rr.is_direction('{other.upper()}'), KSR.pv.get('$rdir(name)')", message) == (
        1,
        -1,
        direction,
    )
    assert at_home("KSR.pv.get('$rdir(id)'), KSR.pv.get('$fti'), KSR.pv.get('$tti')", message) == (
        (1, "f1", "x") if direction == "downstream" else (2, "x", "f1")
    )


@pytest.mark.parametrize(("params", "direction"), [("a;ftag=x", 2), ("ftag=x;b", 2), ("ftag=x", 1), ("a;ftag=f1", 1)])
def test_behind_a_strict_router_the_request_uri_tells(at_home, params, direction):
    message = routed("Route: <sip:p3;lr>, <sip:z>", f"sip:127.0.0.1:5470;{params}")
    assert at_home("KSR.rr.loose_route(), KSR.pv.get('$rdir(id)'), KSR.rr.check_route_param('^[;]')", message) == (1, direction, -1)


@pytest.mark.parametrize("word", ["'x'", "''", "nil"])
def test_unknown_direction(ask, word):
    assert ask(f"KSR.rr.is_direction({word})") == -6


def test_direction_wants_ftags(script, ask):
    engine = script(None, modparams={"rr": {"append_fromtag": 0}})
    assert ask("KSR.rr.is_direction('downstream')", engine=engine) == -6


def test_direction_stays_for_the_message(at_home):
    changed = "KSR.textopsx.msg_set_buffer((KSR.pv.get('$mb'):gsub('ftag=x', 'ftag=f1')))"
    lua = f"KSR.rr.is_direction('upstream') {changed} return KSR.rr.is_direction('upstream')"
    assert at_home(lua, routed("Route: <sip:127.0.0.1:5470;lr;ftag=x>")) == 1


@pytest.mark.parametrize(
    ("pattern", "result"),
    [("h=v", -1), ("A=1$", 1), ("", 1), ("(", -1), ("^;lr", 1), ("(;lr)(;a)", 1), ("^lr", -1), ("x" * 1025, -1)],
)
def test_pattern_is_looked_for_in_the_parameters_of_our_route(at_home, pattern, result):
    assert at_home(f"KSR.rr.check_route_param('{pattern}')", routed("Route: <sip:127.0.0.1:5470;lr;a=1?h=v>")) == result


def test_pattern_without_parameters_or_a_route_of_ours(at_home):
    assert at_home("KSR.rr.check_route_param('.*')", routed("Route: <sip:127.0.0.1:5470>")) == -1
    assert at_home("KSR.rr.check_route_param('.*')", routed("Route: <sip:p;lr>")) == -1
    assert at_home("KSR.rr.check_route_param(nil)", routed("Route: <sip:127.0.0.1:5470;lr>")) == -1


def test_bad_pattern_is_logged(script, clock):
    engine = script("function ksr_request_route() KSR.rr.check_route_param('(') end", log_level=kemilua.Level.ERR)
    assert any("regular expression" in line for line in logged(engine.receive(request(headers={"Route": "<sip:192.0.2.1;lr>"}))))


# ---- variables


@pytest.mark.parametrize(
    ("headers", "count", "top"),
    [
        ("", 0, 0),
        ("Record-Route: <sip:a;lr>, <sip:b;lr;r2=on>|Record-Route: <sip:c>", 3, 1),
        ("Record-Route: <sip:a;r2=on>,<sip:b>", 2, 2),
        ("Record-Route: <sip:a;lr;r2>", 1, 2),
        ("Record-Route: <sip:a>;r2=on", 1, 1),
        ("Record-Route: junk", None, None),
        ("Record-Route: <junk>,<sip:b>", 2, None),
        ("Record-Route: <sip:a;lr>|Record-Route: junk", None, 1),
        ("Record-Route: ", None, None),
    ],
)
def test_record_routes_are_counted(ask, headers, count, top):
    assert ask("KSR.pv.get('$rr_count'), KSR.pv.get('$rr_top_count')", routed(headers)) == (count, top)


@pytest.mark.parametrize(
    ("headers", "uri"), [("", None), ("Route: junk", None), ("Route: <junk>", "junk"), ('Route: "a, b" <sip:x;lr>;p, <sip:y>', "sip:x;lr")]
)
def test_uri_of_the_first_route(ask, headers, uri):
    assert ask("KSR.pv.get('$route_uri')", routed(headers)) == uri


# What a body of Route and Record-Route may look like: how many are in the header, None where it cannot be read.
BODIES = [
    ('<sip:a;x="y>z">, <sip:b>', 2),
    ('<sip:a;x="y>', None),
    ("a, b <sip:c>", 1),
    ('"x<sip:q>" <sip:a>', 1),
    ('"x <sip:a>', None),
    ('"a\\"<b" <sip:x>', 1),
    ('"a\\\\" <sip:x>', None),
    ("<>", 1),
    ("*", None),
    ("<sip:a", None),
    ("<<sip:a>>", None),
    ("<sip:a<b>", 1),
    ("<sip:a>,", None),
    ("<sip:a>,,<sip:b>", 2),
    ("<sip:a>;", None),
    ("<sip:a>;;x", 1),
    ("<sip:a>;,<sip:b>", 2),
    ("<sip:a>x", None),
    ("<sip:a>;x y", None),
    ("<sip:a>;x=", 1),
    ("<sip:a>;x=;y", None),
    ("<sip:a>;x=,<sip:b>", None),
    ('<sip:a>;x = "y;,z" , <sip:b>', 2),
    ('<sip:a>;x="y"z', None),
    ('<sip:a>;x="a\\"b", <sip:b>', None),
    ('<sip:a>;x=y"z",<sip:b>', 2),
]


@pytest.mark.parametrize(("text", "count"), BODIES)
def test_bodies_are_read_as_leniently_as_in_kamailio(ask, text, count):
    assert ask("KSR.pv.get('$rr_count')", routed(f"Record-Route: {text}")) == count


def test_direction_has_no_value_without_a_key(ask):
    assert ask("KSR.pv.get('$rdir'), KSR.pv.get('$rdir(x)')") == (None, None)
