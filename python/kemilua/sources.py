"""Where the text of a script comes from."""

from __future__ import annotations

import os
from typing import TypeAlias

from kemilua._arguments import text
from kemilua._ffi import NO_SPAN, Span, span
from kemilua._records import dataclass
from kemilua.errors import ArgumentError, ArgumentTypeError

__all__ = ["Script", "Source", "path_bytes", "script_spans"]


@dataclass(frozen=True, slots=True)
class Source:
    """A script that is in memory already: Lua source or bytecode.

    `name` is what errors, logs and `app_lua.list` call it. A reload runs the same text again.
    """

    text: str | bytes
    name: str = "script"


Script: TypeAlias = "str | os.PathLike[str] | Source"
"""A path, or a Source. Relative paths are relative to the working directory, as in Kamailio."""


def script_spans(script: Script) -> tuple[Span, Span]:
    """Return name and text for `kl_engine_script`; a null text makes C read the file. Raises ArgumentError."""
    if isinstance(script, Source):
        return span(text("the name of a Source", script.name)), span(text("the text of a Source", script.text))
    return span(path_bytes("scripts", script)), NO_SPAN


def path_bytes(what: str, path: str | bytes | os.PathLike[str]) -> bytes:
    """Return the bytes of a path; raises ArgumentError for what is none."""
    try:
        data = os.fsencode(path)
    except TypeError:
        raise ArgumentTypeError(f"{what}: a script is a path or a kemilua.Source, not {type(path).__name__}") from None
    except ValueError as error:
        raise ArgumentError(f"{what}: {error}") from None
    if not data or 0 in data:
        raise ArgumentError(f"{what}: the path of a script {'holds a NUL' if data else 'is empty'}")
    return data
