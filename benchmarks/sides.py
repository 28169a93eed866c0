"""Two servers that do the same: `kemilua serve` and Debian's Kamailio, each with a generator, and what they cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from generator import Generator, Run, generator
from kamailio import HOST, Server, free_port, kamailio, server

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "scripts" / "proxy.lua"
ALIASES = ("example.com",)
MODULES = ["kex", "kemix", "corex", "tm", "tmx", "sl", "rr", "pv", "maxfwd", "textops", "siputils", "xlog", "sanity", "nathelper", "ctl"]
SERVER_CORE, GENERATOR_CORE = 0, 1
DEFAULT_BUFFER = Path("/proc/sys/net/core/rmem_default")
"""Bytes of a socket's receive buffer unless a program asks for more: Kamailio asks, up to its maxbuffer, ours does not."""
MOST_FED = 120.0  # seconds for calls that are fed from memory
IDLE = 0.5  # seconds over which a server with nothing to do is watched


def missing() -> str:
    """Why calls cannot be measured on this machine, or nothing."""
    if not hasattr(os, "sched_getaffinity") or not {SERVER_CORE, GENERATOR_CORE} <= os.sched_getaffinity(0):
        return "server and generator run on cores 0 and 1, and this process may not use both"
    return ""


@dataclass
class Side:
    """A server and its generator."""

    server: Server
    calls: Generator
    memory_socket: Path | None = None
    """Where Kamailio's shared memory is told; without it resident memory counts."""
    not_counted: set[int] = field(default_factory=set)
    """Threads whose time is not the server's."""
    idle: float = 0.0
    """CPU seconds a second without calls."""

    def cpu(self) -> float:
        """Seconds of all processes and threads so far."""
        return sum(_seconds(task) for task in self._tasks() if int(task.name) not in self.not_counted)

    def watch_idle(self) -> None:
        """Measure what it takes without calls."""
        before, began = self.cpu(), time.monotonic()
        time.sleep(IDLE)
        self.idle = (self.cpu() - before) / (time.monotonic() - began)

    def memory(self) -> int:
        """Bytes that transactions are part of."""
        if self.memory_socket is not None:
            said = subprocess.run(["kamcmd", "-s", f"unix:{self.memory_socket}", "core.shmmem"], check=True, capture_output=True, text=True)
            return int(said.stdout.split("real_used:")[1].split()[0])
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def _tasks(self) -> list[Path]:
        group = self.server.process.pid
        return [task for process in Path("/proc").glob("[0-9]*") if _group(process) == group for task in process.glob("task/*")]


def _group(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:  # it has ended meanwhile
        return 0


def _seconds(task: Path) -> float:
    try:
        return int((task / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


@dataclass(frozen=True)
class Measured:
    """A run and what it cost the server; idle is taken off."""

    run: Run
    cpu: float

    @property
    def per_call(self) -> float:
        done = self.run["completed"] + self.run["expired"]
        return self.cpu / done if done else float("nan")


@contextmanager
def measuring(side: Side, settle: float) -> Iterator[list[float]]:
    """Fills the list with the CPU seconds of what is done inside, and of the seconds after it."""
    seconds: list[float] = []
    before, began = side.cpu(), time.monotonic()
    yield seconds
    time.sleep(settle)
    seconds.append(side.cpu() - before - side.idle * (time.monotonic() - began))


def measured(side: Side, kind: str, count: int, *, rate: float = 0.0, window: int = 100_000, settle: float = 0.0) -> Measured:
    """Make calls and tell what they cost, until `settle` seconds after the last one."""
    with measuring(side, settle) as seconds:
        run = side.calls.run(kind, count, rate=rate, window=window)
    return Measured(run, seconds[0])


# ---- starting them


@contextmanager
def on_cores(*cores: int) -> Iterator[None]:
    """What is started inside runs there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def greeting(client: int, port: int) -> bytes:
    """A request that scripts/proxy.lua answers."""
    return (
        f"OPTIONS sip:{HOST}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{client};branch=z9hG4bK1\r\nFrom: <sip:a@{HOST}>;tag=1\r\n"
        f"To: <sip:{HOST}:{port}>\r\nCall-ID: greeting\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 10\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def logging_each(folder: Path) -> Path:
    """The script with one log line for each message."""
    text = SCRIPT.read_text()
    assert text.count("LOG_EACH = false") == 1
    script = folder / "proxy_logging_each.lua"
    script.write_text(text.replace("LOG_EACH = false", "LOG_EACH = true"))
    return script


def _command(start: list[str], script: Path, port: int, workers: int) -> list[str]:
    arguments = ["--listen", f"udp:{HOST}:{port}", "--workers", str(workers), *(f"--alias={alias}" for alias in ALIASES)]
    return [sys.executable, *start, str(script), *arguments]


@contextmanager
def ours(folder: Path, program: Path, *, script: Path = SCRIPT, workers: int = 1, busy: bool = False) -> Iterator[Side]:
    """`kemilua serve`; `busy`: with a Python thread beside it that never rests."""
    port, told = free_port(), folder / "thread"
    start = [str(HERE / "busy_serve.py"), str(told)] if busy else ["-m", "kemilua", "serve"]
    with ExitStack() as stack:
        with on_cores(*range(workers)):
            running = stack.enter_context(server(_command(start, script, port, workers), port, folder / "kemilua.log", greeting))
        calls = stack.enter_context(generator(program, port, GENERATOR_CORE))
        yield _ready(Side(running, calls, not_counted={int(told.read_text())} if busy else set()))


def fed_from_memory(folder: Path, library: Path, count: int, workers: int) -> float:
    """Seconds for a relayed call through `kemilua serve` without sockets; no log lines, which Python writes in one thread."""
    port, result = free_port(), folder / "result"
    told = {"LD_PRELOAD": library, "GENERATOR_THREADS": workers, "GENERATOR_CALLS": count, "GENERATOR_RESULT": result}
    command = [*_command(["-m", "kemilua", "serve"], SCRIPT, port, workers), "--log-level", "err"]
    environment = ["env", *(f"{name}={value}" for name, value in told.items())]
    with on_cores(*range(workers)), server([*environment, *command], port, folder / "kemilua.log", greeting) as running:
        end = time.monotonic() + MOST_FED
        while not (result.exists() and result.read_text().endswith("\n")):
            if running.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"calls that are fed from memory do not come to an end:\n{running.said()}")
            time.sleep(0.05)
    seconds, calls, faults = result.read_text().split()
    if int(faults):
        raise RuntimeError(f"{faults} faults among {calls} calls that were fed from memory")
    return float(seconds) / int(calls)


@contextmanager
def peer(folder: Path, program: Path, *, shared_memory: int = 512) -> Iterator[Side]:
    """Kamailio with one worker and the same buffers; shared memory in MiB."""
    control = folder / "control"
    core = ("debug=2", f"maxbuffer={DEFAULT_BUFFER.read_text().strip()}")
    modparams = {"ctl": {"binrpc": f"unix:{control}"}}
    options = {"modules": MODULES, "modparams": modparams, "aliases": ALIASES, "core": core, "shared_memory": shared_memory}
    with ExitStack() as stack:
        with on_cores(SERVER_CORE):
            running = stack.enter_context(kamailio(folder, SCRIPT, greeting, **options))
        calls = stack.enter_context(generator(program, running.port, GENERATOR_CORE))
        yield _ready(Side(running, calls, memory_socket=control))


def _ready(side: Side) -> Side:
    """Warm it up, and see that it does every kind of call."""
    for kind in ("answered", "refused", "relayed"):
        run = side.calls.run(kind, 50, rate=500)
        if run["completed"] != 50:
            raise RuntimeError(f"{side.server.process.args!r} does not do calls of the kind {kind} ({run.fault()}):\n{side.server.said()}")
    side.watch_idle()
    return side
