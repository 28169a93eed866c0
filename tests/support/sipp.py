"""SIPp on 127.0.0.1: endpoints that call each other through a proxy, each told by a line (sipp_scenario.py), and what each saw.

That is such a line too, with each message once, however often it came, so that timing does not show.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from builders import header
from kamailio import free_port
from sipp_scenario import HOST, scenario

PATIENCE = 30  # seconds for all calls of a run
RATE = 20  # calls a second
UDP_SOCKETS = Path("/proc/net/udp")
MESSAGE = re.compile(rb"^-{20,} .*\nUDP message (sent|received) .*\n\n", re.MULTILINE)


def missing() -> str:
    """Why SIPp cannot be run, or nothing."""
    if shutil.which("sipp") is None:
        return "SIPp is not installed (Debian package sip-tester)"
    return "" if UDP_SOCKETS.exists() else f"whether SIPp listens is read from {UDP_SOCKETS}, which this system has not"


@dataclass(frozen=True)
class Endpoint:
    """What one SIPp does. Without a line it waits for an INVITE that is not to come."""

    line: str = ""
    calls: int = 1
    lost: int = 0
    """The percentage of messages that it loses, of those it sends and of those it receives."""
    contact: str = ""
    """The endpoint that its replies name as Contact, instead of itself."""
    router: str = ""
    """The endpoint that its replies name in a Record-Route, as a strict router does."""

    t1: int = 4000
    """Milliseconds until it retransmits for the first time: long, as a busy machine is slow to answer."""

    @property
    def calling(self) -> bool:
        return bool(self.line) and not self.line.startswith("<")


@dataclass(frozen=True)
class Seen:
    """What one SIPp saw."""

    line: str
    copies: Counter[str]
    """How often each word of it was sent or received."""
    requests: list[str]
    """Those received: method, Request-URI, Route; names of endpoints stand for their ports."""
    succeeded: int
    failed: int
    retransmitted: int
    """Messages that SIPp itself sent again."""
    errors: str
    """What SIPp says of its calls that failed."""


def run(folder: Path, proxy: int, action: str, endpoints: Mapping[str, Endpoint]) -> dict[str, Seen]:
    """Make calls to `action` and the ports of the endpoints that are called, in their order: fork-5081-5082."""
    ports = {"proxy": proxy, **{name: free_port() for name in endpoints}}
    user = "-".join([action, *(str(ports[name]) for name, endpoint in endpoints.items() if not endpoint.calling)])
    called_first = sorted(endpoints, key=lambda name: endpoints[name].calling)
    with ExitStack() as stack:
        running = [stack.enter_context(_started(folder / name, endpoints[name], name, ports, user)) for name in called_first]
        end = time.monotonic() + PATIENCE + 5
        for process, name in zip(running, called_first, strict=True):
            if endpoints[name].line:
                process.wait(max(end - time.monotonic(), 0.1))
    return {name: _seen(folder / name, ports) for name in endpoints}


@contextmanager
def _started(folder: Path, endpoint: Endpoint, name: str, ports: Mapping[str, int], user: str) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir(parents=True)
    text = scenario(endpoint.line or "<INVITE", ports, contact=endpoint.contact, router=endpoint.router, t1=endpoint.t1)
    (folder / "scenario.xml").write_text(text)
    words = ["sipp", "-sf", "scenario.xml", "-i", HOST, "-bind_local", "-p", str(ports[name]), "-nostdin"]
    words += ["-m", str(endpoint.calls), "-r", str(RATE), "-timeout", f"{PATIENCE}s", "-timeout_error"]
    words += ["-trace_msg", "-message_file", "messages", "-trace_stat", "-stf", "statistics", "-trace_err", "-error_file", "errors"]
    if endpoint.lost:
        words += ["-lost", str(endpoint.lost)]
    if endpoint.calling:
        words += [f"{HOST}:{ports['proxy']}", "-s", user]
    with (folder / "screen").open("wb") as screen:
        environment = {**os.environ, "TERM": "dumb"}
        process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen, env=environment)
    try:
        _wait_for(ports[name], process)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the process listens, or has ended."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and f":{port:04X} " not in UDP_SOCKETS.read_text():
        assert time.monotonic() < end, f"SIPp does not listen at port {port}"
        time.sleep(0.01)


# ---- what was seen


def _seen(folder: Path, ports: Mapping[str, int]) -> Seen:
    words: dict[tuple[str, ...], str] = {}
    copies: Counter[str] = Counter()
    requests = []
    for received, message in _messages(folder / "messages"):
        key, word = _told(message)
        word = "<" * received + word
        if received and not message.startswith(b"SIP/2.0") and (word, *key) not in words:
            requests.append(_addressed(message, ports))
        words.setdefault((word, *key), word)
        copies[word] += 1
    with (folder / "statistics").open(newline="") as lines:
        *_, last = csv.DictReader(lines, delimiter=";")
    errors = folder / "errors"
    return Seen(
        line=" ".join(words.values()),
        copies=copies,
        requests=requests,
        succeeded=int(last["SuccessfulCall(C)"]),
        failed=int(last["FailedCall(C)"]),
        retransmitted=int(last["Retransmissions(C)"]),
        errors=errors.read_text(errors="replace") if errors.exists() else "",
    )


def _messages(trace: Path) -> Iterator[tuple[bool, bytes]]:
    """The messages of a trace, and whether they were received."""
    if trace.exists():
        _, *parts = MESSAGE.split(trace.read_bytes())
        for direction, message in zip(parts[::2], parts[1::2], strict=True):
            yield direction == b"received", message


def _told(message: bytes) -> tuple[tuple[str, ...], str]:
    """What makes a message another than its retransmissions; and its word. Replies of several callees that look alike count as one."""
    first = message.split(b"\r\n", 1)[0].decode()
    (cseq,), call_id, via = header(message, "CSeq"), header(message, "Call-ID"), header(message, "Via")
    method = cseq.split()[1]
    if not first.startswith("SIP/2.0 "):
        return (*call_id, cseq, via[0]), method
    code = first.split()[1]
    return (*call_id, cseq, first), code if method == "INVITE" else f"{code}/{method}"


def _addressed(message: bytes, ports: Mapping[str, int]) -> str:
    method, uri, _ = message.split(b"\r\n", 1)[0].decode().split()
    text = " ".join([method, uri, *(f"Route: {route}" for route in header(message, "Route"))])
    for name, port in ports.items():
        text = text.replace(f"{HOST}:{port}", name)
    return text
