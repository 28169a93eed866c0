"""Names as pv-grammar writes them, and as nobody should: whatever is asked is a value, null or refused, the same in C, Lua and Python."""

from __future__ import annotations

import kemilua
import pytest
from builders import invite, request
from hypothesis import given, settings
from hypothesis import strategies as st
from kemilua import NotFoundError

MESSAGE = kemilua.Message.parse(invite(headers={"X-Foo": "a;b=c, d", "Contact": "<sip:al@192.0.2.7>"}))
ENGINE = kemilua.Engine(log_level="alert")
SET_UP = "KSR.pv.seti('$var(i)', 1) KSR.pv.sets('$var(s)', 'X-Foo') KSR.pv.sets('$avp(x)', 'a') KSR.pv.sets('$avp(x)', 'b')"
ENGINE.eval(SET_UP, message=MESSAGE)

BAD = object()
words = str.split  # lists that are easier to read as one text
NAMES = words("ru rU hdr hfl avp var xavp sel cl rm ct null nosuch _s cnt branch T ? rU. E")
PIECES = [*NAMES, *words("$ ( ) [ ] { } s.len s.substr,1,2 . , * 0 -1 2147483648 a X-Foo => é"), " ", "\t", "\0"]

inner = st.sampled_from(["", "(x)", "(X-Foo)", "($var(s))", "(a=>b)", "(*)", "()", "(via[1].host)"])
index = st.sampled_from(["", *words("[0] [-1] [*] [+] [$var(i)] [$var(s)] [99] [] [4294967295] [-99999999999999999999]")])
step = st.sampled_from(words("{s.len} {s.upper} {s.toupper} {s.substr,0,$var(i)} {uri.user} {val.n0} {s.select,1,.}"))
steps = st.lists(step, max_size=6)
written = st.builds(lambda name, a, b, c: f"$({name}{a}{b}{''.join(c)})", st.sampled_from(NAMES), inner, index, steps)
broken = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
wrapped = st.sampled_from(["$hdr({})", "$(avp({})[$cl])"])
nested = st.recursive(written | broken, lambda text: st.builds(lambda shape, t: shape.format(t), wrapped, text), max_leaves=3)


def quoted(text: str) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in text.encode()) + '"'


def from_python(name: str) -> object:
    try:
        return ENGINE.pv_get(name, message=MESSAGE)
    except NotFoundError:
        return BAD


@settings(max_examples=400, deadline=None)
@given(nested)
def test_lua_and_python_read_the_same(name: str) -> None:
    q = quoted(name)
    value = from_python(name)
    lua = f"return KSR.pv.get({q}), KSR.pv.is_null({q}), KSR.pv.getw({q}), KSR.pv.gete({q}), KSR.pv.geti({q})"
    got, is_null, shown, empty, number = ENGINE.eval(lua, message=MESSAGE)
    plain = None if value is BAD else value
    assert (got, is_null) == (plain, plain is None)
    assert (shown, empty) == (("<null>", "") if plain is None else (plain, plain))
    assert isinstance(number, int)
    assert number == value if isinstance(value, int) else True


@settings(max_examples=400, deadline=None)
@given(nested)
def test_a_format_is_refused_exactly_when_its_name_is(name: str) -> None:
    """A format holds one name here when Python knows that name; text behind it is text."""
    value = from_python(name)
    if value is BAD:
        return
    (result,) = ENGINE.eval(f"return KSR.pvx.evalx('$var(out)', '<' .. {quoted(name)} .. '> $rm')", message=MESSAGE)
    out = ENGINE.pv_get("$var(out)", message=MESSAGE)
    assert result == 1
    if value is None:
        assert out in ("<<null>> INVITE", "<> INVITE")
    else:
        assert out == f"<{value}> INVITE"


@settings(max_examples=300, deadline=None)
@given(nested, st.sampled_from(["sets", "seti", "unset"]))
def test_setting_is_true_or_false_and_never_more(name: str, call: str) -> None:
    message = kemilua.Message.parse(request())
    argument = {"sets": ", 'sip:x@y'", "seti": ", 7", "unset": ""}[call]
    (done,) = ENGINE.eval(f"return KSR.pv.{call}({quoted(name)}{argument})", message=message)
    assert isinstance(done, bool)
    if from_python(name) is BAD:
        assert done is False


@pytest.mark.parametrize("depth", [1, 5, 14])
def test_names_nest(depth: int) -> None:
    text = "$var(s)"
    for _ in range(depth):
        text = f"$(hdr({text}))"
    assert from_python(text) is not BAD


@pytest.mark.parametrize("shape", ["$hdr({})", "$avp({})", "$(cl{{s.strip,{}}})", "$(avp(x)[{}])", "$_s({})", "$cnt({})"])
def test_a_thousand_levels_are_refused_and_harm_nothing(shape: str) -> None:
    text = "$var(i)"
    for _ in range(1000):
        text = shape.format(text)
    assert from_python(text) is BAD
    assert from_python("$rm") == "INVITE"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("$(avp(x)[$var(i)])", "a"),
        ("$(avp(x)[$(var(i){s.int})])", "a"),
        ("$(avp(x)[$var(s)])", None),
        ("$(avp(x)[*])", "b, a"),
        ("$(hdr($var(s))[0]{s.select,1,;})", "b=c, d"),
        ("$(rm{s.len} {s.len}\t{s.len})", 1),
        ("$(hdr(X-Foo)[-99999999999999999999])", None),
        ("$(hdr(X-Foo)[4294967296])", None),
        ("$var(X-$var(i))", 0),
        ("$$", "$"),
        ("$($)", "$"),
    ],
)
def test_forms(name: str, value: object) -> None:
    assert from_python(name) == value


@pytest.mark.parametrize(
    "name",
    [
        "", "$", "$ ", "ru", "$ru ", "$ru$rU", "$(ru", "$ru)", "$()", "$hdr()", "$hdr", "$ru(x)", "$(ru[0])", "$hdr(x)[1]",
        "$ru{s.len}", "$(ru){s.len}", "$(hdr(x){s.len}[1])", "$(hdr(x)[ 1])", "$(hdr(x)[1 ])", "$(hdr(x)[])", "$(hdr(x)[1.5])",
        "$(hdr(x)[a])", "$(ru{})", "$(ru{s})", "$(ru{s.})", "$(ru{s.len)", "$(ru{ s.len})", "$(ru{S.len})", "$(ru {s.len})",
        "$( ru)", "$rU.", "$RU", "$(ru{s.before,(})", "$(hdr(x)[$nosuch])", "$hdr($nosuch)", "$hdr(X-$var(i))", "$hdr(a b)",
    ],
)  # fmt: skip
def test_malformed_names_are_refused(name: str) -> None:
    assert from_python(name) is BAD
