"""examples/relay_host.py on loopback: a request for a name reaches the telephone, and its answer the caller."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest
from builders import assemble, first_line, header, request
from command import environment

SECONDS = 30


def telephone() -> socket.socket:
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind(("127.0.0.1", 0))
    one.settimeout(0.2)
    return one


def port_of(one: socket.socket) -> int:
    port: int = one.getsockname()[1]
    return port


@pytest.fixture
def host(root, tmp_path):
    with telephone() as free:
        port = port_of(free)
    script = tmp_path / "relay.lua"
    script.write_text("function ksr_request_route() KSR.tm.t_relay() end")
    process = subprocess.Popen(
        [sys.executable, root / "examples" / "relay_host.py", script, f"127.0.0.1:{port}", "phone.example=127.0.0.1"],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield port
    process.send_signal(signal.SIGTERM)
    try:
        _, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    assert (process.returncode, err) == (0, "")


def receive(caller: socket.socket, data: bytes, port: int, at: socket.socket) -> bytes:
    """Send a request until it, or its answer, has come."""
    for _ in range(SECONDS * 5):
        caller.sendto(data, ("127.0.0.1", port))
        try:
            return at.recv(65536)
        except (TimeoutError, ConnectionRefusedError):
            continue
    raise AssertionError("nothing came")


def test_request_for_a_name_is_relayed(host):
    with telephone() as caller, telephone() as callee:
        via = f"127.0.0.1:{port_of(caller)}".encode()
        data = request(uri=f"sip:bob@phone.example:{port_of(callee)}").replace(b"198.51.100.7:5060", via)
        came = receive(caller, data, host, callee)
        assert first_line(came) == f"OPTIONS sip:bob@phone.example:{port_of(callee)} SIP/2.0"
        lines = [f"{name}: {value}" for name in ("Via", "From", "To", "Call-ID", "CSeq") for value in header(came, name)]
        callee.sendto(assemble(["SIP/2.0 200 Here", *lines], None, b""), ("127.0.0.1", host))
        assert first_line(receive(caller, data, host, caller)) == "SIP/2.0 200 Here"


def test_name_without_an_address_is_answered(host):
    with telephone() as caller:
        via = f"127.0.0.1:{port_of(caller)}".encode()
        data = request(uri="sip:bob@nowhere.example").replace(b"198.51.100.7:5060", via)
        assert first_line(receive(caller, data, host, caller)) == "SIP/2.0 478 Unresolvable destination (478/TM)"
