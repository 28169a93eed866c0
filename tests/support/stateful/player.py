"""Plays a scenario on an engine: feeds the steps at their times, lets timers run between them, and keeps what came of it.

Time is exact here. Kamailio's timers fire up to a tick early (62.5 ms), so a peer may have been sent a datagram, and have answered
it, before an exact timer sends it: a step that waits for it lets the time run on, and the steps behind it come that much later.
"""

from __future__ import annotations

import collections
import json
import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import kemilua

from stateful import fields
from stateful.scenario import Address, Expect, Logged, Rpc, Scenario, Send, address
from stateful.several import Several

__all__ = ["EPOCH", "Datagram", "EngineLike", "Event", "Fed", "Line", "Played", "Player", "play"]

EPOCH = 1_700_000_000.0
"""The engine's time when a scenario begins: seconds since 1970, so that dates are dates."""
TIMERS = 100_000
"""More of them in a scenario are a timer that never ends."""
ROUNDS = 100
"""As many datagrams to itself for one step are a loop."""
REC = re.compile(r"REC (\{.*\})\s*")
ACC = re.compile(r"ACC: .*", re.DOTALL)


@dataclass(frozen=True)
class Fed:
    """A step of the scenario, which peers did or waited for."""

    t_ms: float
    number: int


@dataclass(frozen=True)
class Datagram:
    """What the engine sent."""

    t_ms: float
    at: str
    """Name of the peer, or the address where nobody watched."""
    watched: bool
    """Kamailio's recording tells of it."""
    bytes: str
    """A character per byte."""
    source: str


@dataclass(frozen=True)
class Line:
    """What was logged beside recorded values."""

    t_ms: float
    log: kemilua.Log


Event: TypeAlias = "Fed | Datagram | Logged | Line"


@dataclass
class Played:
    """What came of a scenario here."""

    scenario: Scenario
    events: list[Event] = field(default_factory=list)
    """In the order in which they happened."""
    answers: list[Any] = field(default_factory=list)
    """The responses to the RPC steps."""
    unseen: dict[int, str] = field(default_factory=dict)
    """Steps that waited in vain, or that used what did not come, and why."""

    @property
    def fed_ms(self) -> list[float]:
        """When each step was fed."""
        return [event.t_ms for event in self.events if isinstance(event, Fed)]

    @property
    def datagrams(self) -> list[Datagram]:
        """Those to peers that were watched."""
        return [event for event in self.events if isinstance(event, Datagram) and event.watched]

    @property
    def logs(self) -> list[Logged]:
        """The values that were recorded."""
        return [event for event in self.events if isinstance(event, Logged)]

    @property
    def complaints(self) -> list[Line]:
        """Lines at level err or worse."""
        return [event for event in self.events if isinstance(event, Line) and event.log.level <= kemilua.Level.ERR]


def play(scenario: Scenario, modules: list[str], *, log_level: str = "info", engines: int = 1) -> Played:
    """Play it on so many engines of its own with these KSR modules; raises what `Engine` does, as for a parameter that is not here."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kemilua-")))
        for name, text in scenario.files.items():
            (folder / name).write_text(text, encoding="latin-1")
        shared = kemilua.SharedState()
        made = [stack.enter_context(_engine(scenario, modules, folder, log_level, shared)) for _ in range(engines)]
        return Player(scenario, made[0] if engines == 1 else Several(made, shared)).run()


def _engine(scenario: Scenario, modules: list[str], folder: Path, log_level: str, shared: kemilua.SharedState) -> kemilua.Engine:
    """An engine that is set up as Kamailio was."""
    number = shared.engines
    params: dict[str, dict[str, list[str | int]]] = {}
    for module, name, value in scenario.modparams:
        given = value.replace("@DIR@", str(folder)) if isinstance(value, str) else value
        params.setdefault(module, {}).setdefault(name, []).append(given)
    return kemilua.Engine(
        [kemilua.Source(scenario.lua, f"{scenario.id}.lua")],
        modules=modules,
        modparams=params,
        core=scenario.core,
        listen=scenario.listen,
        aliases=scenario.aliases,
        shared=shared,
        random=lambda size: bytes(range(number, number + size)),  # every run has the same owners
        log_level=log_level,
        errors="log",
        now=EPOCH,
    )


class EngineLike(Protocol):
    """What a scenario is played on: an Engine, several of them, or a tape in their place."""

    def receive_datagram(self, data: bytes, source: Address, local: Address, *, now: float) -> list[kemilua.Effect]: ...
    def handle_timer(self, now: float) -> list[kemilua.Effect]: ...
    def next_timer(self) -> float | None: ...
    def rpc(self, command: str, *parameters: Any) -> Any: ...
    def take_effects(self) -> list[kemilua.Effect]: ...


class Player:
    """Plays one scenario, once."""

    def __init__(self, scenario: Scenario, engine: EngineLike) -> None:
        self.scenario = scenario
        self.engine = engine
        self.played = Played(scenario)
        self.addresses = {address(place): name for name, place in scenario.peers.items()}
        self.local = address(scenario.listen[0].partition(":")[2])
        self.now_ms = 0.0
        self.timers = 0
        self.own = {address(socket.partition(":")[2]) for socket in scenario.listen}
        self.to_itself: collections.deque[kemilua.Send] = collections.deque()
        self.taken: list[Datagram] = []
        """Those that a step has waited for."""
        self.bound: dict[str, str] = {}

    def run(self) -> Played:
        self._note(self.engine.take_effects())
        self._feed_itself()
        for number, step in enumerate(self.scenario.steps):
            self._until(step.t_ms)
            if isinstance(step, Expect):
                self._expect(number, step)
            self.played.events.append(Fed(self.now_ms, number))
            if isinstance(step, Send):
                self._send(number, step)
            elif isinstance(step, Rpc):
                self._rpc(step)
        self._until(self.scenario.end_ms)
        return self.played

    # ---- steps

    def _send(self, number: int, step: Send) -> None:
        text = step.bytes
        if step.template is not None:
            try:
                text = fields.fill(step.template, self.bound)
            except KeyError as error:
                self.played.unseen[number] = f"sends what Kamailio's peer sent: {error.args[0]} did not come"
        effects = self.engine.receive_datagram(
            text.encode("latin-1"), source=address(self.scenario.peers[step.at]), local=self.local, now=self._now()
        )
        self._note(effects)
        self._feed_itself()

    def _expect(self, number: int, step: Expect) -> None:
        window = self.scenario.observed[step.observed].window_ms
        latest = self.now_ms if window is None else window[1] + self.now_ms - step.t_ms
        while (found := self._find(step)) is None and self._fire(latest):
            pass
        if found is None:
            self.played.unseen[number] = f"{step.at} saw no {' '.join(str(one) for one in step.match.values())}"
            return
        self.taken.append(found)
        if step.bind is not None:
            self.bound[step.bind] = found.bytes

    def _find(self, step: Expect) -> Datagram | None:
        fitting = (one for one in self.played.datagrams if one.at == step.at and fields.matches(one.bytes, step.match))
        return next((one for one in fitting if not any(one is taken for taken in self.taken)), None)

    def _rpc(self, step: Rpc) -> None:
        try:
            result = self.engine.rpc(step.method, *step.params)
            outcome: dict[str, Any] = {"result": {} if result is None else result}  # as jsonrpcs writes it
        except kemilua.RpcError as error:
            outcome = {"error": {"code": error.code, "message": error.text}}
        self._note(self.engine.take_effects())
        self._feed_itself()
        self.played.answers.append({"jsonrpc": "2.0", **outcome, "id": step.answer["id"]})

    # ---- time

    def _now(self) -> float:
        return EPOCH + self.now_ms / 1000

    def _until(self, t_ms: float) -> None:
        """Let the time run; it does not run back for a step that is late already."""
        while self._fire(t_ms):
            pass
        self.now_ms = max(self.now_ms, t_ms)

    def _fire(self, latest_ms: float) -> bool:
        """Let the next timer fire, if that is not later."""
        due = self.engine.next_timer()
        if due is None or due > EPOCH + latest_ms / 1000:
            return False
        self.timers += 1
        if self.timers > TIMERS:
            raise AssertionError(f"more than {TIMERS:,} timers until {self.now_ms:g} ms")
        self.now_ms = max(self.now_ms, (due - EPOCH) * 1000)
        self._note(self.engine.handle_timer(max(due, self._now())))
        self._feed_itself()
        return True

    # ---- what comes of it

    def _feed_itself(self) -> None:
        """Let the engine receive what it sent to itself, at once."""
        for _ in range(ROUNDS):
            if not self.to_itself:
                return
            one = self.to_itself.popleft()
            self._note(self.engine.receive_datagram(one.data, source=one.local or self.local, local=one.destination, now=self._now()))
        raise AssertionError(f"more than {ROUNDS} datagrams from itself to itself at {self.now_ms:g} ms")

    def _note(self, effects: list[kemilua.Effect]) -> None:
        for effect in effects:
            if isinstance(effect, kemilua.Send):
                self._sent(effect)
            elif isinstance(effect, kemilua.Log):
                self._logged(effect)

    def _sent(self, effect: kemilua.Send) -> None:
        name = self.addresses.get(effect.destination)
        host, port = self.local if effect.local is None else effect.local
        datagram = Datagram(
            t_ms=self.now_ms,
            at=name or "{}:{}".format(*effect.destination),
            watched=name is not None,
            bytes=effect.data.decode("latin-1"),
            source=f"{host}:{port}",
        )
        self.played.events.append(datagram)
        if effect.destination in self.own:
            self.to_itself.append(effect)

    def _logged(self, effect: kemilua.Log) -> None:
        text = effect.text.encode("utf-8", "surrogateescape").decode("latin-1")
        if recorded := REC.fullmatch(text):
            row = json.loads(recorded[1])
            self.played.events.append(Logged(self.now_ms, row["n"], row["v"]))
        elif accounted := ACC.search(text):
            self.played.events.append(Logged(self.now_ms, "acc", [accounted.group().rstrip("\n")]))
        else:
            self.played.events.append(Line(self.now_ms, effect))
