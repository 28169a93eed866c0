"""The CPython entry lane: who holds what, and for how long."""

from __future__ import annotations

import gc
import inspect
import subprocess
import sys
import threading
import time
import weakref
from typing import Any

import kemilua
import pytest
from builders import request
from harness import LISTEN, SOURCE
from kemilua import _lane
from kemilua._entries import Entries
from kemilua._ffi import ffi

pytestmark = pytest.mark.skipif(not _lane.DIRECT, reason="this interpreter has the portable lane alone")


@pytest.fixture
def lane() -> str:
    return "direct"


def export(name):
    return kemilua.export(name)


# ---- entries


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {"data": request(), "source": SOURCE}),
        ((request(),), {"source": SOURCE}),
        ((request(), SOURCE), {"now": 1.5}),
        ((request(), SOURCE, None, "udp", None), {}),
        ((request(), SOURCE, ("192.0.2.1", 5060), "udp", 2), {"connection": None}),
        ((request(), SOURCE), {"connection": 5, "transport": "tcp", "now": 3.5, "local": ("192.0.2.1", 5060)}),
    ],
)
def test_arguments_may_be_named(script, arguments, named):
    (effect,) = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end").receive_datagram(*arguments, **named)
    assert isinstance(effect, kemilua.Send)
    assert effect.connection == named.get("connection")


@pytest.mark.parametrize(
    ("arguments", "named", "text"),
    [
        ((), {}, "missing 2 required positional arguments"),
        ((request(),), {}, "missing 1 required positional argument: 'source'"),
        ((request(), SOURCE, None, "udp", 1.0, 2), {}, "positional arguments but 7 were given"),
        ((request(), SOURCE), {"source": SOURCE}, "multiple values for argument 'source'"),
        ((request(), SOURCE), {"nope": 1}, "unexpected keyword argument 'nope'"),
    ],
)
def test_wrong_arguments_get_python_s_own_words(script, arguments, named, text):
    with pytest.raises(TypeError, match=text):
        script("").receive_datagram(*arguments, **named)


def test_names_of_arguments_need_not_be_interned(script):
    engine = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end function f() end")
    name = "".join(["tran", "sport"])
    (effect,) = engine.receive_datagram(request(), SOURCE, **{name: "".join(["t", "cp"])})
    assert effect.transport == "tcp"
    assert engine.lua_run("f", **{"".join(["mess", "age"]): None}) == 1


def test_words_that_are_not_ascii_arrive(script):
    engine = script("function f(...) for _, word in ipairs({...}) do KSR.info(word) end end")
    engine.lua_run("f", "gr\xfc\xdfe", "\udcff", b"\xfe", message=request())
    assert [effect.text for effect in engine.take_effects()] == ["gr\xfc\xdfe", "\udcff", "\udcfe"]


def test_time_given_once_holds(script):
    engine = script("function f() KSR.info(KSR.pv.get('$TS') .. '') end function ksr_request_route() f() end")
    engine.receive_datagram(request(), SOURCE, now=1234.5)
    engine.receive_datagram(request(), SOURCE)
    engine.lua_run("f", message=request())
    assert [effect.text for effect in engine.take_effects()] == ["1234"]


@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 39, 255])
def test_host_with_one_blank_or_control_byte_is_refused_wherever_it_stands(script, size):
    engine = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end")
    assert len(engine.receive_datagram(request(), ("1" * size, 5060))) == 1
    for at in range(size):
        for bad in "\0\n\x1f ":
            with pytest.raises(kemilua.ArgumentError, match="the host of source"):
                engine.receive_datagram(request(), ("1" * at + bad + "1" * (size - at - 1), 5060))
    for good in ("!", "~", "\x7f", "\xe9"):
        assert len(engine.receive_datagram(request(), (good * (size // 4 + 1), 5060))) == 1


# ---- messages


def test_message_knows_when_it_is_held():
    message = kemilua.Message.parse(request())
    results: list[Any] = []
    assert message._acquire() is True
    assert message._acquire() is True

    def other():
        results.append(message._acquire())
        try:
            message.method  # noqa: B018 - reading is the test
        except kemilua.EngineBusyError:
            results.append("busy")

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    message._release()
    message._release()
    assert results == [False, "busy"]
    thread = threading.Thread(target=lambda: results.append(message.method))
    thread.start()
    thread.join()
    assert results[-1] == "OPTIONS"


def test_pointers_are_taken_by_their_type():
    message = kemilua.Message.parse(request())
    for wrong in (ffi.NULL, ffi.cast("kl_msg *", 0), ffi.new("kl_error *"), ffi.cast("void *", message._pointer), 5, None):
        with pytest.raises(TypeError):
            message._bind(wrong, None)
    assert message.method == "OPTIONS"
    message._expire()
    with pytest.raises(kemilua.StaleMessageError):
        message.method  # noqa: B018 - reading is the test


def test_message_and_engine_may_hold_each_other(script):
    @export("t.keep")
    def keep(msg: kemilua.Message) -> int:
        msg._engine.kept = msg
        return 1

    engine = kemilua.Engine(kemilua.Source("function f() KSR.t.keep() end", "t.lua"), exports=[keep], lane="direct")
    message = kemilua.Message.parse(request())
    engine.lua_run("f", message=message)
    assert engine.kept is message
    gone = weakref.ref(engine), weakref.ref(message)
    del engine, message
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_engine_with_its_entries_in_hand_is_alive():
    engine = kemilua.Engine(kemilua.Source("function f() end", "t.lua"), lane="direct")
    run, gone = engine.lua_run, weakref.ref(engine)
    del engine
    gc.collect()
    assert run("f") == 1
    del run
    gc.collect()
    assert gone() is None


def test_closed_engine_refuses_its_entries():
    engine = kemilua.Engine(kemilua.Source("function f() end", "t.lua"), lane="direct")
    run, receive = engine.lua_run, engine.receive_datagram
    engine.close()
    for entry in (run, receive):  # before their arguments are looked at
        with pytest.raises(kemilua.EngineClosedError, match=r"^the engine is closed$"):
            entry()
    with pytest.raises(kemilua.EngineClosedError):
        run("f", message=kemilua.Message.parse(request()))
    with pytest.raises(kemilua.EngineClosedError):
        receive(request(), SOURCE, now=1.0)


def test_finalizer_of_a_script_may_call_exports_while_the_engine_goes():
    calls = []

    @export("t.call")
    def call(word: str) -> int:
        calls.append(word)
        return 1

    text = "local KSR = KSR; Guard = setmetatable({}, {__gc = function() KSR.t.call('gone') end})"
    engine = kemilua.Engine(kemilua.Source(text, "t.lua"), exports=[call], lane="direct")
    del engine
    gc.collect()
    assert calls == []


def test_calls_leave_no_reference_behind(script):
    text, answer, given = "a text of some length", ["x" * 50], []

    @export("t.text")
    def as_text(msg: kemilua.Message, word: str) -> str:
        return text

    @export("t.list")
    def as_list() -> list[str]:
        return answer

    @export("t.boom")
    def boom() -> int:
        raise ValueError(text)

    engine = script(
        "function f() KSR.t.text('a') KSR.t.list() pcall(KSR.t.boom) KSR.t.text('b') end function ksr_request_route() f() end",
        exports=[as_text, as_list, boom],
    )
    message = kemilua.Message.parse(request())

    def use():
        for _ in range(20):
            engine.lua_run("f", message=message)
            engine.receive(request())
            engine.eval("f()", message=message)
        gc.collect()
        return [sys.getrefcount(one) for one in (text, answer, message, None if sys.version_info >= (3, 12) else True, given)]

    use()
    before, after = use(), use()
    assert all(abs(a - b) <= 3 for a, b in zip(before, after, strict=True)), (before, after)


# ---- the interpreter's lock


def background():
    """A thread that sleeps: the interpreter has two from here on."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    return lambda: (stop.set(), thread.join())


@pytest.fixture(params=["alone", "two threads"])
def company(request):
    """The lane keeps the interpreter's lock as long as this thread is the only one: every case twice."""
    if request.param == "alone":
        yield
        return
    end = background()
    yield
    end()


def test_entries_of_both_kinds_nest(script, company):
    """C's entry, an export, cffi's entry, an export, C's entry, an export, and back."""
    engine, depth, seen = None, 0, []

    @export("t.deeper")
    def deeper(msg: kemilua.Message, word: str) -> str:
        nonlocal depth
        depth += 1
        seen.append((msg.method, word))
        if depth % 2 and depth < 8:
            return engine.eval(f"return KSR.t.deeper('{depth}')", message=msg)[0]
        if depth < 8:
            assert engine.lua_run("f", str(depth), message=msg) == 1
        return f"back {depth}"

    engine = script("function f(word) KSR.info(KSR.t.deeper(word)) end function ksr_request_route() f('0') end", exports=[deeper])
    effects = engine.receive(request())
    assert [word for _, word in seen] == [str(n) for n in range(8)]
    assert {method for method, _ in seen} == {"OPTIONS"}
    assert [effect.text for effect in effects] == ["back 8"] * 4


def test_export_may_use_another_engine(script, company):
    @export("t.other")
    def other(msg: kemilua.Message) -> str:
        inner.receive(bytes(msg))
        return inner.eval("return KSR.t.name() .. KSR.pv.get('$rm')", message=request("INFO"))[0]

    @export("t.name")
    def name() -> str:
        return "inner "

    inner = script("function ksr_request_route() KSR.t.name() end", exports=[name])
    outer = script("function ksr_request_route() KSR.info(KSR.t.other()) KSR.info(KSR.t.other()) end", exports=[other])
    assert [effect.text for effect in outer.receive(request())] == ["inner INFO"] * 2


def test_thread_started_by_an_export_runs_beside_lua(script):
    """The first call finds this thread alone; what it starts must not wait for the end of the run."""
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.wait(0.001):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)

    @export("t.start")
    def start() -> int:
        thread.start()
        return 1

    engine = script("function spin() KSR.t.start() while true do end end", exports=[start], limits=kemilua.Limits(instructions=30_000_000))
    begin = time.monotonic()
    assert engine.lua_run("spin", message=request()) == -1
    end = time.monotonic()
    stop.set()
    thread.join()
    within = [at for at in ticks if begin < at < end]
    assert len(within) > 5
    assert within[-1] > begin + (end - begin) / 2


def test_interrupt_in_an_export_leaves_the_engine_usable(script, company):
    @export("t.stop")
    def stop() -> int:
        raise KeyboardInterrupt

    engine = script("function f() KSR.t.stop() end function ksr_request_route() KSR.t.stop() end", exports=[stop])
    with pytest.raises(KeyboardInterrupt):
        engine.lua_run("f", message=request())
    with pytest.raises(KeyboardInterrupt):
        engine.receive(request())
    with pytest.raises(KeyboardInterrupt):
        engine.lua_run("f", message=None)
    assert engine.eval("return 1") == (1,)


# ---- EngineBase

WAYS_IN = {
    "receive_datagram": lambda engine: engine.receive_datagram(request(), SOURCE),
    "lua_run": lambda engine: engine.lua_run("f"),
    "eval": lambda engine: engine.eval("return 1"),
    "now": lambda engine: engine.now,
}


@pytest.mark.parametrize("use", WAYS_IN.values(), ids=WAYS_IN.keys())
def test_engine_that_was_never_made_says_so(use):
    with pytest.raises(kemilua.EngineClosedError, match=r"^the engine has not been made: Engine\.__init__ comes first$"):
        use(kemilua.Engine.__new__(kemilua.Engine))


def test_engine_that_was_never_made_goes_as_it_came():
    engine = kemilua.Engine.__new__(kemilua.Engine)
    engine.close()
    gone = weakref.ref(engine)
    engine.itself = engine
    del engine
    gc.collect()
    assert gone() is None


def test_engine_in_a_cycle_is_freed_while_its_subclass_looks_on():
    seen = []

    class Last(kemilua.Engine):
        def __del__(self):
            seen.append(self.lua_run("f"))

    engine = Last(kemilua.Source("function f() end", "t.lua"), lane="direct")
    engine.itself = engine
    del engine
    gc.collect()
    assert seen == [1]


def test_entries_are_methods_of_the_class():
    engine = kemilua.Engine(kemilua.Source("function f() end", "t.lua"), lane="direct")
    assert not {"receive_datagram", "lua_run"} & vars(engine).keys()
    assert engine.lua_run.__self__ is engine
    assert kemilua.Engine.lua_run(engine, "f") == 1
    with pytest.raises(TypeError, match="descriptor 'lua_run'"):
        kemilua.Engine.lua_run(object(), "f")


@pytest.mark.parametrize("name", ["receive_datagram", "lua_run"])
def test_entry_says_what_python_s_does(name):
    ours, theirs = getattr(kemilua.Engine, name), getattr(Entries, name)
    assert ours.__doc__ == theirs.__doc__
    parameters = inspect.signature(theirs).parameters.values()
    assert [(one.name, one.default) for one in inspect.signature(ours).parameters.values()] == [
        (one.name, one.default) for one in parameters
    ]
    kinds = [one.kind for one in inspect.signature(ours).parameters.values()]
    assert kinds[1:] == [one.kind for one in parameters][1:]


def test_thread_that_is_not_inside_cannot_leave():
    engine = kemilua.Engine(kemilua.Source("", "t.lua"), lane="direct")
    with pytest.raises(RuntimeError, match="this thread is not inside"):
        engine._leave()
    assert engine._enter() == 1
    assert engine._leave() == 0


def test_engine_is_attached_once():
    engine = kemilua.Engine(kemilua.Source("", "t.lua"), lane="direct")
    with pytest.raises(TypeError, match="one engine"):
        engine._attach(engine._pointer, engine._error, engine._addresses(), True)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (1, "object"),
        (2, "int"),
        (3, "(int, *kinds[1:])"),
        (3, "(kinds[0], 'Drop', *kinds[2:])"),
        (3, "(*kinds[:2], kemilua.Drop, *kinds[3:])"),
        (4, "()"),
        (5, "['udp']"),
        (5, "('udp',)"),
    ],
)
def test_what_c_cannot_learn_is_refused(place, wrong):
    """In a process of its own, and before Engine is there: what C has learnt it keeps."""
    code = f"""
import sys
import types
package = sys.modules["kemilua"] = types.ModuleType("kemilua")
package.__path__ = {kemilua.__path__!r}
import kemilua._lane as lane
from kemilua import effects as kemilua
from kemilua._entries import Entries
from kemilua._ffi import ffi
class Entries:
    receive_datagram = lua_run = len
kinds = (kemilua.Send, kemilua.Drop, kemilua.Log, kemilua.Alias, kemilua.Resolve, kemilua.Store, kemilua.Release)
good = [ffi, Entries, ValueError, kinds, tuple(kemilua.Level), ("",) * 7]
bad = [*good]
bad[{place}] = {wrong}
try:
    lane._cpython.setup(*bad)
except (TypeError, AttributeError):
    print(lane._cpython.setup(*good).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("EngineBase\n", "")


def test_package_may_be_imported_anew():
    code = f"""
import sys
for _ in range(3):
    for name in [name for name in sys.modules if name.startswith("kemilua")]:
        del sys.modules[name]
    import kemilua
    engine = kemilua.Engine(kemilua.Source("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end"))
    (effect,) = engine.receive_datagram({request()!r}, {SOURCE!r})
    assert isinstance(effect, kemilua.Send)
    del engine
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_listening_names_local_addresses():
    engine = kemilua.Engine(
        kemilua.Source("function ksr_request_route() KSR.info(KSR.pv.get('$Ri') .. ':' .. KSR.pv.get('$Rp')) end", "t.lua"),
        listen=[LISTEN, "tcp:192.0.2.2:5070"],
        lane="direct",
        log_level="info",
    )
    texts = [engine.receive_datagram(request(), SOURCE, transport=name)[0].text for name in ("udp", "tcp")]
    assert texts == ["192.0.2.1:5060", "192.0.2.2:5070"]
