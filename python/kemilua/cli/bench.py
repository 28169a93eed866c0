"""Run a script on messages again and again, and show how many a second it takes on one core.

Bytes in, effects out, as a host program sees it; nothing is sent, and lines below the level "err" are not made.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from kemilua.cli.files import read_messages, script_of
from kemilua.cli.options import add_engine_arguments, add_message_arguments, make_engine, one_reader, seconds
from kemilua.cli.show import complain
from kemilua.effects import Send
from kemilua.engine import Engine

NAME = "bench"
HELP = "measure a script on messages"

BATCH = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua bench` takes."""
    parser.add_argument("script", metavar="SCRIPT", help="Lua source or bytecode, - for standard input")
    parser.add_argument("message", metavar="MESSAGE", help="file with SIP messages, - for standard input")
    parser.add_argument("--seconds", type=seconds, default=2.0, help="how long to measure (default 2)")
    add_message_arguments(parser)
    add_engine_arguments(parser)


def main(options: argparse.Namespace) -> int:
    """Print two lines of figures, and a third one when messages failed; return 1 then."""
    names = [options.script, *options.load]
    one_reader([*names, options.message])
    messages = read_messages(options.message)
    with make_engine(options, [script_of(name) for name in names], log_level="err", strict=options.strict) as engine:
        before = engine.failures  # of the scripts at top level
        if before:
            complain(f"kemilua {NAME}", f"{options.script}: {engine.last_failure}")
        sent = sum(_try(engine, name, data, options) for name, data in messages)
        told = engine.failures
        count, elapsed = _measure(engine, [data for _, data in messages], options)
        if engine.failures > told == before:
            complain(f"kemilua {NAME}", f"{options.message}, not the first time: {engine.last_failure}")
        failed = engine.failures - before
    size = sum(len(data) for _, data in messages)
    print(f"{count / elapsed:,.0f} messages per second on one core, {elapsed / count * 1e6:.2f} us each")
    print(f"{size} bytes in, {sent} sent; {count:,} messages in {elapsed:.2f} s")
    if failed:
        print(f"{failed:,} of {count + len(messages):,} messages failed")
    return 1 if failed or before else 0


def _try(engine: Engine, name: str, data: bytes, options: argparse.Namespace) -> int:
    """Route one message and say how it failed, if it does; return how many it sends."""
    before = engine.failures
    effects = engine.receive_datagram(data, options.source, options.local, options.transport, time.time())
    if engine.failures > before:
        complain(f"kemilua {NAME}", f"{name}: {engine.last_failure}")
    return sum(isinstance(effect, Send) for effect in effects)


def _measure(engine: Engine, messages: Sequence[bytes], options: argparse.Namespace) -> tuple[int, float]:
    """Messages and processor seconds."""
    receive, now, count = engine.receive_datagram, time.time(), 0
    batch = [*messages] * -(-BATCH // len(messages))
    start = time.process_time()
    while (elapsed := time.process_time() - start) < options.seconds:
        for data in batch:
            receive(data, options.source, options.local, options.transport, now)
        count += len(batch)
    return count, elapsed
