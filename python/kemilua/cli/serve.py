"""Serve SIP over UDP with a script, until SIGTERM or SIGINT.

Each worker is a thread with an engine; they share state and sockets, and all messages of a call belong to one of them. More workers
than cores are normal: one that waits keeps its own calls waiting alone. SIGHUP loads the scripts anew, all or nothing. On SIGTERM what
has come in is done before the end, and transactions that are open have some time for their final replies.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import queue
import signal
import socket
import sys
import time
from concurrent import futures
from typing import Any

from kemilua import guards
from kemilua._logs import level_of, logger
from kemilua.cli.files import script_of
from kemilua.cli.options import DEFAULT_LISTEN, UsageError, add_engine_arguments, make_engine, one_reader, seconds
from kemilua.cli.show import complain
from kemilua.effects import Resolve, Send
from kemilua.engine import Engine
from kemilua.errors import ArgumentError, ConfigError, RpcError
from kemilua.server.names import Names
from kemilua.server.workers import Workers
from kemilua.shared import SharedState
from kemilua.udp import UdpLoop, bind

NAME = "serve"
HELP = "serve SIP over UDP with a script"

MAX_WORKERS = 256
FORMAT = "%(asctime)s %(levelname)s %(filename)s:%(lineno)d %(message)s"
LATE = 1
DRAIN_STEP = 0.05

log = logging.getLogger("kemilua.serve")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `kemilua serve` takes."""
    parser.add_argument("script", metavar="SCRIPT", help="Lua source or bytecode")
    parser.add_argument("--workers", type=_workers, default=8, metavar="N", help="threads with an engine each (default 8)")
    parser.add_argument(
        "--allow-missing",
        action="append",
        default=[],
        metavar="MODULE",
        help="serve although the script names this module, which would keep somebody out and is not here; repeatable",
    )
    parser.add_argument("--log-level", default="info", metavar="LEVEL", help="least severe level to log (default info)")
    parser.add_argument(
        "--drain",
        type=seconds,
        default=5.0,
        metavar="SECONDS",
        help="how long to wait at the end for open transactions, and then for workers that are busy (default 5)",
    )
    add_engine_arguments(parser)


def _workers(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_WORKERS:
        raise argparse.ArgumentTypeError(f"a number from 1 to {MAX_WORKERS} is expected, not {text!r}")
    return int(text)


def main(options: argparse.Namespace) -> int:
    """Serve; return 0 after SIGTERM or SIGINT, 1 when a worker failed or would not end."""
    names = [options.script, *options.load]
    one_reader(names)
    scripts = [script_of(name) for name in names]
    try:
        level = level_of(options.log_level)
    except ArgumentError as error:
        raise UsageError(f"--log-level: {error}") from None
    if _refuses(scripts, options.allow_missing):
        return 1
    _log_to_stderr(level.logging)
    with contextlib.ExitStack() as stack:
        sockets = _bind(options, stack)
        shared = SharedState()
        clocks = {"now": time.time(), "monotonic": time.monotonic()}
        engines = [
            stack.enter_context(make_engine(options, scripts, number=number, shared=shared, log_level=level, **clocks))
            for number in range(options.workers)
        ]
        return _serve(engines, sockets, options)


def _refuses(scripts: list[Any], allowed: list[str]) -> bool:
    unknown = [name for name in allowed if name not in guards.GUARDS]
    if unknown:
        raise UsageError(f"--allow-missing: {unknown[0]} is none of {', '.join(sorted(guards.GUARDS))}")
    found = guards.missing(scripts, allowed)
    for use in found:
        complain(f"kemilua {NAME}", f"{use} is not in this kemilua, and would keep somebody out (--allow-missing {use.module})")
    return bool(found)


def _log_to_stderr(level: int) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    for one in (logger(), log):
        one.addHandler(handler)
        one.setLevel(level)
        one.propagate = False


def _bind(options: argparse.Namespace, stack: contextlib.ExitStack) -> list[socket.socket]:
    """Bind what is to be listened on; engines are told the port that was free where 0 was asked for."""
    found = []
    listen = options.listen or [DEFAULT_LISTEN]
    options.listen = []
    for text in listen:
        place, *more = text.split(maxsplit=1) or [""]
        try:
            sock = stack.enter_context(bind(place))
        except ConfigError as error:
            raise UsageError(f"--listen: {error}") from None
        found.append(sock)
        host, port = sock.getsockname()[:2]
        options.listen.append(" ".join([f"udp:[{host}]:{port}" if ":" in host else f"udp:{host}:{port}", *more]))
    return found


# ---- the run


Event = tuple[str, Any]


def _serve(engines: list[Engine], sockets: list[socket.socket], options: argparse.Namespace) -> int:
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    names = Names(log)
    loops = [_loop(engine, sockets, names) for engine in engines]
    workers = Workers(engines, loops, lambda number, error: events.put(("ended", (number, error))))
    with _signals(events):
        workers.start()
        log.info("listening on %s, %d workers", ", ".join(options.listen), len(engines))
        code = _wait(events, engines)
        if code == 0:
            _finish_transactions(engines[0], events, options.drain)
        late = workers.stop(options.drain)
        log.info("ended: %s", ", ".join(f"{name} {value}" for name, value in workers.counters().items() if value) or "nothing came")
        if late:
            log.error("workers that are busy still, and are left so: %s", ", ".join(map(str, late)))
            _leave(LATE)
    for loop in loops:
        loop.close()
    return code


def _loop(engine: Engine, sockets: list[socket.socket], names: Names) -> UdpLoop:
    log_fd = None if sys.stderr is None else sys.stderr.fileno()
    kinds = [Send, Resolve]
    loop = UdpLoop(engine, sockets, on_effect=lambda effect: names.take(loop, engine, effect), kinds=kinds, log_fd=log_fd)
    return loop


@contextlib.contextmanager
def _signals(events: queue.SimpleQueue[Event]) -> Any:
    """Handlers do no more than say what came."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.signal(number, lambda number, _: events.put(("signal", number))) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _wait(events: queue.SimpleQueue[Event], engines: list[Engine]) -> int:
    """Until it is over; return the exit code."""
    while True:
        kind, what = events.get()
        if kind == "ended":
            log.error("worker %d ended: %r", *what)
            return 1
        if what != signal.SIGHUP:
            log.info("%s: the end begins", signal.Signals(what).name)
            return 0
        engines[0].post_rpc("app_lua.reload").add_done_callback(_tell_reload)


def _finish_transactions(engine: Engine, events: queue.SimpleQueue[Event], patience: float) -> None:
    """Go on until each has a final reply, for some seconds, or until somebody is in a hurry."""
    end = time.monotonic() + patience
    told = False
    while (left := end - time.monotonic()) > 0:
        try:
            counted = engine.post_rpc("tm.stats").result(left)
        except (RpcError, futures.TimeoutError):  # without tm there are none; a worker that is busy says nothing
            return
        open_now = counted["current"] - counted["waiting"]
        if not open_now:
            return
        if not told:
            log.info("open transactions: %d", open_now)
            told = True
        with contextlib.suppress(queue.Empty):
            kind, what = events.get(timeout=min(left, DRAIN_STEP))
            if kind == "ended" or what != signal.SIGHUP:
                return


def _tell_reload(done: futures.Future[Any]) -> None:
    error = done.exception()
    if error is None:
        log.info("the scripts are loaded anew")
    else:
        log.error("the old scripts go on: %s", error.reason if isinstance(error, RpcError) and error.reason else error)


def _leave(code: int) -> None:
    """Threads that are in somebody's hands would keep the process."""
    logging.shutdown()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)
