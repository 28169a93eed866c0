"""State that several engines of one process share."""

from __future__ import annotations

from typing import NoReturn

from kemilua._arguments import refuse_copy
from kemilua._ffi import NULL, ffi, lib
from kemilua.errors import AllocationError

__all__ = ["SharedState"]


class SharedState:
    """Holds `$shv`, hash tables, locks and flags of cfgutils, and reload versions for the engines it is given to: `Engine(shared=state)`.

    Engines hold on to it by themselves, and any thread may use it at any time. An engine that is given none has its own.
    It can be neither copied nor pickled: other processes have theirs.
    """

    __slots__ = ("_pointer",)

    def __init__(self) -> None:
        """Raises AllocationError when there is no memory."""
        pointer = lib.kl_shared_new()
        if pointer == NULL:
            raise AllocationError("out of memory making shared state")
        self._pointer = ffi.gc(pointer, lib.kl_shared_free)

    def __reduce__(self) -> NoReturn:
        refuse_copy(self, "give this very object to every engine of the process")
