"""`kemilua serve`, as an operator has it: another process, real sockets of 127.0.0.1."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import assemble, header, request
from command import environment, run

ANSWER = "function ksr_request_route() KSR.sl.send_reply(200, 'First') end"
PATIENCE = 20


class Server:
    """A `kemilua serve` that runs, and what it has logged so far."""

    def __init__(self, script: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kemilua", "serve", str(script), "--listen", "udp:127.0.0.1:0", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def line(self, pattern: str) -> re.Match[str]:
        """Wait for a line."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for line in list(self.lines):
                if match := re.search(pattern, line):
                    return match
            assert self.process.poll() is None or self.reader.is_alive(), self.lines
            time.sleep(0.01)
        raise AssertionError(f"no {pattern!r} in {self.lines}")

    @property
    def ports(self) -> list[int]:
        return [int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", self.line("listening on .*").string)]

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream
            stream.close()


@pytest.fixture
def script_file(tmp_path: Path) -> Path:
    path = tmp_path / "routing.lua"
    path.write_text(ANSWER)
    return path


@pytest.fixture
def serve(script_file: Path) -> Iterator[object]:
    with contextlib.ExitStack() as servers:

        def start(*words: str, text: str = ANSWER) -> Server:
            script_file.write_text(text)
            server = Server(script_file, *words)
            servers.callback(server.close)
            return server

        yield start


def ask(port: int, call_id: str = "one", tries: int = 5) -> str:
    """The first line of the reply to an OPTIONS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE / tries)
        for _ in range(tries):
            client.sendto(request(call_id=call_id, branch="z9hG4bK-1;rport"), ("127.0.0.1", port))
            with contextlib.suppress(TimeoutError):
                return client.recv(65535).split(b"\r\n")[0].decode()
    raise AssertionError("no answer")


@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGTERM), ("8", signal.SIGTERM), ("3", signal.SIGINT)])
def test_requests_are_answered_until_a_signal_comes(serve, workers, number):
    server = serve("--workers", workers)
    (port,) = server.ports
    assert [ask(port, f"call-{index}") for index in range(10)] == ["SIP/2.0 200 First"] * 10
    assert server.end(number) == 0
    assert re.search(r"ended: received 1\d.*sent 1\d", server.lines[-1])


def test_several_sockets(serve):
    server = serve("--listen", "udp:127.0.0.1:0", "--workers", "2")
    assert [ask(port) for port in server.ports] == ["SIP/2.0 200 First"] * 2


def test_hup_loads_the_script_anew_in_every_worker(serve, script_file):
    server = serve("--workers", "4")
    (port,) = server.ports
    script_file.write_text(ANSWER.replace("First", "Second"))
    server.process.send_signal(signal.SIGHUP)
    server.line("the scripts are loaded anew")
    assert {ask(port, f"call-{index}") for index in range(20)} == {"SIP/2.0 200 Second"}


def test_hup_with_a_broken_script_keeps_the_old_one(serve, script_file):
    server = serve()
    (port,) = server.ports
    script_file.write_text("function (")
    server.process.send_signal(signal.SIGHUP)
    server.line(r"the old scripts go on: .*routing\.lua.*1")
    assert ask(port) == "SIP/2.0 200 First"


def test_parameters_and_aliases(serve):
    text = "function ksr_request_route() KSR.sl.send_reply(200, KSR.htable.sht_get('a', 'k') .. ' ' .. tostring(KSR.is_myself_ruri())) end"
    server = serve("--alias", "example.com", "--modparam", "htable", "htable", "a=>initval=7;", text=text)
    assert ask(server.ports[0]) == "SIP/2.0 200 7 true"


def test_a_script_error_is_logged_and_the_next_message_served(serve):
    text = "function ksr_request_route() if KSR.pv.get('$ci') == 'bad' then error('so it goes') end KSR.sl.send_reply(200, 'OK') end"
    server = serve(text=text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(request(call_id="bad"), ("127.0.0.1", server.ports[0]))
    server.line(r"ERROR .*so it goes")
    assert ask(server.ports[0]) == "SIP/2.0 200 OK"


def test_lines_of_the_script_are_logged(serve):
    server = serve(text="function ksr_request_route() KSR.dbg('quiet') KSR.warn('loud') KSR.sl.send_reply(200, 'OK') end")
    ask(server.ports[0])
    server.line(r"WARNING routing\.lua:1 loud$")
    server.end()
    assert not any("quiet" in line for line in server.lines)


RELAY = "function ksr_request_route() if KSR.is_INVITE() then KSR.tm.t_relay() end end function ksr_reply_route() end"


def test_a_call_that_rings_is_answered_after_the_end_has_begun(serve):
    server = serve("--workers", "3", "--drain", "20", text=RELAY)
    with contextlib.ExitStack() as stack:
        caller, callee = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        for one in (caller, callee):
            one.bind(("127.0.0.1", 0))
            one.settimeout(PATIENCE)
        data = request("INVITE", uri=f"sip:b@127.0.0.1:{callee.getsockname()[1]}", branch="z9hG4bK-1;rport")
        caller.sendto(data, ("127.0.0.1", server.ports[0]))
        invite, proxy = callee.recvfrom(65535)
        server.process.send_signal(signal.SIGTERM)
        server.line("open transactions: 1")
        lines = [f"{name}: {value}" for name in ("Via", "From", "To", "Call-ID", "CSeq") for value in header(invite, name)]
        callee.sendto(assemble(["SIP/2.0 486 Busy Here", *lines], {}, ""), proxy)
        assert [caller.recv(65535).split()[1] for _ in range(2)] == [b"100", b"486"]
    assert server.process.wait(PATIENCE) == 0


def test_a_second_signal_waits_for_nobody(serve):
    server = serve("--drain", "60", text=RELAY)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind(("127.0.0.1", 0))
        client.sendto(request("INVITE", uri=f"sip:b@127.0.0.1:{client.getsockname()[1]}"), ("127.0.0.1", server.ports[0]))
        assert client.recv(65535)
        server.process.send_signal(signal.SIGTERM)
        server.line("open transactions: 1")
    assert server.end() == 0


def test_a_busy_worker_is_left_when_it_does_not_end(serve):
    server = serve(
        "--drain", "0.3", "--cpu", "0", "--instructions", "0", "--workers", "2", text="function ksr_request_route() while true do end end"
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(request(), ("127.0.0.1", server.ports[0]))
    time.sleep(0.5)
    assert server.end() == 1
    assert "workers that are busy still" in server.lines[-1]


# ---- refusals: one line, and an exit code


def test_a_guard_that_is_missing(script_file):
    script_file.write_text("\nfunction ksr_request_route()\n  if KSR.pike then KSR.pike.pike_check_req() end KSR.auth_db.auth_check()\nend")
    _, err = run("serve", script_file, code=1)
    reason = "is not in this kemilua, and would keep somebody out"
    assert err.splitlines() == [
        f"kemilua serve: {script_file}:3: KSR.{module} {reason} (--allow-missing {module})" for module in ("pike", "auth_db")
    ]


def test_a_guard_that_may_be_missing(serve):
    text = "function ksr_request_route() if KSR.pike then KSR.pike.pike_check_req() end KSR.sl.send_reply(200, 'Open') end"
    server = serve("--allow-missing", "pike", text=text)
    assert ask(server.ports[0]) == "SIP/2.0 200 Open"


def test_a_port_in_use(script_file):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        name = f"udp:127.0.0.1:{taken.getsockname()[1]}"
        _, err = run("serve", script_file, "--listen", name, code=2)
    assert err == f"kemilua serve: --listen: {name} cannot be bound: Address already in use\n"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--listen", "tcp:127.0.0.1:0"], "--listen: 'tcp:127.0.0.1:0' is no UDP socket"),
        (["--workers", "0"], "a number from 1 to 256 is expected"),
        (["--allow-missing", "sl"], "--allow-missing: sl is none of auth, "),
        (["--log-level", "loud"], "--log-level: a log level is one of"),
        (["--modparam", "nothing", "x", "1", "--listen", "udp:127.0.0.1:0"], "nothing"),
    ],
)
def test_wrong_words(script_file, words, reason):
    _, err = run("serve", script_file, *words, code=2)
    assert err.count("\n") == 1
    assert reason in err


def test_a_script_that_does_not_load(script_file):
    script_file.write_text("function (")
    _, err = run("serve", script_file, "--listen", "udp:127.0.0.1:0", code=1)
    assert err.count("\n") == 1
    assert "routing.lua:1" in err


# ---- SIPp


SCENARIO = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="a call that is answered without state">
  <send retrans="500"><![CDATA[
    OPTIONS sip:service@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:service@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 OPTIONS
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200"/>
  <send retrans="500"><![CDATA[
    INVITE sip:service@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:service@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 2 INVITE
    Contact: <sip:sipp@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="486" rtd="true"/>
  <send><![CDATA[
    ACK sip:service@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-3]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:service@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 2 ACK
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
</scenario>
"""
BUSY = """
function ksr_request_route()
    if KSR.is_OPTIONS() then KSR.sl.send_reply(200, "OK")
    elseif KSR.is_INVITE() then KSR.sl.send_reply(486, "Busy Here")
    end
end
"""


@pytest.mark.skipif(shutil.which("sipp") is None, reason="SIPp is not installed (Debian package sip-tester)")
def test_sipp(serve, tmp_path):
    server = serve("--workers", "4", text=BUSY)
    (port,) = server.ports
    (tmp_path / "busy.xml").write_text(SCENARIO)
    words = [
        "sipp",
        "-sf",
        "busy.xml",
        f"127.0.0.1:{port}",
        "-i",
        "127.0.0.1",
        "-m",
        "200",
        "-r",
        "200",
        "-nostdin",
        "-timeout",
        "30",
        "-timeout_error",
    ]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=60, env={**os.environ, "TERM": "dumb"}, check=False)
    assert done.returncode == 0, done.stdout[-2000:].decode(errors="replace")
    assert server.end() == 0


# ---- next hops by name


def test_transaction_goes_on_to_a_name(serve):
    server = serve("--workers", "1", text="function ksr_request_route() KSR.tm.t_relay() end")
    (port,) = server.ports
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        for one in (caller, phone):
            one.bind(("127.0.0.1", 0))
            one.settimeout(PATIENCE)
        uri = f"sip:bob@localhost:{phone.getsockname()[1]}"
        caller.sendto(request(uri=uri, branch="z9hG4bK-1;rport"), ("127.0.0.1", port))
        came = phone.recv(65535)
        assert came.startswith(f"OPTIONS {uri} SIP/2.0\r\n".encode())
        copied = [line for line in came.split(b"\r\n") if line.startswith((b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:"))]
        phone.sendto(b"\r\n".join([b"SIP/2.0 200 Phone", *copied, b"Content-Length: 0", b"", b""]), ("127.0.0.1", port))
        assert caller.recv(65535).startswith(b"SIP/2.0 200 Phone\r\n")
    assert server.end() == 0


def test_name_that_is_none_is_answered(serve):
    server = serve("--workers", "1", text="function ksr_request_route() KSR.pv.sets('$du', 'sip:a..b:5060') KSR.tm.t_relay() end")
    (port,) = server.ports
    assert ask(port) == "SIP/2.0 478 Unresolvable destination (478/TM)"
    server.line(r"the addresses of a\.\.b are not known")
