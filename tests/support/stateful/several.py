"""Several engines in place of one: each message goes to the one that owns it, as a host with worker threads hands them out."""

from __future__ import annotations

from typing import Any

import kemilua

from stateful.scenario import Address

__all__ = ["Several"]


class Several:
    """Engines of one SharedState, run one after the other."""

    def __init__(self, engines: list[kemilua.Engine], shared: kemilua.SharedState) -> None:
        self.engines = engines
        self.shared = shared

    def receive_datagram(self, data: bytes, source: Address, local: Address, *, now: float) -> list[kemilua.Effect]:
        owner = self.engines[self.shared.owner(data)]
        return [*owner.receive_datagram(data, source, local, now=now), *self._posted(now)]

    def next_timer(self) -> float | None:
        return min((due for due, _ in self._due()), default=None)

    def handle_timer(self, now: float) -> list[kemilua.Effect]:
        """Let the first timer fire, and others of its engine that are due."""
        _, number = min(self._due())
        return [*self.engines[number].handle_timer(now), *self._posted(now)]

    def rpc(self, command: str, *parameters: Any) -> Any:
        return self.engines[0].rpc(command, *parameters)

    def take_effects(self) -> list[kemilua.Effect]:
        effects = [effect for engine in self.engines for effect in engine.take_effects()]
        return effects + self._posted(max(engine.now for engine in self.engines))

    def _due(self) -> list[tuple[float, int]]:
        """When the engines that have a timer want to be called, and their numbers."""
        due = [(engine.next_timer(), number) for number, engine in enumerate(self.engines)]
        return [(when, number) for when, number in due if when is not None]

    def _posted(self, now: float) -> list[kemilua.Effect]:
        """Let all handle what others posted to them, until none has done anything."""
        effects: list[kemilua.Effect] = []
        while True:
            more: list[kemilua.Effect] = []
            for engine in self.engines:
                engine.now = now
                more += engine.handle_inputs()
            if not more:
                return effects
            effects += more
