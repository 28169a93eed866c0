"""Debian's Kamailio, started on loopback with one worker and a Lua script, and stopped after; and how a server's CPU time is measured."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
MODULES = [
    *("kex", "kemix", "corex", "tm", "tmx", "sl", "rr", "pv", "maxfwd", "textops", "textopsx", "siputils", "xlog", "sanity"),
    *("htable", "sdpops", "ipops", "nathelper", "uac", "cfgutils", "ctl"),
]
"""Loaded in this order, those that are wanted, then others; app_lua comes last."""
CONFIG = """#!KAMAILIO
{core}
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:{host}:{port}
{aliases}
{modules}
{params}
cfgengine "lua"
"""
WAIT = 10.0  # seconds for a start or a stop
WINDOW = 32  # messages under way at once


class ServerError(Exception):
    """A server did not start, or did not answer; the text holds what it logged."""


def missing() -> str:
    """Why there is no Kamailio to measure beside, or nothing."""
    if not Path("/proc/self/schedstat").exists():
        return "CPU time of another process is read from /proc/PID/schedstat, which this system has not"
    if _binary() is None:
        return "no Kamailio: the Debian package kamailio is not installed"
    if not any(Path("/usr").glob("lib*/**/kamailio/modules/app_lua.so")):
        return "Kamailio without Lua: the Debian package kamailio-lua-modules is not installed"
    return ""


def _quoted(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def free_port() -> int:
    """A UDP port of loopback that nobody has at the moment."""
    with bound_socket() as probe:
        return int(probe.getsockname()[1])


def bound_socket(timeout: float | None = None) -> socket.socket:
    """A UDP socket on a port of loopback that nobody else has."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind((HOST, 0))
    client.settimeout(timeout)
    return client


@dataclass
class Server:
    """A server on loopback, and the socket that talks to it."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    worker: int = 0
    client: socket.socket = field(default_factory=lambda: bound_socket(2.0))

    def said(self) -> str:
        """The beginning of its log."""
        return self.log.read_text(errors="replace")[:1000]

    def exchange(self, data: bytes) -> bytes:
        """Send one request, return the reply."""
        self.client.sendto(data, (HOST, self.port))
        try:
            return self.client.recv(65535)
        except TimeoutError:
            raise ServerError(f"no reply, it says:\n{self.said()}") from None

    def drive(self, data: bytes, count: int, receiver: socket.socket | None = None) -> float:
        """Send a request `count` times, wait for as many datagrams at `receiver`; CPU seconds the worker took."""
        receiver = receiver or self.client
        client, address, sent = self.client, (HOST, self.port), 0
        before = cpu_seconds(self.worker)
        try:
            for received in range(count):
                while sent < min(count, received + WINDOW):
                    client.sendto(data, address)
                    sent += 1
                receiver.recv(65535)
        except TimeoutError:
            raise ServerError(f"datagrams were lost, it says:\n{self.said()}") from None
        return cpu_seconds(self.worker) - before


def cpu_seconds(pid: int) -> float:
    """What a process has spent on a CPU, its threads together; the kernel counts in nanoseconds."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


@contextmanager
def kamailio(
    directory: Path,
    script: Path,
    greeting: Callable[[int, int], bytes],
    *,
    modules: list[str] = MODULES,
    modparams: Mapping[str, Mapping[str, str | int]] | None = None,
    aliases: tuple[str, ...] = ("example.com",),
    core: tuple[str, ...] = ("debug=-1",),
    shared_memory: int = 64,
) -> Iterator[Server]:
    """Run Kamailio with one worker on a script; its configuration is written to `directory`. Shared memory is in MiB.

    `greeting` makes a request that the script answers, of the client's port and the server's: the answer says that it is up.
    """
    port, config = free_port(), directory / "kamailio.cfg"
    ordered = [*(module for module in MODULES if module in modules), *(module for module in modules if module not in MODULES)]
    params = [
        f'modparam("{module}", "{name}", {_quoted(value)})' for module, pairs in (modparams or {}).items() for name, value in pairs.items()
    ]
    config.write_text(
        CONFIG.format(
            host=HOST,
            port=port,
            core="\n".join(core),
            aliases="\n".join(f'alias="{alias}"' for alias in aliases),
            modules="\n".join(f'loadmodule "{module}.so"' for module in [*ordered, "app_lua"]),
            params="\n".join([*params, f'modparam("app_lua", "load", "{script}")']),
        )
    )
    command = [
        str(_binary()),
        "-DD",
        "-E",
        "-f",
        str(config),
        "-Y",
        str(directory),
        "-w",
        str(directory),
        "-m",
        str(shared_memory),
        "-M",
        "32",
    ]
    with server(command, port, directory / "kamailio.log", greeting) as running:
        yield running


@contextmanager
def server(command: list[str], port: int, log: Path, greeting: Callable[[int, int], bytes]) -> Iterator[Server]:
    """Run a program that serves SIP on a port, from its first answer on; the answer's X-Process, if any, is its worker."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    running = Server(port, process, log, process.pid)
    try:
        _await(running, greeting)
        yield running
    finally:
        running.client.close()
        _stop(process)


def header(reply: bytes, name: str) -> str | None:
    """The value of a header of a reply."""
    start = reply.find(f"\r\n{name}: ".encode())
    return None if start < 0 else reply[start:].split(b": ", 1)[1].split(b"\r\n", 1)[0].decode()


def _await(running: Server, greeting: Callable[[int, int], bytes]) -> None:
    request, end = greeting(running.client.getsockname()[1], running.port), time.monotonic() + WAIT
    running.client.settimeout(0.1)
    while running.process.poll() is None and time.monotonic() < end:
        try:
            running.client.sendto(request, (HOST, running.port))
            reply = running.client.recv(65535)
        except (TimeoutError, ConnectionRefusedError):
            continue
        running.worker = int(header(reply, "X-Process") or running.worker)
        _drain(running.client)
        running.client.settimeout(2.0)
        return
    raise ServerError(f"{running.process.args!r} does not answer, it says:\n{running.said()}")


def _drain(client: socket.socket) -> None:
    """Take the replies to greetings that were sent while the server came up."""
    try:
        while True:
            client.recv(65535)
    except TimeoutError:
        return


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started: kindly, then not."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(WAIT)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(WAIT)


def _binary() -> str | None:
    return shutil.which("kamailio", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
