"""Which item of one list belongs to which of another, both in order, when some are missing and some are too many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["ALONE", "APART", "align"]

Left = TypeVar("Left")
Right = TypeVar("Right")

ALONE = 1.0
"""What an item without a partner costs at most."""
APART = 3 * ALONE
"""A distance at which two items are never paired: both alone cost less."""


def align(
    left: Sequence[Left],
    right: Sequence[Right],
    distance: Callable[[Left, Right], float],
    alone: Callable[[Left], float] = lambda _: ALONE,
) -> list[tuple[Left | None, Right | None]]:
    """Pair the two so that all distances, and what each item that stays alone costs, come to the least: 1 on the right side."""
    best: dict[tuple[int, int], tuple[float, int, int]] = {(len(left), len(right)): (0.0, 0, 0)}
    for i in range(len(left), -1, -1):
        for j in range(len(right), -1, -1):
            ways = []
            if i < len(left) and j < len(right):
                ways.append((distance(left[i], right[j]) + best[i + 1, j + 1][0], 1, 1))
            if i < len(left):
                ways.append((alone(left[i]) + best[i + 1, j][0], 1, 0))
            if j < len(right):
                ways.append((ALONE + best[i, j + 1][0], 0, 1))
            if ways:
                best[i, j] = min(ways, key=lambda way: way[0])
    pairs: list[tuple[Left | None, Right | None]] = []
    i = j = 0
    while (i, j) != (len(left), len(right)):
        _, one, other = best[i, j]
        pairs.append((left[i] if one else None, right[j] if other else None))
        i, j = i + one, j + other
    return pairs
