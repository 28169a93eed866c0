"""Loops and a writer of Stores: one that is slow, fails and recovers."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import kemilua
import pytest
from builders import request

PATIENCE = 10
LOCAL = "udp:127.0.0.1:0"
SCRIPT = """
function ksr_request_route()
    if KSR.is_method("REGISTER") then KSR.t.save(KSR.pv.get("$ci")) end
    if KSR.is_method("INFO") then
        KSR.t.save("a")
        KSR.forward_uri("sip:gateway.example:5080")
    else
        KSR.sl.send_reply(200, KSR.pv.get("$ci"))
    end
end
"""

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(params=[True, False] if sys.platform == "linux" else [False], ids=lambda native: "native" if native else "portable")
def native(request: pytest.FixtureRequest) -> bool:
    return request.param


class Table:
    """Rows by name, in the order in which they came; a gate that is closed makes it slow, and some rows it does not take."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.bad: set[str] = set()
        self.rows: list[str] = []
        self.batches: list[int] = []

    def apply(self, stores: Sequence[kemilua.Store]) -> None:
        assert self.gate.wait(PATIENCE)
        names = [str(dict(store.key)["name"]) for store in stores]
        self.batches.append(len(names))
        if self.bad & set(names) or "all" in self.bad:
            raise OSError("disk full")
        self.rows += names


class Place:
    """Engines with one state and one socket each, their loops, a writer."""

    def __init__(self, native: bool, count: int = 1, **more: Any) -> None:
        self.native = native
        self.table = Table()
        self.shared = kemilua.SharedState()
        self.writer = kemilua.StoreWriter(self.table, self.shared, batch=100)
        self.engines = [self.make_engine(number) for number in range(count)]
        more = {"store": self.writer.put, **more}
        self.loops = [kemilua.UdpLoop(engine, LOCAL, native=native, **more) for engine in self.engines]
        self.threads = [threading.Thread(target=loop.run) for loop in self.loops]
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.bind(("127.0.0.1", 0))
        self.client.settimeout(PATIENCE)
        for thread in self.threads:
            thread.start()

    def make_engine(self, number: int) -> kemilua.Engine:
        @kemilua.export("t.save")
        def save(name: str) -> int:
            return self.engines[number].store("t", "upsert", {"name": name}, {"at": 1}, about=name)

        return kemilua.Engine(kemilua.Source(SCRIPT), exports=[save], shared=self.shared, log_level="alert")

    def send(self, method: str, name: str, loop: int = 0) -> None:
        self.client.sendto(request(method, call_id=name, branch=f"z9hG4bK-{name};rport"), self.loops[loop].addresses[0])

    def answer(self) -> str:
        return self.client.recv(65535).split(b"\r\n")[0].decode()

    def ask(self, method: str, name: str, loop: int = 0) -> str:
        self.send(method, name, loop)
        return self.answer()

    def nothing_comes(self) -> None:
        self.client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            self.client.recv(65535)
        self.client.settimeout(PATIENCE)

    def count(self, name: str) -> int:
        return sum(loop.counters()[name] for loop in self.loops)

    def until(self, name: str, value: int) -> None:
        end = time.monotonic() + PATIENCE
        while self.count(name) < value:
            assert time.monotonic() < end, self.loops[0].counters()
            time.sleep(0.005)

    def close(self) -> None:
        self.table.gate.set()
        for loop in self.loops:
            loop.stop()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()
        assert self.writer.close(PATIENCE)
        for one in (*self.loops, *self.engines, self.client):
            one.close()


@pytest.fixture
def place(native: bool) -> Iterator[Callable[..., Place]]:
    with contextlib.ExitStack() as places:

        def make(*given: Any, **more: Any) -> Place:
            one = Place(native, *given, **more)
            places.callback(one.close)
            return one

        yield make


def test_a_200_means_that_it_is_stored(place):
    here = place()
    assert here.ask("REGISTER", "a") == "SIP/2.0 200 a"
    assert here.table.rows == ["a"]
    assert (here.count("held"), here.count("held_full")) == (1, 0)


def test_other_traffic_goes_on_while_one_waits(place):
    here = place()
    here.table.gate.clear()
    here.send("REGISTER", "slow")
    assert [here.ask("OPTIONS", str(number)) for number in range(20)] == [f"SIP/2.0 200 {number}" for number in range(20)]
    here.send("REGISTER", "slow")  # once more: it is kept, and stored once
    here.until("dropped", 1)
    here.nothing_comes()
    here.table.gate.set()
    assert here.answer() == "SIP/2.0 200 slow"
    here.nothing_comes()
    assert here.table.rows == ["slow"]


def test_many_go_in_one_and_their_order_is_kept(place):
    here = place()
    here.table.gate.clear()
    names = [str(number) for number in range(50)]
    for name in names:
        here.send("REGISTER", name)
        here.until("held", int(name) + 1)
    here.until("queued", 50)
    here.table.gate.set()
    assert [here.answer() for _ in names] == [f"SIP/2.0 200 {name}" for name in names]
    assert here.table.rows == names
    assert len(here.table.batches) < 10


def test_what_fails_is_answered_500_and_the_others_are_not(place):
    here = place()
    here.table.bad = {"3", "5"}
    here.table.gate.clear()
    for number in range(8):
        here.send("REGISTER", str(number))
        here.until("held", number + 1)
    here.until("queued", 8)
    here.table.gate.set()
    answers = [here.answer() for _ in range(8)]
    assert sorted(answers) == sorted(
        ["SIP/2.0 500 Server Internal Error"] * 2 + [f"SIP/2.0 200 {number}" for number in range(8) if number not in (3, 5)]
    )
    assert here.table.rows == ["0", "1", "2", "4", "6", "7"]
    here.nothing_comes()


def test_a_store_that_recovers(place):
    here = place()
    here.table.bad = {"all"}
    assert here.ask("REGISTER", "a") == "SIP/2.0 500 Server Internal Error"
    here.table.bad = set()
    assert here.ask("REGISTER", "b") == "SIP/2.0 200 b"
    assert here.ask("REGISTER", "a") == "SIP/2.0 200 a"
    assert here.table.rows == ["b", "a"]


@pytest.mark.parametrize("limits", [{"held": 2}, {"held_bytes": 800}], ids=["count", "bytes"])
def test_only_so_many_are_kept_aside(place, limits):
    here = place(**limits)
    here.table.gate.clear()
    for number in range(4):
        here.send("REGISTER", str(number))
    here.until("held_full", 2)
    here.table.gate.set()
    assert sorted(here.answer() for _ in range(2)) == ["SIP/2.0 200 0", "SIP/2.0 200 1"]
    here.nothing_comes()
    assert here.ask("REGISTER", "3") == "SIP/2.0 200 3"  # as its sender repeats it


def test_without_a_store_nothing_is_answered_200(place):
    here = place(store=None)
    assert here.ask("REGISTER", "a") == "SIP/2.0 500 Server Internal Error"
    assert here.ask("OPTIONS", "b") == "SIP/2.0 200 b"


def test_a_queue_that_is_full_is_no_store(place):
    entered, gate = threading.Event(), threading.Event()

    def slow(store: kemilua.Store) -> None:
        entered.set()
        assert gate.wait(PATIENCE)
        here.writer.put(store)

    here = place(store=slow, queue=1)
    for number in range(3):
        here.send("REGISTER", str(number))
        assert entered.wait(PATIENCE)
        here.until("held", number + 1)
    assert here.answer() == "SIP/2.0 500 Server Internal Error"
    gate.set()
    assert sorted(here.answer() for _ in range(2)) == ["SIP/2.0 200 0", "SIP/2.0 200 1"]


def test_a_store_that_raises_is_told_as_failed(place, caplog):
    def store(_: kemilua.Store) -> None:
        raise OSError("gone")

    here = place(store=store)
    assert here.ask("REGISTER", "a") == "SIP/2.0 500 Server Internal Error"
    assert "store failed" in caplog.text


def test_on_effect_may_take_stores_too(place):
    seen: list[kemilua.Effect] = []
    here = place(store=None, on_effect=seen.append)
    here.send("REGISTER", "a")
    here.until("held", 1)
    while not seen:
        time.sleep(0.005)
    assert [type(effect) for effect in seen] == [kemilua.Store]
    here.engines[0].post_stored(seen[0].ticket)
    assert here.answer() == "SIP/2.0 200 a"


def test_what_the_loop_cannot_send_waits_too(place):
    seen: list[kemilua.Effect] = []
    here = place(on_effect=seen.append, kinds=[kemilua.Send])
    here.table.gate.clear()
    here.send("INFO", "a")
    here.until("held", 1)
    assert seen == []
    here.table.gate.set()
    here.until("queued", 2)
    while not seen:
        time.sleep(0.005)
    assert [(send.destination, send.after) for send in seen if isinstance(send, kemilua.Send)] == [(("gateway.example", 5080), 0)]


def test_three_engines_with_one_writer(place):
    here = place(3)
    owners = {str(number): here.shared.owner(request(call_id=str(number))) for number in range(60)}
    assert set(owners.values()) == {0, 1, 2}
    here.table.bad = {"7", "30"}
    here.table.gate.clear()
    for name, owner in owners.items():
        here.send("REGISTER", name, owner)
    here.until("held", 60)
    here.table.gate.set()
    answers = sorted(here.answer() for _ in owners)
    assert answers.count("SIP/2.0 500 Server Internal Error") == 2
    assert len(set(answers)) == 59
    assert sorted(here.table.rows, key=int) == [name for name in owners if name not in here.table.bad]
    assert here.shared.oldest_store is None


def test_a_loop_that_stops_leaves_what_waits(place):
    here = place()
    here.table.gate.clear()
    here.send("REGISTER", "a")
    here.until("held", 1)
    here.close = lambda: None  # type: ignore[method-assign]
    here.loops[0].stop()
    here.threads[0].join(PATIENCE)
    here.loops[0].close()
    here.engines[0].close()
    here.table.gate.set()
    assert here.writer.close(PATIENCE)
    here.client.close()
    assert (here.table.rows, here.shared.oldest_store) == (["a"], None)


# ---- the writer alone


class State:
    """An engine whose Stores a test hands over itself."""

    def __init__(self) -> None:
        @kemilua.export("t.save")
        def save(name: str) -> int:
            return self.engine.store("t", "upsert", {"name": name}, {}, on_stored=self.told.append)

        self.told: list[str | None] = []
        self.shared = kemilua.SharedState()
        self.engine = kemilua.Engine(kemilua.Source(SCRIPT), exports=[save], shared=self.shared, log_level="alert")

    def stores(self, *names: str) -> list[kemilua.Store]:
        effects: list[kemilua.Effect] = []
        for name in names:
            effects += self.engine.receive_datagram(request("REGISTER", call_id=name, branch=f"z9hG4bK-{name}"), ("192.0.2.1", 5060))
        return [effect for effect in effects if isinstance(effect, kemilua.Store)]


@pytest.fixture
def state() -> Iterator[State]:
    one = State()
    yield one
    one.engine.close()


def test_the_writer_waits_for_lower_tickets(state):
    first, second, third = state.stores("a", "b", "c")
    table = Table()
    with kemilua.StoreWriter(table, state.shared, patience=PATIENCE) as writer:
        writer.put(third)
        writer.put(second)
        time.sleep(0.05)
        assert (table.rows, writer.waiting) == ([], 2)
        writer.put(first)
    assert table.rows == ["a", "b", "c"]
    state.engine.handle_inputs()
    assert state.told == [None] * 3


def test_the_writer_does_not_wait_for_good(state):
    _, second = state.stores("a", "b")
    table = Table()
    with kemilua.StoreWriter(table, state.shared, patience=0.05) as writer:
        writer.put(second)
        writer.put(state.stores("c")[0])
    assert table.rows == ["b", "c"]


def test_a_writer_with_too_much_to_do_says_so(state):
    table = Table()
    table.gate.clear()
    stores = state.stores(*"abcd")
    with kemilua.StoreWriter(table, state.shared, queue=2, batch=1) as writer:
        writer.put(stores[0])
        while writer.waiting:
            time.sleep(0.001)
        for store in stores[1:]:
            writer.put(store)
        state.engine.handle_inputs()
        assert state.told == ["too many changes wait to be stored"]
        assert "2 waiting" in repr(writer)
        table.gate.set()
    assert table.rows == ["a", "b", "c"]
    assert repr(writer) == "<kemilua.StoreWriter closed>"
    with pytest.raises(kemilua.ArgumentError, match="the writer is closed"):
        writer.put(stores[0])


def test_a_writer_that_is_busy_is_not_waited_for(state):
    table = Table()
    table.gate.clear()
    writer = kemilua.StoreWriter(table, state.shared)
    writer.put(state.stores("a")[0])
    assert not writer.close(0.05)
    table.gate.set()
    assert writer.close(PATIENCE)


def test_what_is_no_writer_is_told(state):
    with pytest.raises(kemilua.ArgumentError, match=r"^target must be an object with a method apply"):
        kemilua.StoreWriter(print, state.shared)  # type: ignore[arg-type]
    with pytest.raises(kemilua.ArgumentError, match=r"^shared must be a kemilua\.SharedState, not Engine"):
        kemilua.StoreWriter(Table(), state.engine)  # type: ignore[arg-type]
