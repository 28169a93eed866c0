"""examples/host.py against SIPp, on loopback."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from builders import first_line, request
from command import environment

SECONDS = 30
CALLS = 500


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def ask(port: int, timeout: float = 5.0) -> str:
    """Send an OPTIONS until it is answered; return the first line of the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.2)
        own = f"127.0.0.1:{sock.getsockname()[1]}"
        data = request(uri=f"sip:127.0.0.1:{port}").replace(b"198.51.100.7:5060", own.encode())
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            sock.sendto(data, ("127.0.0.1", port))
            try:
                return first_line(sock.recv(65536))
            except (TimeoutError, ConnectionRefusedError):
                continue
    raise AssertionError(f"no answer from 127.0.0.1:{port} in {timeout} s")


class Host:
    """The example in a process of its own."""

    def __init__(self, root, script):
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, root / "examples" / "host.py", script, f"127.0.0.1:{self.port}"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=SECONDS)
        return err


@pytest.fixture
def script(root, tmp_path):
    return shutil.copy(root / "examples" / "keepalive.lua", tmp_path)


@pytest.fixture
def host(root, script):
    host = Host(root, script)
    yield host
    if host.process.poll() is None:
        host.process.kill()
        host.process.communicate()


def test_host_answers_reloads_and_stops(host, script, tmp_path):
    assert ask(host.port) == "SIP/2.0 200 Alive"
    path = tmp_path / "keepalive.lua"
    path.write_text(path.read_text().replace('200, "Alive"', '200, "Reloaded"'))
    host.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 5
    while (answer := ask(host.port)) != "SIP/2.0 200 Reloaded" and time.monotonic() < end:
        time.sleep(0.02)
    assert answer == "SIP/2.0 200 Reloaded"
    path.write_text("function (")
    host.process.send_signal(signal.SIGHUP)
    assert ask(host.port) == "SIP/2.0 200 Reloaded"
    err = host.stop()
    assert host.process.returncode == 0
    assert "keep-alive from sip:127.0.0.1" in err
    assert "keepalive.lua:1:" in err


@pytest.fixture
def sipp():
    path = shutil.which("sipp")
    if path is None:
        pytest.skip("SIPp is not installed (Debian package sip-tester)")
    return path


def test_host_serves_sipp_without_a_failed_call(host, root, tmp_path, sipp):
    assert ask(host.port) == "SIP/2.0 200 Alive"
    done = subprocess.run(
        [
            *(sipp, "-sf", root / "examples" / "options.xml", "-m", str(CALLS), "-r", "500", "-i", "127.0.0.1", "-p", str(free_port())),
            *("-timeout", str(SECONDS), "-timeout_error", "-nostdin", f"127.0.0.1:{host.port}"),
        ],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * SECONDS,
        env=environment(TERM="dumb"),
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (successful,) = re.findall(r"Successful call\s*\|[^|]*\|\s*(\d+)", done.stdout[done.stdout.rindex("Successful call") - 5 :])
    assert int(successful) == CALLS
    host.stop()
    assert host.process.returncode == 0
