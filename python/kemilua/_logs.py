"""Log effects on their way to Python's `logging`, and the threshold on its way back.

`logging` is imported with the first engine: that takes a fifth of what importing kemilua would.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from kemilua._arguments import shown
from kemilua._text import printable
from kemilua.effects import Effect, Level, Log, threshold
from kemilua.errors import ArgumentError

if TYPE_CHECKING:
    import logging

__all__ = ["level_of", "logger", "logger_threshold", "watch", "write", "write_one"]


@functools.cache
def logger() -> logging.Logger:
    """Where what scripts log ends up, after the run, with the script's own file and line in the record."""
    import logging

    if logging.getLevelName(Level.NOTICE.logging).startswith("Level "):  # unless the host program has named it
        logging.addLevelName(Level.NOTICE.logging, "NOTICE")
    return logging.getLogger("kemilua.script")


def level_of(level: Level | int | str) -> Level:
    """Return the level for a number or a name in any case; raises ArgumentError, which lists the good ones."""
    names = ", ".join(one.name.lower() for one in Level)
    if isinstance(level, str) and level.lower() in names.split(", "):
        return Level[level.upper()]
    if isinstance(level, int) and Level.ALERT <= level <= Level.DBG:
        return Level(level)
    raise ArgumentError(f"a log level is one of {names}, or its number from -5 to 3, not {shown(level)}")


def logger_threshold() -> Level:
    """The least severe level that the logger lets pass now."""
    script = logger()
    return threshold(max(script.getEffectiveLevel(), script.manager.disable + 1))


def watch(level: Level) -> Callable[[], bool]:
    """A function that says whether this is the threshold still. The logger keeps its answers, so that this costs little."""
    is_enabled, passing, silent = logger().isEnabledFor, level.logging, _SILENT[level]
    if silent is None:
        return lambda: is_enabled(passing)
    if level is Level.ALERT:  # which stands for nothing at all
        return lambda: not is_enabled(silent)
    return lambda: is_enabled(passing) and not is_enabled(silent)


_NUMBERS = sorted({level.logging for level in Level})
_SILENT: dict[Level, int | None] = {  # the most severe number that does not pass at a threshold
    level: max((number for number in _NUMBERS if number < level.logging), default=None) for level in Level
} | {Level.ALERT: _NUMBERS[-1]}


def write(effects: Iterable[Effect]) -> None:
    """Hand the lines among some effects to the logger."""
    for effect in effects:
        if isinstance(effect, Log):
            write_one(effect)


def write_one(effect: Log) -> None:
    """Hand one line to the logger; file and line of its record are the script's.

    Texts hold what peers send, so a handler gets them `printable`; the effect keeps them as they are.
    """
    level = effect.level.logging
    script = logger()
    if script.isEnabledFor(level):
        name, _, line = effect.where.rpartition(":")
        number = int(line) if line.isascii() and line.isdigit() and len(line) < 10 else 0
        record = script.makeRecord(script.name, level, printable(name) or "(kemilua)", number, printable(effect.text), (), None)
        script.handle(record)
