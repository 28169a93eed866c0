"""KSR.pv as scripts use it to read: what each function makes of values, ints, null and bad names."""

from __future__ import annotations

import kemilua
import pytest
from builders import invite, reply, request
from harness import logged

NAMES = {
    "text": "$rU",
    "digits": "$hdr(X-Digits)",
    "empty": "$hdr(X-Empty)",
    "int": "$cl",
    "twin": "$rp",
    "null": "$hdr(X-Nope)",
    "bad": "$nosuch",
    "failure": "$(rU{s.substr,50,1})",
}
MESSAGE = request(uri="sip:bob@example.com:5070", headers={"X-Digits": "12abc", "X-Empty": ""})

VALUES = {"text": "bob", "digits": "12abc", "empty": "", "int": 0, "twin": "5070"}


def for_null(value):
    return {"null": value, "bad": value, "failure": value}


EXPECTED = {
    "get": {**VALUES, **for_null(None)},
    "gete": {**VALUES, **for_null("")},
    "getw": {**VALUES, **for_null("<null>")},
    "getvs": {**VALUES, **for_null("dflt")},
    "getvn": {**VALUES, **for_null(7)},
    "geti": {"text": 0, "digits": 12, "empty": 0, "int": 0, "twin": 5070, **for_null(0)},
    "getl": {"text": 0.0, "digits": 12.0, "empty": 0.0, "int": 0.0, "twin": 5070.0, **for_null(0.0)},
    "is_null": {**dict.fromkeys(VALUES, False), **for_null(True)},
}
MORE = {"getvs": ", 'dflt'", "getvn": ", 7"}


@pytest.mark.parametrize("function", EXPECTED)
def test_each_function_has_its_way_with_null_and_bad_names(script, function):
    engine = script()
    for kind, expected in EXPECTED[function].items():
        (value,) = engine.eval(f"return KSR.pv.{function}('{NAMES[kind]}'{MORE.get(function, '')})", message=MESSAGE)
        assert (value, type(value)) == (expected, type(expected)), kind


def test_bad_names_and_failures_are_logged_every_time(script):
    engine = script()
    engine.eval("KSR.pv.get('$nosuch') KSR.pv.get('$nosuch') KSR.pv.get('$ru ') KSR.pv.get('$(ci{s.substr,50,1})')", message=MESSAGE)
    lines = logged(engine.take_effects())
    assert [line for line in lines if "$nosuch" in line] == ['not a pseudo-variable: "$nosuch"'] * 2
    assert any('"$ru "' in line for line in lines)
    assert any("$(ci{s.substr,50,1})" in line for line in lines)


def test_ints_are_cut_to_32_bits_and_getl_keeps_64(script):
    engine = script()
    lua = "KSR.pv.setl('$var(x)', 5000000000) return KSR.pv.get('$var(x)'), KSR.pv.geti('$var(x)'), KSR.pv.getl('$var(x)')"
    assert engine.eval(lua, message=MESSAGE) == (705032704, 705032704, 5000000000.0)
    lua = "KSR.pv.sets('$var(x)', '99999999999') return KSR.pv.get('$var(x)'), KSR.pv.geti('$var(x)'), KSR.pv.getl('$var(x)')"
    assert engine.eval(lua, message=MESSAGE) == ("99999999999", 2147483647, 99999999999.0)


def test_bytes_come_as_they_are(script):
    engine = script()
    data = bytes(range(1, 10)) + b"\x00" + bytes(range(14, 256))
    message = request(headers={"X-Bytes": "placeholder"}).replace(b"placeholder", data.replace(b"\r", b""))
    (length, hexadecimal) = engine.eval(
        "return #KSR.pv.get('$hdr(X-Bytes)'), KSR.pv.get('$(hdr(X-Bytes){s.encode.hexa})')", message=message
    )
    assert (length, bytes.fromhex(hexadecimal)) == (len(data), data)


def test_names_may_be_long_and_may_be_made_of_data(script):
    engine = script()
    name = "X-" + "y" * 5000
    assert engine.eval(f"return KSR.pv.get('$hdr({name})')", message=request(headers={name: "far"})) == ("far",)
    lua = "local n = 0 for i = 1, 20000 do if KSR.pv.get('$hdr(X-' .. i .. ')') then n = n + 1 end end return n, KSR.pv.get('$rU')"
    assert engine.eval(lua, message=request(headers={"X-19999": "v"})) == (1, "bob")


def test_a_routed_request_reads_its_own_values(script):
    engine = script(
        "function ksr_request_route() KSR.info(KSR.pv.get('$rm') .. ' ' .. KSR.pv.get('$rU') .. ' from ' .. KSR.pv.get('$su')) end"
    )
    assert logged(engine.receive(invite("sip:carol@example.com"))) == ["INVITE carol from sip:198.51.100.7:5060"]
    assert logged(engine.receive(request("OPTIONS", "sip:dave@example.com"))) == ["OPTIONS dave from sip:198.51.100.7:5060"]


def test_a_reply_has_no_request_uri(script):
    engine = script(
        "function ksr_reply_route() KSR.info(KSR.pv.getw('$ru') .. KSR.pv.getw('$rm') .. KSR.pv.get('$rs') .. KSR.pv.getw('$rr')) end"
    )
    assert logged(engine.receive(reply(486, "Busy Here"))) == ["<null>INVITE486Busy Here"]


def test_time_is_the_host_s(script, clock):
    lua = "KSR.info(KSR.pv.get('$Ts') .. ' ' .. KSR.pv.get('$TV(Sn)') .. ' ' .. KSR.pv.get('$utimef(%H:%M:%S)'))"
    engine = script(f"function ksr_request_route() {lua} end")
    clock.now = 1_700_000_000.25
    assert logged(engine.receive(request())) == ["1700000000 1700000000.250000 22:13:20"]
    clock.advance(86401)
    assert logged(engine.receive(request())) == ["1700086401 1700086401.250000 22:13:21"]


def test_variables_outlive_messages_flags_do_not(script):
    engine = script(
        """
        function ksr_request_route()
            KSR.info(KSR.pv.get('$var(n)') .. ' ' .. KSR.pv.get('$mF') .. ' ' .. KSR.pv.get('$sF') .. ' ' .. KSR.pv.getw('$avp(a)'))
            KSR.pv.seti('$var(n)', KSR.pv.get('$var(n)') + 1)
            KSR.pv.seti('$mf', 5) KSR.pv.seti('$sf', 6) KSR.pv.sets('$avp(a)', 'x')
        end
        """
    )
    assert [logged(engine.receive(request())) for _ in range(3)] == [[f"{n} 00000000 00000000 <null>"] for n in range(3)]


URNS = [
    "service:sos",
    "nena:service:sos",
    "isbn:0451450523",
    "uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "nena:uid:callid:2c91@bcf.example.com",
]


@pytest.mark.parametrize("name", URNS)
def test_urn_is_a_host_without_a_user_for_every_reader(script, name):
    """RFC 8141 2: a name has no parts. Kamailio 6.2; 5.6.3 takes it apart at a colon, or refuses it."""
    uri = f"urn:{name}"
    message = request("INVITE", uri, headers={"Contact": f"<{uri}>"})
    for old, new in ((b"<sip:alice@example.com>", uri), (b"<sip:bob@example.com>", uri)):
        message = message.replace(old, f"<{new}>".encode())
    engine = script(None)
    parsed = kemilua.Message.parse(message, engine=engine)
    for user in ("$rU", "$fU", "$tU", "$oU", "$(ru{uri.user})", "$sel(ruri.user)", "$sel(from.uri.user)"):
        assert engine.eval(f"return KSR.pv.get('{user}')", message=parsed) in ((None,), ("",)), user
    for host in (
        "$rd",
        "$fd",
        "$td",
        "$od",
        "$(ru{uri.host})",
        "$(ct{nameaddr.uri}{uri.host})",
        "$sel(ruri.host)",
        "$sel(contact.uri.host)",
    ):
        assert engine.eval(f"return KSR.pv.get('{host}')", message=parsed) == (name,), host
    checks = "KSR.siputils.is_uri(KSR.pv.get('$ru')), KSR.sanity.sanity_check(1511, 7), KSR.pv.get('$rz'), KSR.pv.get('$(ru{uri.scheme})')"
    assert engine.eval(f"return {checks}", message=parsed) == (1, 1, "urn", "urn")
    assert engine.eval("return KSR.setuser('x'), KSR.sethost('x'), KSR.forward()", message=parsed) == (False, False, -1)


def test_parameters_end_a_urn(script):
    engine = script(None)
    parsed = kemilua.Message.parse(request("INVITE", "urn:gsma:imei:90420156-025763-0;vers=0"), engine=engine)
    values = "KSR.pv.get('$rd'), KSR.pv.get('$sel(ruri.params)'), KSR.siputils.uri_param_value('vers', '0')"
    assert engine.eval(f"return {values}", message=parsed) == ("gsma:imei:90420156-025763-0", "vers=0", 1)
