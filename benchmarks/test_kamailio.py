"""Beside Debian's Kamailio: (f) single KSR calls, one script in both; (g) whole requests, CPU time of the process that works."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import kemilua
import pytest
from calls import CALLS, MODPARAMS, WELL_KNOWN, Call, loops_script
from conftest import HERE, ROUNDS, SHORT
from kamailio import HOST, Server, bound_socket, free_port, header, kamailio, missing, server
from kemilua.engine import stateless_modules
from table import Row

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

LOOPS = 3_000 if SHORT else 10_000
EDITED_MESSAGES = 50 if SHORT else 200
SINGLE_MESSAGES = 200 if SHORT else 500  # many, since os.clock counts in microseconds
REQUESTS = 1_000 if SHORT else 5_000
ALIASES = ("example.com",)
REPLACED = {"client": b"198.51.100.7:5060", "server": b"192.0.2.1:5060"}


def addressed(data: bytes, client: int, server: int) -> bytes:
    """A message of benchmarks/messages, between two ports of loopback."""
    return data.replace(REPLACED["client"], f"{HOST}:{client}".encode()).replace(REPLACED["server"], f"{HOST}:{server}".encode())


def asking(data: bytes, which: int, count: int) -> bytes:
    """The message with the header that scripts/calls.lua reads, at its end."""
    head, end, body = data.partition(b"\r\n\r\n")
    return head + b"\r\nX-Loop: %d %d" % (which, count) + end + body


class Memory:
    """An engine that is asked as a server is."""

    def __init__(self, script: Path, port: int, client: int) -> None:
        listen = [f"udp:{HOST}:{port}"]
        self.engine = kemilua.Engine([script], listen=listen, aliases=ALIASES, modparams=modparams(), log_level="ERR")
        self.source, self.local = (HOST, client), (HOST, port)

    def exchange(self, data: bytes) -> bytes:
        effects = self.engine.receive_datagram(data, self.source, self.local, "udp", 1.0)
        sends = [effect.data for effect in effects if isinstance(effect, kemilua.Send)]
        assert len(sends) == 1
        return sends[0]

    def drive(self, data: bytes, count: int) -> float:
        receive, source, local = self.engine.receive_datagram, self.source, self.local
        before = time.process_time()
        for _ in range(count):
            receive(data, source, local, "udp", 1.0)
        return time.process_time() - before


def modparams() -> dict[str, dict[str, str]]:
    """Those of modules that are here."""
    return {module: params for module, params in MODPARAMS.items() if module in stateless_modules()}


# ------------------------------------------------------------------------------------------------------- (f) single calls
class Pair:
    """Kamailio and an engine of ours, on the same loops."""

    def __init__(self, peer: Server, ours: Memory, messages: dict[str, bytes]) -> None:
        self.peer, self.ours = peer, ours
        client = ours.source[1]
        self.messages = {name: addressed(data, client, peer.port) for name, data in messages.items()}

    def ask(self, side: Server | Memory, which: int, count: int) -> bytes:
        return side.exchange(asking(self.messages[CALLS[which].message], which + 1, count))

    def missing(self, which: int) -> str:
        """Why a call cannot be measured, or nothing."""
        for side, name in (self.ours, "kemilua"), (self.peer, "Kamailio"):
            if function := header(self.ask(side, which, 0), "X-Missing"):
                return f"{function} is not in {name}"
        return ""

    def result(self, side: Server | Memory, which: int) -> str | None:
        return header(self.ask(side, which, 0), "X-Result")

    def seconds(self, side: Server | Memory, which: int) -> float:
        """Of one turn of the loop, as the script's own clock tells."""
        loops = CALLS[which].per_message or LOOPS
        messages = {LOOPS: 1, 1: SINGLE_MESSAGES}.get(loops, EDITED_MESSAGES)
        return sum(float(header(self.ask(side, which, loops), "X-Elapsed") or "nan") for _ in range(messages)) / (loops * messages)


@pytest.fixture(scope="module")
def pair(messages, tmp_path_factory) -> Iterator[Pair]:
    directory = tmp_path_factory.mktemp("calls")
    script = directory / "calls.lua"
    script.write_text(loops_script(CALLS))

    def greeting(client: int, port: int) -> bytes:
        return asking(addressed(messages["options"], client, port), 1, 0)

    with kamailio(directory, script, greeting, modparams=MODPARAMS, aliases=ALIASES) as peer:
        yield Pair(peer, Memory(script, peer.port, peer.client.getsockname()[1]), messages)


@pytest.fixture(scope="module")
def seconds_of(pair, request) -> Callable[[int], tuple[float, float]]:
    """The best seconds of ours and of Kamailio for one turn of a call's loop.

    All chosen calls make a round: this machine may be slow for longer than a call is measured, and a call's rounds lie far apart so.
    """
    chosen = sorted({item.callspec.params["which"] for item in request.session.items if item.originalname == "test_call"})
    present = [which for which in chosen if not pair.missing(which)]
    times = [{which: (pair.seconds(pair.ours, which), pair.seconds(pair.peer, which)) for which in present} for _ in range(ROUNDS + 1)]
    rounds = times[1:]  # the first one warms up
    return lambda which: (min(one[which][0] for one in rounds), min(one[which][1] for one in rounds))


@pytest.mark.parametrize("which", range(len(CALLS)), ids=[call.text for call in CALLS])
def test_call(which, pair, seconds_of, add_row):
    call: Call = CALLS[which]
    if reason := pair.missing(which):
        pytest.skip(reason)
    assert pair.result(pair.ours, which) == pair.result(pair.peer, which) or call.differs
    add_row(Row("f", call.text, *seconds_of(which), "Kamailio", 1.0, brief=call.text in WELL_KNOWN))


def test_median_of_the_calls(rows, add_row):
    ratios = {row.what: row.ratio for row in rows if row.part == "f" and row.ratio is not None}
    if not ratios:
        pytest.skip("no call was measured in this run")
    worst = max(ratios, key=lambda call: ratios[call])
    above = sum(ratio > 1.0 for ratio in ratios.values())
    add_row(Row("f", f"median ratio of {len(ratios)} calls", median(ratios.values()), 1.0, "", 0.5, unit=""))
    add_row(Row("f", f"worst of them ({above} above 1.00): {worst}", ratios[worst], 1.0, "", 1.0, unit=""))


# ----------------------------------------------------------------------------------------------------- (g) whole requests
SCRIPT = HERE / "scripts" / "requests.lua"
HAS_RR = "rr" in stateless_modules()
REQUEST_KINDS = {
    "keepalive": ("options", b"SIP/2.0 200 ", "OPTIONS keep-alive, 200"),
    "refused": ("invite", b"SIP/2.0 404 ", "INVITE, 404"),
    "forwarded": ("invite", b"INVITE sip:", f"INVITE forwarded, {'with' if HAS_RR else 'without'} Record-Route"),
}


def whois(client: int, port: int) -> bytes:
    """A request that scripts/requests.lua answers with the number of its process."""
    return (
        f"INFO sip:{HOST}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:{client};branch=z9hG4bK1\r\nFrom: <sip:a@{HOST}>;tag=1\r\n"
        f"To: <sip:{HOST}:{port}>\r\nCall-ID: whois\r\nCSeq: 1 INFO\r\nMax-Forwards: 10\r\nContent-Length: 0\r\n\r\n"
    ).encode()


@pytest.fixture(scope="module")
def worker(tmp_path_factory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("requests")
    modules = ["kex", "kemix", "corex", "sl", "pv", "maxfwd", "siputils", "tm", *(["rr"] if HAS_RR else [])]
    with kamailio(directory, SCRIPT, whois, modules=modules, aliases=ALIASES) as running:
        yield running


@pytest.fixture(scope="module")
def host(tmp_path_factory) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, str(HERE.parent / "examples" / "host.py"), str(SCRIPT), f"{HOST}:{port}"]
    with server(command, port, tmp_path_factory.mktemp("host") / "host.log", whois) as running:
        yield running


@pytest.fixture
def callee() -> Iterator[socket.socket]:
    """Where forwarded calls go."""
    with bound_socket(2.0) as sink:
        yield sink


def request_of(kind: str, messages: dict[str, bytes], client: int, server: int, callee: int) -> bytes:
    """The request, to the server itself or to the callee."""
    data = addressed(messages[REQUEST_KINDS[kind][0]], client, server)
    target = b"bob@%s:%d" % (HOST.encode(), callee) if kind == "forwarded" else b"+12125550123@%s:%d" % (HOST.encode(), server)
    return data.replace(b"+12125550123@example.com", target, 1)


@pytest.mark.parametrize("place", ["fed from memory", "behind examples/host.py"])
@pytest.mark.parametrize("kind", REQUEST_KINDS)
def test_whole_request(kind, place, worker, callee, request, messages, compare, add_row):
    _, first_line, what = REQUEST_KINDS[kind]

    def driven(server: Server):
        data = request_of(kind, messages, server.client.getsockname()[1], server.port, callee.getsockname()[1])
        receiver = callee if kind == "forwarded" else server.client
        server.client.sendto(data, (HOST, server.port))
        assert receiver.recv(65535).startswith(first_line)
        return lambda: server.drive(data, REQUESTS, receiver)

    def fed():
        memory = Memory(SCRIPT, worker.port, 5099)
        data = request_of(kind, messages, 5099, worker.port, callee.getsockname()[1])
        assert memory.exchange(data).startswith(first_line)
        return lambda: memory.drive(data, REQUESTS)

    ours, bar = (fed(), 0.35) if place == "fed from memory" else (driven(request.getfixturevalue("host")), 1.0)
    seconds = compare(ours, driven(worker), REQUESTS, own_clock=True)
    add_row(Row("g", f"{what}, {place}", *seconds, "Kamailio", bar, "us", rate=True))
