"""Log effects on their way to Python's `logging`, and the threshold on its way back."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from kemilua._arguments import shown
from kemilua._text import printable
from kemilua.effects import Effect, Level, Log, threshold
from kemilua.errors import ArgumentError

__all__ = ["CACHE", "LOGGER", "level_of", "logger_threshold", "write", "write_one"]

LOGGER = logging.getLogger("kemilua.script")
"""Where what scripts log ends up, after the run, with the script's own file and line in the record."""

if logging.getLevelName(Level.NOTICE.logging).startswith("Level "):  # unless the host program has named it
    logging.addLevelName(Level.NOTICE.logging, "NOTICE")

CACHE: dict[int, int] | None = getattr(LOGGER, "_cache", None)
"""What `logging` throws away whenever any level changes: as long as MARK lies in it, nothing has."""
MARK = -1000


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
    known = None if CACHE is None else CACHE.get(MARK)
    if known is not None:
        return Level(known)
    level = threshold(max(LOGGER.getEffectiveLevel(), LOGGER.manager.disable + 1))
    if CACHE is not None:
        CACHE[MARK] = level
    return level


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
    if LOGGER.isEnabledFor(level):
        name, _, line = effect.where.rpartition(":")
        number = int(line) if line.isascii() and line.isdigit() and len(line) < 10 else 0
        record = LOGGER.makeRecord(LOGGER.name, level, printable(name) or "(kemilua)", number, printable(effect.text), (), None)
        LOGGER.handle(record)
