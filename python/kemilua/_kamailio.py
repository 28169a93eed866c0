"""What is known beforehand: the KEMI exports of Kamailio 6.2, and the KSR modules that this build has in C."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kemilua._ffi import NULL, lib, text_of

__all__ = ["declarations", "native_modules"]


@cache
def declarations() -> Mapping[str, list[dict[str, str]]]:
    """The rows of data/exports.tsv by module, "" for the core: `function`, `returns`, `params`."""
    found: dict[str, list[dict[str, str]]] = {}
    import csv
    from importlib.resources import files  # a fifth of what importing kemilua would take

    text = (files("kemilua") / "data" / "exports.tsv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        found.setdefault(row["module"], []).append(row)
    return found


@cache
def native_modules() -> tuple[str, ...]:
    """The KSR modules written in C, in order of registration."""
    names: list[str] = []
    while (pointer := lib.kl_module_name(len(names))) != NULL:
        names.append(text_of(pointer))
    return tuple(names)
