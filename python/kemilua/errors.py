"""Every exception of this package, and the one function that makes them out of C's `kl_status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kemilua._ffi import lib, span_text, text_of

if TYPE_CHECKING:
    from kemilua._ffi import CData

__all__ = [
    "AllocationError",
    "ArgumentError",
    "ArgumentTypeError",
    "BudgetError",
    "ConfigError",
    "CpuLimitError",
    "EngineBusyError",
    "EngineClosedError",
    "ExportError",
    "IncompleteMessageError",
    "KemiError",
    "KemiluaError",
    "MessageError",
    "MessageTooLargeError",
    "MisuseError",
    "NestingError",
    "NotFoundError",
    "ReadError",
    "RpcError",
    "ScriptError",
    "ScriptMemoryError",
    "ScriptSyntaxError",
    "StaleMessageError",
]


class KemiluaError(Exception):
    """The base of all exceptions of this package."""

    where: str = ""
    """Script, parameter or header concerned; may be empty."""
    line: int = 0
    """Line of a script, or 0."""


class AllocationError(KemiluaError, MemoryError):
    """The process has no memory left, or a message needs more than `Limits.message_memory`."""


class ArgumentError(KemiluaError, ValueError):
    """An argument that cannot be; the text begins with its name."""


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument of the wrong type, or an object that Python was asked to copy, pickle or make and that is not for that."""


class MessageError(KemiluaError, ValueError):
    """Malformed SIP."""

    offset: int = -1
    """Byte at which it went wrong, or -1."""
    hint: int = 0
    """Status code that a server could answer with, or 0."""


class IncompleteMessageError(MessageError):
    """A stream ended within a message."""


class MessageTooLargeError(MessageError):
    """Over a limit of this library."""


class StaleMessageError(KemiluaError, RuntimeError):
    """A message was used after the run it belonged to."""


class EngineBusyError(KemiluaError, RuntimeError):
    """An engine or a message is in use by another thread, or by the run that asks."""


class EngineClosedError(KemiluaError, RuntimeError):
    """An engine was used after `close`."""


class NestingError(KemiluaError, RecursionError):
    """RoundTrip within runs, too deep."""


class NotFoundError(KemiluaError, LookupError):
    """No such name, script, header, module or pseudo-variable."""


class ConfigError(KemiluaError, ValueError):
    """A listen address, alias, parameter or limit that cannot be."""


class KemiError(KemiluaError):
    """A bad or doubled export."""


class ScriptError(KemiluaError):
    """A Lua script failed."""

    traceback: str = ""
    """Lua's traceback, innermost call first; may be empty."""


class ScriptSyntaxError(ScriptError):
    """A script does not compile."""


class BudgetError(ScriptError):
    """A run used up `Limits.instructions`, or `Limits.cpu`: then it is a CpuLimitError."""


class CpuLimitError(BudgetError):
    """A run used up `Limits.cpu`."""


class ScriptMemoryError(ScriptError, MemoryError):
    """A script needs more than `Limits.memory`."""


class ExportError(ScriptError):
    """An exported Python function failed, and its own exception is not at hand."""


class MisuseError(ScriptError):
    """A script calls what there is not, or calls it wrongly, in an engine with `strict`.

    That is: too many arguments or too few, a function in a route where it is not allowed, a name that there is not (of a
    pseudo-variable, a transformation, a hash table, a function, a method), a variable that cannot be written, a bad
    regular expression, a request without `ksr_request_route`. What a peer can cause by what it sends is none.

    Unlike other errors it ended nothing: the run went on as in Kamailio, and its effects are in `Engine.take_effects`.
    It tells the first misuse of the run; each is a log line at level err that begins with "misuse: ".
    """


class ReadError(KemiluaError, OSError):
    """A file cannot be read."""


class RpcError(KemiluaError):
    """An RPC command failed, as Kamailio reports it."""

    def __init__(self, code: int, text: str, reason: str = "") -> None:
        super().__init__(code, text, reason)
        self.code = code
        """Kamailio's, such as 500."""
        self.text = text
        """Kamailio's words."""
        self.reason = reason
        """What Kamailio does not tell: why a script did not load, which commands have a name like the one asked for. May be empty."""

    def __str__(self) -> str:
        return f"{self.code} {self.text}" + (f": {self.reason}" if self.reason else "")


CLASSES: dict[int, type[KemiluaError]] = {
    lib.KL_ENOMEM: AllocationError,
    lib.KL_EARG: ArgumentError,
    lib.KL_EPARSE: MessageError,
    lib.KL_EMORE: IncompleteMessageError,
    lib.KL_ETOOBIG: MessageTooLargeError,
    lib.KL_ESTALE: StaleMessageError,
    lib.KL_EBUSY: EngineBusyError,
    lib.KL_EDEPTH: NestingError,
    lib.KL_ENOENT: NotFoundError,
    lib.KL_ECONFIG: ConfigError,
    lib.KL_EROW: KemiError,
    lib.KL_ESYNTAX: ScriptSyntaxError,
    lib.KL_ERUN: ScriptError,
    lib.KL_EBUDGET: BudgetError,
    lib.KL_EMEMORY: ScriptMemoryError,
    lib.KL_EPYTHON: ExportError,
    lib.KL_EIO: ReadError,
    lib.KL_EMISUSE: MisuseError,
    lib.KL_ECPU: CpuLimitError,
}
"""The class of every failing `kl_status`."""


def from_status(status: int, text: str = "") -> KemiluaError:
    """Return the exception for a status; without a text, the library's own words for it."""
    kind = CLASSES.get(status, KemiluaError)
    return kind(text or text_of(lib.kl_status_text(status)))


def from_error(error: CData, status: int | None = None) -> KemiluaError:
    """Return the exception for a `kl_error` that C has filled.

    The text leads with the place, unless it names that already, as Lua's own messages do.
    """
    status = error.status if status is None else status
    where, line, text = text_of(error.where), int(error.line), text_of(error.text)
    place = f"{where}:{line}" if where and line else where
    offset = int(error.offset)
    if offset >= 0:
        text = f"{text} (at byte {offset})"
    if place and where not in text:
        text = f"{place}: {text}"
    exception = from_status(status, text)
    exception.where, exception.line = where, line
    if isinstance(exception, MessageError):
        exception.offset, exception.hint = offset, int(error.hint)
    if isinstance(exception, ScriptError):
        exception.traceback = span_text(error.traceback)
    return exception


def check(status: int, error: CData) -> None:
    """Raise the exception for a status other than good."""
    if status != lib.KL_OK:
        raise from_error(error, status)


def add_note(exception: BaseException, note: str) -> None:
    """`BaseException.add_note`, which CPython has from 3.11 on; before that, the attribute it fills."""
    if hasattr(exception, "add_note"):
        exception.add_note(note)
        return
    notes = getattr(exception, "__notes__", None)
    if not isinstance(notes, list):
        notes = []
        exception.__notes__ = notes  # type: ignore[attr-defined]
    notes.append(note)
