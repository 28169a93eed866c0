"""One writer for the Stores of engines that share a state: in the order of their tickets, many in one go."""

from __future__ import annotations

import heapq
import threading
import time
import types
from collections.abc import Sequence
from typing import NoReturn, Protocol

from kemilua import _arguments as arguments
from kemilua import _logs
from kemilua.effects import Store
from kemilua.errors import ArgumentError
from kemilua.shared import SharedState

__all__ = ["StoreTarget", "StoreWriter"]

LOOK = 0.01
"""Seconds after which a ticket that is on its way is looked for again."""


class StoreTarget(Protocol):
    """Where rows are kept."""

    def apply(self, stores: Sequence[Store], /) -> object:
        """Apply all of these changes in this order, or raise, and then none of them: a transaction of a database.

        In the thread of the writer, which waits for it. What is raised is what `on_stored` is told.
        """


class StoreWriter:
    """Applies each `Store` that it is given, in a thread of its own, and tells the engines what became of it.

    `UdpLoop(engine, store=writer.put)` for each loop, with one writer for all engines of a `SharedState`. Use it as a context manager,
    or call `close`, after the loops have ended.
    """

    def __init__(self, target: StoreTarget, shared: SharedState, *, batch: int = 1000, queue: int = 100_000, patience: float = 1.0) -> None:
        """Start the thread.

        - `target`: an object with a method `apply`, such as a database. When it raises for several changes at once, each is tried alone.
        - `shared`: the state that the engines were given.
        - `batch`: changes that `apply` is given at once at most. `queue`: changes that may wait; more are told as failed.
        - `patience`: seconds to wait for a change with a lower ticket that has not come here yet: its engine has left it a moment ago,
          or has another host.
        """
        if not callable(getattr(target, "apply", None)):
            arguments.refuse_type("target", "an object with a method apply(stores)", target)
        if not isinstance(shared, SharedState):
            arguments.refuse_type("shared", "a kemilua.SharedState", shared)
        self._target, self._shared = target, shared
        self._batch = arguments.integer("batch", batch, 1, 2**31 - 1)
        self._most = arguments.integer("queue", queue, 1, 2**31 - 1)
        self._patience = arguments.seconds("patience", patience)
        self._waiting: list[tuple[int, Store]] = []
        self._came = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._run, name="kemilua stores", daemon=True)
        self._thread.start()

    def put(self, store: Store) -> None:
        """Hand over a change, from any thread. Raises ArgumentError once the writer is closed."""
        if not isinstance(store, Store):
            arguments.refuse_type("store", "a kemilua.Store", store)
        with self._came:
            if not self._open:
                raise ArgumentError("the writer is closed")
            fits = len(self._waiting) < self._most
            if fits:
                heapq.heappush(self._waiting, (store.ticket, store))
                self._came.notify()
        if not fits:
            self._shared.stored(store.ticket, "too many changes wait to be stored")

    @property
    def waiting(self) -> int:
        """How many changes wait."""
        return len(self._waiting)

    def close(self, timeout: float | None = None) -> bool:
        """Take no more, and wait until all that came is done; False when that took longer than so many seconds."""
        with self._came:
            self._open = False
            self._came.notify()
        self._thread.join(None if timeout is None else arguments.seconds("timeout", timeout))
        return not self._thread.is_alive()

    # ---- the thread

    def _run(self) -> None:
        while stores := self._next():
            self._apply(stores)

    def _next(self) -> list[Store]:
        """The next ones in a row; none when it is over."""
        with self._came:
            since = time.monotonic()
            while self._open or self._waiting:
                if not self._waiting:
                    self._came.wait()
                    since = time.monotonic()
                elif self._is_early() and time.monotonic() - since < self._patience:
                    self._came.wait(LOOK)
                else:
                    return self._row()
        return []

    def _is_early(self) -> bool:
        """Whether one with a lower ticket is on its way."""
        oldest = self._shared.oldest_store
        return oldest is not None and oldest < self._waiting[0][0]

    def _row(self) -> list[Store]:
        found = [heapq.heappop(self._waiting)[1]]
        while self._waiting and self._waiting[0][0] == found[-1].ticket + 1 and len(found) < self._batch:
            found.append(heapq.heappop(self._waiting)[1])
        return found

    def _apply(self, stores: list[Store]) -> None:
        """All at once, else one by one; tell what became of each."""
        try:
            self._target.apply(stores)
        except Exception as error:
            if len(stores) > 1:
                for store in stores:
                    self._apply([store])
                return
            _logs.logger().error("store: %s of a row of %s failed: %s", stores[0].operation, stores[0].table, error)
            self._shared.stored(stores[0].ticket, f"{type(error).__name__}: {error}")
        else:
            for store in stores:
                self._shared.stored(store.ticket)

    # ---- the end

    def __enter__(self) -> StoreWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        arguments.refuse_copy(self, "make another one")

    def __repr__(self) -> str:
        return f"<kemilua.StoreWriter {'closed' if not self._open else f'{self.waiting} waiting'}>"
