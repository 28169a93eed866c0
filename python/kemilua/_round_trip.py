"""One run of a script at a time: who is inside, what is lent to exports, what they raised, and what came of it.

The round trip of a call that ends in a Python export:
1. An entry takes the engine for this thread, and the message if the caller gave one: `_perform` here, or C's own entries.
2. C runs Lua with the interpreter's lock let go, until a KSR function turns out to be Python's.
3. The lane (`_portable`, or C's direct one) gets the Message object of the current message from `_lend`, and calls the export.
4. An exception does not cross Lua: `_keep` stores it under a token, C raises a Lua error that carries the token.
5. A script may catch that error; an uncaught one comes back to step 1 with its token.
6. The entry reads the effects, ends the time of lent messages, and lets the engine go.
7. Log effects go to `logging`. Whoever asked for the error gets the stored exception, the Lua traceback as a note.

C's entries call `_refresh_log_level`, `_lend`, `_keep`, `_fail`, `_absorb`, `_log` and `_settle`; csrc/cpython/cpython.h says when.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from kemilua import _logs, _portable, _values
from kemilua._ffi import NULL, CData, ffi, lib, span_bytes, span_text
from kemilua._lane import PortableEngine
from kemilua._packet import TRANSPORT_NAMES
from kemilua.effects import Address, Alias, Drop, Effect, Level, Log, Release, Resolve, Send, Store
from kemilua.errors import EngineBusyError, add_note, from_error
from kemilua.message import Message

__all__ = ["OPERATIONS", "RoundTrip", "read_effect", "read_effects", "read_resolve"]

Result = TypeVar("Result")

OPERATIONS: dict[int, Literal["upsert", "insert", "delete"]] = {
    lib.KL_STORE_UPSERT: "upsert",
    lib.KL_STORE_INSERT: "insert",
    lib.KL_STORE_DELETE: "delete",
}

ALWAYS_RAISED = frozenset((lib.KL_EBUSY, lib.KL_EDEPTH, lib.KL_ENOMEM))
"""Failures of the call and not of the script: they reach the caller whatever `errors` says."""


class RoundTrip(PortableEngine):
    """The part of an Engine that keeps its runs apart."""

    def __init__(self, *, log_level: Level | None, raises: bool) -> None:
        self._handle = _portable.handle_of(self)
        self._error = ffi.new("kl_error *")  # of an entry of C's that failed
        self._messages: dict[CData, Message] = {}  # by pointer, given by the caller or lent, of the entries in progress
        self._lent: dict[CData, Message] = {}
        self._exceptions: dict[int, BaseException] = {}
        self._tokens = 0
        self._interrupts: list[BaseException] = []
        self._effects: list[Effect] = []
        self._threshold = _logs.logger_threshold() if log_level is None else log_level
        self._holds = _logs.watch(self._threshold) if log_level is None else None  # says whether that is the logger's still
        self._raises = raises
        self._watch(self._holds)

    # ---- entries through cffi

    def _enter_gate(self) -> int:
        """Go in as the only thread; return how deep it is inside now, to be followed by `_leave()`."""
        depth = self._enter()
        if depth == 0:
            raise EngineBusyError("the engine is in use by another thread")
        return depth

    def _ask(self, function: Callable[..., Result], *given: Any) -> Result:
        """Call a function of the engine that runs no script, as the only thread inside."""
        self._enter_gate()
        try:
            return function(self._open(), *given)
        finally:
            self._leave()

    def _perform(self, message: Message | None, action: Callable[[CData, CData, CData], Result]) -> Result:
        """Call `action(engine, message, error)` as the only thread inside, and see to what comes of it."""
        depth = self._enter_gate()
        try:
            pointer = self._open()  # asked again: another thread may have closed it just before this one went in
            if depth > 1:
                return self._perform_on(message, pointer, action)
            self._refresh_log_level()
            lib.kl_engine_clear_effects(pointer)
            self._effects = []
            try:
                return self._perform_on(message, pointer, action)
            finally:
                self._absorb()
                self._settle(None)
        finally:
            self._leave()

    def _perform_on(self, message: Message | None, pointer: CData, action: Callable[..., Result]) -> Result:
        error = ffi.new("kl_error *")
        if message is None:
            return action(pointer, NULL, error)
        target = message._enter(self)  # type: ignore[arg-type]
        nested = target in self._messages
        self._messages[target] = message
        try:
            return action(pointer, target, error)
        finally:
            if not nested:
                del self._messages[target]
            message._release()

    # ---- what both kinds of entries ask for

    def _refresh_log_level(self) -> None:
        """Take over the logger's threshold, unless the engine was given its own."""
        if self._holds is not None and not self._holds():
            self._threshold = _logs.logger_threshold()
            self._holds = _logs.watch(self._threshold)
            self._watch(self._holds)
            lib.kl_engine_set_log_level(self._pointer, self._threshold)

    def _lend(self) -> Message:
        """Return the Message of the innermost run: the caller's own, or one that is lent until the outermost run ends."""
        pointer = lib.kl_engine_message(self._pointer)
        message = self._messages.get(pointer)
        if message is None:
            message = Message._wrap(pointer, self)  # type: ignore[arg-type]
            message._enter(self)  # type: ignore[arg-type]
            self._messages[pointer] = self._lent[pointer] = message
        return message

    def _keep(self, exception: BaseException) -> int:
        """Store what an export raised; return its token."""
        self._tokens += 1
        self._exceptions[self._tokens] = exception
        if not isinstance(exception, Exception):
            self._end_runs()
        return self._tokens

    def _interrupt(self, error: BaseException) -> None:
        """Let what a tracer or the handler of a signal raised reach the caller once the run is over; at once when it is no Exception."""
        self._interrupts.append(error)
        if not isinstance(error, Exception):
            self._end_runs()

    def _end_runs(self) -> None:
        """No `pcall` of a script goes on after KeyboardInterrupt and the like."""
        if self._pointer is not None:
            lib.kl_engine_interrupt(self._pointer)

    def _absorb(self) -> None:
        """Read the effects of an entry that is over, and log its lines."""
        pointer = self._open()
        self._effects = read_effects(pointer)
        if self._effects:
            lib.kl_engine_clear_effects(pointer)
            _logs.write(self._effects)

    def _log(self, effect: Log) -> None:
        _logs.write_one(effect)

    def _settle(self, effects: list[Effect] | None) -> None:
        """Forget what belonged to an entry that is over; raise what must not be swallowed, such as KeyboardInterrupt."""
        for pointer, message in self._lent.items():
            del self._messages[pointer]
            message._expire()
            message._release()
        self._lent.clear()
        interrupts = self._interrupts
        if self._exceptions:
            interrupts = interrupts + [error for error in self._exceptions.values() if not isinstance(error, Exception)]
            self._exceptions.clear()
        if interrupts:
            self._interrupts = []
            if effects is not None:
                self._effects = effects
            raise interrupts[0]

    def _fail(self, always: bool) -> int:
        """An entry of C's failed: raise, or return what lua_run returns."""
        error = self._error
        if always or self._raises or error.status in ALWAYS_RAISED:
            raise self._exception(error.status, error)
        return -1

    # ---- failures

    def _exception(self, status: int, error: CData) -> BaseException:
        """The exception for a failed run: an export's own, or what the status stands for."""
        kept = self._exceptions.pop(error.token, None) if status == lib.KL_EPYTHON else None
        traceback = span_text(error.traceback)
        if kept is None:
            return from_error(error, status)
        if traceback:
            add_note(kept, f"Lua {traceback}")
        return kept

    def _judge(self, status: int, error: CData) -> None:
        """Raise for a failure of the call; for one of the script too, when the engine was made with errors="raise"."""
        if status != lib.KL_OK and (self._raises or status in ALWAYS_RAISED):
            raise self._exception(status, error)


def read_effects(pointer: CData) -> list[Effect]:
    """Copy the effects of the last call."""
    count = ffi.new("size_t *")
    items = lib.kl_engine_effects(pointer, count)
    return [read_effect(items[index]) for index in range(count[0])]


def read_effect(effect: CData) -> Effect:
    """Copy one effect."""
    return _EFFECTS[effect.kind](effect)


def _send(effect: CData) -> Send:
    return Send(
        data=span_bytes(effect.data),
        destination=(span_text(effect.host), effect.port),
        transport=TRANSPORT_NAMES.get(effect.transport, ""),
        local=_local(effect),
        connection=None if effect.conid < 0 else effect.conid,
        close=bool(effect.flags & lib.KL_SEND_CLOSE),
        no_connect=bool(effect.flags & lib.KL_SEND_NO_CONNECT),
        after=effect.ticket,
    )


def _drop(effect: CData) -> Drop:
    return Drop(span_text(effect.data))


def _log(effect: CData) -> Log:
    return Log(Level(effect.level), span_text(effect.data), span_text(effect.where))


def _alias(effect: CData) -> Alias:
    return Alias(
        connection=effect.conid,
        address=(span_text(effect.host), effect.port),
        transport=TRANSPORT_NAMES.get(effect.transport, ""),
        local=_local(effect),
    )


def read_resolve(effect: CData) -> Resolve:
    """A question for the addresses of a next hop."""
    return Resolve(
        ticket=effect.ticket,
        name=span_text(effect.host),
        port=effect.port or None,
        transport=TRANSPORT_NAMES.get(effect.transport),
        sips=bool(effect.flags & lib.KL_RESOLVE_SIPS),
        local=_local(effect),
    )


def _store(effect: CData) -> Store:
    rest, column = ffi.new("kl_span *", effect.data), ffi.new("kl_column *")
    key: list[tuple[str, Any]] = []
    values: list[tuple[str, Any]] = []
    while lib.kl_column_next(rest, column):
        value = _values.read_bytes(column.value) if column.is_bytes else _values.read(column.value)
        (key if column.is_key else values).append((span_text(column.name), value))
    return Store(effect.ticket, span_text(effect.where), OPERATIONS[effect.flags], tuple(key), tuple(values))


def _release(effect: CData) -> Release:
    return Release(effect.ticket, bool(effect.flags & lib.KL_RELEASE_DROP))


def _local(effect: CData) -> Address | None:
    return (span_text(effect.local_host), effect.local_port) if effect.local_port else None


_EFFECTS: dict[int, Callable[[CData], Effect]] = {
    lib.KL_EFFECT_SEND: _send,
    lib.KL_EFFECT_DROP: _drop,
    lib.KL_EFFECT_LOG: _log,
    lib.KL_EFFECT_ALIAS: _alias,
    lib.KL_EFFECT_RESOLVE: read_resolve,
    lib.KL_EFFECT_STORE: _store,
    lib.KL_EFFECT_RELEASE: _release,
}
