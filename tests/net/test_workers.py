"""Threads with an engine each, as `kemilua serve` has them: one that waits keeps its own calls waiting alone."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import kemilua
import pytest
from builders import request
from kemilua.server.workers import Workers

COUNT = 16
PATIENCE = 10
WAIT = 3.0
SCRIPT = """
function ksr_request_route()
    if KSR.is_INVITE() then KSR.t.wait() end
    KSR.sl.send_reply(200, KSR.pv.get("$ci"))
end
"""


class Place:
    """Sixteen workers, the export that waits, and a client."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.waits, self.go_on = threading.Event(), threading.Event()
        self.ended: list[tuple[int, BaseException | None]] = []
        self.shared = kemilua.SharedState()

        @kemilua.export("t.wait")
        def wait() -> None:
            self.waits.set()
            self.go_on.wait(PATIENCE)

        source = kemilua.Source(SCRIPT)
        engines = [stack.enter_context(kemilua.Engine(source, shared=self.shared, exports=[wait])) for _ in range(COUNT)]
        first = stack.enter_context(kemilua.UdpLoop(engines[0], "udp:127.0.0.1:0"))
        self.address = first.addresses[0]
        loops = [first, *(stack.enter_context(kemilua.UdpLoop(engine, first.sockets)) for engine in engines[1:])]
        self.workers = Workers(engines, loops, lambda number, error: self.ended.append((number, error)))
        self.client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.client.bind(("127.0.0.1", 0))
        self.client.settimeout(PATIENCE)

    def send(self, call_id: str, method: str = "OPTIONS") -> None:
        self.client.sendto(request(method, call_id=call_id, branch="z9hG4bK-1;rport"), self.address)

    def answer(self) -> str:
        return self.client.recv(65535).split(b"\r\n")[0].decode().removeprefix("SIP/2.0 200 ")

    def owner(self, call_id: str) -> int:
        return self.shared.owner(request(call_id=call_id))


@pytest.fixture
def place() -> Iterator[Place]:
    with contextlib.ExitStack() as stack:
        made = Place(stack)
        made.workers.start()
        try:
            yield made
        finally:
            made.go_on.set()
            assert made.workers.stop(PATIENCE) == []


def test_one_that_waits_keeps_the_other_fifteen_going(place):
    names = [f"call-{number}" for number in range(200)]
    busy = place.owner(names[0])
    others = [name for name in names if place.owner(name) != busy]
    own = [name for name in names[1:] if place.owner(name) == busy]
    assert len({place.owner(name) for name in others}) == COUNT - 1
    place.send(names[0], "INVITE")
    assert place.waits.wait(PATIENCE)
    for name in own:
        place.send(name)
        place.send(name)  # a retransmission, which waits no second time
    times = []
    for name in others:
        began = time.monotonic()
        place.send(name)
        assert place.answer() == name
        times.append(time.monotonic() - began)
    assert sorted(times)[len(times) // 2] < 0.1
    assert max(times) < WAIT
    place.go_on.set()
    assert place.answer() == names[0]
    # Sixteen threads took them off the socket, so that two of different calls may pass each other on the way to their owner.
    assert sorted(place.answer() for _ in own) == sorted(own)
    counters = place.workers.counters()
    assert (counters["repeated"], counters["inbox_full"]) == (len(own), 0)


def test_all_are_answered_and_each_by_one(place):
    names = [f"call-{number}" for number in range(500)]
    for begin in range(0, len(names), 50):
        for name in names[begin : begin + 50]:
            place.send(name)
        assert sorted(place.answer() for _ in range(50)) == sorted(names[begin : begin + 50])


def test_who_has_stopped_is_told(place):
    assert place.workers.stop(PATIENCE) == []
    assert sorted(place.ended) == [(number, None) for number in range(COUNT)]


def test_who_waits_at_the_end_is_named(place):
    place.send("call-0", "INVITE")
    assert place.waits.wait(PATIENCE)
    assert place.workers.stop(0.2) == [place.owner("call-0")]


def test_what_was_handed_over_late_is_done():
    """To a worker that had stopped already."""
    with contextlib.ExitStack() as stack:
        place = Place(stack)
        place.workers.start()
        for loop in place.workers._loops:
            loop.stop()
        for thread in place.workers._threads:
            thread.join(PATIENCE)
        engine = place.workers._engines[3]
        data = request(call_id="late", branch="z9hG4bK-1;rport")
        engine.post_datagram(data, place.client.getsockname(), place.address, now=time.time())
        assert place.workers.stop(PATIENCE) == []
        assert place.answer() == "late"
