"""Threads: one engine for one thread at a time, many engines at once.

As a program it prints how two engines in two threads compare with one after the other:

    python tests/engine/test_threads.py
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))

import kemilua
from builders import request

SOURCE = ("198.51.100.7", 5060)
WORK = """
function work()
    local n = 0
    for i = 1, %d do n = (n + i * 7) %% 1000003 end
end
"""


def in_threads(functions):
    """Run all at once; raise what one of them raised."""
    errors = []

    def guarded(function):
        try:
            function()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def parallel_ratio(loops: int, rounds: int = 5) -> float:
    """Time of two engines in two threads, as a part of the time of one after the other: the best of some rounds."""
    text = kemilua.Source(WORK % loops, "work.lua")
    engines = [kemilua.Engine(text, limits=kemilua.Limits(instructions=0)) for _ in range(2)]
    runs = [lambda engine=engine: [engine.lua_run("work") for _ in range(20)] for engine in engines]
    ratios = []
    for _ in range(rounds):
        start = time.perf_counter()
        for run in runs:
            run()
        middle = time.perf_counter()
        in_threads(runs)
        ratios.append((time.perf_counter() - middle) / (middle - start))
    for engine in engines:
        engine.close()
    return min(ratios)


def test_two_engines_run_at_the_same_time(capsys):
    ratio = parallel_ratio(50_000)
    with capsys.disabled():
        print(f"\ntwo engines in two threads: {ratio:.2f} of the time of one after the other")
    assert ratio > 0


def test_two_engines_are_inside_at_once(script):
    """Each waits, within its run, until the other one is within its own: possible only when the runs overlap."""
    barrier = threading.Barrier(2, timeout=20)

    @kemilua.export("t.meet")
    def meet() -> int:
        return barrier.wait()

    engines = [script("function ksr_request_route() KSR.info(tostring(KSR.t.meet())) end", exports=[meet]) for _ in range(2)]
    texts = []
    in_threads([lambda engine=engine: texts.append(engine.receive(request())[0].text) for engine in engines])
    assert sorted(texts) == ["0", "1"]


def test_lua_runs_without_the_interpreter_s_lock(script):
    """A budget of many seconds is spent in one thread while this one counts."""
    engine = script("function spin() while true do end end", limits=kemilua.Limits(instructions=30_000_000))
    done = threading.Event()
    results, ticks = [], 0

    def spin():
        results.append(engine.lua_run("spin"))
        done.set()

    thread = threading.Thread(target=spin)
    thread.start()
    while not done.wait(0.001):
        ticks += 1
    thread.join()
    assert results == [-1]
    assert ticks > 5


def test_second_thread_is_refused_and_the_first_goes_on(script):
    inside, leave = threading.Event(), threading.Event()

    @kemilua.export("t.wait")
    def wait() -> int:
        inside.set()
        return int(leave.wait(20))

    text = "function ksr_request_route() KSR.t.wait() KSR.sl.send_reply(200, 'OK') end function f() end"
    engine = script(text, exports=[wait])
    effects = []
    thread = threading.Thread(target=lambda: effects.extend(engine.receive(request())))
    thread.start()
    assert inside.wait(20)
    uses = {
        "receive": lambda: engine.receive(request()),
        "lua_run": lambda: engine.lua_run("f"),
        "eval": lambda: engine.eval("return 1"),
        "reload": lambda: engine.reload(),
        "close": lambda: engine.close(),
    }
    for use in uses.values():
        with pytest.raises(kemilua.EngineBusyError):
            use()
    leave.set()
    thread.join(20)
    assert len(effects) == 1
    assert engine.lua_run("f") == 1


def test_engine_may_move_from_thread_to_thread(script):
    engine = script("n = 0 function ksr_request_route() n = n + 1 end")
    for _ in range(5):
        in_threads([lambda: [engine.receive(request()) for _ in range(50)]])
    assert engine.eval("return n") == (250,)


def test_message_serves_one_thread_at_a_time():
    msg = kemilua.Message.parse(request())
    busy = []

    def use():
        for _ in range(300):
            try:
                assert msg.method == "OPTIONS"
                assert bytes(msg) == request()
            except kemilua.EngineBusyError as error:
                busy.append(error)

    in_threads([use] * 4)
    assert msg.uri == "sip:bob@example.com"
    assert len(busy) < 4 * 600


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shared"])
def test_twenty_threads_survive_reloads(tmp_path, lane, shared):
    path = tmp_path / "routing.lua"
    text = """
        version = %d
        function ksr_request_route()
            KSR.pv.seti("$shv(n)", KSR.pv.getvn("$shv(n)", 0) + 1)
            KSR.t.count(version)
            KSR.sl.send_reply(200, "V" .. version)
        end"""
    path.write_text(text % 0)
    state = kemilua.SharedState() if shared else None
    stop, started = threading.Event(), threading.Barrier(21, timeout=60)
    answered, seen = [0] * 20, set()

    @kemilua.export("t.count")
    def count(version: int) -> None:
        seen.add(version)

    def serve(number):
        with kemilua.Engine(path, listen=["udp:192.0.2.1:5060"], exports=[count], shared=state, lane=lane, log_level="err") as engine:
            started.wait()
            while not stop.is_set():
                (effect,) = engine.receive_datagram(request(), source=SOURCE)
                assert effect.data.startswith(b"SIP/2.0 200 V")
                answered[number] += 1
                if number % 5 == 0 and answered[number] % 20 == 0:
                    engine.rpc("app_lua.reload")

    def reload():
        try:
            started.wait()
            for version in range(1, 30):
                fresh = path.with_suffix(".new")
                fresh.write_text(text % version)
                fresh.replace(path)
                time.sleep(0.02)
        finally:
            stop.set()

    in_threads([*(lambda number=number: serve(number) for number in range(20)), reload])
    assert min(answered) > 0
    assert len(seen) > 1


def main() -> None:
    """Print the ratio of a longer run."""
    print(f"two engines in two threads: {parallel_ratio(1_000_000):.2f} of the time of one after the other")


if __name__ == "__main__":
    main()
