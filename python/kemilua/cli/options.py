"""Arguments that several commands take, and the engine they describe."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from typing import Any

from kemilua._arguments import END_OF_TIME
from kemilua._packet import TRANSPORTS
from kemilua.effects import Address
from kemilua.engine import Engine
from kemilua.errors import ArgumentError, ConfigError, NotFoundError, ReadError
from kemilua.limits import Limits
from kemilua.sources import Script

__all__ = [
    "DEFAULT_LISTEN",
    "UsageError",
    "add_engine_arguments",
    "add_message_arguments",
    "address",
    "make_engine",
    "moment",
    "one_reader",
    "seconds",
    "value_of",
]

DEFAULT_LISTEN = "udp:127.0.0.1:5060"
DEFAULT_SOURCE: Address = ("127.0.0.1", 5080)

ADDRESS = re.compile(r"(?P<host>\[[^\]]+\]|[^:]+):(?P<port>\d{1,5})")
MAX_DIGITS = 20
LONGEST = 86_400
NUMBER = re.compile(r"-?\d+")


class UsageError(Exception):
    """Wrong arguments: exit code 2."""


def address(text: str) -> Address:
    """HOST:PORT, IPv6 in brackets."""
    match = ADDRESS.fullmatch(text)
    if not match or int(match["port"]) > 65535:
        raise argparse.ArgumentTypeError(f"HOST:PORT is expected, not {text!r}")
    return match["host"].strip("[]"), int(match["port"])


def seconds(text: str) -> float:
    """A length of time: more than 0, and an end to it."""
    value = _float(text)
    if not 0 < value <= LONGEST:
        raise argparse.ArgumentTypeError(f"more than 0 seconds and at most {LONGEST:,} are expected, not {text!r}")
    return value


def moment(text: str) -> float:
    """Seconds since 1970."""
    value = _float(text)
    if not 0 <= value < END_OF_TIME:
        raise argparse.ArgumentTypeError(f"seconds from 0 up to the year 9999 are expected, not {text!r}")
    return value


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a number of seconds is expected, not {text!r}") from None


def value_of(text: str) -> str | int:
    """A number when it looks like one, else text; quotes around it make it text."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1]
    return int(text) if len(text) <= MAX_DIGITS and NUMBER.fullmatch(text) else text


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """What an engine is made of."""
    group = parser.add_argument_group("engine")
    group.add_argument("--load", action="append", default=[], metavar="SCRIPT", help="one more script, behind the first")
    group.add_argument("--listen", action="append", metavar="SOCKET", help=f"socket of this server, repeatable (default {DEFAULT_LISTEN})")
    group.add_argument("--alias", action="append", default=[], metavar="NAME", help="name of this server, repeatable")
    group.add_argument("--core", action="append", nargs=2, default=[], metavar=("NAME", "VALUE"), help="core parameter, repeatable")
    group.add_argument(
        "--modparam", action="append", nargs=3, default=[], metavar=("MODULE", "NAME", "VALUE"), help="module parameter, repeatable"
    )
    group.add_argument("--libraries", choices=("full", "safe"), default="full", help="Lua libraries a script may use")
    group.add_argument("--instructions", type=int, default=Limits().instructions, metavar="N", help="Lua instructions per run, 0: any")
    group.add_argument("--cpu", type=_float, default=Limits().cpu, metavar="SECONDS", help="processor time per run, 0: any (default 1)")
    group.add_argument("--memory", type=int, default=Limits().memory, metavar="BYTES", help="memory per Lua state, 0: any")
    group.add_argument("--seed", metavar="TEXT", help="make tags and branches the same in every run")


def add_message_arguments(parser: argparse.ArgumentParser) -> None:
    """Where messages come from."""
    group = parser.add_argument_group("messages")
    host, port = DEFAULT_SOURCE
    group.add_argument(
        "--source", type=address, default=DEFAULT_SOURCE, metavar="HOST:PORT", help=f"who sends them (default {host}:{port})"
    )
    group.add_argument("--local", type=address, metavar="HOST:PORT", help="socket they come in on (default: the first one)")
    group.add_argument(
        "--strict", action=argparse.BooleanOptionalAction, default=True, help="misuse of KSR is a failure, as an error is (default yes)"
    )
    group.add_argument("--transport", choices=tuple(TRANSPORTS), default="udp", help="transport they come by (default udp)")


def _params(pairs: list[list[str]]) -> dict[str, list[str | int]]:
    """Values by name; what is given twice is set twice."""
    found: dict[str, list[str | int]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value_of(value))
    return found


def _random(seed: str | None, number: int) -> Any:
    """The source of randomness: the system's, or what a text makes of itself, for each engine another one."""
    if seed is None:
        return os.urandom
    own_seed = f"{seed} {number}" if number else seed
    return lambda size: hashlib.shake_256(own_seed.encode()).digest(size)


def one_reader(paths: list[str]) -> None:
    """Raise UsageError when standard input, which can be read once, is asked for twice."""
    if paths.count("-") > 1:
        raise UsageError("standard input (-) can be read only once")


@contextlib.contextmanager
def make_engine(options: argparse.Namespace, scripts: list[Script], *, number: int = 0, **more: Any) -> Iterator[Engine]:
    """The engine that the arguments describe, or one of several; raises UsageError when they cannot be."""
    modparams: dict[str, dict[str, list[str | int]]] = {}
    for module in dict.fromkeys(module for module, _, _ in options.modparam):
        modparams[module] = _params([[name, value] for owner, name, value in options.modparam if owner == module])
    try:
        limits = Limits(instructions=options.instructions, memory=options.memory, cpu=options.cpu)
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        engine = Engine(
            scripts,
            core=_params(options.core),
            modparams=modparams,
            listen=options.listen or [DEFAULT_LISTEN],
            aliases=options.alias,
            libraries=options.libraries,
            limits=limits,
            random=_random(options.seed, number),
            **more,
        )
    except (ArgumentError, ConfigError, NotFoundError, ReadError) as error:
        raise UsageError(str(error)) from None
    with engine:
        yield engine
