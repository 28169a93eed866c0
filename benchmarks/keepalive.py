"""OPTIONS keep-alives over loopback: CPU time of a server for each, beside an echo in C that does nothing, and beside Kamailio.

    python benchmarks/keepalive.py [RATE [SECONDS]]

compiles keepalive.c, pins it to one core and the servers to another, and prints a line for each server, the best of three in turns:
CPU time of all its threads, kernel included, without what it takes when nobody asks. A run is void when answers were lost, or when the
sender took more than 70 % of its core.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from kamailio import HOST, Server, cpu_seconds, free_port, kamailio, missing, server

HERE = Path(__file__).resolve().parent
SCRIPT = HERE / "scripts" / "requests.lua"
ROUNDS = 3
MOST = 0.7
SERVER_CORE, LOAD_CORE = 0, 1


def compiled(folder: Path) -> Path:
    program = folder / "keepalive"
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, "-std=gnu11", "-O3", "-o", program, HERE / "keepalive.c"], check=True)
    return program


def greeting(client: int, port: int) -> bytes:
    """A request that every one of them answers: the echo with itself."""
    return (
        f"INFO sip:{HOST}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{client};branch=z9hG4bK1\r\nFrom: <sip:a@{HOST}>;tag=1\r\n"
        f"To: <sip:{HOST}:{port}>\r\nCall-ID: whois\r\nCSeq: 1 INFO\r\nMax-Forwards: 10\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def request() -> bytes:
    data = (HERE / "messages" / "options.sip").read_bytes()
    data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return re.sub(rb"(branch=z9hG4bK|Call-ID: )\w{8}", rb"\1@@@@@@@@", data)


@contextlib.contextmanager
def servers(folder: Path, program: Path) -> Iterator[dict[str, Server]]:
    with contextlib.ExitStack() as stack:
        found: dict[str, Server] = {}
        echo, serve = free_port(), free_port()
        found["echo in C"] = stack.enter_context(server([str(program), "echo", str(echo)], echo, folder / "echo.log", greeting))
        command = [sys.executable, "-m", "kemilua", "serve", str(SCRIPT), "--listen", f"udp:{HOST}:{serve}", "--workers", "1"]
        found["kemilua serve"] = stack.enter_context(server([*command, "--log-level", "err"], serve, folder / "serve.log", greeting))
        if missing():
            print(missing())
        else:
            modules = ["kex", "kemix", "corex", "sl", "pv", "maxfwd", "siputils", "rr"]
            found["Kamailio"] = stack.enter_context(kamailio(folder, SCRIPT, greeting, modules=modules))
        found["kemilua serve"].worker = found["kemilua serve"].process.pid
        found["echo in C"].worker = found["echo in C"].process.pid
        for one in found.values():
            for task in Path(f"/proc/{one.worker}/task").iterdir():
                os.sched_setaffinity(int(task.name), {SERVER_CORE})
        yield found


def idle(pid: int) -> float:
    """CPU seconds a second when nobody asks."""
    before = cpu_seconds(pid)
    time.sleep(1)
    return cpu_seconds(pid) - before


def measure(program: Path, one: Server, rate: float, seconds: float) -> float | None:
    """CPU seconds of a message; None for a run that is void."""
    rest = idle(one.worker)
    before, began = cpu_seconds(one.worker), time.monotonic()
    command = ["taskset", "-c", str(LOAD_CORE), str(program), "load", str(one.port), str(rate), str(seconds)]
    done = subprocess.run(command, input=request(), capture_output=True, check=True)
    spent, elapsed = cpu_seconds(one.worker) - before, time.monotonic() - began
    sent, answered, own = (float(figure) for figure in done.stdout.split())
    if answered < sent or own / elapsed > MOST:
        print(f"void: {answered:.0f} of {sent:.0f} answered, the sender took {own / elapsed:.0%} of its core")
        return None
    return (spent - rest * elapsed) / sent


def main() -> None:
    rate, seconds = (float(word) if word else default for word, default in zip([*sys.argv[1:], "", ""], (1000.0, 5.0), strict=False))
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = compiled(folder)
        with servers(folder, program) as found:
            for _ in range(ROUNDS):
                for what, one in found.items():
                    figure = measure(program, one, rate, seconds)
                    if figure is not None:
                        best[what] = min(figure, best.get(what, figure))
    for what, figure in best.items():
        ratio = f", {figure / best['Kamailio']:.2f} of Kamailio's" if "Kamailio" in best else ""
        print(f"{what}: {figure * 1e6:.1f} us for each of {rate:,.0f} a second{ratio}")


if __name__ == "__main__":
    main()
