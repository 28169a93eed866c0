"""Both lanes are one interface: the same values in, the same results, effects and errors out."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict, deque
from typing import Any

import kemilua
import pytest
from builders import invite, reply, request
from harness import LISTEN, SOURCE, logged
from hypothesis import given, settings
from hypothesis import strategies as st
from kemilua import _lane

pytestmark = pytest.mark.skipif(not _lane.DIRECT, reason="this interpreter has the portable lane alone")

BOTH = ("direct", "portable")
TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
BYTES = st.binary(max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT | BYTES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


class Echo:
    """Exports that answer with `value` and keep what they were called with."""

    def __init__(self) -> None:
        self.value: Any = None
        self.seen: list[Any] = []

    @kemilua.export("echo.any")
    def any_(self, value: object) -> object:
        self.seen.append(value)
        return self.value

    @kemilua.export("echo.text")
    def text(self, value: str | None, raw: bytes) -> str:
        self.seen.append((value, raw))
        return self.value

    @kemilua.export("echo.number")
    def number(self, value: int) -> int:
        self.seen.append(value)
        return self.value

    @kemilua.export("echo.flag")
    def flag(self) -> bool:
        return self.value


@pytest.fixture(scope="module")
def engines():
    """One engine for each lane, with its exports."""
    pairs = []
    for lane in BOTH:
        echo = Echo()
        pairs.append((kemilua.Engine(kemilua.Source("", "t.lua"), exports=[echo], listen=[LISTEN], lane=lane, log_level="err"), echo))
    yield pairs
    for engine, _ in pairs:
        engine.close()


def in_both(engines, code, value):
    """What code gives in each lane: its results, or the kind and text of what it raised."""
    outcomes = []
    for engine, echo in engines:
        echo.value, echo.seen[:] = value, []
        try:
            outcome = engine.eval(code, message=request())
        except Exception as error:
            outcome = (type(error), str(error))
        outcomes.append((outcome, list(echo.seen)))
    return outcomes


def exact(value):
    """Equal for values of the same types: 1, True and 1.0 are three things; the order of a dict is Lua's."""
    if isinstance(value, dict):
        return sorted((key, exact(one)) for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return [exact(one) for one in value]
    return repr(value)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_results_are_the_same(engines, value):
    direct, portable = in_both(engines, "return KSR.echo.any(1)", value)
    assert exact(direct) == exact(portable)


INTEGERS = (0, -1, 2**31 - 1, 2**31, -(2**31) - 1, 2**53 + 1, 1764360000123, 2**63 - 1, -(2**63))


@pytest.mark.parametrize("number", INTEGERS)
@pytest.mark.parametrize("function", ["any(1)", "number(1)", "any(1).n", "any(1).l[1]", "any(1).l[2].n"])
def test_integers_keep_their_64_bits_wherever_they_stand(engines, function, number):
    value = {"n": number, "l": [number, {"n": number}]} if function.startswith("any(1).") else number
    for outcome, _ in in_both(engines, f"local v = KSR.echo.{function} return math.type(v), tostring(v), v", value):
        assert outcome[2] == number
        assert outcome[:2] == ("integer", str(number))


@pytest.mark.parametrize("number", INTEGERS)
def test_integers_arrive_in_exports_with_64_bits(engines, number):
    calls = "KSR.echo.any(n) KSR.echo.any({n = n}) KSR.echo.any({n}) KSR.echo.number(n)"
    for _, seen in in_both(engines, f"local n = math.tointeger('{number}') {calls}", 1):
        assert exact(seen) == exact([number, {"n": number}, [number], number])


def test_numbers_with_a_point_stay_such_where_any_value_is_taken(engines):
    calls = "KSR.echo.any(3.0) KSR.echo.number(3.0) KSR.echo.number(2^62) KSR.echo.number(1e300) KSR.echo.number('1e3')"
    for _, seen in in_both(engines, calls, 1):
        assert exact(seen) == exact([3.0, 3, 2**62, 2**63 - 1, 1000])


FLOATS = {
    "minus zero": (-0.0, "-0.0"),
    "nan": (float("nan"), "nan"),
    "inf": (float("inf"), "inf"),
    "-inf": (float("-inf"), "-inf"),
    "one": (1.0, "1.0"),
}


@pytest.mark.parametrize(("value", "text"), FLOATS.values(), ids=FLOATS.keys())
@pytest.mark.parametrize("function", ["any(1)", "any(1)[1]", "any(1).x"])
def test_floats_stay_floats(engines, function, value, text):
    given_ = {"any(1)": value, "any(1)[1]": [value], "any(1).x": {"x": value}}[function]
    for outcome, _ in in_both(engines, f"local v = KSR.echo.{function} return math.type(v), (tostring(v):gsub('-nan', 'nan'))", given_):
        assert outcome[:2] == ("float", text)


@pytest.mark.parametrize("value", [True, False])
def test_truth_is_no_number_inside_of_tables(engines, value):
    for outcome, _ in in_both(engines, "local t = KSR.echo.any(1) return t.x, t.l[1]", {"x": value, "l": [value]}):
        assert exact(outcome) == exact((value, value))


@pytest.mark.parametrize("function", ["any(1)", "number(1)"])
def test_integer_beyond_64_bits_is_refused_with_export_and_value(engines, function):
    for outcome, _ in in_both(engines, f"return KSR.echo.{function}", 2**63):
        why = "an integer for KEMI has at most 64 bits, not 9223372036854775808"
        assert outcome == (OverflowError, f"KSR.echo.{function[:-3]} returned what KEMI has no type for: {why}")


def test_integer_too_long_to_print_is_refused_without_it(engines):
    for outcome, _ in in_both(engines, "return KSR.echo.any(1)", [10**5000]):
        assert outcome == (OverflowError, "KSR.echo.any returned what KEMI has no type for: an integer for KEMI has at most 64 bits")


@given(BYTES)
@settings(max_examples=200, deadline=None)
def test_text_arguments_are_the_same(engines, data):
    literal = "".join(f"\\{byte:03d}" for byte in data)
    direct, portable = in_both(engines, f"return KSR.echo.text('{literal}', '{literal}'), KSR.echo.any('{literal}')", "x")
    assert direct == portable
    assert direct[1][0] == (data.decode("utf-8", "surrogateescape"), data)


@pytest.mark.parametrize(
    "code",
    ["nil, nil", "1, 2.5", "true, {}", "print, 1", "'', ''", "1", "1, 2, 3", "1, 2, 3, 4, 5, 6, 7"],
)
def test_odd_arguments_are_the_same(engines, code):
    direct, portable = in_both(engines, f"return KSR.echo.text({code})", "r")
    assert direct == portable


@pytest.mark.parametrize(
    "code", ["{1,{2,{a=3}}}", "{}", "{x={}, y=false}", "1 << 40", "-1", "0.5", "1e300", "nil", "print", "{[1]=1,[3]=3}"]
)
def test_any_argument_is_the_same(engines, code):
    direct, portable = in_both(engines, f"return KSR.echo.any({code})", None)
    assert direct == portable
    assert len(direct[1]) == 1


class Odd:
    """Iterable, and a mapping to look at, but neither a Sequence nor a Mapping."""

    def keys(self):
        return ["a"]

    def __getitem__(self, key):
        return key

    def __len__(self):
        return 1


class BadText:
    def __str__(self):
        raise RuntimeError("no text")


def nest(depth):
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


ODD = {
    "ordered": OrderedDict(b=1, a=2),
    "tuple": (1, "a", None),
    "deque": deque([1, 2]),
    "range": range(3),
    "bytearray": bytearray(b"\xff\x00"),
    "memoryview": memoryview(b"abc"),
    "keys that are numbers": {1: "a", 2.5: "b", None: "c", b"\xfe": "d"},
    "bool": True,
    "surrogates": "\udcff\udc80x",
    "lone surrogates": "\ud800",
    "lone surrogates inside": ["\ud800"],
    "set": {1},
    "object": object(),
    "odd": Odd(),
    "complex": 1j,
    "too large": 2**63,
    "too large inside": [2**64],
    "too deep": nest(40),
    "as deep as it may be": nest(32),
    "bad key": {BadText(): 1},
    "type": int,
    "empty": [],
    "none": None,
}


@pytest.mark.parametrize("function", ["any(1)", "text('a', 'b')", "number(1)", "flag()"])
@pytest.mark.parametrize("value", ODD.values(), ids=ODD.keys())
def test_odd_results_are_the_same(engines, function, value):
    direct, portable = in_both(engines, f"return KSR.echo.{function}", value)
    assert direct == portable


def failing(kind, *arguments):
    @kemilua.export("t.fail")
    def fail() -> int:
        raise kind(*arguments)

    return fail


class Silent(Exception):
    pass


class Nameless(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (ValueError, ("a b",)),
        (KeyError, ("k",)),
        (Silent, ()),
        (FileNotFoundError, (2, "gone")),
        (ValueError, ("\udcff",)),
        (SystemExit, (3,)),
    ],
    ids=["value", "key", "silent", "os", "surrogates", "exit"],
)
def test_scripts_see_the_same_of_an_exception(script, kind, arguments):
    engine = script(exports=[failing(kind, *arguments)], log_level="crit")
    code = "local ok, e = pcall(KSR.t.fail); return ok, tostring(e)"
    if issubclass(kind, Exception):
        _, text = engine.eval(code, message=request())
        shown = str(kind(*arguments))
        assert text == (f"{kind.__name__}: {shown}" if shown else kind.__name__)
    else:
        with pytest.raises(kind):
            engine.eval(code, message=request())


def test_caught_exception_is_text_to_ksr_functions(script):
    engine = script(exports=[failing(ValueError, "too long")], log_level="err")
    engine.eval("local ok, e = pcall(KSR.t.fail) KSR.err(e)", message=request())
    assert logged(engine.take_effects()) == ["ValueError: too long"]


def test_exception_that_has_no_text_is_an_exception_too(script):
    engine = script(exports=[failing(Nameless)])
    with pytest.raises(Nameless):
        engine.eval("KSR.t.fail()", message=request())


SCRIPTS = {
    "reply": "KSR.sl.send_reply(404, 'Not Found')",
    "forward": "KSR.forward_uri('sip:203.0.113.9:5080') KSR.info('sent')",
    "lines": "KSR.err('\\255 bad') KSR.warn('w') KSR.notice('n')",
    "error": "error('x')",
    "flags": "KSR.set_reply_close() KSR.sl.send_reply(200, 'OK')",
    "alias": "KSR.add_tcp_alias(5070)",
}
PACKETS = {
    "invite": (invite(), {}),
    "tcp": (request(), {"transport": "tcp", "connection": 7}),
    "IPv6": (request(), {"source": ("2001:db8::7", 5060, 0, 0), "local": ("2001:db8::1", 5060, 0, 0)}),
    "reply": (reply(), {"local": ("192.0.2.1", 5060)}),
    "keep-alive": (b"\r\n\r\n", {}),
    "malformed": (b"NOTHING like SIP, and too long for a keep-alive\r\n\r\n", {}),
    "bytearray": (bytearray(request()), {}),
    "memoryview": (memoryview(b"xx" + request())[2:], {"now": 5}),
}


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
@pytest.mark.parametrize("body", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_effects_are_the_same(body, packet):
    data, more = packet
    text = f"function ksr_request_route() {body} end"
    lists = []
    for lane in BOTH:
        with kemilua.Engine(
            kemilua.Source(text, "t.lua"), listen=[LISTEN], lane=lane, log_level="info", random=lambda size: bytes(range(size))
        ) as engine:
            lists.append(engine.receive_datagram(data, more.get("source", SOURCE), **{k: v for k, v in more.items() if k != "source"}))
    direct, portable = lists
    assert direct == portable
    for effect in direct:
        assert repr(effect) in map(repr, portable)
        assert copy.copy(effect) == pickle.loads(pickle.dumps(effect)) == effect
        assert hash(effect) == hash(copy.copy(effect))
