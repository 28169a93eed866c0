"""Pseudo-variables that are Python functions, in both lanes."""

from __future__ import annotations

from typing import Any

import kemilua
import pytest
from builders import request
from harness import logged


class Rates:
    """$rate(user)[index], readable and writable, and what it was asked."""

    def __init__(self) -> None:
        self.kept: dict[Any, Any] = {}
        self.asked: list[Any] = []

    @kemilua.variable("$rate(user)[index]")
    def rate(self, msg: kemilua.Message, user: str, index: int | str | None) -> str | bytes | int | None:
        self.asked.append((msg.method, user, index))
        return self.kept.get((user, index))

    @rate.setter
    def rate(self, msg: kemilua.Message, user: str, index: int | str | None, value: str | int | None) -> None:
        self.kept[user, index] = value


def call(engine, code):
    return engine.eval(code, message=request())


@pytest.fixture
def rates():
    return Rates()


@pytest.fixture
def engine(script, rates):
    return script(exports=[rates])


VALUES = {
    "text": ("abc", "abc"),
    "empty": ("", ""),
    "bytes": (b"\xff\x00", "\udcff\x00"),
    "integer": (42, 42),
    "none": (None, None),
    "truth": (True, 1),
}


@pytest.mark.parametrize(("value", "seen"), VALUES.values(), ids=VALUES.keys())
def test_value_is_read_as_that_of_any_variable(engine, rates, value, seen):
    rates.kept["bob", None] = value
    assert call(engine, "return KSR.pv.get('$rate(bob)'), KSR.pv.is_null('$rate(bob)')") == (seen, value is None)
    assert engine.pv_get("$rate(bob)", message=request()) == seen
    assert rates.asked[0] == ("OPTIONS", "bob", None)


INDEXES = {
    "none": ("$rate(a)", None),
    "number": ("$(rate(a)[2])", 2),
    "negative": ("$(rate(a)[-1])", -1),
    "all": ("$(rate(a)[*])", "*"),
    "plus": ("$(rate(a)[+])", "+"),
}


@pytest.mark.parametrize(("name", "index"), INDEXES.values(), ids=INDEXES.keys())
def test_index_arrives_as_written(engine, rates, name, index):
    call(engine, f"KSR.pv.get('{name}')")
    assert rates.asked == [("OPTIONS", "a", index)]


def test_inner_text_and_index_may_be_variables(engine, rates):
    call(
        engine, "KSR.pv.sets('$var(u)', 'carol') KSR.pv.seti('$var(i)', 7) KSR.pv.get('$rate($var(u))') KSR.pv.get('$(rate(x y)[$var(i)])')"
    )
    assert [asked[1:] for asked in rates.asked] == [("carol", None), ("x y", 7)]


def test_scripts_write_and_unset(engine, rates):
    call(engine, "KSR.pv.sets('$rate(a)', 'gold') KSR.pv.seti('$(rate(a)[1])', 5) KSR.pv.sets('$rate(b)', 'x') KSR.pv.unset('$rate(b)')")
    assert rates.kept == {("a", None): "gold", ("a", 1): 5, ("b", None): None}
    message = kemilua.Message.parse(request(), engine=engine)
    message.set_pv("$rate(c)", 2**40)
    assert (rates.kept["c", None], message.pv("$rate(c)")) == (2**40, 2**40)


def test_variable_stands_in_formats_with_transformations(engine, rates):
    rates.kept = {("bob", None): "gold", ("n", None): 2**40, ("list", 1): "a,b"}
    engine.eval("KSR.err('$rate(bob)') KSR.xlog.xerr('<$rate(bob)> $(rate(bob){s.len}) $rate(n) $rate(none)')", message=request())
    texts = logged(engine.take_effects())
    assert texts[1] == "<script>: <gold> 4 1099511627776 <null>"
    code = "KSR.pvx.evalx('$var(r)', '$(rate(list)[1]{s.select,1,,})/$rate(bob)') return KSR.pv.get('$var(r)')"
    assert call(engine, code) == ("b/gold",)


def test_lua_run_evaluates_it_in_its_words(script, rates):
    engine = script("function f(word) got = word end", exports=[rates])
    rates.kept["f", None] = "given"
    engine.lua_run("f", "$rate(f)", message=request())
    assert engine.eval("return got") == ("given",)


@kemilua.variable("$plain")
def plain() -> int:
    return 5


@kemilua.variable("$where")
def where(msg: kemilua.Message | None) -> str:
    return "nowhere" if msg is None else msg.method


@kemilua.variable("$needs")
def needs(msg: kemilua.Message) -> str:
    return msg.method


def test_variable_that_takes_no_message_is_there_without_one(script):
    engine = script("function f(...) got = table.concat({...}, ' ') end", exports=[plain, where, needs])
    engine.lua_run("f", "$plain", "$where", "$needs")
    assert engine.eval("return got") == ("5 nowhere <null>",)
    assert call(engine, "return KSR.pv.get('$plain'), KSR.pv.get('$where'), KSR.pv.get('$needs')") == (5, "OPTIONS", "OPTIONS")


def test_read_only_variable_stays_as_it_is(script):
    assert call(script(exports=[plain]), "KSR.pv.seti('$plain', 9) return KSR.pv.get('$plain')") == (5,)


def test_variable_stays_a_function():
    assert plain() == 5


def test_integers_are_cut_to_32_bits_by_pv_get_as_any_other(engine, rates):
    rates.kept["n", None] = 2**32 + 7
    assert call(engine, "return KSR.pv.get('$rate(n)')") == (7,)


# ---- exceptions


class Failing:
    @kemilua.variable("$bad(name)")
    def bad(self, name: str) -> str:
        raise ValueError(f"no {name}")

    @bad.setter
    def bad(self, name: str, value: object) -> None:
        raise KeyError(name)


@pytest.mark.parametrize(
    "code",
    [
        "KSR.pv.get('$bad(x)')",
        "KSR.pv.is_null('$bad(x)')",
        "KSR.xlog.xerr('<$bad(x)>')",
        "KSR.pvx.evalx('$var(r)', '$bad(x)$bad(y)')",
        "KSR.pv.get('$(bad(x){s.len})')",
    ],
)
def test_exception_ends_the_call_and_reaches_the_caller(script, code):
    engine = script(exports=[Failing()])
    with pytest.raises(ValueError, match="no x"):
        call(engine, code)
    assert call(engine, f"local ok, why = pcall(function() {code} end) return ok, tostring(why)") == (False, "ValueError: no x")
    assert call(engine, "return KSR.pv.get('$rm')") == ("OPTIONS",)


def test_exception_of_a_setter_ends_the_call(script):
    with pytest.raises(KeyError):
        call(script(exports=[Failing()]), "KSR.pv.sets('$bad(x)', 'y')")


def test_exception_reaches_who_asks_from_python(script):
    engine = script(exports=[Failing()])
    message = kemilua.Message.parse(request(), engine=engine)
    with pytest.raises(ValueError, match="no z"):
        message.pv("$bad(z)")
    with pytest.raises(KeyError):
        message.set_pv("$bad(z)", 1)


def test_exception_in_words_of_lua_run_is_a_line(script):
    engine = script("function f() end", exports=[Failing()])
    assert engine.lua_run("f", "$bad(x)", message=request()) == -1
    assert any("ValueError: no x" in line for line in logged(engine.take_effects()))


def test_value_of_no_kind_is_null_and_a_line(script):
    @kemilua.variable("$odd")
    def odd() -> object:
        return [1]

    engine = script(exports=[odd])
    assert call(engine, "return KSR.pv.get('$odd')") == (None,)
    assert "$odd" in logged(engine.take_effects())[0]


# ---- registration


def test_converted_parameters(script):
    seen = []

    @kemilua.variable("$t(inner)")
    def t(inner: bytes) -> int:
        seen.append(inner)
        return 1

    @t.setter
    def t(inner: str, value: int) -> None:
        seen.append((inner, value))

    call(script(exports=[t]), r"KSR.pv.get('$t(a)') KSR.pv.sets('$t(b)', '12')")
    assert seen == [b"a", ("b", 12)]


def test_name_that_is_taken_needs_override(script):
    @kemilua.variable("$ru")
    def ru() -> str:
        return "sip:mine"

    engine = script("function f() return KSR.pv.get('$ru') end", exports=[])
    assert call(engine, "return f()") != ("sip:mine",)
    with pytest.raises(kemilua.KemiError, match=r"\$ru is there already; override=True replaces it"):
        engine.register(ru)
    engine.register(ru, override=True)
    assert call(engine, "return f(), KSR.pv.get('$(ru{s.len})')") == ("sip:mine", 8)


@pytest.mark.parametrize("template", ["", "rate", "$", "$a b", "$a()", "$(a", "$a(b)[", None, "$a(b){s.len}"])
def test_malformed_template_is_refused(template):
    with pytest.raises(kemilua.KemiError, match="a variable is"):
        kemilua.variable(template)(lambda: 1)


def no_return(name: str):
    return name


def too_many(msg: kemilua.Message, name: str, index: int, more: int) -> str:
    return name


def bare(name) -> str:
    return name


def wrong(name: str) -> list[int]:
    return []


async def later(name: str) -> str:
    return name


@pytest.mark.parametrize("function", [no_return, too_many, bare, wrong, later], ids=lambda function: function.__name__)
def test_functions_that_do_not_fit_are_refused(script, function):
    with pytest.raises(kemilua.KemiError, match=r"variable \$v\(name\): "):
        script(exports=[kemilua.variable("$v(name)")(function)])


def test_class_with_variables_needs_an_object(script):
    with pytest.raises(kemilua.KemiError, match=r"register\(Rates\(\.\.\.\)\)"):
        script(exports=[Rates])
