"""KSR.cfgutils: chance, locks, hashes and its commands; expected values are those of a running Kamailio 5.6.3."""

from __future__ import annotations

import hashlib
import threading

import kemilua
import pytest
from builders import request
from harness import logged

LOCKS = {"lock_set_size": 4}


@pytest.fixture
def lua(script):
    """`lua("rand_get_prob(), ...", **modparams)`: values of expressions in which C is KSR.cfgutils."""

    def lua(code, *, engine=None, **params):
        engine = engine or script(None, modparams={"cfgutils": params})
        values = engine.eval(f"local C = KSR.cfgutils {code if 'return' in code else 'return ' + code}", message=request())
        return values[0] if len(values) == 1 else values

    return lua


# ---- chance


def test_probability_is_kept(lua):
    assert lua("C.rand_get_prob()") == 10
    code = "C.rand_set_prob(50), C.rand_get_prob(), C.rand_set_prob(101), C.rand_get_prob(), C.rand_set_prob(-1), C.rand_get_prob()"
    assert lua(code) == (1, 50, 1, 101, 1, -1)
    assert lua("C.rand_set_prob(7), C.rand_reset_prob(), C.rand_get_prob()", initial_probability=30) == (1, 1, 30)


@pytest.mark.parametrize(
    ("percent", "least", "most"), [(-1, 0, 0), (0, 0, 0), (1, 1, 60), (50, 850, 1150), (100, 2000, 2000), (101, 2000, 2000)]
)
def test_events_come_as_often_as_they_should(lua, percent, least, most):
    code = f"C.rand_set_prob({percent}) local n = 0 for i = 1, 2000 do if C.rand_event() == 1 then n = n + 1 end end return n"
    assert least <= lua(code) <= most


def test_chance_comes_from_the_engine_and_can_be_repeated(script):
    code = "local t = {} for i = 1, 64 do t[i] = KSR.cfgutils.rand_event() end return table.concat(t, ',')"
    same, again = (script(None, modparams={"cfgutils": {"initial_probability": 50}}).eval(code, message=request()) for _ in range(2))
    other = script(None, modparams={"cfgutils": {"initial_probability": 50}}, random=lambda size: b"x" * size).eval(code, message=request())
    assert same == again != other


def test_probability_is_shared(script, lua):
    state = kemilua.SharedState()
    first = script(None, shared=state)
    second = script(None, shared=state, modparams={"cfgutils": {"initial_probability": 20}})
    assert (lua("C.rand_get_prob()", engine=first), lua("C.rand_get_prob()", engine=second)) == (10, 20)
    lua("C.rand_set_prob(55)", engine=first)
    assert lua("C.rand_get_prob()", engine=second) == 55
    lua("C.rand_reset_prob()", engine=second)
    assert lua("C.rand_get_prob()", engine=first) == 20


# ---- locks


def test_locks_are_taken_and_given_back(lua):
    code = "C.lock('a'), C.trylock('a'), C.unlock('a'), C.trylock('A'), C.unlock('a'), C.unlock('a'), C.lock(''), C.unlock('')"
    assert lua(code, **LOCKS) == (1, -1, 1, 1, 1, 1, 1, 1)
    assert lua("C.lock_key2('a', 'b'), C.trylock_key2('A', 'B'), C.unlock_key2('a', 'b'), C.trylock_key2('a', 'b')", **LOCKS) == (
        1,
        -1,
        1,
        1,
    )


def test_second_key_that_is_empty_is_none(lua):
    assert lua("C.lock_key2('a', ''), C.trylock('a')", **LOCKS) == (1, -1)


def test_null_keys_are_refused(lua):
    calls = ["lock(nil)", "unlock(nil)", "trylock(nil)", "lock_key2(nil, 'a')", "lock_key2('a', nil)", "unlock_key2('a', nil)"]
    assert lua(", ".join(f"C.{call}" for call in calls), **LOCKS) == (-1,) * len(calls)


def test_without_a_set_there_are_no_locks(lua):
    assert lua("C.lock('a'), C.trylock('a'), C.unlock('a'), C.lock_key2('a', 'b')") == (-1, -1, -1, -1)


@pytest.mark.parametrize(("size", "collide"), [(1, True), (14, False), (20, False), (-1, False)])
def test_size_of_the_set(lua, size, collide):
    keys = "abcdefgh"
    code = f"local n = 0 for k in ('{keys}'):gmatch('.') do if C.trylock(k) == 1 then n = n + 1 end end return n"
    assert (lua(code, lock_set_size=size) < len(keys)) is collide


def test_lock_of_the_same_run_is_refused_rather_than_waited_for(script):
    engine = script("function ksr_request_route() KSR.cfgutils.lock('a') R = KSR.cfgutils.lock('a') end", modparams={"cfgutils": LOCKS})
    effects = engine.receive(request())
    assert (engine.eval("return R")[0], any("for ever" in text for text in logged(effects))) == (-1, True)


def test_locks_end_with_the_run_and_are_those_of_the_engine(script, lua):
    state = kemilua.SharedState()
    first, second = (script(None, shared=state, modparams={"cfgutils": LOCKS}) for _ in range(2))

    @kemilua.export("other.run")
    def run() -> str:
        return ",".join(map(str, lua("C.trylock('a'), C.unlock('a'), C.trylock('a'), C.lock('a')", engine=second)))

    first.register(run)
    assert lua("return C.lock('a'), KSR.other.run()", engine=first) == (1, "-1,1,-1,-1")
    assert lua("C.trylock('a')", engine=second) == 1


def test_lock_keeps_other_threads_out(script):
    state = kemilua.SharedState()
    code = """for i = 1, 1000 do KSR.cfgutils.lock('k') KSR.pv.seti('$shv(n)', KSR.pv.get('$shv(n)') + 1) KSR.cfgutils.unlock('k') end"""
    engines = [script(None, shared=state, modparams={"cfgutils": LOCKS}, limits=kemilua.Limits(instructions=0)) for _ in range(2)]
    threads = [threading.Thread(target=engine.eval, args=(code,), kwargs={"message": request()}) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engines[0].eval("return KSR.pv.get('$shv(n)')", message=request()) == (2000,)


# ---- hashes, routes, the process


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("'abc', '', 0", 1),
        ("'abc', '', -1", 1),
        ("'abc', '', 16", 24387),
        ("'abc', 'x', 16", 24506),
        ("'', '', 8", 1),
        ("'abc', nil, 1024", 1),
        ("'ABC', '', 16", 30084),
        ("'abcd', 'efghi', 31", 1463449729),
        ("'abcdefgh', '', 30", 389707805),
        ("'abcdefgh', '', 32", 1),
        ("'abcdefgh', '', 33", 1),
        ("'abcdefgh', '', 40", 29),
        ("nil, 'a', 3", -1),
    ],
)
def test_core_hash(lua, arguments, expected):
    assert lua(f"C.core_hash({arguments})") == expected


def test_there_are_no_native_routes(lua):
    code = "C.check_route_exists('here'), C.check_route_exists(''), C.route_if_exists('here'), C.route_if_exists(nil)"
    assert lua(f"function here() end return {code}") == (-1, -1, -1, -1)


def test_sleeping_moves_the_time_of_the_run_alone(script, clock):
    code = "function ksr_request_route() KSR.cfgutils.{} KSR.info(KSR.pv.get('$TV(Sn)')) end"
    times = {}
    for call in ("sleep(3600)", "usleep(2500000)", "sleep(-1)", "usleep(0)"):
        engine = script(code.format(call))
        times[call] = [float(logged(engine.receive(request()))[0].split()[-1]) - clock.now for _ in range(2)]
    assert times == {"sleep(3600)": [3600, 3600], "usleep(2500000)": [2.5, 2.5], "sleep(-1)": [0, 0], "usleep(0)": [0, 0]}


def test_abort_is_refused_and_told(script):
    engine = script(None)
    assert engine.eval("return KSR.cfgutils.abort()", message=request()) == (-1,)
    assert any("wants the process to end" in text for text in logged(engine.take_effects()))


@pytest.mark.parametrize(
    ("function", "text"),
    [("pkg_status", "of the message"), ("pkg_summary", "set-up"), ("shm_status", "hash tables"), ("shm_summary", "hash tables")],
)
def test_memory_is_reported_in_the_log(script, function, text):
    engine = script(None)
    assert engine.eval(f"return KSR.cfgutils.{function}()", message=request()) == (1,)
    (line,) = logged(engine.take_effects())
    assert function in line
    assert text in line


def test_shared_memory_grows_with_tables(script):
    engine = script(None, modparams={"htable": {"htable": "a=>size=4;"}})
    report = "KSR.cfgutils.shm_status()"
    engine.eval(f"{report} for i = 1, 100 do KSR.htable.sht_sets('a', i, string.rep('x', 1000)) end {report}", message=request())
    before, after = (int(text.split(": ")[-1].split()[0]) for text in logged(engine.take_effects()))
    assert after - before > 100_000


# ---- commands


def test_probability_by_command(script):
    engine = script(None)
    assert engine.rpc("cfgutils.rand_get_prob") == "actual probability: 10 percent"
    assert engine.rpc("cfgutils.rand_set_prob", 55) is None
    assert engine.rpc("cfgutils.rand_get_prob") == "actual probability: 55 percent"
    assert engine.eval("return KSR.cfgutils.rand_get_prob()", message=request()) == (55,)
    assert engine.rpc("cfgutils.rand_reset_prob") is None
    assert engine.rpc("cfgutils.rand_get_prob") == "actual probability: 10 percent"


def test_global_flags_by_command(script):
    state = kemilua.SharedState()
    engine = script(None, shared=state, modparams={"cfgutils": {"initial_gflags": 5}})
    other = script(None, shared=state)
    assert [engine.rpc("cfgutils.get_gflags"), engine.rpc("cfgutils.set_gflag", 8), engine.rpc("cfgutils.get_gflags")] == [
        "0x5 (5)",
        None,
        "0xD (13)",
    ]
    assert [other.rpc("cfgutils.is_gflag", mask) for mask in (8, 9, 24, 16, 0)] == ["TRUE", "TRUE", "FALSE", "FALSE", "TRUE"]
    assert [other.rpc("cfgutils.reset_gflag", "1"), engine.rpc("cfgutils.get_gflags")] == [None, "0xC (12)"]
    engine.rpc("cfgutils.set_gflag", -1)
    assert engine.rpc("cfgutils.get_gflags") == "0xFFFFFFFF (4294967295)"


@pytest.mark.parametrize(
    ("command", "arguments", "text"),
    [
        ("rand_set_prob", [101], "Invalid Percent"),
        ("rand_set_prob", [], "Invalid Parameters"),
        ("rand_set_prob", ["x"], "Invalid Parameters"),
        ("rand_set_prob", [1.5], "Invalid Parameters"),
        ("rand_set_prob", [2**40], "Invalid Parameters"),
        ("set_gflag", [], "Invalid Parameters"),
        ("reset_gflag", [""], "Invalid Parameters"),
        ("is_gflag", ["1x"], "Invalid Parameters"),
        ("check_config_hash", [], "No hash file"),
    ],
)
def test_commands_that_fail(script, command, arguments, text):
    with pytest.raises(kemilua.RpcError, match=text) as caught:
        script(None).rpc(f"cfgutils.{command}", *arguments)
    assert caught.value.code == 500


def test_file_that_tells_whether_it_changed(script, tmp_path):
    path = tmp_path / "kamailio.cfg"
    path.write_bytes(b"one" * 5000)
    engine = script(None, modparams={"cfgutils": {"hash_file": str(path)}})
    assert engine.rpc("cfgutils.get_config_hash") == hashlib.md5(b"one" * 5000, usedforsecurity=False).hexdigest()
    assert engine.rpc("cfgutils.check_config_hash") == "Identical hash"
    path.write_bytes(b"two")
    assert engine.rpc("cfgutils.check_config_hash") == "Different hash"
    path.unlink()
    with pytest.raises(kemilua.RpcError, match="Failed to hash"):
        engine.rpc("cfgutils.check_config_hash")


def test_no_file_has_no_hash(script):
    assert script(None).rpc("cfgutils.get_config_hash") == ""


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"initial_probability": 101}, "at most 100"),
        ({"initial_probability": "x"}, "wants an integer"),
        ({"lock_set_size": "x"}, "wants an integer"),
        ({"hash_file": "/nonexistent/file"}, "cannot be read"),
        ({"hash_file": ""}, "path of a file"),
    ],
)
def test_parameters_that_make_no_sense(script, params, text):
    with pytest.raises(kemilua.ConfigError, match=text):
        script(None, modparams={"cfgutils": params})
