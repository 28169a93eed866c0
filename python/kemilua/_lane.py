"""The two lanes between Python and C.

On CPython the compiled module brings its own entries (csrc/engine/direct.c, whose head says what both sides promise):
`receive_datagram` and `lua_run` without cffi in between, and exports called with vectorcall. Elsewhere, or on request,
everything goes through cffi. What a message needs in either case is `MessageBase`, here in Python for where C has none.
"""

from __future__ import annotations

import threading
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from kemilua._ffi import lib

__all__ = ["DIRECT", "Gate", "MessageBase", "bind"]

Result = TypeVar("Result")


class _MessageBase:
    """A message's pointer, its engine, and which thread may use it now."""

    __slots__ = ("_address", "_engine", "_lock", "_pointer")

    _lock: Any

    _pointer: Any
    """The cffi pointer; not to be used once stale."""
    _engine: Any
    """The Engine it is bound to, or None."""
    _address: int
    """That of the `kl_msg`, 0 once stale."""

    def __new__(cls, *_: Any) -> Any:
        message = object.__new__(cls)
        message._pointer = message._engine = None
        message._address = 0
        message._lock = threading.RLock()
        return message

    def _acquire(self) -> bool:
        """Take the message for this thread, counted; False when another thread has it."""
        return bool(self._lock.acquire(blocking=False))

    def _release(self) -> None:
        self._lock.release()

    def _call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Call a function of the pointer, as the only thread inside and within the message's time."""
        if not self._acquire():
            self._refuse(True)
        try:
            if not self._address:
                self._refuse(False)
            return function(self._pointer, *arguments)
        finally:
            self._release()

    def _refuse(self, busy: bool) -> NoReturn:
        raise NotImplementedError


class Gate:
    """One thread at a time, counted; the direct lane's Binding has the same two methods."""

    __slots__ = ("_depth", "_lock")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0

    def enter(self) -> int:
        """Go in; return how deep this thread is inside now, 0 when another one is."""
        if not self._lock.acquire(blocking=False):
            return 0
        self._depth += 1
        return self._depth

    def leave(self) -> int:
        """Go out; return how deep this thread is inside still."""
        self._depth -= 1
        depth = self._depth
        self._lock.release()
        return depth


_namespace = types.SimpleNamespace()
DIRECT = bool(lib.kl_direct_install(id(_namespace)))
"""Whether this interpreter has the direct lane."""

if TYPE_CHECKING:
    MessageBase = _MessageBase
    bind: Callable[..., Any]
else:
    MessageBase = _namespace.MessageBase if DIRECT else _MessageBase
    bind = _namespace.bind if DIRECT else None
