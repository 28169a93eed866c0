"""Threads with an engine each, which share state and sockets."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Sequence

from kemilua.effects import Effect, Send
from kemilua.engine import Engine
from kemilua.udp import UdpLoop

__all__ = ["Workers"]


class Workers:
    """One loop for each engine, each in a thread of its own, on the same sockets."""

    def __init__(
        self, engines: Sequence[Engine], loops: Sequence[UdpLoop], on_end: Callable[[int, BaseException | None], object] | None = None
    ) -> None:
        """`on_end`: told, in the worker's thread, which one has ended, and by what exception if it was not stopped."""
        self._engines, self._loops = engines, loops
        self._on_end = on_end or (lambda number, error: None)
        self._threads = [
            threading.Thread(target=self._run, args=(number,), name=f"kemilua worker {number}", daemon=True) for number in range(len(loops))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def _run(self, number: int) -> None:
        failure: BaseException | None = None
        try:
            self._loops[number].run()
        except BaseException as error:
            failure = error
        self._on_end(number, failure)

    def stop(self, patience: float) -> list[int]:
        """Let all finish what they have; return the numbers of those that did not within some seconds."""
        for loop in self._loops:
            loop.stop()
        end = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        late = [number for number, thread in enumerate(self._threads) if thread.is_alive()]
        for number, loop in enumerate(self._loops):
            if number not in late:
                self._finish(self._engines[number], loop)
        return late

    @staticmethod
    def _finish(engine: Engine, loop: UdpLoop) -> None:
        """What the last ones handed to those that had stopped already."""
        now, monotonic = time.time(), time.monotonic() if engine._two_clocks else None
        engine.post_timer(now, monotonic)
        for effect in engine.handle_inputs(now, monotonic):
            _send(loop, effect)

    def counters(self) -> dict[str, int]:
        """The sums of all loops."""
        total: collections.Counter[str] = collections.Counter()
        for loop in self._loops:
            for name, value in loop.counters().items():
                total[name] += value
        return dict(total)


def _send(loop: UdpLoop, effect: Effect) -> None:
    if isinstance(effect, Send) and effect.transport == "udp" and not effect.after:
        try:
            loop.send(effect.data, effect.destination, effect.local)
        except (OSError, ValueError):
            return  # nobody is left to tell
