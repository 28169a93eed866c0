"""kemilua.UdpLoop: real sockets on 127.0.0.1, with the loop in C and the one in Python."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import kemilua
import pytest
from builders import assemble, header, request
from kemilua import _udp_portable

ANSWER = "function ksr_request_route() KSR.sl.send_reply(200, KSR.pv.get('$ci')) end"
LOCAL = "udp:127.0.0.1:0"
PATIENCE = 10
HAS_NATIVE = sys.platform == "linux"

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(params=[True, False] if HAS_NATIVE else [False], ids=lambda native: "native" if native else "portable")
def native(request: pytest.FixtureRequest) -> bool:
    return request.param


class Client:
    """Sends requests to a loop, and reads what comes back."""

    def __init__(self, family: int = socket.AF_INET) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.socket.settimeout(PATIENCE)

    def send(self, to: kemilua.Address, call_id: str = "one", method: str = "OPTIONS", **more: Any) -> bytes:
        data = request(method, call_id=call_id, branch="z9hG4bK-1;rport", **more)
        self.socket.sendto(data, to)
        return data

    def answer(self) -> str:
        """The first line of the next reply."""
        return self.socket.recv(65535).split(b"\r\n")[0].decode()

    def ask(self, to: kemilua.Address, call_id: str = "one", **more: Any) -> str:
        self.send(to, call_id, **more)
        return self.answer()


@pytest.fixture
def client() -> Iterator[Client]:
    one = Client()
    yield one
    one.socket.close()


Start = Callable[..., kemilua.UdpLoop]


class Running:
    """Loops that run in threads of their own, and what `run` raised there."""

    def __init__(self, native: bool) -> None:
        self.native = native
        self.threads: list[threading.Thread] = []
        self.loops: list[kemilua.UdpLoop] = []
        self.raised: list[BaseException] = []

    def __call__(self, engine: kemilua.Engine, sockets: Any = LOCAL, **more: Any) -> kemilua.UdpLoop:
        loop = kemilua.UdpLoop(engine, sockets, native=self.native, **more)
        thread = threading.Thread(target=self._run, args=(loop,))
        self.loops.append(loop)
        self.threads.append(thread)
        thread.start()
        return loop

    def _run(self, loop: kemilua.UdpLoop) -> None:
        try:
            loop.run()
        except BaseException as error:
            self.raised.append(error)

    def stop(self) -> None:
        for loop in self.loops:
            loop.stop()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        for loop in self.loops:
            loop.close()


@pytest.fixture
def engine_of() -> Iterator[Callable[..., kemilua.Engine]]:
    with contextlib.ExitStack() as engines:
        yield lambda text, **more: engines.enter_context(kemilua.Engine(kemilua.Source(text), **more))


@pytest.fixture
def start(native: bool, engine_of: object) -> Iterator[Running]:
    """Ends before the engines do."""
    running = Running(native)
    yield running
    running.stop()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


# ---- messages in, messages out


def test_requests_are_answered_from_the_socket_they_came_in_on(engine_of, start, client):
    loop = start(engine_of(ANSWER), [LOCAL, LOCAL])
    for number, address in enumerate(loop.addresses):
        client.send(address, f"call-{number}")
        data, source = client.socket.recvfrom(65535)
        assert (source, data.split(b"\r\n")[0]) == (address, f"SIP/2.0 200 call-{number}".encode())
    start.stop()
    counters = loop.counters()
    assert (counters["received"], counters["sent"], counters["dropped"], counters["failed"]) == (2, 2, 0, 0)


def test_ipv6(engine_of, start):
    try:
        client = Client(socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 on this machine's loopback interface")
    loop = start(engine_of("function ksr_request_route() KSR.sl.send_reply(200, KSR.pv.get('$si')) end"), "udp:[::1]:0")
    assert client.ask(loop.addresses[0]) == "SIP/2.0 200 ::1"
    client.socket.close()


def test_a_request_is_forwarded_by_the_engine_s_socket(engine_of, start, client):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own, Client().socket as peer:
        own.bind(("127.0.0.1", 0))
        there = peer.getsockname()[1]
        engine = engine_of(
            f"function ksr_request_route() KSR.forward_uri('sip:127.0.0.1:{there}') end", listen=f"udp:127.0.0.1:{own.getsockname()[1]}"
        )
        loop = start(engine, own)
        client.send(loop.addresses[0])
        data, source = peer.recvfrom(65535)
        assert source == loop.addresses[0]
        assert f"Via: SIP/2.0/UDP 127.0.0.1:{source[1]};branch=".encode() in data
        start.stop()
        assert own.fileno() >= 0  # it is the caller's


def test_sockets_are_those_of_listen(engine_of, start, client):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        port = own.getsockname()[1]
    loop = start(engine_of(ANSWER, listen=[f"udp:127.0.0.1:{port} name main", "tcp:127.0.0.1:5060"]), None)
    assert loop.addresses == [("127.0.0.1", port)]
    assert client.ask(("127.0.0.1", port)) == "SIP/2.0 200 one"


def test_many_at_once(engine_of, start, client):
    loop = start(engine_of(ANSWER), batch=8)
    for number in range(100):
        client.send(loop.addresses[0], str(number))
    assert sorted(int(client.answer().split()[-1]) for _ in range(100)) == list(range(100))


def test_a_socket_with_much_to_do_keeps_no_other_one_waiting(engine_of, start, client, native):
    @kemilua.export("t.nap")
    def nap() -> None:
        time.sleep(0.01)

    text = "function ksr_request_route() if KSR.is_INVITE() then KSR.t.nap() end KSR.sl.send_reply(200, KSR.pv.get('$ci')) end"
    with kemilua.UdpLoop(engine_of(text, exports=[nap]), [LOCAL, LOCAL], batch=1, native=native) as loop:
        for number in range(100):
            client.send(loop.addresses[0], str(number), method="INVITE")
        thread = threading.Thread(target=loop.run)
        thread.start()
        assert client.answer() == "SIP/2.0 200 0"
        client.send(loop.addresses[1], "other")
        answers = [client.answer() for _ in range(100)]
        assert answers.index("SIP/2.0 200 other") < 50
        loop.stop()
        thread.join(PATIENCE)


def test_a_datagram_that_is_too_long_is_dropped(engine_of, start, client):
    loop = start(engine_of(ANSWER), max_datagram=500)
    client.send(loop.addresses[0], headers={"X-Long": "x" * 500})
    assert client.ask(loop.addresses[0], "short") == "SIP/2.0 200 short"
    assert loop.counters()["truncated"] == 1


def test_what_cannot_be_sent_is_counted_and_logged(engine_of, start, client, caplog):
    """Nobody may broadcast by a socket that was not made for it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        text = "function ksr_request_route() KSR.forward_uri('sip:127.255.255.255:5060') end"
        loop = start(engine_of(text, listen=f"udp:127.0.0.1:{own.getsockname()[1]}"), own)
        client.send(loop.addresses[0])
        until(lambda: "could not be sent to 127.255.255.255 port 5060" in caplog.text)
        counters = loop.counters()
        assert (counters["send_failed"], counters["sent"]) == (1, 0)
        start.stop()


def test_transaction_hears_of_what_cannot_be_sent(engine_of, start, client):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        text = "function ksr_request_route() KSR.pv.sets('$du', 'sip:127.255.255.255:5060') KSR.tm.t_relay() end"
        loop = start(engine_of(text, listen=f"udp:127.0.0.1:{own.getsockname()[1]}"), own)
        assert client.ask(loop.addresses[0]) == "SIP/2.0 477 Unfortunately error on sending to next hop occurred (477/TM)"


def test_next_hops_by_name_reach_the_host(engine_of, start, client):
    engine = engine_of("function ksr_request_route() KSR.pv.sets('$du', 'sip:b.example') KSR.tm.t_relay() end")
    asked = []

    def on_effect(effect: kemilua.Effect) -> None:
        asked.append(effect)
        assert isinstance(effect, kemilua.Resolve)
        engine.post_resolved(effect.ticket, [], now=time.time())

    loop = start(engine, on_effect=on_effect, kinds=[kemilua.Resolve])
    assert client.ask(loop.addresses[0]) == "SIP/2.0 478 Unresolvable destination (478/TM)"
    assert [effect.name for effect in asked] == ["b.example"]


# ---- the end


def test_stop_while_idle(engine_of, start):
    start(engine_of(ANSWER))
    time.sleep(0.05)
    began = time.monotonic()
    start.stop()
    assert time.monotonic() - began < 2


def test_stop_under_load(engine_of, start, client):
    loop = start(engine_of(ANSWER))
    flooding = threading.Event()

    def flood() -> None:
        while not flooding.is_set():
            client.send(loop.addresses[0])

    thread = threading.Thread(target=flood)
    thread.start()
    until(lambda: loop.counters()["received"] > 100)
    loop.stop()
    start.threads[0].join(PATIENCE)
    flooding.set()
    thread.join()
    assert not start.threads[0].is_alive()
    assert start.raised == []


def test_what_had_come_in_is_done(engine_of, native, client):
    with engine_of(ANSWER) as engine, kemilua.UdpLoop(engine, LOCAL, native=native) as loop:
        for number in range(20):
            client.send(loop.addresses[0], str(number))
        loop.stop()
        loop.run()
        assert loop.counters()["sent"] == 20


def test_a_loop_runs_once_and_is_closed_afterwards(engine_of, native):
    loop = kemilua.UdpLoop(engine_of(ANSWER), LOCAL, native=native)
    loop.stop()
    loop.run()
    loop.close()
    with pytest.raises(kemilua.ArgumentError, match="runs once"):
        loop.run()


def test_a_running_loop_is_not_closed(engine_of, start, client):
    loop = start(engine_of(ANSWER))
    client.ask(loop.addresses[0])
    with pytest.raises(kemilua.EngineBusyError, match="stop it"):
        loop.close()


def test_a_closed_engine(engine_of, native):
    engine = engine_of(ANSWER)
    with kemilua.UdpLoop(engine, LOCAL, native=native) as loop:
        engine.close()
        with pytest.raises(kemilua.EngineClosedError):
            loop.run()


@pytest.mark.skipif(not HAS_NATIVE, reason="needs the loop in C")
def test_the_engine_is_its_loop_s(engine_of, client):
    engine = engine_of(ANSWER)
    running = Running(native=True)
    loop = running(engine)
    client.ask(loop.addresses[0])
    with pytest.raises(kemilua.EngineBusyError):
        engine.eval("return 1")
    with kemilua.UdpLoop(engine, LOCAL) as other, pytest.raises(kemilua.EngineBusyError):
        other.run()
    running.stop()
    assert engine.eval("return 1") == (1,)


# ---- scripts and exports


FAILING = """
function ksr_request_route()
    if KSR.pv.get("$rm") == "INVITE" then error("as it happens") end
    KSR.sl.send_reply(200, "OK")
end
"""


def test_a_script_error_ends_its_message_alone(engine_of, start, client, caplog):
    loop = start(engine_of(FAILING))
    client.send(loop.addresses[0], method="INVITE")
    assert client.ask(loop.addresses[0]) == "SIP/2.0 200 OK"
    until(lambda: "as it happens" in caplog.text)
    assert loop.counters()["failed"] == 1


def test_a_script_error_is_raised_where_errors_are(engine_of, native, client):
    engine = engine_of(FAILING, errors="raise")
    with kemilua.UdpLoop(engine, LOCAL, native=native) as loop:
        client.send(loop.addresses[0], method="INVITE")
        with pytest.raises(kemilua.ScriptError, match="as it happens"):
            loop.run()


@pytest.mark.parametrize("errors", ["log", "raise"])
def test_an_export_s_exception(engine_of, native, client, lane, errors, caplog):
    @kemilua.export("t.fail")
    def fail() -> None:
        raise LookupError("nothing there")

    engine = engine_of("function ksr_request_route() KSR.t.fail() end", exports=[fail], errors=errors, lane=lane)
    with kemilua.UdpLoop(engine, LOCAL, native=native) as loop:
        client.send(loop.addresses[0])
        loop.stop()
        if errors == "raise":
            with pytest.raises(LookupError, match="nothing there"):
                loop.run()
        else:
            loop.run()
            assert "nothing there" in caplog.text
    assert engine._exceptions == {}


def test_an_export_sees_the_message_of_now(engine_of, start, client, lane):
    kept: list[kemilua.Message] = []

    @kemilua.export("t.name")
    def name(message: kemilua.Message) -> str:
        kept.append(message)
        return f"{message.header('Call-ID')} {threading.current_thread() is start.threads[0]}"

    loop = start(engine_of("function ksr_request_route() KSR.sl.send_reply(200, KSR.t.name()) end", exports=[name], lane=lane))
    assert client.ask(loop.addresses[0], "first") == "SIP/2.0 200 first True"
    assert client.ask(loop.addresses[0], "second") == "SIP/2.0 200 second True"
    until(lambda: loop.counters()["sent"] == 2)
    time.sleep(0.05)
    for message in kept:
        with pytest.raises(kemilua.StaleMessageError):
            message.header("Call-ID")


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_must_not_be_lost_ends_the_loop(engine_of, native, client, lane, kind):
    @kemilua.export("t.leave")
    def leave() -> None:
        raise kind

    engine = engine_of("function ksr_request_route() pcall(KSR.t.leave) while true do end end", exports=[leave], lane=lane)
    with kemilua.UdpLoop(engine, LOCAL, native=native) as loop:
        client.send(loop.addresses[0])
        with pytest.raises(kind):
            loop.run()


@pytest.mark.skipif(not HAS_NATIVE, reason="needs the loop in C")
def test_an_answer_does_not_wait_for_the_export_of_the_next_message(engine_of, client):
    go_on = threading.Event()

    @kemilua.export("t.wait")
    def wait() -> None:
        go_on.wait(PATIENCE)

    text = "function ksr_request_route() if KSR.is_INVITE() then KSR.t.wait() end KSR.sl.send_reply(200, KSR.pv.get('$ci')) end"
    engine = engine_of(text, exports=[wait])
    with kemilua.UdpLoop(engine, LOCAL) as loop:
        client.send(loop.addresses[0], "quick")
        client.send(loop.addresses[0], "slow", method="INVITE")
        thread = threading.Thread(target=loop.run)
        thread.start()
        assert client.answer() == "SIP/2.0 200 quick"
        assert loop.counters()["receive_batches"] == 1  # both came at once
        go_on.set()
        assert client.answer() == "SIP/2.0 200 slow"
        loop.stop()
        thread.join(PATIENCE)


SENDER = """
import socket, sys, time
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(1000):
    client.sendto(sys.argv[2].encode(), ("127.0.0.1", int(sys.argv[1])))
    time.sleep(0.005)
"""


@pytest.mark.skipif(not HAS_NATIVE, reason="needs the loop in C")
def test_a_thread_that_keeps_the_interpreter_s_lock_stops_nobody(engine_of):
    """Neither Lua nor the sockets want it."""
    running = Running(native=True)
    loop = running(engine_of(ANSWER))
    words = [sys.executable, "-c", SENDER, str(loop.addresses[0][1]), request().decode()]
    with subprocess.Popen(words) as sender:
        until(lambda: loop.counters()["sent"] > 0)
        before = loop.counters()["sent"]
        sum(range(40_000_000))  # in C, without a look at other threads
        after = loop.counters()["sent"]
        sender.kill()
    assert after - before > 10
    running.stop()


def test_a_tracer_is_told(engine_of, start, client):
    engine, calls = engine_of(ANSWER), []
    engine.on_call = calls.append
    loop = start(engine)
    client.ask(loop.addresses[0])
    until(lambda: len(calls) == 2)
    assert [call.name for call in calls] == ["KSR.pv.get", "KSR.sl.send_reply"]


# ---- signals, in the main thread


@contextlib.contextmanager
def handler(action: Callable[[], None]) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, lambda *_: action())
    yield
    signal.signal(signal.SIGUSR1, before)


def raise_signal_later() -> None:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()


def test_a_handler_may_stop_the_loop(engine_of, native):
    with kemilua.UdpLoop(engine_of(ANSWER), LOCAL, native=native) as loop, handler(loop.stop):
        raise_signal_later()
        loop.run()


def test_what_a_handler_raises_ends_the_loop(engine_of, native):
    def leave() -> None:
        raise TimeoutError("enough")

    with kemilua.UdpLoop(engine_of(ANSWER), LOCAL, native=native) as loop, handler(leave):
        raise_signal_later()
        with pytest.raises(TimeoutError, match="enough"):
            loop.run()


def test_a_handler_may_stop_a_script_that_does_not_end(engine_of, native, client):
    def leave() -> None:
        raise KeyboardInterrupt

    engine = engine_of("function ksr_request_route() while true do end end", limits=kemilua.Limits(instructions=0, cpu=0))
    with kemilua.UdpLoop(engine, LOCAL, native=native) as loop, handler(leave):
        client.send(loop.addresses[0])
        raise_signal_later()
        with pytest.raises(KeyboardInterrupt):
            loop.run()


def test_the_descriptor_of_signals_is_put_back(engine_of, native):
    with kemilua.UdpLoop(engine_of(ANSWER), LOCAL, native=native) as loop:
        loop.stop()
        loop.run()
        assert signal.set_wakeup_fd(-1) == -1


# ---- what the loop cannot do itself


MIXED = """
function ksr_request_route()
    local to = KSR.pv.get("$ci")
    if to == "name" then KSR.forward_uri("sip:proxy.example:5070")
    elseif to == "tcp" then KSR.forward_uri("sip:192.0.2.9:5070;transport=tcp")
    elseif to == "log" then KSR.warn("look at this\\n")
    end
    KSR.sl.send_reply(200, to)
end
"""


def test_what_the_loop_cannot_do_comes_to_on_effect(engine_of, start, client):
    found: list[kemilua.Effect] = []
    engine = engine_of(MIXED, listen=["udp:127.0.0.1:5070", "tcp:127.0.0.1:5070"])
    loop = start(engine, on_effect=found.append)
    for name in ("name", "tcp", "log", "none"):
        assert client.ask(loop.addresses[0], name) == f"SIP/2.0 200 {name}"
    client.socket.sendto(b"\r\n\r\n", loop.addresses[0])
    until(lambda: len(found) == 4)
    to_name, by_tcp, line, drop = found
    assert (to_name.destination, to_name.transport) == (("proxy.example", 5070), "udp")
    assert (by_tcp.destination, by_tcp.transport) == (("192.0.2.9", 5070), "tcp")
    assert (line.level, line.text) == (kemilua.Level.WARN, "look at this\n")
    assert drop == kemilua.Drop("keep-alive")
    assert (loop.counters()["queued"], loop.counters()["dropped"]) == (4, 1)


def test_on_effect_is_called_with_the_kinds_it_wants(engine_of, start, client):
    found: list[kemilua.Effect] = []
    loop = start(engine_of(MIXED), on_effect=found.append, kinds=[kemilua.Drop])
    assert client.ask(loop.addresses[0], "log") == "SIP/2.0 200 log"
    client.socket.sendto(b"\r\n\r\n", loop.addresses[0])
    until(lambda: found != [])
    start.stop()
    assert found == [kemilua.Drop("keep-alive")]


def test_on_effect_may_send_by_the_loop(engine_of, start, client):
    with Client().socket as peer:
        text = "function ksr_request_route() KSR.forward_uri('sip:proxy.example:5070') end"
        engine = engine_of(text, listen="udp:127.0.0.1:5070")
        loop = start(engine, on_effect=lambda effect: loop.send(effect.data, peer.getsockname()))
        client.send(loop.addresses[0])
        data, source = peer.recvfrom(65535)
        assert data.startswith(b"OPTIONS")
        assert source == loop.addresses[0]


def test_an_on_effect_that_fails_is_logged(engine_of, start, client, caplog):
    def fail(effect: kemilua.Effect) -> None:
        raise RuntimeError("full")

    loop = start(engine_of(MIXED, listen="udp:127.0.0.1:5070"), on_effect=fail)
    client.ask(loop.addresses[0], "name")
    until(lambda: "on_effect failed" in caplog.text)
    assert client.ask(loop.addresses[0], "none") == "SIP/2.0 200 none"


def test_effects_that_nobody_takes_in_time_are_counted(engine_of, start, client):
    go_on = threading.Event()
    found: list[kemilua.Effect] = []

    def slow(effect: kemilua.Effect) -> None:
        go_on.wait(PATIENCE)
        found.append(effect)

    loop = start(engine_of(MIXED, listen="udp:127.0.0.1:5070"), on_effect=slow, queue=3)
    client.ask(loop.addresses[0], "name")
    until(lambda: loop.counters()["queued"] == 1)
    time.sleep(0.1)  # slow has it now
    for _ in range(6):
        client.ask(loop.addresses[0], "name")
    until(lambda: loop.counters()["overflow"] == 3)
    go_on.set()
    until(lambda: len(found) == 4)


def test_lines_reach_the_logger_whose_threshold_holds(engine_of, start, client, caplog):
    caplog.set_level(logging.WARNING, "kemilua.script")
    text = "function ksr_request_route() KSR.info('for your information\\n') KSR.warn('beware\\n') KSR.sl.send_reply(200, 'OK') end"
    loop = start(engine_of(text))
    client.ask(loop.addresses[0])
    until(lambda: "beware" in caplog.text)
    assert "information" not in caplog.text
    caplog.set_level(logging.INFO, "kemilua.script")

    def informed() -> bool:
        client.ask(loop.addresses[0])
        return "information" in caplog.text

    until(informed)


LOGGING = r"""
function ksr_request_route()
    local what = KSR.pv.get("$ci")
    if what == "plain" then KSR.warn("two\nlines \27[1m\127\n") elseif what == "other" then KSR.err("gr\u{fc}n") else KSR.info("quiet") end
    KSR.sl.send_reply(200, what)
end
"""


@pytest.mark.skipif(not HAS_NATIVE, reason="needs the loop in C")
def test_lines_go_to_a_descriptor(engine_of, client, caplog):
    running, (read, write) = Running(native=True), os.pipe()
    engine = engine_of(LOGGING, log_level="warn")
    loop = running(engine, log_fd=write)
    for name in ("quiet", "plain", "other"):
        client.ask(loop.addresses[0], name)
    until(lambda: "gr\u00fcn" in caplog.text)  # what is not of ASCII goes to the logger
    running.stop()
    os.close(write)
    with os.fdopen(read) as lines:
        (line,) = lines.read().splitlines()
    stamp, _, rest = line.partition(" WARNING ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", stamp)
    assert rest == r"script:4 two\nlines \x1b[1m\x7f\n"
    assert abs(time.mktime(time.strptime(stamp[:-4], "%Y-%m-%d %H:%M:%S")) - time.time()) < 60
    assert "two" not in caplog.text


@pytest.mark.skipif(not HAS_NATIVE, reason="needs the loop in C")
def test_a_reader_of_lines_who_does_not_read_stops_nobody(engine_of, client):
    running, (read, write) = Running(native=True), os.pipe()
    text = "line = string.rep('x', 4000) function ksr_request_route() for i = 1, 10 do KSR.info(line) end KSR.sl.send_reply(200, 'OK') end"
    loop = running(engine_of(text, log_level="info"), log_fd=write)
    for _ in range(50):
        assert client.ask(loop.addresses[0]) == "SIP/2.0 200 OK"
    assert loop.counters()["overflow"] > 100
    os.close(read)  # the reader is gone
    assert client.ask(loop.addresses[0]) == "SIP/2.0 200 OK"
    running.stop()
    os.close(write)


# ---- time, and what other threads post


EXPIRING = """
function ksr_request_route() KSR.htable.sht_sets("a", "k", "v") KSR.sl.send_reply(200, "OK") end
function gone(name) KSR.t.gone() end
"""


@pytest.mark.parametrize("clock", [{"now": time.time}, {"now": time.time, "monotonic": time.monotonic}], ids=["one", "two"])
def test_timers_run_in_time(engine_of, start, client, clock):
    gone = threading.Event()

    @kemilua.export("t.gone")
    def tell() -> None:
        gone.set()

    engine = engine_of(
        EXPIRING,
        exports=[tell],
        modparams={"htable": {"htable": "a=>size=4;autoexpire=1;", "timer_interval": 1, "event_callback": "gone"}},
        **{name: ask() for name, ask in clock.items()},
    )
    loop = start(engine)
    client.ask(loop.addresses[0])
    assert gone.wait(PATIENCE)


def test_commands_are_answered_while_the_loop_runs(engine_of, start, client):
    engine = engine_of(ANSWER)
    loop = start(engine)
    client.ask(loop.addresses[0])
    assert engine.post_rpc("core.echo", "x", 1).result(PATIENCE) == ["x", 1]
    with pytest.raises(kemilua.RpcError):
        engine.post_rpc("no.such").result(PATIENCE)


def test_a_command_may_wait_for_a_peer(engine_of, start, client):
    engine = engine_of(ANSWER, modules=["tm"])
    start(engine)
    host, port = client.socket.getsockname()
    headers = "From: <sip:proxy@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\n"
    answer = engine.post_rpc("tm.t_uac_wait", "OPTIONS", f"sip:a@{host}:{port}", ".", ".", headers)
    data, address = client.socket.recvfrom(65535)
    lines = [f"{name}: {header(data, name)[0]}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
    client.socket.sendto(assemble(["SIP/2.0 200 Fine", *lines], {}, ""), address)
    assert answer.result(PATIENCE)[:2] == [200, "Fine"]


def test_a_posted_message_is_answered(engine_of, start, client):
    engine = engine_of(ANSWER)
    loop = start(engine)
    data = request(branch="z9hG4bK-1;rport", call_id="posted")
    engine.post_datagram(data, client.socket.getsockname(), loop.addresses[0], now=time.time())
    assert client.answer() == "SIP/2.0 200 posted"


# ---- several engines


NUMBERED = "function ksr_request_route() KSR.sl.send_reply(200, KSR.pv.get('$ci') .. ' by ' .. KSR.pv.get('$def(NUMBER)')) end"


def of_engine(shared: kemilua.SharedState, number: int, count: int = 1) -> list[str]:
    """Call-IDs that belong to an engine."""
    names = (f"call-{index}" for index in range(100_000))
    own = (name for name in names if shared.owner(request(call_id=name)) == number)
    return [next(own) for _ in range(count)]


def test_each_message_comes_to_its_engine(engine_of, start, client):
    shared = kemilua.SharedState()
    engines = [engine_of(NUMBERED, shared=shared, defines={"NUMBER": number}) for number in range(3)]
    first = start(engines[0])
    loops = [first, *(start(engine, first.sockets) for engine in engines[1:])]
    names = [name for number in range(3) for name in of_engine(shared, number, 10)]
    for name in names:
        client.send(first.addresses[0], name)
    found = sorted(client.answer().removeprefix("SIP/2.0 200 ") for _ in names)
    assert found == sorted(f"{name} by {shared.owner(request(call_id=name))}" for name in names)
    until(lambda: sum(loop.counters()["sent"] for loop in loops) == len(names))


def waiting_engines(engine_of, count: int) -> tuple[kemilua.SharedState, list[kemilua.Engine], threading.Event, threading.Event]:
    """Engines of which that with an INVITE waits."""
    shared, waits, go_on = kemilua.SharedState(), threading.Event(), threading.Event()

    @kemilua.export("t.wait")
    def wait() -> None:
        waits.set()
        go_on.wait(PATIENCE)

    text = "function ksr_request_route() if KSR.is_INVITE() then KSR.t.wait() end KSR.sl.send_reply(200, KSR.pv.get('$ci')) end"
    return shared, [engine_of(text, shared=shared, exports=[wait]) for _ in range(count)], waits, go_on


def test_an_engine_that_waits_keeps_nobody_else_waiting(engine_of, start, client):
    shared, engines, waits, go_on = waiting_engines(engine_of, 4)
    first = start(engines[0])
    for engine in engines[1:]:
        start(engine, first.sockets)
    slow = of_engine(shared, 1, 2)
    client.send(first.addresses[0], slow[0], method="INVITE")
    assert waits.wait(PATIENCE)
    client.send(first.addresses[0], slow[1])  # waits too
    began = time.monotonic()
    for name in [*of_engine(shared, 0, 20), *of_engine(shared, 2, 20), *of_engine(shared, 3, 20)]:
        assert client.ask(first.addresses[0], name) == f"SIP/2.0 200 {name}"
    assert time.monotonic() - began < 3
    go_on.set()
    assert {client.answer(), client.answer()} == {f"SIP/2.0 200 {name}" for name in slow}


def test_what_waits_for_an_engine_is_bounded_and_has_no_retransmissions(engine_of, start, client):
    shared, engines, waits, go_on = waiting_engines(engine_of, 2)
    first = start(engines[0], backlog=3)
    second = start(engines[1], first.sockets, backlog=3)
    names = of_engine(shared, 1, 6)
    client.send(first.addresses[0], names[0], method="INVITE")
    assert waits.wait(PATIENCE)
    for name in names[1:]:
        for _ in range(3):
            client.send(first.addresses[0], name)
    before = second.counters()["received"]

    def counts() -> tuple[int, ...]:
        counters = first.counters()
        return (counters["repeated"], counters["inbox_full"])

    until(lambda: counts() == (6, 6))
    assert first.counters()["handed_over"] == 4 - before
    go_on.set()
    assert [client.answer() for _ in range(4)] == [f"SIP/2.0 200 {name}" for name in names[:4]]


def test_messages_of_an_engine_that_is_gone_are_answered(engine_of, start, client):
    shared = kemilua.SharedState()
    engines = [engine_of(ANSWER, shared=shared) for _ in range(2)]
    name = of_engine(shared, 1)[0]
    engines[1].close()
    loop = start(engines[0])
    assert client.ask(loop.addresses[0], name) == f"SIP/2.0 200 {name}"


# ---- what cannot be


@pytest.mark.parametrize("text", ["udp:localhost:5060", "tcp:127.0.0.1:5060", "udp:127.0.0.1", "udp:127.0.0.1:70000", "", "udp:[::1:5060"])
def test_a_text_that_is_no_socket(engine_of, native, text):
    with pytest.raises(kemilua.ConfigError, match="is no UDP socket"):
        kemilua.UdpLoop(engine_of(ANSWER), text, native=native)


def test_a_port_in_use(engine_of, native):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        name = f"udp:127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(kemilua.ConfigError, match=f"^{name} cannot be bound: Address already in use$"):
            kemilua.UdpLoop(engine_of(ANSWER), [LOCAL, name], native=native)


def test_a_socket_that_is_none_of_ours(engine_of, native):
    engine = engine_of(ANSWER)
    for family, kind in ((socket.AF_INET, socket.SOCK_STREAM), (socket.AF_UNIX, socket.SOCK_DGRAM)):
        with socket.socket(family, kind) as other, pytest.raises(kemilua.ArgumentError, match="a UDP socket is expected"):
            kemilua.UdpLoop(engine, other, native=native)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as loose, pytest.raises(kemilua.ArgumentError, match="not bound"):
        kemilua.UdpLoop(engine, loose, native=native)


def test_no_socket_at_all(engine_of, native):
    with pytest.raises(kemilua.ArgumentError, match="has none for UDP"):
        kemilua.UdpLoop(engine_of(ANSWER, listen="tcp:127.0.0.1:5060"), native=native)
    with pytest.raises(kemilua.ArgumentError, match="there is none"):
        kemilua.UdpLoop(engine_of(ANSWER), [], native=native)


def test_kinds_that_there_are_not(engine_of, native):
    with pytest.raises(kemilua.ArgumentError, match="classes of effects"):
        kemilua.UdpLoop(engine_of(ANSWER), LOCAL, on_effect=print, kinds=[str], native=native)


def test_sending_by_what_is_not_the_loop_s(engine_of, native):
    with kemilua.UdpLoop(engine_of(ANSWER), LOCAL, native=native) as loop:
        with pytest.raises(kemilua.ArgumentError, match="no socket"):
            loop.send(b"x", ("127.0.0.1", 9), local=("127.0.0.1", 1))
        with pytest.raises(kemilua.ArgumentError, match="no socket of that family"):
            loop.send(b"x", ("::1", 9))
        with pytest.raises(kemilua.ArgumentError, match="numeric"):
            loop.send(b"x", ("proxy.example", 9))


@pytest.mark.skipif(not HAS_NATIVE, reason="needs the loop in C")
def test_both_loops_count_the_same(engine_of):
    with kemilua.UdpLoop(engine_of(ANSWER), LOCAL, native=True) as loop:
        assert tuple(loop.counters()) == _udp_portable.COUNTERS
