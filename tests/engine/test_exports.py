"""Python functions as KSR functions, in both lanes."""

from __future__ import annotations

import math
from typing import Any, NewType

import kemilua
import pytest
from builders import header, request
from harness import logged, only_send

UserId = NewType("UserId", str)


def call(script, function, code, **more):
    return script(exports=[function], **more).eval(f"return {code}", message=request())


# ---- arguments


@kemilua.export("t.types")
def types_of(a: str, b: int, c: bytes, d: object) -> list[object]:
    return [repr(value) for value in (a, b, c, d)]


ARGUMENTS = {
    "plain": ("'x', 5, 'y', 'z'", ["'x'", "5", "b'y'", "'z'"]),
    "numbers as text": ("12, '7', 1.5, 3", ["'12'", "7", "b'1.5'", "3"]),
    "nil": ("nil, nil, nil, nil", ["''", "0", "b''", "None"]),
    "booleans": ("true, true, true, true", ["''", "0", "b''", "True"]),
    "tables": ("{}, {}, {}, {1, 2}", ["''", "0", "b''", "[1, 2]"]),
    "fractions": ("'x', 3.7, 'y', 0.1", ["'x'", "3", "b'y'", "0.1"]),
    "large": ("'x', 2^40|0, 'y', 9007199254740993", ["'x'", "1099511627776", "b'y'", "9007199254740993"]),
    "not a number": ("'x', 'five', 'y', nil", ["'x'", "0", "b'y'", "None"]),
    "raw bytes": (r"'\xff\0', 0, '\xff\0', '\xff'", [r"'\udcff\x00'", "0", r"b'\xff\x00'", r"'\udcff'"]),
    "dict": ("'', 0, '', {a = {b = {c = 'x'}}}", ["''", "0", "b''", "{'a': {'b': {'c': 'x'}}}"]),
}


@pytest.mark.parametrize(("arguments", "expected"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments_arrive_as_declared(script, arguments, expected):
    assert call(script, types_of, f"KSR.t.types({arguments})") == (expected,)


@kemilua.export("t.maybe")
def maybe(a: str | None, b: bytes | None, c: int | str | None) -> list[object]:
    return [repr(value) for value in (a, b, c)]


def test_optional_text_tells_nil_from_empty(script):
    assert call(script, maybe, "KSR.t.maybe(nil, nil, nil)") == (["None", "None", "None"],)
    assert call(script, maybe, "KSR.t.maybe('', '', '')") == (["''", "b''", "''"],)


@kemilua.export("t.default")
def default(a: str, b: int = 7, c: str = "c") -> str:
    return f"{a} {b} {c}"


@pytest.mark.parametrize(("arguments", "expected"), [("'x'", "x 7 c"), ("'x', 1", "x 1 c"), ("'x', 1, 'y'", "x 1 y")])
def test_defaults_hold_for_what_a_script_leaves_out(script, arguments, expected):
    assert call(script, default, f"KSR.t.default({arguments})") == (expected,)


@kemilua.export("t.all")
def all_default(a: int = 1) -> int:
    return a


def test_all_arguments_may_be_left_out(script):
    assert call(script, all_default, "KSR.t.all(), KSR.t.all(2)") == (1, 2)


@pytest.mark.parametrize(("arguments", "why"), [("", "not enough"), ("1, 2, 3, 4, 5, 6, 7", "too many")])
def test_wrong_count_is_refused_as_kamailio_does(script, arguments, why):
    engine = script(exports=[default])
    assert engine.eval(f"return KSR.t.default({arguments})", message=request()) == (False,)
    assert why in logged(engine.take_effects())[0]


@kemilua.export("t.shapes")
def shapes(a: list[int], b: dict[str, int], c: bool, d: float, e: UserId) -> str:
    return repr((a, b, c, d, e))


def test_tables_booleans_and_numbers_are_checked(script):
    assert call(script, shapes, "KSR.t.shapes({1}, {x = 2}, 1, 5, 'u')") == ("([1], {'x': 2}, True, 5.0, 'u')",)
    assert call(script, shapes, "KSR.t.shapes({}, {}, nil, '2.5', 'u')") == ("([], {}, False, 2.5, 'u')",)


@pytest.mark.parametrize(("arguments", "which"), [("1, {}, 1, 1, 1", "a"), ("{}, {1}, 1, 1, 1", "b"), ("{}, {}, 1, 'x', 1", "d")])
def test_wrong_shape_names_function_and_parameter(script, arguments, which):
    with pytest.raises(TypeError, match=rf"t\.shapes.*parameter {which}:"):
        call(script, shapes, f"KSR.t.shapes({arguments})")


@kemilua.export("t.six")
def six(a: int, b: int, c: int, d: int, e: int, f: int) -> int:
    return a + b + c + d + e + f


def test_six_parameters_are_taken_as_kamailio_does(script):
    assert call(script, six, "KSR.t.six(1, 2, 3, 4, 5, 6)") == (21,)


def with_parameters(count, annotation="int", more=""):
    """An export t.many of so many parameters, which returns them as a list."""
    names = [f"p{i}" for i in range(count)]
    found: dict[str, Any] = {}
    declared = ", ".join([f"{name}: {annotation}" for name in names] + ([more] if more else []))
    exec(f"def many({declared}) -> list: return [{', '.join(names)}{', *rest' if more else ''}]", found)
    return kemilua.export("t.many")(found["many"])


@pytest.mark.parametrize("count", [7, 8, 9, 33, 64])
def test_more_than_six_parameters_arrive_in_order(script, count):
    code = f"KSR.t.many({', '.join(str(2**40 + i) for i in range(count))})"
    assert call(script, with_parameters(count), code) == ([2**40 + i for i in range(count)],)


def test_marks_hold_behind_the_sixth_parameter(script):
    code = "KSR.t.many(nil, 'a', nil, 'b', nil, 'c', nil, 'd', nil)"
    assert call(script, with_parameters(9, "bytes | None"), code) == ({"2": "a", "4": "b", "6": "c", "8": "d"},)


def test_wrong_count_of_many_is_refused(script):
    engine = script(exports=[with_parameters(9)])
    assert engine.eval("return KSR.t.many(1, 2, 3, 4, 5, 6, 7, 8)", message=request()) == (False,)
    assert engine.eval("return KSR.t.many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)", message=request()) == (False,)
    assert [line.split(": ")[1] for line in logged(engine.take_effects())] == ["too many parameters"]


def test_more_parameters_than_an_export_may_have_are_refused_and_counted(script):
    with pytest.raises(kemilua.KemiError, match=r"at most 64 parameters, not 65; \*args takes more"):
        script(exports=[with_parameters(65)])


@kemilua.export("t.rest")
def rest(msg: kemilua.Message, first: str, second: str = "-", *args: object) -> list[object]:
    return [msg.method, first, second, *("nil" if one is None else one for one in args)]


@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 40, 250])
def test_args_take_the_arguments_that_are_left(script, count):
    engine = script(exports=[rest])
    texts = [f"'{i}'" for i in range(count)]
    expected = ["OPTIONS", *(str(i) for i in range(count)), *(["-"] if count == 1 else [])]
    assert engine.eval(f"return KSR.t.rest({', '.join(texts)})", message=request()) == (expected,)


def test_args_keep_kinds_and_nil(script):
    code = "KSR.t.rest('a', 'b', nil, 1, 2.5, true, {1, {x = 2}}, 2^53|0)"
    assert call(script, rest, code) == (["OPTIONS", "a", "b", "nil", 1, 2.5, True, [1, {"x": 2}], 2**53],)


@kemilua.export("t.bytes")
def all_bytes(*args: bytes) -> list[object]:
    return [repr(one) for one in args]


@kemilua.export("t.floats")
def all_floats(*args: float) -> float:
    return sum(args)


def test_args_are_all_of_their_declared_type(script):
    assert call(script, all_bytes, r"KSR.t.bytes('a', 5, nil, '\xff')") == (["b'a'", "b'5'", "b''", r"b'\xff'"],)
    assert call(script, all_bytes, "KSR.t.bytes()") == ([],)
    assert call(script, all_floats, "KSR.t.floats(1, '2.5', 3, 4, 5, 6, 7, 8)") == (36.5,)
    with pytest.raises(TypeError, match=r"t\.floats.*parameter args: a number"):
        call(script, all_floats, "KSR.t.floats(1, 'x')")


def test_more_arguments_than_a_call_may_have_are_refused(script):
    engine = script(exports=[all_bytes])
    assert engine.eval("return KSR.t.bytes(table.unpack({}, 1, 251))", message=request()) == (False,)
    assert "too many parameters" in logged(engine.take_effects())[0]


# ---- without a message


def test_export_that_takes_no_message_runs_without_one(script):
    engine = script("at_top = KSR.t.all(41)", exports=[all_default])
    assert engine.eval("return at_top, KSR.t.all(2)") == (41, 2)
    assert logged(engine.take_effects()) == []


def test_export_that_takes_the_message_is_refused_without_one(script):
    engine = script("at_top = KSR.t.rest('x')", exports=[rest])
    assert engine.eval("return at_top, KSR.t.rest('x')") == (False, False)
    assert logged(engine.take_effects()) == ["KSR.t.rest: there is no message here"]


@kemilua.export("t.perhaps")
def perhaps(msg: kemilua.Message | None, word: str) -> str:
    return f"{msg and msg.method} {word}"


def test_message_may_be_none(script):
    engine = script(exports=[perhaps])
    assert engine.eval("return KSR.t.perhaps('a')") == ("None a",)
    assert engine.eval("return KSR.t.perhaps('b')", message=request()) == ("OPTIONS b",)


def test_functions_of_kamailio_are_refused_without_a_message_in_whatever_language(script):
    engine = script(exports=[])
    assert engine.eval("return KSR.info('x'), KSR.ipops.dns_query('example.com', 'a')") == (False, False)
    assert [line.split(": ")[1] for line in logged(engine.take_effects())] == ["there is no message here"] * 2


@kemilua.export("lonely")
def lonely() -> str:
    return "here"


def test_name_without_module_is_a_function_of_ksr_itself(script):
    assert call(script, lonely, "KSR.lonely()") == ("here",)


# ---- results


def returning(annotation, value):
    def function():
        return value

    function.__annotations__ = {"return": annotation}
    return kemilua.export("t.give")(function)


RESULTS = {
    "int": (int, 5, 5),
    "negative": (int, -1, -1),
    "64 bits": (int, 2**53 + 1, 2**53 + 1),
    "bool as int": (int, True, 1),
    "true": (bool, True, True),
    "false": (bool, False, False),
    "truth": (bool, "x", True),
    "none": (None, None, False),
    "none ignores": (None, 5, False),
    "str": (str, "Zoë\udcff", "Zoë\udcff"),
    "empty": (str, "", ""),
    "bytes": (bytes, b"\xff\0", "\udcff\0"),
    "nil": (str | None, None, None),
    "float": (float, 0.1, 0.1),
    "any int": (object, 7, 7),
    "any bool": (object, True, True),
    "list": (list[int], [1, 2], [1, 2]),
    "empty list": (list[int], [], []),
    "tuple": (tuple[int, ...], (1, "x"), [1, "x"]),
    "dict": (dict[str, int], {"a": 1, "b": [True]}, {"a": 1, "b": [True]}),
    "numeric keys": (dict[int, int], {5: 1}, {"5": 1}),
    "deep": (object, [[[{"a": [1]}]]], [[[{"a": [1]}]]]),
}


@pytest.mark.parametrize(("annotation", "value", "expected"), RESULTS.values(), ids=RESULTS.keys())
def test_result_reaches_the_script(script, annotation, value, expected):
    (found,) = call(script, returning(annotation, value), "KSR.t.give()")
    assert found == expected
    assert type(found) is type(expected)


BAD_RESULTS = {
    "int": (int, "x", TypeError),
    "int none": (int, None, TypeError),
    "too large": (int, 2**63, OverflowError),
    "set": (object, {1}, TypeError),
    "object inside": (object, [object()], TypeError),
    "too deep": (object, [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]], ValueError),
}


@pytest.mark.parametrize(("annotation", "value", "kind"), BAD_RESULTS.values(), ids=BAD_RESULTS.keys())
def test_result_that_kemi_cannot_carry_names_the_function(script, annotation, value, kind):
    with pytest.raises(kind, match=r"KSR\.t\.give"):
        call(script, returning(annotation, value), "KSR.t.give()")


def test_list_that_holds_itself_is_an_error(script):
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="deep"):
        call(script, returning(object, loop), "KSR.t.give()")


def test_nan_and_infinity_pass(script):
    (found,) = call(script, returning(object, [math.inf, math.nan]), "KSR.t.give()")
    assert found[0] == math.inf
    assert math.isnan(found[1])


# ---- the message


@kemilua.export("t.mark")
def mark(msg: kemilua.Message, value: str) -> int:
    msg.append_to_reply("X-Mark", f"{value} {msg.method} {msg.header('Call-ID')}")
    return 1


def test_export_reads_and_edits_the_current_message(script):
    engine = script("function ksr_request_route() KSR.t.mark('m') KSR.sl.send_reply(200, 'OK') end", exports=[mark])
    for number in range(3):
        send = only_send(engine.receive(request(call_id=f"c{number}")))
        assert header(send.data, "X-Mark") == [f"m OPTIONS c{number}"]


def test_edits_of_an_export_and_of_the_script_are_one_list(script):
    @kemilua.export("t.turn")
    def turn(msg: kemilua.Message) -> None:
        assert msg.uri == "sip:carol@example.com"
        assert msg.pv("$avp(x)") == "from lua"
        msg.set_pv("$avp(y)", "from python")
        msg.uri = "sip:dave@example.com"

    engine = script(exports=[turn])
    code = """
        KSR.seturi('sip:carol@example.com') KSR.pv.sets('$avp(x)', 'from lua') KSR.t.turn()
        return KSR.pv.get('$ru'), KSR.pv.get('$avp(y)')"""
    assert engine.eval(code, message=request()) == ("sip:dave@example.com", "from python")


@pytest.fixture
def keeper():
    kept: list[kemilua.Message] = []

    @kemilua.export("t.keep")
    def keep(msg: kemilua.Message) -> int:
        kept.append(msg)
        return 1

    keep.kept = kept
    return keep


USES = {
    "method": lambda m: m.method,
    "headers": lambda m: m.headers,
    "header": lambda m: m.header("Via"),
    "body": lambda m: m.body,
    "bytes": bytes,
    "append": lambda m: m.append("X", "1"),
    "uri": lambda m: setattr(m, "uri", "sip:x"),
    "pv": lambda m: m.pv("$ru"),
    "set_pv": lambda m: m.set_pv("$rU", "x"),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_message_used_after_its_run_is_stale(script, keeper, use):
    engine = script("function ksr_request_route() KSR.t.keep() end", exports=[keeper])
    engine.receive(request())
    (msg,) = keeper.kept
    with pytest.raises(kemilua.StaleMessageError):
        use(msg)
    engine.receive(request())
    with pytest.raises(kemilua.StaleMessageError):
        use(msg)
    assert repr(msg) == "<kemilua.Message stale>"


def test_stale_message_is_no_message_for_a_run(script, keeper):
    engine = script("function ksr_request_route() KSR.t.keep() end function f() end", exports=[keeper])
    engine.receive(request())
    with pytest.raises(kemilua.StaleMessageError):
        engine.lua_run("f", message=keeper.kept[0])


def test_message_outlives_its_engine_as_stale(script, keeper):
    engine = script("function ksr_request_route() KSR.t.keep() end", exports=[keeper])
    engine.receive(request())
    engine.close()
    with pytest.raises(kemilua.StaleMessageError):
        bytes(keeper.kept[0])


def test_one_run_has_one_message_object(script, keeper):
    script("function ksr_request_route() KSR.t.keep() KSR.t.keep() end", exports=[keeper]).receive(request())
    first, second = keeper.kept
    assert first is second


def test_export_gets_the_very_message_the_host_passed(script, keeper):
    engine = script("function f() KSR.t.keep() end", exports=[keeper])
    msg = kemilua.Message.parse(request())
    assert engine.lua_run("f", message=msg) == 1
    assert engine.lua_run("f", message=msg) == 1
    engine.eval("KSR.t.keep()", message=msg)
    engine.lua_dostring("KSR.t.keep()", message=msg)
    assert all(kept is msg for kept in keeper.kept)
    assert len(keeper.kept) == 4
    assert msg.method == "OPTIONS"


def test_message_passed_again_keeps_edits_flags_and_variables(script):
    engine = script()
    msg = kemilua.Message.parse(request())
    engine.eval("KSR.setflag(3) KSR.pv.sets('$avp(x)', 'kept') KSR.hdr.append('X-New: 1\\r\\n') KSR.seturi('sip:c@d')", message=msg)
    assert engine.eval("return KSR.isflagset(3), KSR.pv.get('$avp(x)'), KSR.pv.get('$ru')", message=msg) == (True, "kept", "sip:c@d")
    assert header(bytes(msg), "X-New") == ["1"]
    assert msg.flags == 8


# ---- errors


class BillingDown(Exception):
    """What the author of an export raises."""


@kemilua.export("t.fail")
def fail(msg: kemilua.Message, text: str) -> int:
    raise BillingDown(text)


def test_exception_ends_that_message_alone_and_is_logged(script):
    engine = script("function ksr_request_route()\n KSR.t.fail('no db')\n KSR.sl.send_reply(200, 'OK')\nend", exports=[fail])
    for _ in range(2):
        (log,) = engine.receive(request())
        assert log.level == kemilua.Level.ERR
        assert "BillingDown: no db" in log.text
        assert "test.lua:2" in log.text


def test_eval_raises_the_export_s_own_exception_with_lua_s_traceback(script):
    with pytest.raises(BillingDown, match=r"^no db") as caught:
        call(script, fail, "(function() return KSR.t.fail('no db') end)()")
    assert any("traceback" in note for note in caught.value.__notes__)


def test_engine_that_raises_hands_the_exception_to_the_host(script):
    engine = script("function ksr_request_route() KSR.info('before') KSR.t.fail('no db') end", exports=[fail], errors="raise")
    with pytest.raises(BillingDown, match="no db"):
        engine.receive(request())
    assert logged(engine.take_effects())[0] == "before"


def test_script_may_catch_what_an_export_raises(script):
    code = """
        local good, error = pcall(KSR.t.fail, 'no db')
        return good, tostring(error)"""
    assert script(exports=[fail]).eval(code, message=request()) == (False, "BillingDown: no db")


def test_caught_exceptions_are_let_go(script):
    engine = script("function ksr_request_route() pcall(KSR.t.fail, 'x') end", exports=[fail], errors="raise")
    for _ in range(10):
        assert engine.receive(request()) == []
    assert engine._exceptions == {}


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("code", ["KSR.t.stop()", "pcall(KSR.t.stop)"])
def test_interrupts_are_never_swallowed(script, kind, code):
    @kemilua.export("t.stop")
    def stop() -> None:
        raise kind

    engine = script(f"function ksr_request_route() KSR.info('before') {code} end function f() {code} end", exports=[stop])
    with pytest.raises(kind):
        engine.receive(request())
    assert logged(engine.take_effects())[0] == "before"
    with pytest.raises(kind):
        engine.lua_run("f", message=request())
    with pytest.raises(kind):
        engine.eval(code, message=request())
    assert engine.lua_run("g") == -1


def test_exit_in_a_script_passes_python_untouched(script, keeper):
    engine = script("function ksr_request_route() KSR.t.keep() KSR.x.exit() end", exports=[keeper], errors="raise")
    assert engine.receive(request()) == []


# ---- nesting


def test_export_may_run_the_script_again(script):
    @kemilua.export("t.again")
    def again(msg: kemilua.Message, depth: int) -> int:
        return 0 if depth == 0 else 1 + engine.eval(f"return KSR.t.again({depth - 1})", message=msg)[0]

    engine = script("function f() KSR.pv.sets('$avp(d)', tostring(KSR.t.again(5))) end", exports=[again])
    assert engine.eval("return KSR.t.again(5)", message=request()) == (5,)
    msg = kemilua.Message.parse(request())
    assert engine.lua_run("f", message=msg) == 1
    assert msg.pv("$avp(d)") == "5"


def test_endless_nesting_is_an_error(script):
    @kemilua.export("t.down")
    def down(msg: kemilua.Message) -> None:
        engine.eval("KSR.t.down()", message=msg)

    engine = script(exports=[down])
    with pytest.raises((kemilua.NestingError, kemilua.ScriptError)):
        engine.eval("KSR.t.down()", message=request())
    assert engine.eval("return 1") == (1,)


def test_effects_of_nested_runs_are_part_of_the_outer_one(script):
    @kemilua.export("t.inner")
    def inner(msg: kemilua.Message) -> None:
        engine.lua_run("hello", message=msg)
        engine.eval("KSR.info('evaluated')", message=msg)

    engine = script(
        "function hello() KSR.info('hello') end function ksr_request_route() KSR.info('a') KSR.t.inner() KSR.info('b') end", exports=[inner]
    )
    assert logged(engine.receive(request())) == ["a", "hello", "evaluated", "b"]


def test_datagram_within_a_run_is_refused(script):
    @kemilua.export("t.receive")
    def receive() -> None:
        engine.receive_datagram(request(), source=("198.51.100.7", 5060))

    engine = script(exports=[receive])
    with pytest.raises(kemilua.EngineBusyError, match="within a run"):
        engine.eval("KSR.t.receive()", message=request())


def test_engine_cannot_be_closed_within_a_run(script):
    @kemilua.export("t.close")
    def close() -> None:
        engine.close()

    engine = script("function ksr_request_route() KSR.t.close() end", exports=[close], errors="raise")
    with pytest.raises(kemilua.EngineBusyError, match="within a run"):
        engine.receive(request())
    assert engine.eval("return 1") == (1,)


# ---- registration


class Counter:
    """Methods of an object as exports."""

    def __init__(self) -> None:
        self.count = 0

    @kemilua.export("counter.add")
    def add(self, number: int) -> int:
        self.count += number
        return self.count

    @kemilua.export("counter.get")
    def get(self) -> int:
        return self.count

    def plain(self) -> None:
        raise AssertionError("not exported")

    @property
    def touchy(self) -> int:
        raise AssertionError("registration must not look here")


def test_object_brings_all_its_exports(script):
    counter = Counter()
    engine = script(exports=[counter])
    assert engine.eval("return KSR.counter.add(2), KSR.counter.add(3), KSR.counter.get(), KSR.counter.plain", message=request()) == (
        2,
        5,
        5,
        None,
    )
    assert counter.count == 5


def test_module_brings_all_its_exports(script):
    import types

    module = types.ModuleType("billing")
    module.six, module.default, module.other = six, default, len
    assert script(exports=[module]).eval("return KSR.t.six(1,1,1,1,1,1), KSR.t.default('a')", message=request()) == (6, "a 7 c")


def test_scripts_see_what_is_registered_later(script):
    engine = script("function f() return KSR.t end function g() KSR.pv.sets('$avp(s)', KSR.t.default('late')) end")
    assert engine.eval("return KSR.t") == (None,)
    engine.lua_dostring("x = 1")
    engine.register(default)
    msg = kemilua.Message.parse(request())
    assert engine.lua_run("g", message=msg) == 1
    assert engine.lua_dostring("KSR.pv.sets('$avp(l)', KSR.t.default('dostring'))".replace("$", "$$"), message=msg) == 1
    assert (msg.pv("$avp(s)"), msg.pv("$avp(l)")) == ("late 7 c", "dostring 7 c")


def test_export_stays_an_ordinary_function():
    assert default("x") == "x 7 c"


def plain(a: int) -> int:
    return a


def no_annotation(a) -> int:
    return 1


def no_result(a: int):
    return 1


def bad_type(a: set[int]) -> int:
    return 1


def bad_result(a: int) -> set[int]:
    return set()


def message_last(a: int, msg: kemilua.Message) -> int:
    return 1


def named_rest(**named: int) -> int:
    return 1


def keyword(*, a: int) -> int:
    return 1


def star(*args: set[int]) -> int:
    return 1


def unresolved(a: Nowhere) -> int:  # noqa: F821
    return 1


BAD_SIGNATURES = [no_annotation, no_result, bad_type, bad_result, message_last, star, named_rest, keyword, unresolved]


@pytest.mark.parametrize("function", BAD_SIGNATURES, ids=lambda function: function.__name__)
def test_bad_signature_is_refused_and_named(script, function):
    marked = kemilua.export("bad.one")(function)
    with pytest.raises(kemilua.KemiError, match=rf"bad\.one.*{function.__name__}"):
        script(exports=[marked])


@pytest.mark.parametrize("name", ["", ".", "a.b.c", "1a", "a b", "a.", ".b", "Zoë.x", None])
def test_bad_name_is_refused(name):
    with pytest.raises(kemilua.KemiError, match=r"module\.function"):
        kemilua.export(name)


def test_doubled_name_is_refused(script):
    engine = script(exports=[default])
    with pytest.raises(kemilua.KemiError, match=r"default"):
        engine.register(default)
    assert engine.eval("return KSR.t.default('still')", message=request()) == ("still 7 c",)


def test_name_of_kamailio_is_refused(script):
    @kemilua.export("sl.send_reply")
    def send_reply(code: int, reason: str) -> int:
        return 1

    with pytest.raises(kemilua.KemiError, match=r"send_reply"):
        script(exports=[send_reply])


@pytest.mark.parametrize("item", [plain, object(), 5, [default]])
def test_what_holds_no_export_is_refused(script, item):
    with pytest.raises(kemilua.KemiError, match="marked"):
        script(exports=[item])


def test_phases_bound_where_an_export_may_be_called(script):
    @kemilua.export("t.only_replies", phases=kemilua.Phase.REPLY)
    def only_replies() -> int:
        return 1

    engine = script("function ksr_request_route() KSR.info(tostring(KSR.t.only_replies())) end", exports=[only_replies])
    refusal, told = logged(engine.receive(request()))
    assert "not allowed" in refusal
    assert told == "false"


def test_callable_objects_need_no_wrapper(script):
    class Rate:
        def __call__(self, user: str) -> str:
            return f"rate of {user}"

    assert call(script, kemilua.export("t.rate")(Rate()), "KSR.t.rate('bob')") == ("rate of bob",)


def test_exports_are_freed_with_their_engine(lane):
    import gc
    import weakref

    class Thing:
        @kemilua.export("t.thing")
        def thing(self) -> int:
            return 1

    thing = Thing()
    watch = weakref.ref(thing)
    engine = kemilua.Engine(exports=[thing], lane=lane)
    assert engine.eval("return KSR.t.thing()", message=request()) == (1,)
    engine_watch = weakref.ref(engine)
    del engine, thing
    gc.collect()
    assert (watch(), engine_watch()) == (None, None)
