"""KSR functions written in Python: what decides, remembers, or needs somebody to ask.

A module here is a class whose methods are marked with `kemilua.export`; it is made for every engine that loads the KSR module of
its name, and gets a `Services`: what an engine lets it have. It may add to a module that is written in C.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from kemilua._records import dataclass

if TYPE_CHECKING:
    import random

    from kemilua.dns import ResolverLike

__all__ = ["Field", "Services", "python_modules"]

Field: TypeAlias = "str | int | list[str] | list[int] | None"
"""One key of a variable such as $dns(id=>key)."""


@dataclass(frozen=True, slots=True)
class Services:
    """What a module written in Python may use of its engine."""

    answer: Callable[[str, str, Mapping[str, Field]], None]
    """Keep what was found, for `$name(id=>key)`: name, id, fields. Raises AllocationError when there are too many ids."""
    asked: Callable[[str, str], bool]
    """Whether a script has read `$name(id=>...)` before, or something was kept there."""
    resolver: ResolverLike | None
    hostname: str
    listens_on_ipv6: bool
    random: Callable[[], random.Random]
    """Numbers that come from the engine's seed; made when they are asked for first, as they hold 2.5 KB."""


def python_modules() -> dict[str, Callable[[Services], object]]:
    """What to make for a KSR module, by its name."""
    from kemilua.modules.ipops_dns import IpopsDns

    return {"ipops": IpopsDns}
