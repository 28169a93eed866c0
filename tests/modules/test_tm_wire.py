"""Two proxies with a wire between them that loses some datagrams: every call ends as over one that loses none.

The telephones stand beside their proxies, which do all the repeating there is on the wire, but for that of the 200 to an INVITE
(RFC 3261 13.3.1.4). Three losses use up no timer.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import kemilua
import pytest
from builders import answer, first_line, header, invite, request
from hypothesis import given, settings
from hypothesis import strategies as st

NEAR, FAR = ("192.0.2.1", 5060), ("192.0.2.2", 5060)
CALLER, CALLEE = ("198.51.100.7", 5060), ("203.0.113.1", 5060)
DELAY = 0.01
SCRIPT = """
function ksr_request_route()
    if KSR.is_CANCEL() then KSR.tm.t_relay() return end
    KSR.setdsturi("sip:%s:%d")
    KSR.tm.t_relay()
end
"""
TO = "sip:bob@203.0.113.1"


def proxy(own: tuple[str, int], beyond: tuple[str, int]) -> kemilua.Engine:
    """One that sends requests on to `beyond`."""
    script = kemilua.Source(SCRIPT % beyond, "proxy.lua")
    return kemilua.Engine(
        script,
        listen=[f"udp:{own[0]}:{own[1]}"],
        now=0.0,
        modparams={"tm": {"reply_matching": 0}},
        random=lambda size: bytes(range(size)),
        errors="raise",
    )


@dataclass(frozen=True)
class Plan:
    """What the caller asks, what the callee answers, and whether it rings first; a caller may give up after eight seconds."""

    method: str
    code: int
    rings: bool = True
    cancels: bool = False


PLANS = [
    Plan("OPTIONS", 200),
    Plan("OPTIONS", 404),
    Plan("INVITE", 486),
    Plan("INVITE", 486, rings=False),
    Plan("INVITE", 302),
    Plan("INVITE", 603),
    Plan("INVITE", 200),
    Plan("INVITE", 200, rings=False),
    Plan("INVITE", 487, cancels=True),
]


@dataclass
class World:
    """Everything that happens, in order of time."""

    plan: Plan
    lost: frozenset[int]
    now: float = 0.0
    queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    order: itertools.count[int] = field(default_factory=itertools.count)
    wire: itertools.count[int] = field(default_factory=itertools.count)
    heard: list[str] = field(default_factory=list)
    """First lines that the caller heard, each once."""
    met: list[str] = field(default_factory=list)
    """What the callee was asked, each once."""
    last: dict[str, bytes] = field(default_factory=dict)
    """The callee's last reply to each method."""
    confirmed: bool = False
    """ACK has come to the callee."""
    story: list[tuple[float, bytes, tuple[str, int]]] = field(default_factory=list)
    """All datagrams, when they were sent and where to, lost or not."""

    def __post_init__(self) -> None:
        self.proxies = {NEAR: proxy(NEAR, FAR), FAR: proxy(FAR, CALLEE)}
        self.telephones = {CALLER: self.hear, CALLEE: self.meet}

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.queue, (self.now + seconds, next(self.order), action))

    def send(self, data: bytes, source: tuple[str, int], to: tuple[str, int]) -> None:
        """A datagram on its way, unless it gets lost between the proxies."""
        self.story.append((self.now, data, to))
        if {source, to} == {NEAR, FAR} and next(self.wire) in self.lost:
            return
        if to in self.proxies:
            self.later(DELAY, lambda: self.emit(to, self.proxies[to].receive_datagram(data, source=source, local=to, now=self.now)))
        else:
            self.later(DELAY, lambda: self.telephones[to](data))

    def emit(self, source: tuple[str, int], effects: list[kemilua.Effect]) -> None:
        for effect in effects:
            if isinstance(effect, kemilua.Send):
                self.send(effect.data, source, effect.destination)

    def run(self, seconds: float) -> None:
        """All that is due by then."""
        while True:
            due = [(at, place) for place, one in self.proxies.items() if (at := one.next_timer()) is not None]
            first = min([entry[0] for entry in self.queue[:1]] + [at for at, _ in due], default=seconds + 1)
            if first > seconds:
                return
            self.now = max(self.now, first)
            if self.queue and self.queue[0][0] <= first:
                heapq.heappop(self.queue)[2]()
            else:
                place = min(due)[1]
                self.emit(place, self.proxies[place].handle_timer(self.now))

    # ---- the caller

    def call(self) -> None:
        data = invite(TO) if self.plan.method == "INVITE" else request(self.plan.method, TO)
        self.send(data, CALLER, NEAR)
        if self.plan.cancels:
            self.later(8, lambda: self.send(request("CANCEL", TO), CALLER, NEAR))

    def hear(self, data: bytes) -> None:
        line = f"{first_line(data).split()[1]} {header(data, 'CSeq')[0]}"
        known = line in self.heard
        if not known:
            self.heard.append(line)
        code, _, method = line.split()
        if method != "INVITE":
            return
        if code[0] == "2":
            self.send(request("ACK", TO, branch="z9hG4bK-ack", to_tag="b1"), CALLER, NEAR)
            if not known:
                self.later(20, lambda: self.send(request("BYE", TO, branch="z9hG4bK-bye", to_tag="b1"), CALLER, NEAR))
        elif code[0] in "3456":
            self.send(request("ACK", TO, to_tag="b1"), CALLER, NEAR)

    # ---- the callee

    def meet(self, data: bytes) -> None:
        method = first_line(data).split()[0]
        known = method in self.met
        if not known:
            self.met.append(method)
        if method == "ACK":
            self.confirmed = True
        elif known:
            self.send(self.last[method], CALLEE, FAR)
        elif method == "INVITE":
            self.reply(data, 180 if self.plan.rings else 100)
            if not self.plan.cancels:
                self.later(1, lambda: self.final(data))
        elif method == "CANCEL":
            self.reply(data, 200)
            self.later(0.1, lambda: self.reply(self.asked, self.plan.code))
        else:
            self.reply(data, self.plan.code if method == self.plan.method else 200)
        if method == "INVITE":
            self.asked = data

    def reply(self, data: bytes, code: int) -> None:
        method = first_line(data).split()[0]
        self.last[method] = answer(data, code, "Said")
        self.send(self.last[method], CALLEE, FAR)

    def final(self, data: bytes, wait: float = 0.5) -> None:
        """Again and again until ACK."""
        if self.confirmed or wait > 40:
            return
        self.reply(data, self.plan.code)
        self.later(wait, lambda: self.final(data, 2 * wait))


def played(plan: Plan, lost: frozenset[int]) -> World:
    """A call, once everything is over."""
    world = World(plan, lost)
    world.call()
    world.run(600.0)
    assert [one.next_timer() for one in world.proxies.values()] == [None, None]
    assert not world.queue
    for one in world.proxies.values():
        assert one.rpc("tm.stats")["current"] == 0
        one.close()
    return world


def ends(plan: Plan, lost: frozenset[int]) -> tuple[set[str], set[str], bool]:
    """What the caller heard at last and the callee was asked."""
    world = played(plan, lost)
    return {line for line in world.heard if line[0] != "1"}, set(world.met), world.confirmed


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_a_call_over_a_perfect_wire(plan):
    heard, met, confirmed = ends(plan, frozenset())
    wanted = {f"{plan.code} 1 {plan.method}"}
    if plan.cancels:
        wanted.add("200 1 CANCEL")
    if plan == Plan(plan.method, 200, rings=plan.rings) and plan.method == "INVITE":
        wanted.add("200 1 BYE")
    assert heard == wanted
    assert plan.method in met
    assert confirmed == (plan.method == "INVITE")


@settings(deadline=None)
@given(st.sampled_from(PLANS), st.frozensets(st.integers(0, 11), max_size=3))
def test_losses_change_no_outcome(plan, lost):
    assert ends(plan, lost) == ends(plan, frozenset())


@settings(deadline=None)
@given(st.sampled_from(PLANS), st.frozensets(st.integers(0, 11), max_size=3))
def test_the_same_inputs_give_the_same_bytes(plan, lost):
    """Times and randomness come from outside, so a call is what went in."""
    assert played(plan, lost).story == played(plan, lost).story
