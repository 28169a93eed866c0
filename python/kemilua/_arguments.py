"""What callers hand in, looked at before C sees it: every refusal begins with the name of the argument.

A value that cannot be is an ArgumentError, one of another type an ArgumentTypeError, which is a TypeError too. What is left to Python's
own TypeError is the call itself: an argument that is missing, given twice, or that no function has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from kemilua import _values
from kemilua._ffi import CData, ffi
from kemilua._text import to_bytes
from kemilua.errors import ArgumentError, ArgumentTypeError

__all__ = ["buffer", "fill", "flag", "integer", "items", "mapping", "refuse_copy", "refuse_type", "seconds", "shown", "text"]

END_OF_TIME = 253_402_300_800
"""The first second of the year 10000: dates of scripts have four digits for the year."""


MAX_SHOWN = 100


def refuse_type(what: str, expected: str, value: object) -> NoReturn:
    """Raise the error for a value of the wrong type."""
    raise ArgumentTypeError(f"{what} must be {expected}, not {type(value).__name__}")


def text(what: str, value: str | bytes) -> bytes:
    """Return the bytes of a text; bytes pass as they are."""
    if not isinstance(value, (str, bytes, bytearray, memoryview)):
        refuse_type(what, "str or bytes", value)
    try:
        return to_bytes(value)
    except UnicodeEncodeError as error:
        raise ArgumentError(f"{what} holds a surrogate that stands for no byte, at {error.start}") from None
    except ValueError as error:
        raise ArgumentError(f"{what}: {error}") from None


def buffer(what: str, value: object) -> CData:
    """Return a view of some bytes, which keeps them alive."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        refuse_type(what, "bytes, bytearray or memoryview", value)
    try:
        return ffi.from_buffer(value)
    except (ValueError, BufferError) as error:
        raise ArgumentError(f"{what}: {error}") from None


def integer(what: str, value: int, low: int, high: int) -> int:
    """Return an integer within bounds."""
    if not isinstance(value, int):
        refuse_type(what, "an integer", value)
    if not low <= value <= high:
        raise ArgumentError(f"{what} must be an integer from {low} to {high}, not {shown(value)}")
    return int(value)


def flag(what: str, value: bool) -> bool:
    """Return a truth value; 1 and 0 are good ones."""
    if not isinstance(value, int):
        refuse_type(what, "True or False", value)
    return bool(value)


def seconds(what: str, value: float) -> float:
    """Return a time in seconds; it may lie before one that was given earlier, as clocks are set back at times."""
    if not isinstance(value, (int, float)):
        refuse_type(what, "a number of seconds", value)
    if not 0 <= value < END_OF_TIME:
        raise ArgumentError(f"{what} must be seconds from 0 up to the year 9999, not {shown(value)}")
    return float(value)


def items(what: str, value: Any, *alone: type) -> list[Any]:
    """Return what there is to iterate over; an object of one of the types `alone` is the only item."""
    if isinstance(value, alone):
        return [value]
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or not isinstance(value, Iterable):
        refuse_type(what, "a list", value)
    return list(value)


def mapping(what: str, value: Any) -> Mapping[Any, Any]:
    """Return a mapping, an empty one for None."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        refuse_type(what, "a mapping", value)
    return value


def fill(what: str, target: CData, value: Any, keep: list[Any]) -> None:
    """`_values.fill`, with the name of the argument in its errors."""
    try:
        _values.fill(target, value, keep)
    except TypeError as error:
        raise ArgumentTypeError(f"{what}: {error}") from None
    except (ValueError, OverflowError) as error:
        raise ArgumentError(f"{what}: {error}") from None


def shown(value: object) -> str:
    """A value as it may stand in a message: not every one can be printed, such as an integer of 5,000 digits."""
    try:
        printed = repr(value)
    except Exception:
        return f"this {type(value).__name__}"
    return printed if len(printed) <= MAX_SHOWN else f"{printed[:MAX_SHOWN]}..."


def refuse_copy(value: object, instead: str) -> NoReturn:
    """Raise the error for copying or pickling what belongs to one process and one owner."""
    raise ArgumentTypeError(f"a kemilua.{type(value).__name__} can be neither copied nor pickled: {instead}")
