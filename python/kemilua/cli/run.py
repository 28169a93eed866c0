"""Run a script on messages, and show what it logs, replies and forwards.

A message file with CRLF line ends goes in byte for byte. One with LF line ends is taken for text: line ends become CRLF,
and Content-Length is made to fit. A file may hold several messages, one after another. All go through one engine, in the
order given.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from kemilua import guards
from kemilua._logs import level_of
from kemilua.cli import show
from kemilua.cli.files import read_messages, script_of
from kemilua.cli.options import UsageError, add_engine_arguments, add_message_arguments, make_engine, moment, one_reader
from kemilua.effects import Effect
from kemilua.engine import Engine
from kemilua.errors import ArgumentError, KemiluaError, MessageError
from kemilua.message import Message
from kemilua.trace import Call

NAME = "run"
HELP = "run a script on messages and show the effects"

SHORTEST = 20
"""Shorter datagrams are keep-alives, as for Kamailio, and no messages."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua run` takes."""
    parser.add_argument("script", metavar="SCRIPT", help="Lua source or bytecode")
    parser.add_argument("messages", metavar="MESSAGE", nargs="+", help="file with SIP messages, - for standard input")
    parser.add_argument("--json", action="store_true", help="one JSON object per message and line")
    parser.add_argument("--trace", action="store_true", help="show every KSR call with its result and microseconds")
    parser.add_argument("--log-level", default="info", metavar="LEVEL", help="least severe level to show (default info)")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="default: on a terminal")
    parser.add_argument("--now", type=moment, metavar="SECONDS", help="time of the first message (default: now)")
    add_message_arguments(parser)
    add_engine_arguments(parser)


def main(options: argparse.Namespace) -> int:
    """Run all messages; return 1 when the script failed on one or one is malformed."""
    names = [options.script, *options.load]
    one_reader([*names, *options.messages])
    scripts = [script_of(name) for name in names]
    for use in guards.missing(scripts):
        show.complain(f"kemilua {NAME}", f"warning: {use} is not in this kemilua, and would keep somebody out")
    messages = [message for path in options.messages for message in read_messages(path)]
    try:
        level = level_of(options.log_level)
    except ArgumentError as error:
        raise UsageError(f"--log-level: {error}") from None
    now = time.time() if options.now is None else options.now
    with make_engine(options, scripts, log_level=level, errors="raise", strict=options.strict) as engine:
        return max([_run_one(engine, path, data, options, now) for path, data in messages])


def _run_one(engine: Engine, path: str, data: bytes, options: argparse.Namespace, now: float) -> int:
    calls: list[Call] = []
    engine.on_call = calls.append if options.trace else None
    effects, failure = _run(engine, data, options, now)
    if options.json:
        _print_json(path, effects, calls, failure, options)
    else:
        _print_text(path, effects, calls, options)
    if failure is None:
        return 0
    return show.complain("kemilua run", f"{path}: {failure}")


def _run(engine: Engine, data: bytes, options: argparse.Namespace, now: float) -> tuple[list[Effect], KemiluaError | None]:
    try:
        if len(data) >= SHORTEST and data.strip(b"\r\n\t \0"):
            Message.parse(data)
        return engine.receive_datagram(data, options.source, options.local, options.transport, now), None
    except MessageError as error:
        return [], error
    except KemiluaError as error:
        return engine.take_effects(), error


def _print_text(path: str, effects: list[Effect], calls: list[Call], options: argparse.Namespace) -> None:
    paint = show.Paint(show.wants_colour(options.color, sys.stdout))
    print(paint("bold", show.line_of(path)))
    for line in show.call_lines(calls, paint):
        print(line)
    for effect in effects:
        for line in show.effect_lines(effect, paint):
            print(line)
    if not effects:
        print(f"  {paint('dim', 'nothing')}")


def _print_json(path: str, effects: list[Effect], calls: list[Call], failure: KemiluaError | None, options: argparse.Namespace) -> None:
    line: dict[str, Any] = {"message": path, "effects": [show.as_json(effect) for effect in effects]}
    if options.trace:
        line["calls"] = [show.call_as_json(call) for call in calls]
    line["error"] = None if failure is None else str(failure)
    print(json.dumps(line))
