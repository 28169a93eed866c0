"""What one engine may use up."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold per engine. 0 lifts a bound, for `message_memory` it takes the default.

    Raises ValueError for a negative number, TypeError for what is no integer.
    """

    instructions: int = 10_000_000
    """Lua VM instructions that one run may execute, runs nested in it included. A call is charged with the whole Lua function."""
    memory: int = 64 * 2**20
    """Bytes that each of the two Lua states may hold beyond its own libraries."""
    message_memory: int = 0
    """Bytes that one message, its edits and its variables may take."""

    def __post_init__(self) -> None:
        for name in ("instructions", "memory", "message_memory"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"Limits: {name} must be an integer, not {type(value).__name__}")
            if not 0 <= value < 2**63:
                raise ValueError(f"Limits: {name} must lie between 0 and 2**63 - 1, not {value}")
