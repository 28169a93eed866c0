"""What a tracer is told."""

from __future__ import annotations

from typing import Any

from kemilua._records import dataclass

__all__ = ["Call"]


@dataclass(frozen=True, slots=True)
class Call:
    """One KSR call, after it returned (`Engine.on_call`)."""

    name: str
    """As a script writes it, `KSR.sl.send_reply`."""
    arguments: tuple[Any, ...]
    """Converted to the declared types, as the function got them; None for a null string."""
    result: Any
    depth: int
    """How many Lua functions were running, 1 in the callback itself."""
    microseconds: float
    where: str
    """`script.lua:12`, the line of the call."""
