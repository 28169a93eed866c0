"""State that several engines of one process share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from kemilua._arguments import buffer, refuse_copy
from kemilua._ffi import NULL, ffi, lib
from kemilua._packet import Data
from kemilua.errors import AllocationError

if TYPE_CHECKING:
    from weakref import ReferenceType

    from kemilua.engine import Engine

__all__ = ["SharedState"]


class SharedState:
    """Holds `$shv`, hash tables, locks and flags of cfgutils, and reload versions for the engines it is given to: `Engine(shared=state)`.

    Engines hold on to it by themselves, and any thread may use it at any time. An engine that is given none has its own.
    It can be neither copied nor pickled: other processes have theirs.
    """

    __slots__ = ("_members", "_pointer")

    _members: dict[int, ReferenceType[Engine]]
    """The engines by their numbers; one that has closed may be there still."""

    def __init__(self) -> None:
        """Raises AllocationError when there is no memory."""
        pointer = lib.kl_shared_new()
        if pointer == NULL:
            raise AllocationError("out of memory making shared state")
        self._pointer = ffi.gc(pointer, lib.kl_shared_free)
        self._members = {}

    @property
    def engines(self) -> int:
        """How many engines share it: one more than the highest number that one of them has had."""
        return int(lib.kl_shared_engines(self._pointer))

    def owner(self, data: Data) -> int:
        """Return the number of the engine that a message belongs to, of which only the bytes are known; from any thread.

        It is told by the Call-ID, so that all messages of a call come to one engine (`Engine.number`), with 0 for what has
        none. Make all engines before the first message: with their count the owners change.
        """
        view = buffer("data", data)
        return int(lib.kl_shared_owner(self._pointer, ffi.cast("char *", view), len(view)))

    def stored(self, ticket: int, error: str | None = None) -> bool:
        """Tell what became of a `Store` of any of the engines, from any thread: they hear of it by their inboxes (`Engine.stored`).

        False: nobody knows that ticket, or it was told before. Raises ArgumentError.
        """
        from kemilua._stores import error_span, ticket_number

        status: int = lib.kl_shared_stored(self._pointer, ticket_number(ticket), error_span(error))
        return status == lib.KL_OK

    @property
    def oldest_store(self) -> int | None:
        """The lowest ticket of a `Store` that nobody has told anything of; None when there is none."""
        return int(lib.kl_shared_oldest_store(self._pointer)) or None

    def _join(self, engine: Engine) -> None:
        from weakref import ref

        self._members[engine.number] = ref(engine)

    def _open_engines(self) -> dict[int, Engine]:
        """Those that have not been closed, by their numbers in ascending order; from any thread."""
        found = ((number, reference()) for number, reference in sorted(self._members.items()))
        return {number: engine for number, engine in found if engine is not None and engine._pointer is not None}

    def __reduce__(self) -> NoReturn:
        refuse_copy(self, "give this very object to every engine of the process")
