"""Several engines in several threads: whose message it is, what is posted to whom, and what happens once for all."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError

import kemilua
import pytest
from builders import request

SOURCE, LOCAL = ("198.51.100.7", 5060), ("127.0.0.1", 5070)
ECHO = "function ksr_request_route() KSR.sl.send_reply(200, KSR.pv.get('$ci')) end"


def replies(effects):
    return [effect.data.split(b"\r\n")[0].decode() for effect in effects if isinstance(effect, kemilua.Send)]


# ---- the inbox


def test_posted_messages_are_handled_in_order(script):
    engine = script(ECHO)
    for name in ("one", "two"):
        engine.post_datagram(request(call_id=name), SOURCE, LOCAL, now=1.0)
    assert replies(engine.handle_inputs()) == ["SIP/2.0 200 one", "SIP/2.0 200 two"]
    assert engine.now == 1.0
    assert engine.handle_inputs() == []


def test_posted_time_runs_what_is_due(script):
    engine = script(None, modparams={"htable": {"htable": "a=>autoexpire=5;", "timer_interval": 7}}, now=10)
    assert engine.next_timer() == 17
    engine.post_timer(20)
    assert engine.handle_inputs() == []
    assert (engine.now, engine.next_timer()) == (20, 27)


def test_a_posted_command_is_answered(script):
    engine = script(None)
    good, bad = engine.post_rpc("core.echo", "x", 1), engine.post_rpc("no.such")
    assert not good.done()
    engine.handle_inputs()
    assert good.result(0) == ["x", 1]
    with pytest.raises(kemilua.RpcError, match=r"no\.such"):
        bad.result(0)


def test_a_cancelled_command_does_not_run(script):
    engine = script(None)
    call = engine.post_rpc("core.echo", "x")
    assert call.cancel()
    engine.handle_inputs()
    with pytest.raises(CancelledError):
        call.result(0)


def test_closing_ends_what_waits(script):
    engine = script(None)
    call = engine.post_rpc("core.echo", "x")
    engine.close()
    with pytest.raises(kemilua.EngineClosedError, match="before it came"):
        call.result(0)
    for post in (
        lambda: engine.post_datagram(request(), SOURCE, LOCAL, now=1.0),
        lambda: engine.post_timer(1),
        lambda: engine.post_rpc("core.echo"),
        engine.handle_inputs,
    ):
        with pytest.raises(kemilua.EngineClosedError):
            post()


def test_a_script_posts_to_its_own_engine(script):
    engine = script("function ksr_request_route() KSR.test.again() KSR.sl.send_reply(200, 'first') end")

    @kemilua.export("test.again")
    def again(msg: kemilua.Message) -> int:
        engine.post_timer(5)
        return 1

    engine.register(again)
    assert replies(engine.receive_datagram(request(), SOURCE)) == ["SIP/2.0 200 first"]
    engine.handle_inputs()
    assert engine.now == 5


def test_inputs_are_not_handled_within_a_run(script):
    engine = script("function ksr_request_route() KSR.test.now() end", errors="raise")

    @kemilua.export("test.now")
    def now(msg: kemilua.Message) -> int:
        engine.handle_inputs()
        return 1

    engine.register(now)
    with pytest.raises(kemilua.EngineBusyError, match="within a run"):
        engine.receive_datagram(request(), SOURCE)


def test_what_fails_leaves_the_rest_posted(script):
    engine = script("function ksr_request_route() if KSR.pv.get('$ci') == 'bad' then error('broken') end " + ECHO[29:], errors="raise")
    for name in ("one", "bad", "two"):
        engine.post_datagram(request(call_id=name), SOURCE, LOCAL, now=1.0)
    with pytest.raises(kemilua.ScriptError, match="broken"):
        engine.handle_inputs()
    assert replies(engine.take_effects()) == ["SIP/2.0 200 one"]
    assert replies(engine.handle_inputs()) == ["SIP/2.0 200 two"]


def test_an_engine_that_is_behind_refuses(script):
    engine = script(ECHO, limits=kemilua.Limits(memory=2**20))
    large = request(body=b"x" * 20_000)
    for _ in range(51):
        engine.post_datagram(large, SOURCE, LOCAL, now=1.0)
    with pytest.raises(kemilua.EngineBusyError, match=r"behind: more than 1048576 bytes"):
        engine.post_datagram(large, SOURCE, LOCAL, now=1.0)
    assert len(replies(engine.handle_inputs())) == 51
    engine.post_datagram(large, SOURCE, LOCAL, now=1.0)


def test_bad_arguments_are_named(script):
    engine = script(None)
    with pytest.raises(kemilua.ArgumentError, match="source"):
        engine.post_datagram(request(), "here", LOCAL, now=1.0)
    with pytest.raises(kemilua.ArgumentError, match="now"):
        engine.post_datagram(request(), SOURCE, LOCAL, now=-1.0)
    with pytest.raises(kemilua.ArgumentError, match="on_input"):
        script(None, on_input=3)


# ---- two clocks


def timed(script, **arguments):
    return script(None, modparams={"htable": {"htable": "a=>autoexpire=5;", "timer_interval": 7}}, **arguments)


def test_timers_go_by_their_own_clock(script):
    engine = timed(script, now=1_000_000, monotonic=50)
    assert (engine.now, engine.monotonic, engine.next_timer()) == (1_000_000, 50, 57)
    engine.receive_datagram(request(), SOURCE, now=2_000_000)  # somebody set the clock
    assert (engine.now, engine.monotonic, engine.next_timer()) == (2_000_000, 50, 57)
    engine.receive_datagram(request(), SOURCE, now=900_000, monotonic=57.5)
    assert (engine.now, engine.next_timer()) == (900_000, 64.5)
    engine.handle_timer(900_010, 65)
    assert engine.next_timer() == 72
    engine.post_timer(900_020, 73)
    engine.handle_inputs()
    assert (engine.now, engine.monotonic, engine.next_timer()) == (900_020, 73, 80)


def test_without_a_clock_of_their_own_they_go_by_now(script):
    engine = timed(script, now=100)
    assert (engine.monotonic, engine.next_timer()) == (100, 107)
    engine.now = 105
    assert engine.monotonic == 105
    for act in (
        lambda: engine.receive_datagram(request(), SOURCE, monotonic=1),
        lambda: engine.handle_timer(1, 1),
        lambda: engine.post_timer(1, 1),
        lambda: setattr(engine, "monotonic", 1),
    ):
        with pytest.raises(kemilua.ArgumentError, match="go by now"):
            act()


def test_posts_to_an_engine_with_two_clocks_tell_both(script):
    engine = timed(script, monotonic=1)
    with pytest.raises(kemilua.ArgumentError, match="monotonic must be given"):
        engine.post_timer(5)


# ---- waking


def test_on_input_is_told_once_until_all_is_handled(script):
    told = []
    engine = script(None, on_input=lambda: told.append(threading.current_thread().name))
    thread = threading.Thread(target=lambda: [engine.post_timer(1), engine.post_timer(2)], name="other")
    thread.start()
    thread.join()
    assert told == ["other"]
    engine.handle_inputs()
    engine.post_timer(3)
    assert told == ["other", threading.current_thread().name]


def test_an_asyncio_host_is_woken(script):
    async def host() -> list[str]:
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        engine = script(ECHO, on_input=lambda: loop.call_soon_threadsafe(woken.set))
        thread = threading.Thread(target=engine.post_datagram, args=(request(call_id="c"), SOURCE, LOCAL), kwargs={"now": 1.0})
        thread.start()
        await asyncio.wait_for(woken.wait(), 30)
        thread.join()
        return replies(engine.handle_inputs())

    assert asyncio.run(host()) == ["SIP/2.0 200 c"]


# ---- engines that share a state


def three(script, text=None, **arguments):
    state = kemilua.SharedState()
    return state, [script(text, shared=state, **arguments) for _ in range(3)]


def test_engines_have_numbers(script):
    state, engines = three(script)
    assert [engine.number for engine in engines] == [0, 1, 2]
    assert state.engines == 3
    engines[1].close()
    assert script(None, shared=state).number == 1
    assert script(None).number == 0


def test_messages_of_a_call_have_one_owner(script):
    state, engines = three(script)
    owners = [state.owner(request(call_id=f"{number}@host")) for number in range(300)]
    assert {owners.count(engine.number) > 60 for engine in engines} == {True}
    for number in range(20):
        bye = request("BYE", call_id=f"{number}@host", body=b"Call-ID: other\r\n")
        assert state.owner(bye) == owners[number]
    assert state.owner(b"") == state.owner(b"\r\n\r\n") == state.owner(b"OPTIONS sip:a SIP/2.0\r\n\r\n") == 0


def test_owners_work_through_what_any_thread_receives(script):
    state, engines = three(script, ECHO)
    names = [f"{number}@host" for number in range(200)]

    def receive(part):
        for name in part:
            data = request(call_id=name)
            engines[state.owner(data)].post_datagram(data, SOURCE, LOCAL, now=1.0)

    threads = [threading.Thread(target=receive, args=(names[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = {engine.number: replies(engine.handle_inputs()) for engine in engines}
    assert sorted(line for lines in answered.values() for line in lines) == sorted(f"SIP/2.0 200 {name}" for name in names)
    for number, lines in answered.items():
        assert {state.owner(request(call_id=line.split()[2])) for line in lines} == {number}


EXPIRED = "function ksr_request_route() end function on_event(name) KSR.htable.sht_inc('seen', name) end"


def expiring(script):
    _, engines = three(
        script,
        EXPIRED,
        modparams={
            "htable": {"htable": ["e=>autoexpire=5;", "seen=>size=2;initval=0;"], "timer_interval": 7, "event_callback": "on_event"}
        },
        now=100,
    )
    return engines


def seen(engine):
    return engine.eval("return KSR.htable.sht_get('seen', 'htable:expired:e')", message=request())[0]


def test_items_of_three_engines_expire_once(script):
    engines = expiring(script)
    assert [engine.next_timer() for engine in engines] == [107, None, None]
    for number, engine in enumerate(engines):
        engine.now = 101
        engine.eval(f"KSR.htable.sht_sets('e', 'key{number}', 'x')", message=request())
    for now in (107, 114):
        for engine in reversed(engines):
            engine.handle_timer(now)
    assert seen(engines[2]) == 3
    assert [engine.next_timer() for engine in engines] == [121, None, None]


def test_the_next_engine_takes_over(script):
    engines = expiring(script)
    engines[1].now = 101
    engines[1].eval("KSR.htable.sht_sets('e', 'key', 'x')", message=request())
    engines[0].close()
    assert [engine.next_timer() for engine in engines[1:]] == [107, None]
    for engine in engines[1:]:
        engine.receive_datagram(request(), SOURCE, now=107.5)
    assert seen(engines[2]) == 1


def test_an_engine_that_has_no_tables_that_expire_has_no_part(script):
    state = kemilua.SharedState()
    plain = script(None, shared=state)
    later = script(None, shared=state, modparams={"htable": {"htable": "e=>autoexpire=5;"}}, now=100)
    assert (plain.next_timer(), later.next_timer()) == (None, 120)
