"""The whole public surface, walked by introspection: whatever comes in, only this package's exceptions come out.

CALLS has a row for every public class, function, method and settable attribute, with arguments that are good. A new one without a row
fails, as does a new parameter that its row does not name. Each parameter in turn gets each of the strange values. What Python's own call
protocol says (an argument is missing, given twice, or unknown) is a plain TypeError.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import kemilua
import pytest
from builders import request
from harness import LISTEN, SOURCE

SCRIPT = "function ksr_request_route() KSR.sl.send_reply(200, 'OK') end function f() return 1 end"
LOCAL = ("192.0.2.1", 5060)


class Text(str):
    pass


class Number(int):
    pass


class Fraction(float):
    pass


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __str__ = __repr__


def released() -> memoryview:
    view = memoryview(b"abc")
    view.release()
    return view


STRANGE: dict[str, Any] = {
    "None": None,
    "true": True,
    "negative": -1,
    "2**31": 2**31,
    "2**63": 2**63,
    "2**64": 2**64,
    "huge": 10**5000,
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "1e300": 1e300,
    "empty": "",
    "text": "x",
    "NUL": "a\0b",
    "lines": "a\r\nX-Injected: 1",
    "lone surrogate": "\ud800",
    "byte": "\udcff",
    "long": "x" * 70_000,
    "bytes": b"x",
    "no bytes": b"",
    "strange bytes": b"\xff\0\r\n",
    "bytearray": bytearray(b"x"),
    "memoryview with gaps": memoryview(b"abcdef")[::2],
    "released memoryview": released(),
    "list": [],
    "list of strange": [None, 2**70, "\ud800"],
    "pair": ("x", "y"),
    "mapping": {},
    "mapping of strange": {None: [object()], "\ud800": {}},
    "mapping of numbers": {"x": 10**5000},
    "deep": {"x": [[[[{"y": [2**65]}]]]]},
    "set": {1},
    "object": object(),
    "unprintable": Unprintable(),
    "class": type,
    "function": lambda *_, **__: None,
    "str's child": Text("x"),
    "int's child": Number(7),
    "float's child": Fraction(0.5),
}


@kemilua.export("t.marked")
def marked() -> int:
    return 1


INSIDE: list[Callable[[], object]] = []
"""What the next script does by KSR.t.inside."""


@kemilua.export("t.inside")
def inside() -> int:
    INSIDE.pop()()
    return 1


class Nowhere:
    def apply(self, stores: object) -> None:
        pass


CALLS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "Engine": lambda env: {
        "scripts": kemilua.Source(SCRIPT),
        "modules": ["sl"],
        "modparams": {},
        "core": {},
        "listen": [LISTEN],
        "aliases": ["example.com"],
        "reload": True,
        "log_mode": 0,
        "limits": kemilua.Limits(),
        "libraries": "full",
        "exports": [],
        "openlibs": [],
        "shared": None,
        "random": bytes,
        "log_level": "err",
        "errors": "log",
        "lane": env.lane,
        "resolver": None,
        "next_hops": None,
        "hostname": "here",
        "now": 1.0,
        "monotonic": 1.0,
        "on_input": None,
        "strict": False,
        "defines": {},
    },
    "Engine.close": lambda env: {},
    "Engine.eval": lambda env: {"code": "return 1", "message": request()},
    "Engine.handle_inputs": lambda env: {"now": 1.0, "monotonic": 1.0},
    "Engine.handle_timer": lambda env: {"now": 1.0, "monotonic": 1.0},
    "Engine.lua_dofile": lambda env: {"path": os.devnull, "message": request()},
    "Engine.lua_dostring": lambda env: {"code": "x = 1", "message": request()},
    "Engine.lua_run": lambda env: {"function": "f", "parameters": "1", "message": env.message},
    "Engine.lua_runstring": lambda env: {"code": "x = 1", "message": request()},
    "Engine.monotonic": lambda env: {"value": 1.0},
    "Engine.next_timer": lambda env: {},
    "Engine.now": lambda env: {"value": 1.0},
    "Engine.on_call": lambda env: {"value": None},
    "Engine.post_datagram": lambda env: {
        "data": request(),
        "source": SOURCE,
        "local": LOCAL,
        "transport": "udp",
        "now": 1.0,
        "monotonic": 1.0,
        "connection": 1,
    },
    "Engine.post_resolved": lambda env: {"ticket": 1, "targets": [("192.0.2.9", 5060, "udp")], "now": 1.0, "monotonic": 1.0},
    "Engine.post_rpc": lambda env: {"command": "core.echo", "parameters": "x"},
    "Engine.post_send_failed": lambda env: {"send": kemilua.Send(request(), SOURCE, "udp"), "now": 1.0, "monotonic": 1.0},
    "Engine.post_timer": lambda env: {"now": 1.0, "monotonic": 1.0},
    "Engine.pv_get": lambda env: {"name": "$ru", "message": env.message},
    "Engine.pv_set": lambda env: {"name": "$avp(x)", "value": "1", "message": env.message},
    "Engine.receive_datagram": lambda env: {
        "data": request(),
        "source": SOURCE,
        "local": LOCAL,
        "transport": "udp",
        "now": 1.0,
        "connection": 1,
        "monotonic": 1.0,
    },
    "Engine.receive_stream": lambda env: {
        "stream": kemilua.Stream(),
        "data": request(),
        "source": SOURCE,
        "local": LOCAL,
        "transport": "tcp",
        "now": 1.0,
        "connection": 1,
        "monotonic": 1.0,
    },
    "Engine.register": lambda env: {"item": marked, "override": True},
    "Engine.reload": lambda env: {"index": -1},
    "Engine.resolved": lambda env: {"ticket": 1, "targets": [("192.0.2.9", 5060, "udp")], "now": 1.0, "monotonic": 1.0},
    "Engine.rpc": lambda env: {"command": "core.echo", "parameters": "x"},
    "Engine.send_failed": lambda env: {"send": kemilua.Send(request(), SOURCE, "udp"), "now": 1.0, "monotonic": 1.0},
    "Engine.post_stored": lambda env: {"ticket": 1, "error": "full"},
    "Engine.store": lambda env: {
        "table": "location",
        "operation": "upsert",
        "key": {"username": "a"},
        "values": {"q": 1.5},
        "about": "a",
        "wait": True,
        "on_stored": print,
    },
    "Engine.store_about": lambda env: {"about": "a"},
    "Engine.stored": lambda env: {"ticket": 1, "error": None},
    "Engine.take_effects": lambda env: {},
    "Limits": lambda env: {"instructions": 1000, "memory": 2**20, "message_memory": 0, "cpu": 1.0},
    "Message.append": lambda env: {"name": "X-A", "value": "1", "after": "Via"},
    "Message.append_to_reply": lambda env: {"name": "X-A", "value": "1"},
    "Message.destination_uri": lambda env: {"value": "sip:a@b"},
    "Message.header": lambda env: {"name": "Via", "index": 0},
    "Message.header_bytes": lambda env: {"name": "Via", "index": 0},
    "Message.insert": lambda env: {"name": "X-A", "value": "1", "before": "Via"},
    "Message.parse": lambda env: {
        "data": request(),
        "source": SOURCE,
        "local": LOCAL,
        "transport": "udp",
        "now": 0.0,
        "connection": 1,
        "memory": 0,
        "engine": env.engine,
    },
    "Message.pv": lambda env: {"name": "$ru"},
    "Message.remove": lambda env: {"name": "Via", "index": 0},
    "Message.set_body": lambda env: {"body": b"x", "content_type": "text/plain"},
    "Message.set_pv": lambda env: {"name": "$avp(x)", "value": 1},
    "Message.to_bytes": lambda env: {},
    "Message.uri": lambda env: {"value": "sip:a@b"},
    "SharedState": lambda env: {},
    "SharedState.owner": lambda env: {"data": request()},
    "SharedState.stored": lambda env: {"ticket": 1, "error": "full"},
    "Source": lambda env: {"text": "x = 1", "name": "x.lua"},
    "StoreWriter": lambda env: {"target": Nowhere(), "shared": kemilua.SharedState(), "batch": 10, "queue": 10, "patience": 0.1},
    "StoreWriter.close": lambda env: {"timeout": 1.0},
    "StoreWriter.put": lambda env: {"store": kemilua.Store(1, "t", "delete", (("a", 1),), ())},
    "Stream": lambda env: {"limit": 1000},
    "Stream.feed": lambda env: {"data": request()},
    "Stub": lambda env: {"module": "dispatcher", "returns": {"ds_next_dst": 1}},
    "Stub.called": lambda env: {"name": "ds_next_dst"},
    "Stub.clear": lambda env: {},
    "UdpLoop": lambda env: {
        "engine": env.engine,
        "sockets": "udp:127.0.0.1:0",
        "on_effect": print,
        "store": print,
        "kinds": [kemilua.Send],
        "batch": 64,
        "max_datagram": 65535,
        "queue": 10,
        "backlog": 10,
        "held": 10,
        "held_bytes": 1000,
        "log_fd": 2,
        "native": None,
    },
    "UdpLoop.close": lambda env: {},
    "UdpLoop.counters": lambda env: {},
    "UdpLoop.run": lambda env: {},
    "UdpLoop.send": lambda env: {"data": b"x", "destination": ("127.0.0.1", 9), "local": None},
    "UdpLoop.stop": lambda env: {},
    "Variable": lambda env: {"template": "$v", "get": marked, "set": None},
    "Variable.setter": lambda env: {"function": marked},
    "export": lambda env: {"name": "t.f", "phases": 255},
    "get_include": lambda env: {},
    "printable": lambda env: {"text": "x"},
    "refusal": lambda env: {"data": b"x"},
    "variable": lambda env: {"template": "$v(inner)"},
}
VALUES = (kemilua.Alias, kemilua.Call, kemilua.Command, kemilua.Drop, kemilua.Log, kemilua.Resolve, kemilua.Send, kemilua.StubCall)
VALUES += (kemilua.Level, kemilua.Phase, kemilua.Release, kemilua.Store)
"""What the package makes and users read: their fields are not looked at."""


def public(kind: type) -> dict[str, Any]:
    """With what it inherits from classes of ours."""
    ours = [base for base in reversed(kind.__mro__) if base.__module__.startswith("kemilua")]
    return {name: member for base in ours for name, member in vars(base).items() if not name.startswith("_")}


def surface() -> dict[str, Any]:
    """Every public callable and settable attribute by its name."""
    found: dict[str, Any] = {}
    for name in kemilua.__all__:
        item = getattr(kemilua, name)
        if inspect.isfunction(item):
            found[name] = item
        if not inspect.isclass(item) or issubclass(item, (BaseException, *VALUES)):
            continue
        if item is not kemilua.Message:
            found[name] = item
        for own, member in public(item).items():
            if isinstance(member, property):
                if member.fset:
                    found[f"{name}.{own}"] = member
            elif callable(member) or isinstance(member, classmethod):
                found[f"{name}.{own}"] = member
    return found


SURFACE = surface()


def names_of_parameters(item: Any) -> list[str]:
    if isinstance(item, property):
        return ["value"]
    function = item.__func__ if isinstance(item, classmethod) else item
    names = list(inspect.signature(function).parameters)
    return names[1:] if names and names[0] in ("self", "cls") else names


@pytest.fixture(scope="module", params=["direct", "portable"] if kemilua._lane.DIRECT else ["portable"])
def env(request: pytest.FixtureRequest) -> Any:
    """One engine for each lane, and what rows ask for."""
    engine = kemilua.Engine(kemilua.Source(SCRIPT), listen=[LISTEN], lane=request.param, log_level="alert", monotonic=0.0, exports=[inside])
    yield SimpleNamespace(engine=engine, lane=request.param, message=kemilua.Message.parse(globals()["request"](), engine=engine))
    engine.close()


def call(env: Any, name: str, arguments: dict[str, Any]) -> Any:
    """Call or set what stands at a name of the surface."""
    item, owner = SURFACE[name], name.partition(".")[0]
    target: Any = {
        "Engine": env.engine,
        "Message": env.message,
        "SharedState": kemilua.SharedState(),
        "Stream": kemilua.Stream(),
        "Stub": kemilua.Stub("dispatcher"),
        "Variable": kemilua.Variable("$v", marked),
    }.get(owner)
    attribute = name.partition(".")[2]
    if owner == "UdpLoop" and attribute:
        with kemilua.UdpLoop(env.engine, "udp:127.0.0.1:0") as loop:
            loop.stop()  # so that run returns
            return getattr(loop, attribute)(**arguments)
    if owner == "StoreWriter" and attribute:
        with kemilua.StoreWriter(Nowhere(), kemilua.SharedState()) as writer:
            return getattr(writer, attribute)(**arguments)
    if name in ("Engine.store", "Engine.store_about"):
        INSIDE.append(lambda: getattr(env.engine, attribute)(**arguments))
        return env.engine.eval("return KSR.t.inside()")
    if isinstance(item, property):
        return setattr(target, attribute, arguments["value"])
    if name == "Engine.close":
        return kemilua.Engine(modules=[]).close()
    function = getattr(target if attribute != "parse" else kemilua.Message, attribute) if attribute else item
    words = dict(arguments)
    first = [words.pop(one) for one in ("function", "command") if one in words]
    more = [words.pop("parameters")] if "parameters" in words else []
    return function(*first, *more, **words)


def outcome(action: Callable[[], Any]) -> BaseException | None:
    try:
        made = action()
    except Exception as error:
        return error
    if isinstance(made, (kemilua.Engine, kemilua.StoreWriter, kemilua.UdpLoop)):
        made.close()
    return None


def test_every_public_call_has_a_row():
    assert sorted(CALLS) == sorted(SURFACE)


@pytest.mark.parametrize("name", sorted(CALLS))
def test_row_names_every_parameter(env, name):
    assert set(CALLS[name](env)) >= set(names_of_parameters(SURFACE[name]))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_good_arguments_are_good(env, name):
    assert outcome(lambda: call(env, name, CALLS[name](env))) is None


@pytest.mark.parametrize(("name", "parameter"), [(name, one) for name in sorted(SURFACE) for one in names_of_parameters(SURFACE[name])])
def test_strange_argument_is_taken_or_refused_by_an_error_of_ours(env, name, parameter):
    foreign = {}
    for label, value in STRANGE.items():
        error = outcome(lambda value=value: call(env, name, {**CALLS[name](env), parameter: value}))
        if error is not None and not isinstance(error, kemilua.KemiluaError):
            foreign[label] = repr(error)
    assert foreign == {}
    env.engine.on_call = None
    assert env.engine.eval("return 1") == (1,)


@pytest.mark.parametrize("name", [one for one in sorted(SURFACE) if one.startswith("Engine.") and one != "Engine.close"])
def test_closed_engine_says_so_at_every_call(env, name):
    closed = kemilua.Engine(kemilua.Source(SCRIPT), modules=[], lane=env.lane, monotonic=0.0)
    closed.close()
    place = SimpleNamespace(**{**vars(env), "engine": closed, "message": kemilua.Message.parse(request())})
    assert type(outcome(lambda: call(place, name, CALLS[name](place)))) is kemilua.EngineClosedError


READ = [name for name, member in public(kemilua.Engine).items() if isinstance(member, property)]


@pytest.mark.parametrize("name", READ)
def test_attribute_of_a_closed_engine_is_a_value_or_our_error(name):
    closed = kemilua.Engine(modules=[])
    closed.close()
    error = outcome(lambda: getattr(closed, name))
    assert error is None or type(error) is kemilua.EngineClosedError


ENTRIES = [name for name in sorted(SURFACE) if name.startswith("Engine.")]


@pytest.fixture
def within(env):
    """Call something while a script of the engine runs: in the run itself, or in another thread."""

    def run(action: Callable[[Any], Any], elsewhere: bool) -> BaseException | None:
        seen: list[BaseException | None] = []

        @kemilua.export("t.act")
        def act() -> None:
            work = threading.Thread(target=lambda: seen.append(outcome(lambda: action(place))))
            if elsewhere:
                work.start()
                work.join()
            else:
                work.run()

        with kemilua.Engine(
            kemilua.Source("function act() KSR.t.act() end function f() end"),
            exports=[act],
            lane=env.lane,
            log_level="alert",
            monotonic=0.0,
        ) as engine:
            place = SimpleNamespace(**{**vars(env), "engine": engine, "message": kemilua.Message.parse(request())})
            engine.lua_run("act", message=request())
        (error,) = seen
        return error

    return run


FROM_ANYWHERE = tuple(f"Engine.post_{what}" for what in ("datagram", "resolved", "rpc", "send_failed", "stored", "timer"))


@pytest.mark.parametrize("name", [one for one in ENTRIES if one != "Engine.close"])
def test_another_thread_is_refused_at_every_call_but_posts(within, name):
    error = within(lambda place: call(place, name, CALLS[name](place)), elsewhere=True)
    if name in FROM_ANYWHERE:
        assert error is None
    else:
        assert type(error) is kemilua.EngineBusyError or (error is None and name in ("Engine.take_effects", "Engine.rpc"))


@pytest.mark.parametrize("name", ENTRIES)
def test_run_within_a_run_is_taken_or_refused_by_an_error_of_ours(within, name):
    error = within(lambda place: call(place, name, CALLS[name](place)), elsewhere=False)
    assert error is None or isinstance(error, kemilua.KemiluaError)


@pytest.mark.parametrize("name", [one for one in sorted(CALLS) if one.startswith("Message.") and one != "Message.parse"])
def test_message_of_another_engine_or_time_is_an_error_of_ours(env, name):
    with kemilua.Engine(kemilua.Source("function f() end"), modules=[], lane=env.lane) as other:
        foreign = kemilua.Message.parse(request(), engine=other)
        stale = kemilua.Message.parse(request())
        stale._expire()
        for one in (foreign, stale):
            place = SimpleNamespace(**{**vars(env), "message": one})
            error = outcome(lambda place=place: call(place, name, CALLS[name](place)))
            assert error is None if one is foreign else type(error) is kemilua.StaleMessageError
    for engine_call in ("Engine.lua_run", "Engine.pv_get", "Engine.pv_set"):
        place = SimpleNamespace(**{**vars(env), "message": foreign})
        assert type(outcome(lambda place=place, one=engine_call: call(place, one, CALLS[one](place)))) is kemilua.ArgumentError


def test_commands_take_anything(env):
    foreign = {}
    for name in env.engine.commands:
        for label, value in STRANGE.items():
            for parameters in ([value], ["t", value], ["t", "k", value], ["t", "k", "v", value], [value] * 20):
                error = outcome(lambda name=name, parameters=parameters: env.engine.rpc(name, *parameters))
                if error is not None and not isinstance(error, kemilua.KemiluaError):
                    foreign[name, label] = repr(error)
    assert foreign == {}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({}, "missing"),
        ({"data": b"", "source": SOURCE, "nope": 1}, "unexpected keyword argument 'nope'"),
    ],
)
def test_wrong_call_is_python_s_own_typeerror(env, arguments, text):
    with pytest.raises(TypeError, match=text) as caught:
        env.engine.receive_datagram(**arguments)
    assert not isinstance(caught.value, kemilua.KemiluaError)
