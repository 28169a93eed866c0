"""What one engine may use up."""

from __future__ import annotations

from kemilua._arguments import integer, refuse_type, shown
from kemilua._records import dataclass
from kemilua.errors import ArgumentError

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold per engine. 0 lifts a bound, for `message_memory` it takes the default.

    Raises ArgumentError, which is a ValueError, for a number that cannot be, ArgumentTypeError, a TypeError too, for none.
    """

    instructions: int = 10_000_000
    """Lua VM instructions that one run may execute, runs nested in it included. A call is charged with the whole Lua function; what
    Lua's libraries and KSR functions do is charged as instructions that take about as long, the same each time."""
    memory: int = 64 * 2**20
    """Bytes that each of the two Lua states may hold beyond its own libraries; as many again for effects,
    `$var`, `$shv`, hash tables and one call, each."""
    message_memory: int = 0
    """Bytes that one message, its edits and its variables may take."""
    cpu: float | None = 1.0
    """Seconds of its thread's CPU time that one run may take, what exports use included; None or 0: any. Waiting costs nothing. It is
    looked at every so often, so a run may end some milliseconds late, and what a run did before does not depend on it."""

    def __post_init__(self) -> None:
        for name in ("instructions", "memory", "message_memory"):
            value = getattr(self, name)
            if isinstance(value, bool):
                refuse_type(f"Limits: {name}", "an integer", value)
            integer(f"Limits: {name}", value, 0, 2**63 - 1)
        if self.cpu is None:
            return
        if not isinstance(self.cpu, (int, float)) or isinstance(self.cpu, bool):
            refuse_type("Limits: cpu", "seconds or None", self.cpu)
        if not 0 <= self.cpu < 2**33:  # nan neither
            raise ArgumentError(f"Limits: cpu must lie between 0 and 2**33 seconds, not {shown(self.cpu)}")
