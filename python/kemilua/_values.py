"""`kl_value` and Python values: how the portable lane, `eval` and pseudo-variables cross the border.

Toward Python: text (a null string is None), int, float, bool, None, list, dict with text keys.
Toward C: the same, bytes too; a tuple is a list. Whatever C must read later is kept in the list `keep`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kemilua._ffi import NULL, CData, ffi, lib, span_bytes, span_text, write_span

__all__ = ["fill", "read", "read_all", "read_bytes"]

MAX_DEPTH = 32
"""How deep lists and dicts may nest, as C's side has it."""


def read_all(values: CData, count: int) -> list[Any]:
    """Copy an array of `kl_value`."""
    return [read(values[i]) for i in range(count)]


def read(value: CData) -> Any:
    """Copy one `kl_value`."""
    return _READERS[value.type](value)


def read_bytes(value: CData) -> bytes:
    """Copy the bytes of a text."""
    return span_bytes(value.s)


def _read_nothing(_: CData) -> None:
    return None


def _read_bool(value: CData) -> bool:
    return bool(value.i)


def _read_int(value: CData) -> int:
    return int(value.i)


def _read_float(value: CData) -> float:
    return float(value.f)


def _read_str(value: CData) -> str | None:
    return None if value.s.s == NULL else span_text(value.s)


def _items(value: CData) -> list[CData]:
    found = []
    item = value.items
    while item != NULL:
        found.append(item)
        item = item.next
    return found


def _read_array(value: CData) -> list[Any]:
    return [read(item.value) for item in _items(value)]


def _read_dict(value: CData) -> dict[str, Any]:
    return {span_text(item.key): read(item.value) for item in _items(value)}


_READERS = {
    lib.KL_TYPE_NONE: _read_nothing,
    lib.KL_TYPE_NULL: _read_nothing,
    lib.KL_TYPE_BOOL: _read_bool,
    lib.KL_TYPE_INT: _read_int,
    lib.KL_TYPE_LONG: _read_int,
    lib.KL_TYPE_STR: _read_str,
    lib.KL_TYPE_FLOAT: _read_float,
    lib.KL_TYPE_ARRAY: _read_array,
    lib.KL_TYPE_DICT: _read_dict,
}


def fill(target: CData, value: Any, keep: list[Any], depth: int = 0) -> None:
    """Write a Python value into a `kl_value`.

    Raises TypeError for what KEMI has no type for, OverflowError for an integer over 64 bits, ValueError over MAX_DEPTH.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"lists and dicts nest more than {MAX_DEPTH} deep")
    if value is None:
        target.type = lib.KL_TYPE_NULL
    elif isinstance(value, bool):
        target.type, target.i = lib.KL_TYPE_BOOL, value
    elif isinstance(value, int):
        target.type, target.i = lib.KL_TYPE_INT, _in_64_bits(value)
    elif isinstance(value, float):
        target.type, target.f = lib.KL_TYPE_FLOAT, value
    elif isinstance(value, (str, bytes, bytearray, memoryview)):
        target.type = lib.KL_TYPE_STR
        keep.append(write_span(target.s, value if isinstance(value, str) else bytes(value)))
    elif isinstance(value, Mapping):
        _fill_items(target, lib.KL_TYPE_DICT, list(value.items()), keep, depth)
    elif isinstance(value, Sequence):
        _fill_items(target, lib.KL_TYPE_ARRAY, [(None, element) for element in value], keep, depth)
    else:
        raise TypeError(f"KEMI has no type for {type(value).__name__}")


def _in_64_bits(value: int) -> int:
    if -(2**63) <= value < 2**63:
        return value
    shown = f", not {value}" if value.bit_length() < 190 and len(str(value)) <= 60 else ""
    raise OverflowError(f"an integer for KEMI has at most 64 bits{shown}")


def _fill_items(target: CData, kind: int, pairs: list[tuple[Any, Any]], keep: list[Any], depth: int) -> None:
    target.type, target.items = kind, NULL
    if not pairs:
        return
    items = ffi.new("kl_item[]", len(pairs))
    keep.append(items)
    for index, (key, element) in enumerate(pairs):
        if kind == lib.KL_TYPE_DICT:
            keep.append(write_span(items[index].key, key if isinstance(key, (str, bytes)) else str(key)))
        fill(items[index].value, element, keep, depth + 1)
        items[index].next = items + index + 1 if index + 1 < len(pairs) else NULL
    target.items = items
