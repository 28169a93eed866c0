"""The two lanes between Python and C.

On CPython the file of the compiled module holds a second one, `kemilua._cpython` (csrc/cpython, whose header says what
both sides promise): the classes that Engine and Message derive from, with `receive_datagram` and `lua_run` without cffi in
between, and exports called with vectorcall. Elsewhere, or on request, everything goes through cffi. What an engine and a
message need in either case is in the twins here, in Python for where C has none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from kemilua._ffi import CData, ffi, lib
from kemilua._packet import TRANSPORT_NAMES
from kemilua.effects import Alias, Drop, Level, Log, Release, Resolve, Send, Store
from kemilua.errors import EngineClosedError

__all__ = ["DIRECT", "MessageBase", "NoBase", "PortableEngine", "engine_base"]

Result = TypeVar("Result")

DIRECT = sys.implementation.name == "cpython"
"""Whether this interpreter has the direct lane."""


class PortableMessage:
    """A message's pointer, its engine, and which thread may use it now."""

    __slots__ = ("_engine", "_lock", "_pointer", "_stale")

    _lock: Any
    _pointer: Any
    """The cffi pointer, or None; not to be used once stale."""
    _engine: Any
    """The Engine it is bound to, or None."""
    _stale: bool
    """Whether its time is over."""

    def __new__(cls, *_: Any) -> Any:
        import threading

        message = object.__new__(cls)
        message._pointer = message._engine = None
        message._stale = True
        message._lock = threading.RLock()
        return message

    def _bind(self, pointer: CData, engine: Any) -> None:
        """Be the message at a `kl_msg *`, of an engine or None."""
        self._pointer, self._engine, self._stale = pointer, engine, False

    def _expire(self) -> None:
        """End the time of a lent message, or of one that an engine has made.

        The memory of the latter goes with this object, not now: within nested runs C tells messages by their addresses.
        """
        self._engine, self._stale = None, True

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
            if self._stale:
                self._refuse(False)
            return function(self._pointer, *arguments)
        finally:
            self._release()

    def _refuse(self, busy: bool) -> NoReturn:
        raise NotImplementedError


class PortableEngine:
    """Who is inside an engine, one thread at a time, and what frees it.

    The lock is Python's, as it must outlive the memory of C: a thread may ask for it while another one closes the engine.
    """

    _pointer: CData | None = None
    """None once closed, and as long as a subclass has not called `Engine.__init__`."""
    _native: bool = False
    """Whether entries are C's where they can be: never here."""
    _functions: list[Callable[..., Any]]
    """The exports by slot."""
    _lock: Any
    _depth: int
    _owner: Any

    def __new__(cls, *_: Any, **__: Any) -> Any:
        import threading

        engine = object.__new__(cls)
        engine._lock, engine._depth, engine._functions = threading.RLock(), 0, []
        return engine

    def _attach(self, pointer: CData, error: CData, locals: tuple[Any, ...], direct: bool) -> None:
        """Own an engine: it is freed with this object, or by `_close`."""
        self._owner = ffi.gc(pointer, lib.kl_engine_free)

    def _watch(self, holds: Callable[[], bool] | None) -> None:
        """Know what says whether the threshold of the logger still holds: C asks it."""

    def _enter(self) -> int:
        """Go in; return how deep this thread is inside now, 0 when another one is."""
        self._open()
        if not self._lock.acquire(blocking=False):
            return 0
        self._depth += 1
        return self._depth

    def _leave(self) -> int:
        """Go out; return how deep this thread is inside still."""
        self._depth -= 1
        depth = self._depth
        self._lock.release()
        return depth

    def _close(self) -> int:
        """Free the engine if nobody is inside (1); else as `_enter`."""
        depth = self._enter()
        if depth == 1 and self._pointer is not None:  # another thread may have been faster
            self._pointer = None
            ffi.release(self._owner)
        if depth:
            self._leave()
        return depth

    def _open(self) -> CData:
        """The pointer; raises EngineClosedError once there is none."""
        if self._pointer is None:
            made = "_pointer" in self.__dict__
            raise EngineClosedError("the engine is closed" if made else "the engine has not been made: Engine.__init__ comes first")
        return self._pointer


def _load() -> Any:
    """The second module in the file of the first one."""
    from importlib.machinery import ExtensionFileLoader, ModuleSpec

    name, file = "kemilua._cpython", sys.modules["kemilua._kemilua"].__file__
    loader = ExtensionFileLoader(name, str(file))
    module = loader.create_module(ModuleSpec(name, loader, origin=file))
    loader.exec_module(module)
    return module


_cpython: Any = _load() if DIRECT else None
if TYPE_CHECKING:
    MessageBase = PortableMessage
else:
    MessageBase = _cpython.MessageBase if DIRECT else PortableMessage


class NoBase:
    """What an Engine derives from first where C has no class for it."""

    __slots__ = ()


def engine_base(portable: type) -> Any:
    """The class that an Engine derives from first; `portable` has what C does not do itself."""
    if not DIRECT:
        return NoBase
    transports = tuple(TRANSPORT_NAMES.get(number, "") for number in range(7))
    effects = (Send, Drop, Log, Alias, Resolve, Store, Release)
    return _cpython.setup(ffi, portable, EngineClosedError, effects, tuple(Level), transports)
