"""Run a script on one message again and again, and show how many a second it takes on one core.

Bytes in, effects out, as a host program sees it; nothing is sent, and lines below the level "err" are not made.
"""

from __future__ import annotations

import argparse
import time

from kemilua.cli.files import read_message
from kemilua.cli.options import UsageError, add_engine_arguments, add_message_arguments, check_scripts, make_engine
from kemilua.effects import Send
from kemilua.engine import Engine

NAME = "bench"
HELP = "measure a script on a message"

BATCH = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua bench` takes."""
    parser.add_argument("script", metavar="SCRIPT", help="Lua source or bytecode")
    parser.add_argument("message", metavar="MESSAGE", help="file with one SIP message, - for standard input")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to measure (default 2)")
    add_message_arguments(parser)
    add_engine_arguments(parser)


def main(options: argparse.Namespace) -> int:
    """Print two lines of figures."""
    if options.seconds <= 0:
        raise UsageError("--seconds must be more than 0")
    scripts = [options.script, *options.load]
    check_scripts(scripts)
    data = read_message(options.message)
    with make_engine(options, scripts, log_level="err") as engine:
        effects = engine.receive_datagram(data, options.source, options.local, options.transport, time.time())
        count, elapsed = _measure(engine, data, options)
    sent = sum(isinstance(effect, Send) for effect in effects)
    print(f"{count / elapsed:,.0f} messages per second on one core, {elapsed / count * 1e6:.2f} us each")
    print(f"{len(data)} bytes in, {sent} sent; {count:,} messages in {elapsed:.2f} s")
    return 0


def _measure(engine: Engine, data: bytes, options: argparse.Namespace) -> tuple[int, float]:
    """Messages and processor seconds."""
    receive, now, count = engine.receive_datagram, time.time(), 0
    start = time.process_time()
    while (elapsed := time.process_time() - start) < options.seconds:
        for _ in range(BATCH):
            receive(data, options.source, options.local, options.transport, now)
        count += BATCH
    return count, elapsed
