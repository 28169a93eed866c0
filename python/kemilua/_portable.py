"""The portable lane: what C calls in Python through cffi, for an interpreter that is not CPython; tested on CPython.

Nothing may leave these functions but a status: an exception that crossed Lua would jump over its frames.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from kemilua import _missing, _values, rpc
from kemilua._ffi import NULL, CData, ffi, lib, span_text, text_of, write_span
from kemilua.trace import Call

if TYPE_CHECKING:
    from kemilua.engine import Engine
    from kemilua.exports import Export

__all__ = ["describe", "handle_of"]


def handle_of(engine: object) -> CData:
    """What the callbacks below know an engine by. To be kept as long as C has it; it does not keep the engine."""
    from weakref import ref

    return ffi.new_handle(ref(engine))


def describe(exception: BaseException) -> str:
    """What a script sees of an exception: its class and text."""
    name = type(exception).__name__
    try:
        text = str(exception)
    except Exception:
        return name
    return f"{name}: {text}" if text else name


def _engine(host: CData) -> Engine:
    engine: Engine | None = None if host == NULL else ffi.from_handle(host)()
    if engine is None:
        raise LookupError("the engine is gone")
    return engine


def _lost(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """A signal's handler raised before a callback could take care of it."""
    with contextlib.suppress(Exception):
        _engine(traceback.tb_frame.f_locals["host"])._interrupt(error)


@ffi.def_extern(error=lib.KL_EPYTHON, onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_export(host: CData, slot: int, message: CData, args: CData, count: int, result: CData) -> int:
    """Call an export; keep what it raises."""
    engine = _engine(host)
    keep: list[Any] = []
    engine._result = keep
    try:
        export = engine._exports[slot]
        arguments = [_argument(export, index, args[index]) for index in range(count)]
        if export.flags & lib.KL_EXPORT_MESSAGE:
            arguments.insert(0, None if message == NULL else engine._lend())
        _fill_result(export, result, export.function(*arguments), keep)
    except BaseException as error:
        result.type, result.i = lib.KL_TYPE_STR, engine._keep(error)
        keep.append(write_span(result.s, describe(error)))
        return int(lib.KL_EPYTHON)
    return int(lib.KL_OK)


def _argument(export: Export, index: int, value: CData) -> Any:
    index = min(index, len(export.params) - 1)  # the last one is that of *args
    if value.type != lib.KL_TYPE_STR or export.params[index] != lib.KL_TYPE_STR:
        return _values.read(value)
    as_bytes = export.marks[index] & lib.KL_PARAM_BYTES
    if value.s.s == NULL:
        return None if export.marks[index] & lib.KL_PARAM_NULLABLE else b"" if as_bytes else ""
    return _values.read_bytes(value) if as_bytes else _values.read(value)


def _fill_result(export: Export, result: CData, value: Any, keep: list[Any]) -> None:
    """Write what an export returned as the type it declares; raises TypeError that names it when it does not fit."""
    if export.returns == lib.KL_TYPE_NONE:
        result.type = lib.KL_TYPE_NONE
        return
    if export.returns == lib.KL_TYPE_BOOL:
        value = bool(value)
    elif export.returns == lib.KL_TYPE_INT and not isinstance(value, int):
        raise TypeError(f"{export.full_name} returned {type(value).__name__}, not int")
    try:
        _values.fill(result, value, keep)
    except (TypeError, ValueError, OverflowError) as error:
        kind = next(kind for kind in (TypeError, ValueError, OverflowError) if isinstance(error, kind))
        raise kind(f"{export.full_name} returned what KEMI has no type for: {error}") from None


@ffi.def_extern(error=1, onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_signals(host: CData) -> int:
    """Let Python run the handlers of signals, which it does between any two of its instructions."""
    engine = _engine(host)
    try:
        for _ in range(2):
            pass
    except BaseException as error:
        engine._interrupt(error)
        return 1
    return 0


@ffi.def_extern(error=1, onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_between(host: CData, ticket: int) -> int:
    """A loop is between two inputs: answer a command, forget what was lent; 1 when there is something to raise."""
    engine = _engine(host)
    try:
        if ticket:
            engine._answer_ticket(ticket)
        engine._settle(None)
    except BaseException as error:
        engine._interrupts.append(error)
        return 1
    return 0


@ffi.def_extern(onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_answer(host: CData, number: int, code: int, value: CData) -> None:
    """Tell whoever waits for an RPC command."""
    _engine(host)._answered(number, code, _values.read(value))


@ffi.def_extern(onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_trace(
    host: CData,
    module: CData,
    name: CData,
    args: CData,
    count: int,
    result: CData,
    depth: int,
    microseconds: float,
    script: CData,
    line: int,
) -> None:
    """Tell the tracer of one KSR call; what it raises reaches the caller of the run."""
    engine = _engine(host)
    tracer = engine.on_call
    if tracer is None:
        return
    try:
        full_name = ".".join(part for part in ("KSR", text_of(module), text_of(name)) if part)
        where = f"{text_of(script)}:{line}" if script != NULL and line > 0 else ""
        value = None if result == NULL else _values.read(result)
        tracer(Call(full_name, tuple(_values.read_all(args, count)), value, depth, microseconds, where))
    except BaseException as error:
        engine._interrupt(error)


@ffi.def_extern()  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_explain(host: CData, path: CData, out: CData, cap: int) -> int:
    """Write what a script ought to know of a name of KSR that is nil; return its length."""
    try:
        sentence = _missing.explain(text_of(path), _registered(_engine(host))).encode()[:cap]
    except Exception:  # of a name that is no text, memory, or the engine is gone: the error of the script stands without it
        return 0
    ffi.memmove(out, sentence, len(sentence))
    return len(sentence)


@ffi.def_extern(onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_next_hops(host: CData, question: CData, targets: CData, cap: int, raised: CData) -> int:
    """Ask the host program for the addresses of a next hop; keep what it raises."""
    engine = _engine(host)
    try:
        return engine._find_next_hops(question, targets, cap)
    except BaseException as error:
        raised.i = engine._keep(error)
        engine._found = [write_span(raised.s, describe(error))]
        return -2


@ffi.def_extern(onerror=_lost)  # type: ignore[untyped-decorator, unused-ignore]
def kl_py_stored(host: CData, ticket: int, error: CData, raised: CData) -> int:
    """Tell the host program what became of a Store; keep what it raises."""
    engine = _engine(host)
    try:
        engine._tell_stored(ticket, None if error.s == NULL else span_text(error))
    except BaseException as failure:
        raised.i = engine._keep(failure)
        engine._found = [write_span(raised.s, describe(failure))]
        return -2
    return 0


def _registered(engine: Engine) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"x": {"exit", "drop", "probe", "modf"}}
    for row in rpc.rows(engine):
        found.setdefault(row["module"], set()).add(row["name"])
    return found
