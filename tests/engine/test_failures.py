"""What leaves an entry when something fails, and what is left behind: effects, messages, failures."""

from __future__ import annotations

import threading

import kemilua
import pytest
from builders import first_line, request
from harness import SOURCE, logged, sent
from kemilua import Message

FORWARDS_AGAIN = """
function ksr_request_route() KSR.forward() end
function ksr_onsend_route() KSR.forward() end
"""
"""Kamailio goes on until Lua's stack of C calls is used up, and each forward that was begun then sends."""
AT = {"uri": "sip:bob@203.0.113.9"}


# ---- nesting


def test_runs_nested_too_deep_end_in_a_log_line_among_the_message_s_effects(script):
    engine = script(FORWARDS_AGAIN)
    effects = engine.receive(request(**AT))
    assert [line for line in logged(effects) if "nested too deep" in line] == logged(effects)
    assert len(logged(effects)) == 1
    assert 1 < len(sent(effects)) == len(effects) - 1
    assert engine.take_effects() == []


def test_runs_nested_too_deep_are_raised_where_errors_are(script):
    with pytest.raises(kemilua.NestingError):
        script(FORWARDS_AGAIN, errors="raise").receive(request(**AT))


def test_engine_serves_on_after_runs_nested_too_deep(script):
    engine = script(FORWARDS_AGAIN + "function f() KSR.info('served') end")
    engine.receive(request(**AT))
    assert engine.lua_run("f", message=request()) == 1
    assert logged(engine.take_effects()) == ["served"]


# ---- what is left behind


CALLS = """
function leave() KSR.info('left') end
function ksr_request_route() KSR.info('routed') end
"""


def test_message_forgets_what_a_call_before_it_left(script):
    for before in (lambda engine: engine.lua_run("leave"), lambda engine: engine.eval("leave()")):
        engine = script(CALLS)
        before(engine)
        assert logged(engine.receive(request())) == ["routed"]
        assert engine.take_effects() == []


def test_timer_forgets_what_a_call_before_it_left(script):
    engine = script(CALLS)
    engine.lua_run("leave")
    assert engine.handle_timer(5.0) == []
    assert engine.take_effects() == []


REFUSED = {
    "address": ({"source": ("192.0.2.1", 70000)}, kemilua.ArgumentError),
    "data": ({"data": "text"}, kemilua.ArgumentError),
    "time": ({"now": float("nan")}, kemilua.ArgumentError),
}


@pytest.mark.parametrize(("wrong", "kind"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_message_leaves_nothing(script, wrong, kind):
    engine = script(CALLS)
    with pytest.raises(kind):
        engine.receive_datagram(**{"data": request(), "source": SOURCE, **wrong})
    assert engine.take_effects() == []
    assert logged(engine.receive(request())) == ["routed"]


def test_busy_engine_leaves_nothing(script):
    outcomes = []

    @kemilua.export("t.again")
    def again() -> None:
        for entry in (lambda: engine.receive(request()), lambda: engine.handle_timer(1.0)):
            with pytest.raises(kemilua.EngineBusyError):
                entry()
            outcomes.append(engine.take_effects())

    engine = script("function ksr_request_route() KSR.info('a') KSR.t.again() KSR.info('b') end", exports=[again])
    assert logged(engine.receive(request())) == ["a", "b"]
    assert outcomes == [[], []]
    assert engine.take_effects() == []


def test_effects_of_a_message_that_raised_are_there_once(script):
    engine = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') error('late') end", errors="raise")
    with pytest.raises(kemilua.ScriptError, match="late"):
        engine.receive(request())
    assert [first_line(data) for data in sent(engine.take_effects())] == ["SIP/2.0 200 OK"]
    assert engine.take_effects() == []


def test_interrupted_message_hands_its_effects_over_once(script):
    @kemilua.export("t.stop")
    def stop() -> None:
        raise KeyboardInterrupt

    text = "function ksr_request_route() KSR.info('routed') if KSR.is_INVITE() then KSR.t.stop() end end"
    engine = script(text, exports=[stop])
    with pytest.raises(KeyboardInterrupt):
        engine.receive(request("INVITE"))
    assert logged(engine.take_effects())[0] == "routed"
    with pytest.raises(KeyboardInterrupt):
        engine.receive(request("INVITE"))
    assert logged(engine.receive(request())) == ["routed"]
    assert engine.take_effects() == []


# ---- messages after their time


def kept_by(engine, kept, call):
    """The message that an export saw during a call."""
    kept.clear()
    call(engine)
    (message,) = kept
    return message


ENTRIES = {
    "receive_datagram": lambda engine: engine.receive(request()),
    "lua_run": lambda engine: engine.lua_run("keep", message=request()),
    "eval": lambda engine: engine.eval("keep()", message=request()),
    "lua_runstring": lambda engine: engine.lua_runstring("keep()", message=request()),
    "lua_dostring": lambda engine: engine.lua_dostring("KSR.t.keep()", message=request()),
    "nested": lambda engine: engine.eval("KSR.t.nest()", message=request(call_id="outer")),
    "bytearray": lambda engine: engine.lua_run("keep", message=bytearray(request())),
}
USES = {
    "method": lambda message: message.method,
    "header": lambda message: message.header("Via"),
    "source": lambda message: message.source,
    "bytes": bytes,
    "edit": lambda message: message.append("X-A", "1"),
    "uri": lambda message: setattr(message, "uri", "sip:x@y"),
    "pv": lambda message: message.pv("$ru"),
    "set_pv": lambda message: message.set_pv("$avp(x)", 1),
}


@pytest.fixture
def keeper(script):
    """An engine whose export keeps its message, and the list it goes to."""
    kept: list[Message] = []

    @kemilua.export("t.keep")
    def keep(msg: Message) -> None:
        assert msg.method == "OPTIONS"
        kept.append(msg)

    @kemilua.export("t.nest")
    def nest() -> int:
        return engine.lua_run("keep", message=request())

    text = "function keep() KSR.t.keep() end function ksr_request_route() keep() end"
    engine = script(text, exports=[keep, nest], errors="raise")
    return engine, kept


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_message_made_for_a_call_is_stale_after_it(keeper, entry):
    message = kept_by(*keeper, entry)
    for use in USES.values():
        with pytest.raises(kemilua.StaleMessageError):
            use(message)
    with pytest.raises(kemilua.StaleMessageError):
        keeper[0].lua_run("keep", message=message)
    with pytest.raises(kemilua.StaleMessageError):
        keeper[0].pv_get("$ru", message=message)
    assert repr(message) == "<kemilua.Message stale>"


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
def test_stale_message_stays_so_when_the_engine_is_closed_and_another_message_comes(keeper, entry):
    engine, kept = keeper
    message = kept_by(engine, kept, entry)
    kept.clear()
    engine.receive(request())
    with pytest.raises(kemilua.StaleMessageError):
        message.method  # noqa: B018 - reading is the test
    engine.close()
    with pytest.raises(kemilua.StaleMessageError):
        message.method  # noqa: B018 - reading is the test


def test_messages_of_many_nested_calls_are_told_apart(script):
    seen = []

    @kemilua.export("t.nest")
    def nest(msg: Message, left: int) -> None:
        for number in range(3 if left else 0):
            data = request(call_id=f"{left}-{number}")
            engine.lua_run("run", str(left - 1), message=data)
            seen.append(msg.header("Call-ID"))

    engine = script("function run(n) KSR.t.nest(tonumber(n)) end", exports=[nest], errors="raise")
    engine.lua_run("run", "2", message=request(call_id="outer"))
    assert seen == [*["2-0"] * 3, "outer", *["2-1"] * 3, "outer", *["2-2"] * 3, "outer"]


def test_caller_s_own_message_lasts(keeper):
    engine, kept = keeper
    own = Message.parse(request())
    engine.eval("keep()", message=own)
    engine.lua_run("keep", message=own)
    assert kept == [own, own]
    assert own.method == "OPTIONS"


def test_message_of_an_event_is_stale_after_it(script):
    kept: list[Message] = []

    @kemilua.export("t.keep")
    def keep(msg: Message) -> None:
        kept.append(msg)

    events = {"event_callback": "ksr_htable_event", "event_callback_mode": 1}
    script("function ksr_htable_event(name) KSR.t.keep() end", exports=[keep], modparams={"htable": events})
    (message,) = kept
    with pytest.raises(kemilua.StaleMessageError):
        message.method  # noqa: B018 - reading is the test


# ---- another thread


@pytest.fixture
def elsewhere():
    """Run something in another thread; return what it raised."""

    def run(action):
        raised = []

        def body():
            try:
                action()
            except Exception as error:
                raised.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        return raised

    return run


def test_attributes_of_a_running_engine_are_refused_to_other_threads(script, elsewhere):
    raised = []

    @kemilua.export("t.look")
    def look() -> None:
        for name in ("memory", "scripts", "now"):
            raised.extend(elsewhere(lambda name=name: getattr(engine, name)))
        raised.extend(elsewhere(engine.next_timer))
        raised.extend(elsewhere(engine.close))

    engine = script("function f() KSR.t.look() end", exports=[look])
    assert engine.lua_run("f", message=request()) == 1
    assert [type(error) for error in raised] == [kemilua.EngineBusyError] * 5
    assert engine.memory > 0


def test_engine_that_many_threads_use_and_close_ends_once(script):
    engine = script("function f() end function ksr_request_route() end")
    message, strange = request(), []

    def work(action):
        for use in [action] * 100 + [engine.close] * 1000:
            try:
                use()
            except kemilua.EngineBusyError:
                continue
            except kemilua.EngineClosedError:
                break
            except BaseException as error:
                strange.append(error)
                raise

    actions = [
        lambda: engine.lua_run("f"),
        lambda: engine.receive_datagram(message, SOURCE),
        lambda: engine.eval("return 1"),
        lambda: engine.memory,
    ]
    threads = [threading.Thread(target=work, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()
    assert strange == []


def test_stream_is_fed_by_one_thread_at_a_time(elsewhere):
    stream = kemilua.Stream()
    stream._lock.acquire()
    (error,) = elsewhere(lambda: stream.feed(request()))
    assert isinstance(error, kemilua.EngineBusyError)
    stream._lock.release()
    assert stream.feed(request()) == [request()]


def test_each_refused_call_of_a_loop_has_its_line(script):
    calls = "for i = 1, 20 do KSR.hdr.append() KSR.x.modf('nosuch') end"
    engine = script(f"function ksr_request_route() {calls} end", log_level="info", strict=False)
    lines = logged(engine.receive(request()))
    assert [sum(part in line for line in lines) for part in ("not enough parameters", "is not known", "more lines")] == [20, 20, 0]
