"""What may be copied and pickled, and what may not: values may, what owns memory of C may not."""

from __future__ import annotations

import copy
import pickle

import kemilua
import pytest
from builders import request
from harness import SOURCE

WAYS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "old pickle": lambda one: pickle.dumps(one, protocol=0),
}
OWNERS = {
    "engine": (lambda engine: engine, "make another one from the same scripts"),
    "message": (lambda engine: kemilua.Message.parse(request(), engine=engine), "Message.parse reads them again"),
    "stream": (lambda engine: kemilua.Stream(), "a new one for each connection"),
    "shared state": (lambda engine: kemilua.SharedState(), "every engine of the process"),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(("make", "instead"), OWNERS.values(), ids=OWNERS.keys())
def test_what_owns_memory_of_c_is_not_copied_and_says_what_to_do(script, make, instead, way):
    owner = make(script("function f() end"))
    with pytest.raises(TypeError, match=f"kemilua.*can be neither copied nor pickled: .*{instead}") as caught:
        way(owner)
    assert isinstance(caught.value, kemilua.KemiluaError)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_container_of_an_engine_is_not_copied_through_it(script, way):
    engine = script("function f() end")
    if way is copy.copy:  # shallow: the same engine twice in two lists
        assert copy.copy([engine]) == [engine]
        return
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        way({"engine": engine})


def test_refused_copy_leaves_the_engine_as_it_was(script):
    engine = script("function f() end")
    with pytest.raises(TypeError):
        copy.copy(engine)
    assert engine.lua_run("f") == 1
    engine.close()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_private_parts_of_an_engine_are_not_copied_either(script, way):
    engine = script("function f() end")
    for part in (engine._handle, engine._pointer):
        with pytest.raises((TypeError, pickle.PicklingError)):
            way(part)


def test_subclass_may_say_how_it_is_made_again():
    class Again(kemilua.Engine):
        def __reduce__(self):
            return Again, (kemilua.Source("x = 1"),)

    with Again(kemilua.Source("x = 1")) as one, copy.copy(one) as other:
        one.close()
        assert other.eval("return x") == (1,)


SCRIPT = """
function ksr_request_route()
    KSR.info('text') KSR.sl.send_reply(200, 'OK') KSR.add_tcp_alias(5070)
    KSR.tm.t_relay()
end
"""
VALUES = [
    kemilua.Source("x = 1", "x.lua"),
    kemilua.Source(b"x = 1"),
    kemilua.Limits(instructions=5, memory=7),
    kemilua.Drop("why"),
    kemilua.Log(kemilua.Level.INFO, "text", "x.lua:1"),
    kemilua.Send(b"data", ("192.0.2.1", 5060), "udp"),
    kemilua.Alias(1, ("192.0.2.1", 5060), "tcp"),
    kemilua.Resolve(1, "b.example", 5060, "tcp", True, ("192.0.2.1", 5060)),
    kemilua.Store(1, "location", "upsert", (("username", "a"),), (("q", 0.5), ("path", None), ("raw", b"\xff"))),
    kemilua.Release(1, drop=True),
    kemilua.Call("KSR.info", ("x",), None, 1, 0.5, "x.lua:1"),
    kemilua.Level.WARN,
]
AGAIN = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda one: pickle.loads(pickle.dumps(one))}


@pytest.mark.parametrize("way", AGAIN.values(), ids=AGAIN.keys())
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_are_equal_after_the_way(value, way):
    again = way(value)
    assert (again, type(again), hash(again)) == (value, type(value), hash(value))


@pytest.mark.parametrize("way", AGAIN.values(), ids=AGAIN.keys())
def test_effects_that_c_has_made_are_values_too(script, way):
    engine = script(SCRIPT, listen=["tcp:192.0.2.1:5060"])
    effects = engine.receive_datagram(request(), SOURCE, transport="tcp", connection=7)
    assert [type(effect).__name__ for effect in effects] == ["Log", "Send", "Alias", "Resolve"]
    assert way(effects) == effects


@pytest.mark.parametrize("way", AGAIN.values(), ids=AGAIN.keys())
def test_errors_are_values_too(script, way):
    engine = script("function ksr_request_route() error('x') end", errors="raise")
    with pytest.raises(kemilua.ScriptError) as caught:
        engine.receive(request())
    again = way(caught.value)
    assert (str(again), again.traceback, again.line) == (str(caught.value), caught.value.traceback, 1)
    fault = way(kemilua.RpcError(500, "Reload Failed", "x.lua: no such file"))
    assert (fault.code, fault.text, fault.reason, str(fault)) == (
        500,
        "Reload Failed",
        "x.lua: no such file",
        "500 Reload Failed: x.lua: no such file",
    )
