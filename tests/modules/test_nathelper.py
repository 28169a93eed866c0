"""KSR.nathelper: private addresses, tests for NAT, Contacts and descriptions that name the source.

Expected values are those of a running Kamailio 5.6.3, but where 6.2 was recorded or differences.md says otherwise.
"""

from __future__ import annotations

import kemilua
import pytest
from builders import SDP, body_of, header, invite, reply, request

PLACE = {"source": ("127.0.0.1", 25299), "transport": "udp"}
V6 = {"source": ("::1", 25299), "local": ("::1", 5060), "transport": "udp"}
TCP = {"source": ("127.0.0.1", 25299), "transport": "tcp"}
LISTEN = ["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060", "udp:[::1]:5060"]
PRIVATE = "<sip:al@10.1.2.3:5070>"
HERE = "127.0.0.1:25299"
ALIAS = "alias=127.0.0.1~25299~1"


def contact(text: str | None) -> bytes:
    return request("INVITE", headers={} if text is None else {"Contact": text})


@pytest.fixture
def run(script):
    """`run(lua, message)`: what the Lua gives, and the message as it is once its changes are applied."""

    def run(lua, message=None, params=None, **place):
        engine = script(None, listen=LISTEN, modparams={"nathelper": params or {}})
        place = {**PLACE, **place}
        parsed = kemilua.Message.parse(message or contact(PRIVATE), local=place.pop("local", ("192.0.2.1", 5060)), engine=engine, **place)
        code = lua if "return" in lua else f"return KSR.nathelper.{lua}"
        values = engine.eval(code, message=parsed)
        assert engine.eval("return KSR.textopsx.msg_apply_changes()", message=parsed) == (1,)
        return (values[0] if len(values) == 1 else values), parsed.to_bytes()

    return run


@pytest.fixture
def contact_after(run):
    """`contact_after(lua, contact)`: the result, and the Contact that leaves."""

    def contact_after(lua, text=PRIVATE, **more):
        value, data = run(lua, contact(text), **more)
        return value, ", ".join(header(data, "Contact"))

    return contact_after


# ---- addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.1", 1),
        ("172.15.0.1", -1),
        ("172.16.0.1", 1),
        ("172.31.255.255", 1),
        ("172.32.0.1", -1),
        ("192.168.0.1", 1),
        ("100.63.255.255", -1),
        ("100.64.0.1", 1),
        ("100.127.255.255", 1),
        ("100.128.0.1", -1),
        ("192.0.0.7", 1),
        ("192.0.0.8", 1),
        ("192.0.1.1", -1),
        ("127.0.0.1", -1),
        ("0.0.0.0", -1),
        ("fc00::1", -1),
        ("[::ffff:10.0.0.1]", -1),
        ("", -1),
        ("host", -1),
        ("10.0.0", 1),  # as inet_aton reads it
        ("010.0.0.1", -1),
        ("10.0.0.1 ", 1),
        ("10.0.0.256", -1),
        ("10.0.0.1:5060", -1),
        ("1" * 100, -1),
    ],
)
def test_private_addresses(run, address, expected):
    assert run(f"is_rfc1918('{address}')")[0] == expected


def test_null_string_is_no_address(run):
    assert run("is_rfc1918(nil)")[0] == -1


@pytest.mark.parametrize(("address", "expected"), [("192.0.0.7", 1), ("192.0.0.8", -1), ("192.0.0.255", -1)])
def test_nat_addr_mode_0_knows_the_small_net_only(run, address, expected):
    assert run(f"is_rfc1918('{address}')", params={"nat_addr_mode": 0})[0] == expected


# ---- nat_uac_test


@pytest.mark.parametrize(
    ("flags", "text", "expected"),
    [
        (1, "<sip:a@10.0.0.1>", 1),
        (1, "<sip:10.0.0.1>", 1),
        (1, "<sip:a@192.0.2.1>", -1),
        (1, "<sip:a@h>", -1),
        (1, "<sip:a@192.0.2.1;maddr=10.0.0.1>", -1),
        (1, "<sip:10.0.0.1@h>", -1),
        (1, "*", -1),
        (1, "bad", -1),
        (1, "<tel:1>", -1),
        (1, None, -1),
        (128, "<sip:a@10.0.0.1:25299>", -1),
        (128, "<sip:a@10.0.0.1>", 1),
        (128, "*", -1),
        (128, None, -1),
        (128, "<tel:1>", -1),
    ],
)
def test_what_the_contact_tells(run, flags, text, expected):
    assert run(f"nat_uac_test({flags})", contact(text))[0] == expected


def test_contact_without_port_means_5060(run):
    assert run("nat_uac_test(128)", contact("<sips:a@h>"), source=("127.0.0.1", 5060))[0] == -1


@pytest.mark.parametrize(
    ("flags", "via", "expected"),
    [
        (2, "127.0.0.1:25299", -1),
        (2, "127.0.0.1", -1),
        (2, "127.0.0.2", 1),
        (2, "127.000.0.1", 1),
        (2, "127.0.0.1;received=192.0.2.9", -1),
        (2, "10.0.0.1;received=127.0.0.1", 1),
        (4, "10.0.0.1:99;rport", 1),
        (4, "192.0.2.1;received=10.0.0.1", -1),
        (4, "h", -1),
        (16, "h:25299", -1),
        (16, "h", 1),
        (16, "h:1;rport=25299", 1),
    ],
)
def test_what_the_via_tells(run, flags, via, expected):
    message = contact(PRIVATE).replace(b"198.51.100.7:5060", via.encode())
    assert run(f"nat_uac_test({flags})", message)[0] == expected


@pytest.mark.parametrize(("host", "expected"), [("[::1]", -1), ("[0::1]", 1), ("127.0.0.1", 1)])
def test_via_with_a_reference(run, host, expected):
    assert run("nat_uac_test(2)", contact(PRIVATE).replace(b"198.51.100.7:5060", host.encode()), **V6)[0] == expected


@pytest.mark.parametrize(
    ("flags", "place", "expected"),
    [
        (32, {"source": ("10.0.0.9", 5060)}, 1),
        (32, {}, -1),
        (32, V6, -1),
        (64, {}, -1),
        (64, TCP, -1),
        (64, {**TCP, "transport": "ws"}, 1),
        (64, {**TCP, "transport": "wss"}, 1),
    ],
)
def test_what_the_source_tells(run, flags, place, expected):
    assert run(f"nat_uac_test({flags})", **place)[0] == expected


ORIGIN = "v=0\r\no=alice 1 2 IN IP4 192.0.2.1\r\ns=-\r\n"
AUDIO = "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
VIDEO = "m=video 1 RTP/AVP 1\r\n"


def c(address: str, family: int = 4) -> str:
    return f"c=IN IP{family} {address}\r\n"


@pytest.mark.parametrize(
    ("body", "private", "elsewhere"),
    [
        (ORIGIN + c("10.1.2.3") + AUDIO, 1, 1),
        (ORIGIN + AUDIO + c("10.1.2.3"), 1, -1),
        (ORIGIN + c("192.0.2.1") + AUDIO + c("10.1.2.3"), 1, 1),
        (ORIGIN + c("10.1.2.3") + AUDIO + c("192.0.2.1"), -1, 1),
        (ORIGIN + c("10.1.2.3") + AUDIO + c("192.0.2.1") + VIDEO, 1, 1),
        (ORIGIN + c("0.0.0.0") + AUDIO + VIDEO + c("10.0.0.1"), -1, 1),
        (ORIGIN + c("192.0.2.1") + AUDIO + c("0.0.0.0") + VIDEO + c("10.0.0.1"), -1, 1),
        (ORIGIN + c("fc00::1", 6) + AUDIO, -1, 1),
        (ORIGIN + c("10.1.2.3") + "t=0 0\r\n", -1, -1),
        (ORIGIN.replace("192.0.2.1", "10.1.1.1") + c("192.0.2.1") + AUDIO, -1, 1),
        (ORIGIN + c("127.0.0.1") + AUDIO, -1, -1),
        (ORIGIN + c("host") + AUDIO, -1, -1),
        ("v=0\r\n", -1, -1),
        ("", -1, -1),
    ],
)
def test_what_a_description_tells(run, body, private, elsewhere):
    assert (run("nat_uac_test(8)", invite(body=body))[0], run("nat_uac_test(256)", invite(body=body))[0]) == (private, elsewhere)


@pytest.mark.parametrize(
    ("uri", "destination", "expected"),
    [
        ("sip:b@192.0.2.4", None, -1),
        ("sip:b@192.0.2.4", "sip:192.0.2.4:5060", -1),
        ("sip:b@192.0.2.4", "sips:192.0.2.4", -1),
        ("sip:b@192.0.2.4", "sip:192.0.2.4;transport=tcp", -1),
        ("sip:b@192.0.2.4", "sip:192.0.2.4:5061", 1),
        ("sip:b@192.0.2.4", "sip:192.0.2.9", 1),
        ("sip:b@192.0.2.4", "sip:192.0.2.4;transport=ws", 1),
        ("sip:b@h", "sip:H", 1),
        ("sip:b@h;transport=ws", None, 1),
        ("sip:b@h;transport=wss", None, 1),
        ("sip:b@h;transport=ws", "sip:h", -1),
    ],
)
def test_destination_of_a_request(run, uri, destination, expected):
    more = f"KSR.setdsturi('{destination}') " if destination else ""
    assert run(f"KSR.seturi('{uri}') {more} return KSR.nathelper.nat_uac_test(512)")[0] == expected


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("UDP 192.0.2.4:5060", -1),
        ("UDP 192.0.2.4:5060;received=192.0.2.4;rport=5060", -1),
        ("UDP 192.0.2.4:5060;received=192.0.2.5", 1),
        ("UDP 192.0.2.4:5060;rport=5061", 1),
        ("UDP 192.0.2.4:5060;rport", -1),
        ("WS 192.0.2.4:5060", 1),
        ("WSS 192.0.2.4:5060", 1),
        ("TCP 192.0.2.4;rport=5060", -1),
        ("TLS 192.0.2.4;rport=5061", -1),
        ("UDP h;received=192.0.2.4;rport=5060", 1),
    ],
)
def test_destination_of_a_reply(run, via, expected):
    message = reply().replace(b"UDP 198.51.100.7:5060", via.encode())
    assert run("nat_uac_test(512)", message)[0] == expected


def test_tests_are_joined_by_or(run):
    message = contact("<sip:a@h>").replace(b"198.51.100.7:5060", b"10.0.0.1")
    assert [run(f"nat_uac_test({flags})", message)[0] for flags in (0, 1, 4, 5, 1024, -1)] == [-1, -1, 1, 1, -1, 1]


# ---- fix_nated_contact


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (PRIVATE, f"<sip:al@{HERE}>"),
        ("<sip:al@10.1.2.3>", f"<sip:al@{HERE}>"),
        ("sip:al@10.1.2.3:5070;ob", f"sip:al@{HERE};ob"),
        ('"A" <sip:al@[::1]:5070;transport=tcp;maddr=192.0.2.4;x=1?h=v>;q=1', f'"A" <sip:al@{HERE};transport=tcp;x=1?h=v>;q=1'),
        ("<sip:10.1.2.3>", f"<sip:{HERE}>"),
        ("<sip:al:pw@h.example;maddr=192.0.2.4>", f"<sip:al:pw@{HERE}>"),
        ("<urn:x:y>", f"<urn:{HERE}>"),  # 6.2: a name is all host
        ("<sip:a@h>;q=0.5, <sip:b@h>", f"<sip:a@{HERE}>;q=0.5, <sip:b@h>"),
    ],
)
def test_first_contact_gets_the_source(contact_after, text, left):
    assert contact_after("fix_nated_contact()", text) == (1, left)


def test_source_of_version_6_stands_in_brackets(contact_after):
    assert contact_after("fix_nated_contact()", **V6) == (1, "<sip:al@[::1]:25299>")


@pytest.mark.parametrize("text", ["*", "bad", "<tel:123>", "<sip:>", "<sip:a@h>, bad", None])
@pytest.mark.parametrize("function", ["fix_nated_contact", "set_contact_alias", "set_contact_alias_trim"])
def test_contact_that_is_none_stays(contact_after, function, text):
    assert contact_after(f"{function}()", text) == (-1, text or "")


@pytest.mark.parametrize("first", ["fix_nated_contact", "set_contact_alias", "set_contact_alias_trim"])
@pytest.mark.parametrize("second", ["fix_nated_contact", "set_contact_alias", "set_contact_alias_trim", "add_contact_alias"])
def test_contact_is_changed_once(run, first, second):
    assert run(f"local a = KSR.nathelper.{first}() return a, KSR.nathelper.{second}()")[0] == (1, -1)


def test_changed_contact_is_seen_by_tests_and_not_by_the_header_as_text(run):
    code = "KSR.nathelper.fix_nated_contact() return KSR.nathelper.nat_uac_test(1 + 128), KSR.pv.get('$ct')"
    assert run(code)[0] == (-1, PRIVATE)


@pytest.mark.parametrize(
    ("call", "uri"),
    [
        ("fix_nated_contact", f"sip:al@{HERE}"),
        ("set_contact_alias", f"sip:al@10.1.2.3:5070;{ALIAS}"),
        ("set_contact_alias_trim", f"sip:al@10.1.2.3:5070;{ALIAS}"),
    ],
)
def test_uri_of_a_changed_contact_is_read_at_once(run, call, uri):
    readers = ("KSR.pv.get('$ctu')", "KSR.kx.get_cturi()", "KSR.pv.get('$sel(contact.uri)')", "KSR.pv.get('$(ctu{uri.params})')")
    values = run(f"return KSR.nathelper.{call}(), {', '.join(readers)}")[0]
    assert values == (1, uri, uri, uri, uri.partition(";")[2])
    host = run(f"KSR.nathelper.{call}() return KSR.pv.get('$sel(contact.uri.host)')")[0]
    assert host == uri.partition("@")[2].partition(":")[0]


@pytest.mark.parametrize(
    "call", ["encode_contact('p', '192.0.2.9')", "contact_param_encode('x', 'sip:h')", "decode_contact_header()", "contact_param_rm('x')"]
)
def test_changed_contact_is_not_overwritten(run, call):
    value, data = run(f"KSR.nathelper.set_contact_alias() return KSR.siputils.{call}")
    assert (value, header(data, "Contact")) == (-1, [f"<sip:al@10.1.2.3:5070;{ALIAS}>"])


def test_changed_and_applied_contact_can_be_changed_again(contact_after):
    again = "KSR.nathelper.set_contact_alias() KSR.textopsx.msg_apply_changes() return KSR.nathelper.set_contact_alias_trim()"
    assert contact_after(again) == (1, f"<sip:al@10.1.2.3:5070;{ALIAS}>")


# ---- aliases


@pytest.mark.parametrize(
    ("text", "added", "put"),
    [
        (PRIVATE, f"<sip:al@10.1.2.3:5070;{ALIAS}>", f"<sip:al@10.1.2.3:5070;{ALIAS}>"),
        ("sip:a@h:5070;ob", f"<sip:a@h:5070;{ALIAS}>;ob", f"<sip:a@h:5070;{ALIAS}>;ob"),
        ("sip:a@h?h=v", f"<sip:a@h;{ALIAS}>?h=v", f"<sip:a@h?h=v;{ALIAS}>"),
        ('"A" <sip:a@h;x=1?h=v>;q=1', f'"A" <sip:a@h;{ALIAS};x=1?h=v>;q=1', f'"A" <sip:a@h;x=1?h=v;{ALIAS}>;q=1'),
        ("<sip:a@h;alias=1.2.3.4~5~1;x>", f"<sip:a@h;{ALIAS};alias=1.2.3.4~5~1;x>", f"<sip:a@h;alias=1.2.3.4~5~1;x;{ALIAS}>"),
        ("<sip:A@h:>", f"<sip:A@h;{ALIAS}:>", f"<sip:A@h:;{ALIAS}>"),
        ("<sip:a@h>, <sip:b@h>", f"<sip:a@h;{ALIAS}>, <sip:b@h>", f"<sip:a@h;{ALIAS}>, <sip:b@h>"),
    ],
)
def test_alias_is_added_behind_the_port_and_set_at_the_end(contact_after, text, added, put):
    assert contact_after("add_contact_alias()", text) == (1, added)
    assert contact_after("set_contact_alias()", text) == (1, put)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<sip:a@h;alias=1.2.3.4~5~1;y>", f"<sip:a@h;y;{ALIAS}>"),
        ("<sip:a@h;x;alias=1.2.3.4~5~1>", f"<sip:a@h;x;{ALIAS}>"),
        ("<sip:a@h;alias=1.2.3.4~5~1;alias=1.2.3.4~6~1>", f"<sip:a@h;alias=1.2.3.4~6~1;{ALIAS}>"),
        ("<sip:a@h;ALIAS=1.2.3.4~5~1;aliasx=1;alias>", f"<sip:a@h;ALIAS=1.2.3.4~5~1;aliasx=1;alias;{ALIAS}>"),
        ("<sip:a;alias=1.2.3.4~5~1@h>", f"<sip:a;alias=1.2.3.4~5~1@h;{ALIAS}>"),
    ],
)
def test_trim_takes_the_first_alias_away(contact_after, text, left):
    assert contact_after("set_contact_alias_trim()", text) == (1, left)


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("<sip:al@127.0.0.1:25299;transport=udp>", PLACE, 2),
        ("<sip:al@127.0.0.1:25299;transport=UDP;x>", PLACE, 2),
        ("<sip:al@127.0.0.1:25299>", PLACE, 1),
        ("<sip:al@127.0.0.1:25299;transport=tcp>", PLACE, 1),
        ("<sip:al@127.0.0.1:25299;transport=tcp>", TCP, 2),
        ("sip:al@127.0.0.1:25299;transport=udp", PLACE, 1),
        ("<sip:al@[0::1]:25299;transport=udp>", V6, 2),
        ("*", PLACE, 2),
        (None, PLACE, 2),
        ("bad", PLACE, -1),
        ("<tel:1>", PLACE, -1),
    ],
)
def test_alias_is_added_where_it_is_needed(contact_after, text, place, expected):
    assert contact_after("add_contact_alias()", text, **place)[0] == expected


@pytest.mark.parametrize(
    ("place", "alias"), [(TCP, "127.0.0.1~25299~2"), (V6, "[::1]~25299~1"), ({"transport": "wss"}, "127.0.0.1~25299~6")]
)
def test_alias_names_the_source(contact_after, place, alias):
    assert contact_after("add_contact_alias()", "<sip:a@h>", **place) == (1, f"<sip:a@h;alias={alias}>")


@pytest.mark.parametrize(
    ("arguments", "alias"),
    [
        ("'192.0.2.4', '5', 'udp'", "192.0.2.4~5~1"),
        ("'192.0.2.4', '5', 'TLS'", "192.0.2.4~5~3"),
        ("'192.0.2.4', '005', 'sctp'", "192.0.2.4~005~4"),
        ("'192.0.2.4', 65535, 'ws'", "192.0.2.4~65535~5"),
        ("'::1', '5', 'wss'", "[::1]~5~6"),  # RFC 3261 25.1: IPv6reference; 5.6.3 writes none, 6.2 at the wrong place
        ("'[::1]', '5', 'tcp'", "[::1]~5~2"),
    ],
)
def test_alias_of_a_given_address(contact_after, arguments, alias):
    assert contact_after(f"add_contact_alias_addr({arguments})", "<sip:a@h>") == (1, f"<sip:a@h;alias={alias}>")


@pytest.mark.parametrize(
    "arguments",
    [
        "'', '5', 'udp'",
        "nil, '5', 'udp'",
        "'host', '5', 'udp'",
        "'192.0.2.4', '', 'udp'",
        "'192.0.2.4', '0', 'udp'",
        "'192.0.2.4', '65536', 'udp'",
        "'192.0.2.4', ' 5', 'udp'",
        "'192.0.2.4', '-1', 'udp'",
        "'192.0.2.4', '5', ''",
        "'192.0.2.4', '5', nil",
        "'192.0.2.4', '5', '1'",
        "'192.0.2.4', '5', 'none'",
    ],
)
def test_alias_of_no_address_is_refused(contact_after, arguments):
    assert contact_after(f"add_contact_alias_addr({arguments})", "<sip:a@h>") == (-1, "<sip:a@h>")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:b@c;alias=1.2.3.4~5~1", (1, "sip:b@c", "sip:1.2.3.4:5")),
        ("sip:b@c;alias=1.2.3.4~5~2", (1, "sip:b@c", "sip:1.2.3.4:5;transport=tcp")),
        ("sip:b@c;alias=1.2.3.4~5~3;x=1", (1, "sip:b@c;x=1", "sip:1.2.3.4:5;transport=tls")),
        ("sip:b@c;x=1;alias=1.2.3.4~5~4?h=v", (1, "sip:b@c;x=1?h=v", "sip:1.2.3.4:5;transport=sctp")),
        ("sip:b@c;alias=1.2.3.4~5~6;alias=6.6.6.6~7~1", (1, "sip:b@c;alias=6.6.6.6~7~1", "sip:1.2.3.4:5;transport=ws")),
        ("sip:b@c;;alias=[::1]~5~1;", (1, "sip:b@c;;", "sip:[::1]:5")),
        ("sip:b@c;alias=2001:db8::1~5070~2", (1, "sip:b@c", "sip:[2001:db8::1]:5070;transport=tcp")),
        ("sip:b@c;alias=::1~5060~1", (1, "sip:b@c", "sip:[::1]:5060")),
        ("sip:b@c;alias=host~x~1", (1, "sip:b@c", "sip:host:x")),
        ("sip:b@c", (2, "sip:b@c", None)),
        ("sip:b@c;alias;aliasx=1;malias=2", (2, "sip:b@c;alias;aliasx=1;malias=2", None)),
        ("sip:b@c;alias=~5~1", (2, "sip:b@c;alias=~5~1", None)),
        ("sip:b@c;ALIAS=1.2.3.4~5~1", (2, "sip:b@c;ALIAS=1.2.3.4~5~1", None)),
        ("sip:b;alias=9~9~1@c", (2, "sip:b;alias=9~9~1@c", None)),
        ("tel:1;alias=1.2.3.4~5~1", (2, "tel:1;alias=1.2.3.4~5~1", None)),
        ("sip:b@c;alias=1.2.3.4", (-1, "sip:b@c;alias=1.2.3.4", None)),
        ("sip:b@c;alias=1.2.3.4~5", (-1, "sip:b@c;alias=1.2.3.4~5", None)),
        ("sip:b@c;alias=1.2.3.4~5~7", (-1, "sip:b@c;alias=1.2.3.4~5~7", None)),
        ("sip:b@c;alias=1.2.3.4~5~11", (-1, "sip:b@c;alias=1.2.3.4~5~11", None)),
    ],
)
def test_alias_of_the_request_uri_becomes_the_destination(run, uri, expected):
    code = f"KSR.seturi('{uri}') local a = KSR.nathelper.handle_ruri_alias() return a, KSR.pv.get('$ru'), KSR.pv.get('$du')"
    assert run(code)[0] == expected


@pytest.mark.parametrize(("mode", "port"), [(0, 5), (1, 7), (2, 7), (-1, 7)])
def test_mode_takes_the_first_or_the_last_alias(run, mode, port):
    uri = "sip:b@c;alias=1.2.3.4~5~1;y;alias=1.2.3.4~7~1"
    code = f"KSR.seturi('{uri}') return KSR.nathelper.handle_ruri_alias_mode({mode}), KSR.pv.get('$du')"
    assert run(code)[0] == (1, f"sip:1.2.3.4:{port}")


def test_replies_have_no_alias_but_one_that_a_script_sets(run, ask):
    assert run("handle_ruri_alias()", reply())[0] == -1
    lua = "KSR.seturi('sip:b@c;alias=10.0.0.1~5061~2'), KSR.nathelper.handle_ruri_alias(), KSR.pv.get('$du'), KSR.pv.get('$ru')"
    assert ask(lua, reply()) == (True, 1, "sip:10.0.0.1:5061;transport=tcp", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<sip:a@h;alias=1.2.3.4~5~1>", (1, "sip:1.2.3.4:5;transport=udp")),
        ("<sip:a@h;x;alias=1.2.3.4~5~6?x=y>", (1, "sip:1.2.3.4:5;transport=ws")),
        ("<sip:a@h>;alias=1.2.3.4~5~3", (1, "sip:1.2.3.4:5;transport=tls")),
        ("sip:a@h;alias=[::1]~5~4", (1, "sip:[::1]:5;transport=sctp")),
        ("sip:a@h;alias=2001:db8::1~5~2", (1, "sip:[2001:db8::1]:5;transport=tcp")),
        ("<sip:a@h;alias=1.2.3.4~5~0>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~7>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~9>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~12>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~x>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~1x>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~2;y>", (1, "sip:1.2.3.4:5;transport=tcp")),
        ("sip:a@h;alias=1.2.3.4~5~1 ;q=1", (1, "sip:1.2.3.4:5;transport=udp")),
        ("<sip:a@h;alias=1.2.3.4~5>", (-1, None)),
        ("<sip:a@h;alias=~5~1>", (-1, None)),
        ("<sip:a@h;alias>", (-1, None)),
        ("<sip:a@h?alias=1.2.3.4~5~1>", (-1, None)),
        ("<sip:a@h;alias=1.2.3.4~5~1>, <sip:b@h>", (-1, None)),
        ("*", (-1, None)),
        (None, (-1, None)),
    ],
)
def test_alias_of_the_contact_as_a_uri(run, text, expected):
    assert run("local a = KSR.nathelper.set_alias_to_pv('$avp(x)') return a, KSR.pv.get('$avp(x)')", contact(text))[0] == expected


@pytest.mark.parametrize("name", ["'$rm'", "'x'", "''", "nil", "'$nosuch'"])
def test_alias_wants_a_variable(run, name):
    assert run(f"set_alias_to_pv({name})", contact("<sip:a@h;alias=1.2.3.4~5~1>"))[0] == -1


def test_alias_may_have_another_name(run, contact_after):
    both, params = "<sip:a@h;alias=1.1.1.1~1~1;foo=2.2.2.2~2~2>", {"alias_name": "foo"}
    assert contact_after("set_contact_alias_trim()", both, params=params) == (1, "<sip:a@h;alias=1.1.1.1~1~1;foo=127.0.0.1~25299~1>")
    code = "KSR.seturi('sip:a@b;alias=1~1~1;foo=2~2~2') return KSR.nathelper.handle_ruri_alias(), KSR.pv.get('$ru')"
    assert run(code, params=params)[0] == (1, "sip:a@b;alias=1~1~1")


# ---- add_rcv_param, fix_nated_register


@pytest.mark.parametrize(
    ("text", "outside", "inside"),
    [
        ("<sip:a@h>;q=1", '<sip:a@h>;q=1;received="sip:127.0.0.1:25299"', "<sip:a@h;received=sip:127.0.0.1:25299>;q=1"),
        ("sip:a@h;ob", 'sip:a@h;ob;received="sip:127.0.0.1:25299"', "<sip:a@h;received=sip:127.0.0.1:25299>;ob"),  # 5.6.3: no < >
        (
            "<sip:a@h> ;q=1 , sip:z@z",
            '<sip:a@h> ;q=1 ;received="sip:127.0.0.1:25299", sip:z@z;received="sip:127.0.0.1:25299"',
            "<sip:a@h;received=sip:127.0.0.1:25299> ;q=1 , <sip:z@z;received=sip:127.0.0.1:25299>",
        ),
        ("*", "*", "*"),
        ("<tel:1>", '<tel:1>;received="sip:127.0.0.1:25299"', "<tel:1;received=sip:127.0.0.1:25299>"),
    ],
)
def test_every_contact_says_where_it_came_from(contact_after, text, outside, inside):
    assert contact_after("add_rcv_param(0)", text) == (1, outside)
    assert contact_after("add_rcv_param(1)", text) == (1, inside)


def test_received_of_a_stream_stands_outside_only(contact_after):
    assert contact_after("add_rcv_param(0)", "<sip:a@h>", **TCP) == (1, '<sip:a@h>;received="sip:127.0.0.1:25299;transport=tcp"')
    assert contact_after("add_rcv_param(1)", "<sip:a@h>", **TCP) == (-1, "<sip:a@h>")


def test_received_parameter_and_other_changes(run, contact_after):
    mixed = "KSR.nathelper.add_rcv_param(1) return KSR.nathelper.fix_nated_contact()"
    assert contact_after(mixed) == (1, f"<sip:al@{HERE};received=sip:{HERE}>")
    assert run("KSR.nathelper.set_contact_alias() return KSR.nathelper.add_rcv_param(0), KSR.nathelper.add_rcv_param(1)")[0] == (1, -1)


def test_headers_before_a_malformed_one_keep_their_parameter(run):
    value, data = run("add_rcv_param(0)", request("INVITE", headers={"Contact": "<sip:a@h>", "m": "bad"}))
    assert (value, header(data, "Contact"), header(data, "m")) == (-1, ['<sip:a@h>;received="sip:127.0.0.1:25299"'], ["bad"])


@pytest.mark.parametrize(
    ("place", "uri"), [(PLACE, "sip:127.0.0.1:25299"), (TCP, "sip:127.0.0.1:25299;transport=tcp"), (V6, "sip:[::1]:25299")]
)
def test_register_keeps_its_source_in_an_avp(run, place, uri):
    code = "KSR.nathelper.fix_nated_register() return KSR.nathelper.fix_nated_register(), KSR.pv.get('$avp(r)'), KSR.pv.get('$(avp(r)[1])')"
    assert run(code, params={"received_avp": "$avp(r)"}, **place)[0] == (1, uri, uri)


def test_register_without_an_avp_to_keep_it_in(run):
    assert run("fix_nated_register()")[0] == 1


@pytest.mark.parametrize("value", ["", "x", "$ru", 5])
def test_received_avp_must_be_one(script, value):
    with pytest.raises(kemilua.ConfigError, match=r"received_avp wants an \$avp"):
        script(None, modparams={"nathelper": {"received_avp": value}})


# ---- fix_nated_sdp

HEAD = "v=0\r\no=alice 1 2 IN IP4 10.1.1.1\r\ns=-\r\n"
TAIL = "t=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n"
PLAIN = HEAD + c("10.1.2.3") + TAIL
OLD = "a=oldmediaip:10.1.2.3\r\n"
OLD_ORIGIN = "a=oldmediaip:10.1.1.1\r\n"
FIXED = PLAIN.replace("IP4 10.1.2.3", "IP4 127.0.0.1")
BOTH = FIXED.replace("IP4 10.1.1.1", "IP4 127.0.0.1")


@pytest.fixture
def fixed(run):
    """`fixed(call, body)`: the result, and the body that leaves."""

    def fixed(call, body=PLAIN, content_type="application/sdp", **more):
        message = request("INVITE", headers={"Content-Type": content_type} if content_type else {}, body=body)
        value, data = run(call, message, **more)
        assert header(data, "Content-Length") == [str(len(body_of(data)))]
        return value, body_of(data).decode()

    return fixed


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (0, (2, PLAIN)),
        (1, (2, PLAIN + "a=direction:active\r\n")),
        (2, (1, FIXED + OLD)),
        (4, (2, PLAIN + "a=nortpproxy:yes\r\n")),
        (8, (1, PLAIN.replace("10.1.1.1", "127.0.0.1") + OLD_ORIGIN)),
        (10, (1, BOTH + OLD + OLD_ORIGIN)),
        (15, (1, BOTH + "a=direction:active\r\na=nortpproxy:yes\r\n" + OLD + OLD_ORIGIN)),
        (-1, (1, BOTH + "a=direction:active\r\na=nortpproxy:yes\r\n" + OLD + OLD_ORIGIN)),
        (16, (2, PLAIN)),
    ],
)
def test_what_each_flag_does_to_a_description(fixed, flags, expected):
    assert fixed(f"fix_nated_sdp({flags})") == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (HEAD + c("0.0.0.0") + TAIL, (2, HEAD + c("0.0.0.0") + TAIL)),
        (HEAD + c("127.0.0.1") + TAIL, (2, HEAD + c("127.0.0.1") + TAIL)),
        (HEAD + TAIL, (2, HEAD + TAIL)),
        (HEAD + c("10.1.2.3/127") + TAIL, (1, FIXED + "a=oldmediaip:10.1.2.3/127\r\n")),
        (HEAD + "c=IN\tIP4  10.1.2.3 x\r\n" + TAIL, (1, HEAD + "c=IN\tIP4  127.0.0.1 x\r\n" + TAIL + OLD)),
        (
            HEAD + c("fc00::1", 6) + TAIL + "a=rtcp:1 IN IP4 10.3.3.3\r\n",
            (1, HEAD + c("127.0.0.1", 6) + TAIL + "a=rtcp:1 IN IP4 127.0.0.1\r\na=oldmediaip:10.3.3.3\r\na=oldmediaip6:fc00::1\r\n"),
        ),
        (PLAIN + "a=rtcp:1\r\na=rtcp:2 IN foo\r\n", (1, FIXED + "a=rtcp:1\r\na=rtcp:2 IN foo\r\n" + OLD)),
        (PLAIN[:-2], (1, FIXED + OLD[:-2])),
        (PLAIN + "\r\n\r\n", (1, FIXED + OLD + "\r\n\r\n")),
        (PLAIN.replace("\r", ""), (1, FIXED.replace("\r", "")[:-1] + "\r\n" + OLD[:-2] + "\n")),
        (HEAD + "c=IN 10.1.2.3\r\n" + TAIL, (-1, HEAD + "c=IN 10.1.2.3\r\n" + TAIL)),
        (HEAD + "c=in ip4 10.1.2.3\r\n" + TAIL, (-1, HEAD + "c=in ip4 10.1.2.3\r\n" + TAIL)),
        (HEAD + "c=IN IP4 \r\n" + TAIL, (-1, HEAD + "c=IN IP4 \r\n" + TAIL)),
        (PLAIN + c("fc00::1", 6), (-1, FIXED + c("fc00::1", 6) + OLD)),  # what was done before stays
        ("hello\r\n", (2, "hello\r\n")),
        ("c=IN IP4 10.1.2.3", (1, "c=IN IP4 127.0.0.1\r\na=oldmediaip:10.1.2.3")),
    ],
)
def test_addresses_of_connections(fixed, body, expected):
    assert fixed("fix_nated_sdp(2)", body) == expected


def test_every_section_is_said_to_be_active(fixed):
    body = HEAD + "t=0 0\r\nm=audio 1 x 2\r\n\r\nm=video 2 x 3\r\nm=x 3 y 4\r\n"
    line = "a=direction:active\r\n"
    expected = HEAD + f"t=0 0\r\nm=audio 1 x 2\r\n\r\n{line}m=video 2 x 3\r\n{line}m=x 3 y 4\r\n{line}"
    assert fixed("fix_nated_sdp(1)", body) == (2, expected)


@pytest.mark.parametrize("body", ["m=audio 1 RTP/AVP 0\r\n", PLAIN.replace("\r", "")])
def test_section_is_known_by_the_line_end_before_it(fixed, body):
    assert fixed("fix_nated_sdp(1)", body) == (2, body)


@pytest.mark.parametrize(
    ("argument", "address"), [("'192.0.2.9'", "192.0.2.9"), ("'::9'", "::9"), ("'host'", "host"), ("''", "127.0.0.1"), ("nil", "127.0.0.1")]
)
def test_another_address(fixed, argument, address):
    assert fixed(f"fix_nated_sdp_ip(2, {argument})") == (1, FIXED.replace("127.0.0.1", address) + OLD)


def test_what_is_added_can_be_chosen(fixed):
    params = {"append_sdp_oldmediaip": 0, "nortpproxy_str": "a=foo:yes\r\n"}
    assert fixed("fix_nated_sdp(14)", params=params) == (1, BOTH + "a=foo:yes\r\n")
    assert fixed("fix_nated_sdp(4)", params={"nortpproxy_str": ""}) == (2, PLAIN)


def test_twice_is_once_but_for_the_old_address(fixed):
    assert fixed("KSR.nathelper.fix_nated_sdp(2) return KSR.nathelper.fix_nated_sdp(2)") == (1, FIXED + OLD + OLD)


PART = "--b\r\nContent-Type: application/sdp\r\n\r\n"
TEXT = "--b\r\nContent-Type: text/plain\r\n\r\nc=IN IP4 10.1.2.3\r\n"


def test_first_description_of_a_multipart_body(fixed):
    body = TEXT + PART + PLAIN + "\r\n" + PART + PLAIN + "\r\n--b--\r\n"
    expected = TEXT + PART + FIXED + OLD + "\r\n" + PART + PLAIN + "\r\n--b--\r\n"
    assert fixed("fix_nated_sdp(2)", body, "multipart/mixed;boundary=b") == (1, expected)


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (PLAIN, "text/plain", -1),
        (PLAIN, None, 1),
        ("", "application/sdp", -1),
        (TEXT + "--b--\r\n", "multipart/mixed;boundary=b", -1),
        (PART + PLAIN, "multipart/mixed", -1),
        (PART, "multipart/mixed;boundary=b", -1),
        ("--b", "multipart/mixed;boundary=b", -1),
    ],
)
def test_what_is_a_description(fixed, body, content_type, value):
    assert fixed("fix_nated_sdp(2)", body, content_type)[0] == value


def test_old_media_of_the_common_description(fixed):
    assert fixed("fix_nated_sdp(2)", SDP)[1].endswith("a=oldmediaip:192.0.2.1\r\n")
