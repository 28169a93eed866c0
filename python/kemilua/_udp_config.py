"""What both kinds of loops are made of (udp.py)."""

from __future__ import annotations

from kemilua._records import dataclass
from kemilua.effects import Effect

__all__ = ["LoopConfig"]


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """The limits of a loop, as `UdpLoop` has them, and what is wanted of it."""

    batch: int
    """Datagrams that are read at once."""
    max_datagram: int
    queue: int
    """Effects that may wait for Python."""
    backlog: int
    """Messages of other loops that may wait."""
    held: int
    held_bytes: int
    log_fd: int | None
    """Where log lines go without Python; None: nowhere."""
    kinds: tuple[type[Effect], ...]
    """Effects that somebody wants; lines are wanted always."""
