"""KSR.uac: other names and URIs in From and To, and the real ones back; expected values are those of a running Kamailio 5.6.3."""

from __future__ import annotations

import kemilua
import pytest
from builders import header, reply, request
from harness import logged, only_send

LISTEN = ["udp:192.0.2.1:5060"]
AL = '"Al" <sip:al@example.org>;tag=a'
BOB = "Bob <sip:bob@example.com>"
VSF = "vsf=AAAAABQsNWV4YW1wbGUub3Jn"  # sip:al@example.org and sip:u@u
VST = "vst=AAAAABcvF0BleGFtcGxlLmNvbQ--"  # sip:bob@example.com and sip:u@u
RECORD = "KSR.rr.record_route()"


def message(sender: str = AL, to: str = BOB, params: str | None = None) -> bytes:
    data = request("INVITE", headers={} if params is None else {"Route": f"<sip:192.0.2.1;lr;ftag=a;{params}>"})
    return data.replace(b"<sip:alice@example.com>;tag=a1", sender.encode()).replace(b"To: <sip:bob@example.com>", f"To: {to}".encode())


@pytest.fixture
def sends(script):
    """`sends(lua, message, **modparams)`: From, To and Record-Route of what is forwarded behind the Lua."""

    def sends(lua, data=None, **params):
        code = f"function ksr_request_route() {lua} KSR.setdsturi('sip:203.0.113.1') KSR.forward() end"
        sent = only_send(script(code, listen=LISTEN, modparams={"uac": params}).receive(data or message())).data
        return header(sent, "From")[0], header(sent, "To")[0], "".join(header(sent, "Record-Route"))

    return sends


@pytest.fixture
def value(script):
    """`value(lua, message, **modparams)`: what the Lua returns."""

    def value(lua, data=None, **params):
        engine = script(None, listen=LISTEN, modparams={"uac": params})
        values = engine.eval(lua if "return" in lua else f"return KSR.uac.{lua}", message=data or message())
        return values[0] if len(values) == 1 else values

    return value


# ---- replacing

QUOTED = '"A \\"x" <sip:al@example.org;p=1?h=v> ; tag=a'


@pytest.mark.parametrize(
    ("before", "arguments", "after"),
    [
        (AL, "'\"U\"', 'sip:u@u'", '"U" <sip:u@u>;tag=a'),
        (AL, "'U', ''", "U <sip:al@example.org>;tag=a"),
        (AL, "'U  ', nil", "U   <sip:al@example.org>;tag=a"),
        (AL, "'', 'sip:u@u'", "<sip:u@u>;tag=a"),
        (AL, "nil, nil", "<sip:al@example.org>;tag=a"),
        ("<sip:al@h>;tag=a", "'U', 'sip:u@u'", "U <sip:u@u>;tag=a"),
        ("<sip:al@h>;tag=a", "'', ''", "<sip:al@h>;tag=a"),
        ("sip:al@h;tag=a", "'U', 'sip:u@u'", "U <sip:u@u>;tag=a"),
        ("sip:al@h;tag=a", "'U', ''", "U <sip:al@h>;tag=a"),
        ("sip:al@h;tag=a", "'', 'sip:u@u'", "sip:u@u;tag=a"),
        (QUOTED, "'U', 'sip:u@u'", "U <sip:u@u> ; tag=a"),
        (QUOTED, "'U', ''", "U <sip:al@example.org;p=1?h=v> ; tag=a"),
        ("=?x?= <tel:1>;tag=a", "' ', 'x y'", "<x y>;tag=a"),
    ],
)
def test_name_and_uri_of_from(sends, before, arguments, after):
    assert sends(f"assert(KSR.uac.uac_replace_from({arguments}) == 1)", message(before))[0] == after


def test_blank_behind_a_name_goes_with_it(script):
    engine = script(None, modparams={"uac": {"restore_mode": "none"}})
    code = "KSR.uac.uac_replace_to('', 'sip:u@u') KSR.textopsx.msg_apply_changes() return KSR.pv.get('$mb')"
    assert "\r\nTo: <sip:u@u>\r\n" in engine.eval(code, message=message())[0]


@pytest.mark.parametrize(
    ("call", "sender", "to"),
    [
        ("uac_replace_from_uri('sip:u@u')", '"Al" <sip:u@u>;tag=a', BOB),
        ("uac_replace_from_uri('')", AL, BOB),
        ("uac_replace_from_uri(nil)", AL, BOB),
        ("uac_replace_to_uri('sip:u@u')", AL, "Bob <sip:u@u>"),
        ("uac_replace_to('\"U\"', 'sip:u@u')", AL, '"U" <sip:u@u>'),
        ("uac_replace_to('U', '')", AL, "U <sip:bob@example.com>"),
    ],
)
def test_one_header_of_the_two(sends, call, sender, to):
    assert sends(f"assert(KSR.uac.{call} == 1)")[:2] == (sender, to)


def test_variables_see_the_header_as_received(value):
    assert value("KSR.uac.uac_replace_from('U', 'sip:u@u') return KSR.pv.get('$fu')") == "sip:al@example.org"


@pytest.mark.parametrize(
    ("mode", "calls", "results"),
    [
        ("auto", ["_uri('sip:a@a')", "_uri('sip:b@b')"], (1, -1)),
        ("auto", ["_uri('sip:a@a')", "('B', '')"], (1, -1)),
        ("auto", ["('A', '')", "_uri('sip:b@b')"], (1, 1)),
        ("none", ["_uri('sip:a@a')", "_uri('sip:b@b')"], (1, -1)),
        ("none", ["_uri('sip:a@a')", "('B', '')"], (1, 1)),
        ("none", ["('A', '')", "('B', '')"], (1, -1)),
    ],
)
def test_header_is_replaced_once(value, mode, calls, results):
    first, second = (f"KSR.uac.uac_replace_from{call}" for call in calls)
    assert value(f"local a = {first} return a, {second}", restore_mode=mode) == results


@pytest.mark.parametrize(("mode", "result"), [("auto", -1), ("none", 1)])
def test_changes_that_are_applied_do_not_free_a_stored_uri(value, mode, result):
    first, second = (f"KSR.uac.uac_replace_from_uri('sip:{user}@a')" for user in "ab")
    assert value(f"{first} KSR.textopsx.msg_apply_changes() return {second}", restore_mode=mode) == result


def test_from_and_to_are_replaced_apart(sends):
    lua = "KSR.uac.uac_replace_from_uri('sip:a@a') assert(KSR.uac.uac_replace_to_uri('sip:b@b') == 1)"
    assert sends(lua)[:2] == ('"Al" <sip:a@a>;tag=a', "Bob <sip:b@b>")


@pytest.mark.parametrize(("mode", "results"), [("auto", (-1, 1)), ("manual", (1, -1)), ("none", (1, 1))])
def test_uri_within_a_dialog(value, mode, results):
    code = "return KSR.uac.uac_replace_from('U', 'sip:u@u'), KSR.uac.uac_replace_from('U', '')"
    if mode == "none":
        code = "return KSR.uac.uac_replace_from_uri('sip:u@u'), KSR.uac.uac_replace_from('U', '')"
    assert value(code, message(to="<sip:bob@example.com>;tag=b"), restore_mode=mode) == results


def test_refused_uri_leaves_the_name_too(sends):
    lua = "assert(KSR.uac.uac_replace_from('U', 'sip:u@u') == -1)"
    assert sends(lua, message(to="<sip:bob@example.com>;tag=b"))[0] == AL


# ---- storing


@pytest.mark.parametrize(
    ("calls", "params"),
    [
        ("KSR.uac.uac_replace_from('U', 'sip:u@u') " + RECORD, f";{VSF}"),
        (f"{RECORD} KSR.uac.uac_replace_from('U', 'sip:u@u')", f";{VSF}"),
        (f"KSR.uac.uac_replace_to_uri('sip:u@u') {RECORD}", f";{VST}"),
        (f"KSR.uac.uac_replace_from_uri('sip:u@u') KSR.uac.uac_replace_to_uri('sip:u@u') {RECORD}", f";{VSF};{VST}"),
        (f"KSR.uac.uac_replace_from('U', '') {RECORD}", ""),
        (f"KSR.uac.uac_replace_from_uri('sip:al@example.org') {RECORD}", ";vsf=AAAAAAAAAAAAAAAAAAAAAAAA"),
        (f"KSR.uac.uac_replace_from_uri('sip:user@long.example.com') {RECORD}", ";vsf=AAAAABQfJRc4DQIeC0tLFxMKcGxlLmNvbQ--"),
    ],
)
@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_record_route_leads_back(sends, mode, calls, params):
    assert sends(calls, restore_mode=mode)[2] == f"<sip:192.0.2.1;lr;ftag=a{params}>"


def test_mode_none_stores_nothing(sends):
    assert sends(f"KSR.uac.uac_replace_from_uri('sip:u@u') {RECORD}", restore_mode="none")[2] == "<sip:192.0.2.1;lr;ftag=a>"


@pytest.mark.parametrize(
    ("sender", "replacement", "params", "stored"),
    [
        ("<sip:a@b>", "sip:u@u", {}, "vsf=AAAAABQAFw--"),
        ("<sip:a@b>", "sip:user@long.example.com", {}, "vsf=AAAAABQzB3JAbG9uZy5leGFtcGxlLmNvbQ--"),
        ("<sip:a@b;x=~~~~~~??????>", "sip:u@u", {}, "vsf=AAAAABQAFzt4PX5+fn5+fj8/Pz8/Pw--"),
        ("<sip:al@example.org>", "sip:u@u", {"restore_passwd": "secret"}, "vsf=c2VjcnFYRgAbEwgEHwBNHRcT"),
        ("<sip:al@example.org>", "sip:u@u", {"restore_passwd": "x"}, "vsf=eHh4eGxUTR0AGRUIFB1WFwof"),
        ("<sip:a@b>", "sip:user@long.example.com", {"restore_passwd": "secret"}, "vsf=c2VjcnFHdBcjHgoaFEsGCgQZAwkGXAYbHg--"),
        ("<sip:al@example.org>", "sip:u@u", {"rr_from_store_param": "foo"}, "foo=AAAAABQsNWV4YW1wbGUub3Jn"),
    ],
)
def test_what_is_stored(sends, sender, replacement, params, stored):
    lua = f"KSR.uac.uac_replace_from_uri('{replacement}') {RECORD}"
    assert sends(lua, message(f"{sender};tag=a"), **params)[2] == f"<sip:192.0.2.1;lr;ftag=a;{stored}>"


def test_uri_too_long_to_be_stored(value):
    assert value(f"uac_replace_from_uri('sip:{'u' * 600}@u')") == -1


# ---- restoring

TAG_B = "<sip:bob@example.com>;tag=b"
LOOSE = "KSR.rr.loose_route()"


@pytest.mark.parametrize(
    ("params", "sender", "to", "restored"),
    [
        (VSF, "<sip:al@example.org>;tag=a", TAG_B, ("<sip:u@u>;tag=a", TAG_B)),
        (VSF, "<sip:u@u>;tag=a", TAG_B, ("<sip:al@example.org>;tag=a", TAG_B)),
        (VSF, "sip:al@example.org;tag=a", TAG_B, ("sip:u@u;tag=a", TAG_B)),
        (VST, "<sip:al@h>;tag=a", TAG_B, ("<sip:al@h>;tag=a", "<sip:u@u>;tag=b")),
        (f"{VSF};{VST}", '"x" <sip:al@example.org>;tag=a', TAG_B, ('"x" <sip:u@u>;tag=a', "<sip:u@u>;tag=b")),
        (VSF, TAG_B, "<sip:u@u>;tag=a", (TAG_B, "<sip:al@example.org>;tag=a")),
        (VST, "<sip:u@u>;tag=b", "<sip:al@h>;tag=a", (TAG_B, "<sip:al@h>;tag=a")),
        (
            f"{VSF};{VST}",
            '"y" <sip:u@u>;tag=b',
            '"x" <sip:u@u>;tag=a',
            ('"y" <sip:bob@example.com>;tag=b', '"x" <sip:al@example.org>;tag=a'),
        ),
        (VSF, "<sip:al@example.org>;tag=a", "<sip:bob@example.com>", ("<sip:u@u>;tag=a", "<sip:bob@example.com>")),
        ("vsf=AAAAABQzB3JAbG9uZy5leGFtcGxlLmNvbQ--", "<sip:a@b>;tag=a", TAG_B, ("<sip:user@long.example.com>;tag=a", TAG_B)),
        ("vsf=AAAAABQzB3JAbG9uZy5leGFtcGxlLmNvbQ--", TAG_B, "<sip:user@long.example.com>;tag=a", (TAG_B, "<sip:a@b>;tag=a")),
    ],
)
def test_requests_of_the_dialog_are_restored_both_ways(sends, params, sender, to, restored):
    assert sends(LOOSE, message(sender, to, params))[:2] == restored


def test_record_route_of_a_later_request_has_the_parameter_too(sends):
    data = message(to=f"{BOB};tag=b", params=VSF)
    assert VSF in sends("KSR.rr.loose_route() KSR.rr.record_route()", data)[2]


@pytest.mark.parametrize("mode", ["manual", "none"])
def test_other_modes_restore_nothing_by_themselves(sends, mode):
    assert sends(LOOSE, message("<sip:u@u>;tag=a", TAG_B, VSF), restore_mode=mode)[:2] == ("<sip:u@u>;tag=a", TAG_B)


def test_password_is_taken_off_again(sends):
    stored = "vsf=c2VjcnFYRgAbEwgEHwBNHRcT"
    assert sends(LOOSE, message("<sip:u@u>;tag=a", TAG_B, stored), restore_passwd="secret")[0] == "<sip:al@example.org>;tag=a"


@pytest.mark.parametrize(
    ("name", "params", "sender", "to", "expected"),
    [
        ("from", VSF, "<sip:u@u>;tag=a", TAG_B, ("<sip:al@example.org>;tag=a", TAG_B)),
        ("from", VSF, TAG_B, "<sip:u@u>;tag=a", (TAG_B, "<sip:al@example.org>;tag=a")),
        ("to", VST, "<sip:al@h>;tag=a", "<sip:u@u>;tag=b", ("<sip:al@h>;tag=a", TAG_B)),
        ("to", VST, "<sip:u@u>;tag=b", "<sip:al@h>;tag=a", (TAG_B, "<sip:al@h>;tag=a")),
    ],
)
def test_restoring_by_hand(sends, name, params, sender, to, expected):
    lua = f"{LOOSE} assert(KSR.uac.uac_restore_{name}() == 1)"
    assert sends(lua, message(sender, to, params), restore_mode="manual")[:2] == expected


@pytest.mark.parametrize(
    ("lua", "params"),
    [
        (LOOSE, VST),
        (LOOSE, "x"),
        (LOOSE, "vsf"),
        (LOOSE, "vsf="),
        (LOOSE, "xvsf=AAAAABQsNWV4YW1wbGUub3Jn"),
        (LOOSE, "VSF=AAAAABQsNWV4YW1wbGUub3Jn"),
        (LOOSE, "vsf=!!!!"),
        (LOOSE, "vsf=AAA"),
        (LOOSE, "vsf=AAAAABQsNWV4YW1wbGUub3J"),
        (LOOSE, "vsf=AAAAABQsNWV4YW1wbGUub===="),
        (LOOSE, "vsf=AAAA"),  # shorter than what is to be replaced
        (LOOSE, "vsf=AAAAABQsNXhtcGxlLm9yZw0K"),  # a line end
        (LOOSE, "vsf=c2lwOnVAdQ--"),  # nothing is left
        ("", VSF),
    ],
)
def test_nothing_to_restore(script, lua, params):
    engine = script(None, listen=LISTEN, modparams={"uac": {"restore_mode": "manual"}})
    parsed = kemilua.Message.parse(message("<sip:u@u>;tag=a", TAG_B, params), local=("192.0.2.1", 5060), engine=engine)
    assert engine.eval(f"{lua} return KSR.uac.uac_restore_from()", message=parsed) == (-1,)
    assert header(parsed.to_bytes(), "From") == ["<sip:u@u>;tag=a"]


def test_replies_are_not_restored(value):
    assert value("return KSR.uac.uac_restore_from(), KSR.uac.uac_restore_to()", reply()) == (-1, -1)


def test_restoring_needs_a_mode(value):
    assert value(f"{LOOSE} return KSR.uac.uac_restore_from()", message("<sip:u@u>;tag=a", TAG_B, VSF), restore_mode="none") == -1


def test_route_that_cannot_be_restored_is_told(script):
    engine = script(f"function ksr_request_route() {LOOSE} end", listen=LISTEN)
    assert any("cannot be restored: !!!!" in text for text in logged(engine.receive(message("<sip:u@u>;tag=a", TAG_B, "vsf=!!!!"))))


def test_engine_without_uac_routes_loosely(script):
    engine = script(f"function ksr_request_route() {LOOSE} KSR.forward() end", listen=LISTEN, modules=["rr"])
    assert header(only_send(engine.receive(message("<sip:u@u>;tag=a", TAG_B, VSF))).data, "From") == ["<sip:u@u>;tag=a"]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"restore_mode": "x"}, "restore_mode"),
        ({"restore_mode": 1}, "restore_mode"),
        ({"rr_from_store_param": ""}, "Record-Route parameter"),
        ({"rr_to_store_param": ""}, "Record-Route parameter"),
    ],
)
def test_parameters_that_make_no_sense(script, params, text):
    with pytest.raises(kemilua.ConfigError, match=text):
        script(None, modparams={"uac": params})
