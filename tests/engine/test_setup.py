"""What an Engine is made of: modules, parameters, sockets, aliases, randomness."""

from __future__ import annotations

import kemilua
import pytest
from builders import header, request
from harness import only_send

ANSWER = "function ksr_request_route() KSR.sl.send_reply(404, 'Gone') end"


def test_all_stateless_modules_are_there_by_default(script):
    names = ["app_lua", "corex", "hdr", "kx", "maxfwd", "pv", "siputils", "sl", "textopsx", "x", "xlog"]
    assert script().eval("return " + ", ".join(f"type(KSR.{name})" for name in names)) == ("table",) * len(names)


def test_only_the_modules_named_are_there(script):
    engine = script(modules=["sl"])
    assert engine.eval("return KSR.sl ~= nil, KSR.pv ~= nil, KSR.hdr ~= nil, KSR.x ~= nil, KSR.maxfwd ~= nil, KSR.kx ~= nil") == (
        True,
        True,
        True,
        True,
        False,
        False,
    )


def test_module_brings_what_it_requires(script):
    assert script(modules=["sanity"]).eval("return KSR.sanity ~= nil, KSR.sl ~= nil, KSR.maxfwd ~= nil") == (True, True, False)


@pytest.mark.parametrize("module", kemilua.engine.stateless_modules())
def test_module_alone_is_whole(script, module):
    """tests/c/engine/test_alone.c calls every function of it."""
    engine = script(modules=[module])
    assert any(row["func"]["module"] == module for row in engine.rpc("app_lua.api_list")["methods"])
    assert engine.eval("return 7", message=request()) == (7,)


def test_unknown_module_is_refused():
    with pytest.raises(kemilua.NotFoundError, match="nosuch"):
        kemilua.Engine(modules=["nosuch"])


def test_core_parameters_are_kamailio_s(script):
    send = only_send(script(ANSWER, core={"server_header": "Server: test/1"}).receive(request()))
    assert header(send.data, "Server") == ["test/1"]
    send = only_send(script(ANSWER, core={"server_signature": False}).receive(request()))
    assert header(send.data, "Server") == []


def test_module_parameters_are_kamailio_s(script):
    engine = script(
        "function ksr_request_route() KSR.info(tostring(KSR.maxfwd.process_maxfwd(10))) KSR.forward() end",
        modparams={"maxfwd": {"max_limit": 20}},
    )
    send = only_send(engine.receive(request(uri="sip:bob@192.0.2.9")))
    assert header(send.data, "Max-Forwards") == ["20"]


BAD = {
    "core name": ({"core": {"no_such_thing": 1}}, kemilua.NotFoundError, "no_such_thing"),
    "core type": ({"core": {"debug": "loud"}}, kemilua.ConfigError, "debug"),
    "module": ({"modparams": {"nosuch": {"x": 1}}}, kemilua.NotFoundError, "nosuch"),
    "parameter": ({"modparams": {"maxfwd": {"x": 1}}}, kemilua.NotFoundError, "x"),
    "value": ({"modparams": {"maxfwd": {"max_limit": "many"}}}, kemilua.ConfigError, "max_limit"),
    "app_lua": ({"modparams": {"app_lua": {"lode": "x"}}}, kemilua.NotFoundError, "lode"),
    "listen": ({"listen": ["carrier-pigeon:1.2.3.4:5060"]}, kemilua.ConfigError, "carrier-pigeon"),
    "port": ({"listen": ["udp:1.2.3.4:99999"]}, kemilua.ConfigError, "99999"),
    "alias": ({"aliases": ["udp:"]}, kemilua.ConfigError, "alias"),
    "libraries": ({"libraries": "some"}, kemilua.ConfigError, "full"),
    "errors": ({"errors": "ignore"}, kemilua.ArgumentError, "raise"),
    "lane": ({"lane": "fast"}, kemilua.ArgumentError, "fast"),
    "random": ({"random": lambda size: b"short"}, kemilua.ArgumentError, "32"),
}


@pytest.mark.parametrize(("arguments", "kind", "text"), BAD.values(), ids=BAD.keys())
def test_impossible_argument_is_refused_and_named(arguments, kind, text):
    with pytest.raises(kind, match=text):
        kemilua.Engine(**arguments)


def test_app_lua_s_parameters_may_stand_among_the_others(script, tmp_path):
    path = tmp_path / "a.lua"
    path.write_text("a = 1")
    engine = script("b = a", modparams={"app_lua": {"load": [str(path)], "reload": 0, "log_mode": 1}})
    assert engine.eval("return a, b") == (1, 1)
    with pytest.raises(kemilua.RpcError):
        engine.rpc("app_lua.reload")


def test_log_mode_lists_every_function_at_debug_level(caplog):
    caplog.set_level("DEBUG", logger="kemilua.script")
    kemilua.Engine(kemilua.Source("x = 1"), log_mode=1).close()
    assert any("KSR.pv.get" in text for text in caplog.messages)


def test_sockets_and_aliases_are_ourselves(script):
    engine = script(listen=["udp:192.0.2.1:5060", "tcp:192.0.2.1:5062 name inside"], aliases=["example.com", "udp:other.org:5080"])
    asked = ["192.0.2.1", "sip:192.0.2.1:5062;transport=tcp", "sip:192.0.2.1:5062", "example.com", "sip:other.org:5080", "sip:other.org:1"]
    code = "return " + ", ".join(f"KSR.is_myself('{one}')" for one in asked)
    assert engine.eval(code, message=request()) == (True, True, True, True, True, False)


def test_same_randomness_gives_the_same_bytes(script):
    def answer(random):
        return only_send(script(ANSWER, random=random).receive(request())).data

    assert answer(lambda size: bytes(size)) == answer(lambda size: bytes(size))
    assert answer(lambda size: bytes(size)) != answer(lambda size: b"x" * size)


def test_math_random_follows_the_engine_s_randomness(script):
    def numbers(random):
        engine = script("x = 1", random=random)
        engine.lua_dostring("x = 1")
        return engine.eval("return math.random(1 << 40), math.random(1 << 40)")

    assert numbers(lambda size: bytes(size)) == numbers(lambda size: bytes(size))
    assert numbers(lambda size: bytes(size)) != numbers(lambda size: b"x" * size)


def test_to_tag_is_the_same_for_retransmissions(script):
    engine = script(ANSWER)
    first, second, other = (
        only_send(engine.receive(data)).data for data in (request(), request(), request(call_id="other", branch="z9hG4bK-2"))
    )
    assert header(first, "To") == header(second, "To")
    assert header(first, "To") != header(other, "To")


def test_local_address_defaults_to_the_first_socket_of_the_transport(script):
    engine = script(ANSWER, listen=["tcp:192.0.2.5:5064", "udp:192.0.2.6:5066"])
    assert only_send(engine.receive(request())).local == ("192.0.2.6", 5066)
    assert only_send(engine.receive(request(), transport="tcp")).local == ("192.0.2.5", 5064)


def test_ipv6_works_throughout(script):
    engine = script(ANSWER, listen=["udp:[2001:db8::1]:5060"])
    send = only_send(engine.receive(request(), source=("2001:db8::7", 5060, 0, 0)))
    assert (send.destination, send.local) == (("2001:db8::7", 5060), ("2001:db8::1", 5060))


def test_closed_engine_says_so(script):
    engine = script("function f() end", exports=[])
    engine.close()
    engine.close()
    for use in (
        lambda: engine.receive(request()),
        lambda: engine.lua_run("f"),
        lambda: engine.eval("return 1"),
        lambda: engine.rpc("app_lua.list"),
        lambda: engine.scripts,
        lambda: engine.now,
    ):
        with pytest.raises(kemilua.EngineClosedError, match="closed"):
            use()
    assert repr(engine) == "<kemilua.Engine closed>"


def test_engine_is_a_context_manager():
    with kemilua.Engine(kemilua.Source("x = 1", "a.lua")) as engine:
        assert repr(engine) == "<kemilua.Engine a.lua>"
    with pytest.raises(kemilua.EngineClosedError):
        engine.eval("return x")


def test_subclass_may_override_the_entries(lane):
    class Counting(kemilua.Engine):
        count = 0

        def receive_datagram(self, *arguments, **more):
            self.count += 1
            return super().receive_datagram(*arguments, **more)

    engine = Counting(kemilua.Source(ANSWER), lane=lane)
    assert len(engine.receive_datagram(request(), source=("198.51.100.7", 5060))) == 1
    assert engine.count == 1


def test_memory_of_the_states_is_told(script):
    engine = script("x = string.rep('x', 100000)")
    assert engine.memory > 100_000


@pytest.mark.parametrize("arguments", [{"now": "x"}, {"source": None}, {"source": "1.2.3.4:5"}, {"transport": "ipx"}, {"local": ("x",)}])
def test_impossible_arguments_of_a_datagram_are_refused(script, arguments):
    engine = script(ANSWER)
    with pytest.raises((kemilua.ArgumentError, TypeError)):
        engine.receive_datagram(request(), **{"source": ("198.51.100.7", 5060), **arguments})
    assert len(engine.receive(request())) == 1


@pytest.mark.parametrize("data", ["OPTIONS sip:a SIP/2.0", None, 5])
def test_datagrams_are_bytes(script, data):
    with pytest.raises(TypeError, match="bytes"):
        script(ANSWER).receive(data)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_datagrams_may_be_any_bytes(script, kind):
    assert len(script(ANSWER).receive(kind(request()))) == 1
