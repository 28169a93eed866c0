"""What the package offers: its public classes, and what a user may do with them."""

from __future__ import annotations

import inspect

import kemilua

KINDS = [item for item in (getattr(kemilua, name) for name in kemilua.__all__) if inspect.isclass(item)]


def members(kind: type) -> set[str]:
    """What a user may read, call or set on a class: names without those of its builtin bases."""
    own = {name for base in kind.__mro__ if base.__module__.startswith("kemilua") for name in vars(base) if not name.startswith("_")}
    return own | {name for base in kind.__mro__ for name in getattr(base, "__annotations__", {}) if not name.startswith("_")}
