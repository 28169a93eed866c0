"""What can be marked with `kemilua.export`, what register finds, and why the rest is refused."""

from __future__ import annotations

import functools
from typing import Any

import kemilua
import pytest
from builders import request

# ---- functions of every sort


def plain(a: int, b: int = 2) -> int:
    return a * 10 + b


class Callable_:
    def __call__(self, a: int) -> int:
        return a + 1


def logged(function):
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@functools.singledispatch
def dispatched(a: int) -> int:
    return a + 4


SORTS = {
    "function": (plain, "KSR.t.f(1)", 12),
    "partial": (functools.partial(plain, 3), "KSR.t.f(1)", 31),
    "partial with a keyword": (functools.partial(plain, b=5), "KSR.t.f(1)", 15),
    "partial of a partial": (functools.partial(functools.partial(plain, 4), 4), "KSR.t.f()", 44),
    "object that can be called": (Callable_(), "KSR.t.f(1)", 2),
    "partial of such": (functools.partial(Callable_(), 7), "KSR.t.f()", 8),
    "wrapped": (logged(plain), "KSR.t.f(1, 1)", 11),
    "cached": (functools.lru_cache(plain), "KSR.t.f(2, 1)", 21),
    "single dispatch": (dispatched, "KSR.t.f(1)", 5),
}


@pytest.mark.parametrize(("function", "code", "expected"), SORTS.values(), ids=SORTS.keys())
def test_whatever_can_be_called_and_has_annotations_works(script, function, code, expected):
    assert script(exports=[kemilua.export("t.f")(function)]).eval(f"return {code}", message=request()) == (expected,)


def test_wrapper_takes_the_mark_over(script):
    assert script(exports=[logged(kemilua.export("t.f")(plain))]).eval("return KSR.t.f(1)", message=request()) == (12,)


async def asynchronous(a: int) -> int:
    return a


def generator(a: int) -> list[int]:
    yield a


async def asynchronous_generator(a: int) -> list[int]:
    yield a


class AsyncCallable:
    async def __call__(self, a: int) -> int:
        return a


UNFINISHED = {
    "async": (asynchronous, "async function.*needs the result at once.*plain function"),
    "generator": (generator, "generator.*runs nothing.*list"),
    "async generator": (asynchronous_generator, "generator.*runs nothing.*list"),
    "partial of async": (functools.partial(asynchronous, 1), "async function"),
    "async object": (AsyncCallable(), "async function"),
    "cached generator": (functools.lru_cache(generator), "generator"),
}


@pytest.mark.parametrize(("function", "why"), UNFINISHED.values(), ids=UNFINISHED.keys())
def test_what_gives_no_result_at_once_is_refused_with_reason_and_remedy(script, function, why):
    unwrapped = getattr(function, "__wrapped__", function)
    with pytest.raises(kemilua.KemiError, match=rf"^export t\.f \(.*{why}"):
        script(exports=[kemilua.export("t.f")(unwrapped)])


UNFIT = {
    "lambda": (lambda: kemilua.export("t.f")(lambda a: a), r"t\.f.*parameter a has no annotation.*write a def"),
    "lambda without parameters": (lambda: kemilua.export("t.f")(lambda: 1), r"t\.f.*result has no annotation.*write a def"),
    "builtin": (lambda: kemilua.export("t.f")(len), r"t\.f.*cannot be marked.*function of your own"),
    "class": (lambda: kemilua.export("t.f")(Callable_), r"t\.f.*a class cannot be an export"),
    "property": (lambda: kemilua.export("t.f")(property(plain)), r"t\.f.*property is no function"),
    "partial of a builtin": (lambda: kemilua.export("t.f")(functools.partial(int, base=16)), r"t\.f"),
}


@pytest.mark.parametrize(("make", "why"), UNFIT.values(), ids=UNFIT.keys())
def test_what_cannot_be_an_export_is_refused_with_a_reason(script, make, why):
    with pytest.raises(kemilua.KemiError, match=why):
        script(exports=[make()])


# ---- methods


class Base:
    step = 1

    @kemilua.export("t.method")
    def method(self, a: int) -> int:
        return a + self.step

    @kemilua.export("t.static_below")
    @staticmethod
    def static_below(a: int) -> int:
        return a * 2

    @staticmethod
    @kemilua.export("t.static_above")
    def static_above(a: int) -> int:
        return a * 3

    @kemilua.export("t.class_below")
    @classmethod
    def class_below(cls, a: int) -> int:
        return a * 4 + cls.step

    @classmethod
    @kemilua.export("t.class_above")
    def class_above(cls, msg: kemilua.Message, a: int) -> int:
        return a * 5 + cls.step


class Derived(Base):
    step = 100

    def method(self, a: int) -> int:
        return a - self.step

    @classmethod
    def class_above(cls, msg: kemilua.Message, a: int) -> int:
        return -a


ALL = "return KSR.t.method(1), KSR.t.static_below(1), KSR.t.static_above(1), KSR.t.class_below(1), KSR.t.class_above(1)"


def test_static_and_class_methods_are_found_in_either_order(script):
    assert script(exports=[Base()]).eval(ALL, message=request()) == (2, 2, 3, 5, 6)


def test_derived_class_inherits_marks_and_may_define_methods_anew(script):
    assert script(exports=[Derived()]).eval(ALL, message=request()) == (-99, 2, 3, 104, -1)


class Statics:
    static_below, class_below = vars(Base)["static_below"], vars(Base)["class_below"]
    step = 7


def test_class_brings_its_static_and_class_methods(script):
    assert script(exports=[Statics]).eval("return KSR.t.static_below(4), KSR.t.class_below(1)", message=request()) == (8, 11)


def test_class_with_methods_needs_an_object(script):
    with pytest.raises(kemilua.KemiError, match=r"t\.method.*Base\.method.*register\(Base\(\.\.\.\)\)"):
        script(exports=[Base])


def test_static_method_alone_is_an_export(script):
    assert script(exports=[vars(Base)["static_below"]]).eval("return KSR.t.static_below(4)", message=request()) == (8,)


def test_marked_property_is_refused(script):
    class Thing:
        @property
        @kemilua.export("t.p")
        def p(self) -> int:
            return 1

    with pytest.raises(kemilua.KemiError, match=r"t\.p.*Thing\.p.*property is no function"):
        script(exports=[Thing()])


def test_attribute_that_answers_to_everything_is_no_export(script):
    class Yes:
        def __getattr__(self, name: str) -> Any:
            return self

    class Thing:
        other = Yes()

        @kemilua.export("t.f")
        def f(self) -> int:
            return 5

    assert script(exports=[Thing()]).eval("return KSR.t.f()", message=request()) == (5,)


def test_method_set_to_none_is_not_exported(script):
    class Fewer(Base):
        method = None  # type: ignore[assignment]

    assert script(exports=[Fewer()]).eval("return KSR.t.method, KSR.t.static_above(1)", message=request()) == (None, 3)


# ---- in the place of others


@kemilua.export("sl.send_reply")
def send_reply(msg: kemilua.Message, code: int, reason: str) -> int:
    return code + 1


def test_name_that_is_there_says_how_to_replace_it(script):
    with pytest.raises(kemilua.KemiError, match=r"KSR\.sl\.send_reply is there already; override=True replaces it"):
        script().register(send_reply)


def test_override_replaces_a_function_of_kamailio_in_living_engines(script):
    engine = script("function f() return KSR.sl.send_reply(200, 'OK') end function ksr_request_route() KSR.err(tostring(f())) end")
    engine.register(send_reply, override=True)
    assert [effect.text for effect in engine.receive(request())] == ["201"]
    assert engine.eval("return KSR.sl.send_reply(1, 'x')", message=request()) == (2,)
    engine.lua_dostring("KSR.err(KSR.sl.send_reply(7, 'x') .. '')", message=request())
    assert [effect.text for effect in engine.take_effects()] == ["8"]
    names = [row["func"]["name"] for row in engine.rpc("app_lua.api_list")["methods"] if row["func"]["module"] == "sl"]
    assert names.count("send_reply") == 1


def test_override_is_what_modf_calls_too(script):
    engine = script()
    engine.register(send_reply, override=True)
    assert engine.eval("return KSR.x.modf('send_reply', '486', 'Busy')", message=request()) == (487,)


def test_override_replaces_an_earlier_export_and_takes_another_signature(script):
    engine = script(exports=[kemilua.export("t.f")(lru(plain))])
    engine.register(kemilua.export("t.f")(logged(nine)), override=True)
    assert engine.eval("return KSR.t.f(1, 2, 3, 4, 5, 6, 7, 8, 9)", message=request()) == (45,)


def lru(function):
    return functools.lru_cache(function)


def nine(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int, i: int) -> int:
    return a + b + c + d + e + f + g + h + i


def test_override_of_what_is_not_there_adds_it(script):
    engine = script()
    engine.register(kemilua.export("new.f")(plain), override=True)
    assert engine.eval("return KSR.new.f(1)", message=request()) == (12,)


@pytest.mark.parametrize("name", ["x.exit", "x.modf", "pv"])
def test_what_cannot_be_replaced_is_refused(script, name):
    with pytest.raises(kemilua.KemiError, match="cannot be"):
        script().register(kemilua.export(name)(nine), override=True)
