"""Stands in place of an engine: plays a recording back, with other values where a run makes up its own.

So a scenario that is played on its own tape must come to what was recorded, whatever the values are, and wherever in its window a
timer fires; and a tape that was tampered with must not.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

import kemilua

from stateful.masks import NUMBERED, Token, mask
from stateful.player import EPOCH
from stateful.scenario import Address, Expect, Logged, Observed, Rpc, Scenario, Send, address

__all__ = ["Tape", "Values"]

MADE_UP = re.compile(r"z9hG4bK|uloc|ulcx|dspt|dlgp|sip:|@.*|[0-9]|[a-f]")
"""A character of a value, or what stands in it whatever the value."""


class Values:
    """Other values of the same form: the same one for the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._made: dict[Token, str] = {}

    def other(self, text: str) -> str:
        """The text with other values in it."""
        return "".join(part if isinstance(part, str) else self._of(part) for line in mask(text) for part in line)

    def _of(self, token: Token) -> str:
        if token.kind not in NUMBERED:
            return token.value
        if token not in self._made:
            self._made[token] = MADE_UP.sub(self._character, token.value)
        return self._made[token]

    def _character(self, found: re.Match[str]) -> str:
        text = found.group()
        return text if len(text) > 1 else self._random.choice("0123456789" if text.isdigit() else "abcdef")


@dataclass
class Timed:
    """What comes at a time of its own."""

    t_ms: float
    effect: kemilua.Effect


def _within(window: tuple[float, float], t_ms: float) -> float:
    return min(max(window[0], t_ms), window[1])


class Tape:
    """An engine that does what Kamailio did, and keeps account of what it was fed."""

    def __init__(self, scenario: Scenario, seed: int = 0, later_ms: float = 0.0) -> None:
        """Let timers fire so much later than they did, or earlier, as far as their windows allow."""
        self.scenario = scenario
        self.values = Values(seed)
        self.sends = [self._send(one) for one in scenario.observed]
        self.strange: list[int] = []
        """Steps that fed it what was no datagram of the recording."""
        timed = [
            Timed(_within(one.window_ms, one.t_ms + later_ms), send)
            for one, send in zip(scenario.observed, self.sends, strict=True)
            if one.window_ms is not None
        ]
        timed += [Timed(one.t_ms, self._log(one)) for one in scenario.logs]
        self._timers = sorted(timed, key=lambda one: one.t_ms)
        self._steps = iter([(number, step) for number, step in enumerate(scenario.steps) if not isinstance(step, Expect)])
        self._effects: list[kemilua.Effect] = []

    def replace(self, old: kemilua.Send, new: kemilua.Send) -> None:
        """Tamper with it: send another datagram in place of one of `sends`."""
        self.sends = [new if one is old else one for one in self.sends]
        for timer in self._timers:
            if timer.effect is old:
                timer.effect = new

    def receive_datagram(self, data: bytes, source: Address, local: Address, *, now: float) -> list[kemilua.Effect]:
        number, step = next(self._steps)
        assert isinstance(step, Send)
        wanted = step.bytes if step.template is None else self.values.other(step.bytes)
        if (wanted.encode("latin-1"), self.scenario.peers[step.at]) != (data, "{}:{}".format(*source)):
            self.strange.append(number)
        return self._answers(number)

    def rpc(self, command: str, *parameters: Any) -> Any:
        number, step = next(self._steps)
        assert isinstance(step, Rpc)
        self._effects = self._answers(number)
        answer = json.loads(self.values.other(json.dumps(step.answer)))
        if "error" in answer:
            raise kemilua.RpcError(answer["error"]["code"], answer["error"]["message"])
        return answer["result"]

    def take_effects(self) -> list[kemilua.Effect]:
        effects, self._effects = self._effects, []
        return effects

    def next_timer(self) -> float | None:
        return EPOCH + self._timers[0].t_ms / 1000 if self._timers else None

    def handle_timer(self, now: float) -> list[kemilua.Effect]:
        return [self._timers.pop(0).effect]

    # ---- effects

    def _answers(self, number: int) -> list[kemilua.Effect]:
        return [send for one, send in zip(self.scenario.observed, self.sends, strict=True) if one.after_step == number]

    def _send(self, one: Observed) -> kemilua.Send:
        data = self.values.other(one.bytes).encode("latin-1")
        return kemilua.Send(data, address(self.scenario.peers[one.at]), "udp", local=address(one.source))

    def _log(self, one: Logged) -> kemilua.Log:
        if one.name == "acc":
            return kemilua.Log(kemilua.Level.NOTICE, self.values.other(one.values[0]))
        text = json.dumps({"n": one.name, "v": one.values})
        return kemilua.Log(kemilua.Level.INFO, f"REC {self.values.other(text)}\n")
