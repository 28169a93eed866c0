"""Where the text of a script comes from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias

from kemilua._ffi import NO_SPAN, Span, span
from kemilua.errors import ArgumentError

__all__ = ["Script", "Source"]


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
        return span(script.name), span(script.text)
    try:
        path = os.fsencode(script)
    except TypeError:
        raise ArgumentError(f"a script is a path or a kemilua.Source, not {type(script).__name__}") from None
    if not path:
        raise ArgumentError("the path of a script is empty")
    return span(path), NO_SPAN
