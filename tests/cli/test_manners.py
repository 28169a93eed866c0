"""Manners of the real command: whatever it is given, one clear line on standard error, an exit code that tells, never a traceback."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from builders import invite, request
from command import environment, run

SCRIPT = """function ksr_request_route()
  KSR.info("asked for " .. KSR.pv.get("$ru"))
  KSR.sl.send_reply(404, "Not Here")
end
"""
MEMORY = 2**31
FULL = Path("/dev/full")
LINUX = sys.platform == "linux"


@pytest.fixture
def place(tmp_path):
    """A folder with a script, messages, and things that are neither."""
    files = {
        "s.lua": SCRIPT.encode(),
        "hash.lua": b"#!/usr/bin/env kemilua\n" + SCRIPT.encode(),
        "misuse.lua": b"function ksr_request_route()\n  KSR.hdr.append()\nend\n",
        "none.lua": b"",
        "top.lua": b"KSR.info('loaded')\n" + SCRIPT.encode(),
        "once.lua": b"n = 0 function ksr_request_route() n = n + 1 if n == 9 then KSR.hdr.append() end end",
        "loud.lua": b"function ksr_request_route() KSR.info('\\27[2J\\7 \\r\\xc3\\xa9 \\xff') end",
        "loop.lua": b"function ksr_request_route() while true do end end",
        "m.sip": request(),
        "marked.sip": b"\xef\xbb\xbf" + request(),
        "wide.sip": request().decode().encode("utf-16"),
        "empty.sip": b"",
        "torn.sip": b"OPTIONS sip:bob@example.com\r\nVia: x\r\n\r\n",
        "latin.sip": request(uri="sip:bob@example.com;x=ä"),
        "many.sip": request() + invite() + b"\r\n\r\n" + request("BYE"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "folder").mkdir()
    return tmp_path


def end(*words: str, place: Any, **more: Any) -> tuple[int, bytes, str]:
    """Exit code, standard output and standard error of the command."""
    env = environment(**more.pop("env", {}))
    more.setdefault("stdin", subprocess.DEVNULL) if "input" not in more else None
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": place, "timeout": 60, "env": env, "check": False, **more}
    done = subprocess.run([sys.executable, "-m", "kemilua", *words], **options)
    return done.returncode, done.stdout or b"", (done.stderr or b"").decode()


CASES = {
    "script is a folder": (2, "run folder m.sip", "folder is a directory, not a script"),
    "message is a folder": (2, "run s.lua folder", "folder is a directory, not a message file"),
    "bench of a folder": (2, "bench folder m.sip", "folder is a directory, not a script"),
    "rpc loads a folder": (2, "rpc app_lua.list --load folder", "folder is a directory, not a script"),
    "no such script": (2, "run gone.lua m.sip", "no such script: gone.lua"),
    "no such message": (2, "run s.lua gone.sip", "no such message file: gone.sip"),
    "name too long": (2, "run s.lua " + "x" * 5000, "File name too long"),
    "script without end": (2, "run /dev/zero m.sip", "/dev/zero has more than 16,777,216 bytes"),
    "message without end": (2, "run s.lua /dev/zero", "/dev/zero has more than 16,777,216 bytes"),
    "message is empty": (2, "run s.lua empty.sip", "empty.sip is empty"),
    "bench of an empty message": (2, "bench s.lua empty.sip", "empty.sip is empty"),
    "standard input is empty": (2, "run s.lua -", "standard input is empty"),
    "standard input twice": (2, "run - -", "standard input (-) can be read only once"),
    "message in UTF-16": (2, "run s.lua wide.sip", "wide.sip is UTF-16 text"),
    "malformed message": (1, "run s.lua torn.sip", "torn.sip: "),
    "bench of a malformed message": (1, "bench s.lua torn.sip --seconds 0.01", "torn.sip: "),
    "misuse": (1, "run misuse.lua m.sip", "m.sip: misuse.lua:2: KSR.hdr.append: not enough parameters"),
    "bench of misuse": (1, "bench misuse.lua m.sip --seconds 0.01", "m.sip: misuse.lua:2: KSR.hdr.append: not enough parameters"),
    "bench of misuse later on": (1, "bench once.lua m.sip --seconds 0.01", "m.sip, not the first time: once.lua:1: KSR.hdr.append"),
    "script without a route": (1, "run none.lua m.sip", "no such function [ksr_request_route] in lua scripts"),
    "bench of a script without a route": (1, "bench none.lua m.sip --seconds 0.01", "no such function [ksr_request_route]"),
    "call at top level": (1, "run top.lua m.sip", "top.lua:1: KSR.info: there is no message here"),
    "bench of a call at top level": (1, "bench top.lua m.sip --seconds 0.01", "top.lua:1: KSR.info: there is no message here"),
    "seconds nan": (2, "bench s.lua m.sip --seconds nan", "'nan'"),
    "seconds inf": (2, "bench s.lua m.sip --seconds inf", "'inf'"),
    "seconds negative": (2, "bench s.lua m.sip --seconds=-1", "'-1'"),
    "seconds zero": (2, "bench s.lua m.sip --seconds 0", "'0'"),
    "seconds no number": (2, "bench s.lua m.sip --seconds x", "'x'"),
    "now nan": (2, "run s.lua m.sip --now nan", "'nan'"),
    "now beyond dates": (2, "run s.lua m.sip --now 1e300", "'1e300'"),
    "processor time nan": (2, "run s.lua m.sip --cpu nan", "cpu"),
    "processor time of a loop": (1, "run loop.lua m.sip --instructions 0 --cpu 0.1", "loop.lua:1: the limit of"),
    "limit beyond 64 bits": (2, "run s.lua m.sip --memory 99999999999999999999", "memory"),
    "argument of many digits": (2, "run s.lua m.sip --core server_id " + "9" * 5000, "server_id"),
    "option with an escape": (2, "run s.lua m.sip --\x1b[2Jx", "--\\x1b[2Jx"),
    "name with an escape": (2, "run \x1b[2J.lua m.sip", "no such script: \\x1b[2J.lua"),
}
if LINUX:
    CASES |= {
        "message that cannot be read": (2, "run s.lua /proc/self/mem", "cannot read /proc/self/mem: Input/output error"),
        "script that cannot be read": (2, "run /proc/self/mem m.sip", "cannot read /proc/self/mem: Input/output error"),
    }


@pytest.mark.parametrize(("code", "words", "said"), CASES.values(), ids=CASES)
def test_what_is_wrong_is_one_line_and_the_code_tells_whose_fault_it_is(place, code, words, said):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    found, _, err = end(*words.split(" "), place=place, preexec_fn=limit)
    assert (found, len(err.splitlines())) == (code, 1), err
    assert err.startswith("kemilua")
    assert said in err


def test_no_strict_leaves_misuse_as_kamailio_has_it(place):
    code, out, err = end("run", "misuse.lua", "m.sip", "--no-strict", place=place)
    assert (code, err) == (0, "")
    assert b"KSR.hdr.append: not enough parameters" in out
    code, out, err = end("bench", "misuse.lua", "m.sip", "--no-strict", "--seconds", "0.01", place=place)
    assert (code, err) == (0, "")
    assert b"failed" not in out


def test_bench_counts_what_failed(place):
    out = end("bench", "misuse.lua", "many.sip", "--seconds", "0.01", place=place)[1].decode().splitlines()
    assert out[2].endswith(" messages failed")
    failed, of, total = out[2].split()[:3]
    assert (failed, of) == (total, "of")


# ---- what is read


def test_a_script_and_a_message_may_come_from_standard_input(place):
    assert b"asked for sip:bob@example.com" in end("run", "s.lua", "-", place=place, input=request())[1]
    for text in (SCRIPT.encode(), b"\xef\xbb\xbf" + SCRIPT.encode(), b"#!/bin/x\n" + SCRIPT.encode()):
        code, out, err = end("run", "-", "m.sip", place=place, input=text)
        assert (code, err) == (0, "")
        assert b"standard input:" in out
        assert b"asked for sip:bob@example.com" in out


@pytest.mark.parametrize("which", ["script", "message"])
def test_a_named_pipe_is_read(place, which):
    os.mkfifo(place / "pipe")
    words = ["pipe", "m.sip"] if which == "script" else ["s.lua", "pipe"]
    with subprocess.Popen(["/bin/sh", "-c", f"cat {'s.lua' if which == 'script' else 'm.sip'} > pipe"], cwd=place) as writer:
        try:
            code, out, err = end("run", *words, place=place)
        finally:
            writer.kill()
    assert (code, err) == (0, "")
    assert b"asked for sip:bob@example.com" in out


def test_a_byte_order_mark_is_no_part_of_the_method(place):
    assert b"SIP/2.0 404 Not Here" in end("run", "s.lua", "marked.sip", place=place)[1]


def test_all_messages_of_a_file_run_and_are_numbered(place):
    out = end("run", "s.lua", "many.sip", place=place)[1].decode()
    assert [line for line in out.splitlines() if line.startswith("many.sip")] == ["many.sip#1", "many.sip#2", "many.sip#3"]
    assert [line.split()[-1] for line in out.splitlines() if "CSeq" in line] == ["OPTIONS", "INVITE", "BYE"]


def test_the_arguments_of_a_wrong_call_are_traced(place):
    (place / "wrong.lua").write_text("function ksr_request_route() KSR.hdr.remove('A', 2, nil, {x = 1}) KSR.pv.sets('$ru') end")
    out = end("run", "wrong.lua", "m.sip", "--trace", place=place)[1].decode()
    assert 'KSR.pv.sets("$ru") -> false' in out


# ---- what is written


def test_a_reader_that_leaves_at_once_gets_no_complaint(place):
    command = f"{sys.executable} -m kemilua run s.lua m.sip | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["/bin/bash", "-c", command], capture_output=True, cwd=place, env=environment(), timeout=60, check=True)
    assert done.stderr == b""
    assert done.stdout in (b"0\n", b"1\n")


WRITERS = ["run s.lua m.sip", "coverage", "rpc app_lua.list", "bench s.lua m.sip --seconds 0.01", "--version", "run --help"]


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("words", WRITERS)
def test_a_full_disk_is_one_line_and_exit_code_1(place, words):
    with FULL.open("wb") as full:
        code, _, err = end(*words.split(), place=place, stdout=full)
    assert code == 1
    assert err.splitlines()[-1].endswith("cannot write: No space left on device")
    assert len(err.splitlines()) == 1


def test_a_closed_standard_output_is_one_line_and_exit_code_1(place):
    code, _, err = end("run", "s.lua", "m.sip", place=place, stdout=None, preexec_fn=lambda: os.close(1))
    assert (code, err) == (1, "kemilua: cannot write: standard output is closed\n")


def test_a_closed_standard_error_or_input_is_no_traceback(place):
    assert end("run", "gone.lua", "m.sip", place=place, stderr=None, preexec_fn=lambda: os.close(2))[:2] == (2, b"")
    code, _, err = end("run", "s.lua", "-", place=place, stdin=None, preexec_fn=lambda: os.close(0))
    assert (code, err) == (2, "kemilua run: cannot read standard input: it is closed\n")


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_a_terminal_without_unicode_gets_escapes(place, env):
    code, out, err = end("run", "s.lua", "latin.sip", place=place, env=env)
    assert (code, err) == (0, "")
    assert b"x=\\xe4" in out
    assert out.isascii()


def test_control_characters_never_reach_the_terminal(place):
    out = end("run", "loud.lua", "m.sip", place=place)[1]
    assert b"\\x1b[2J\\x07 \\r\xc3\xa9 \\xff" in out
    assert not {b"\x1b", b"\x07", b"\r"} & {bytes([byte]) for byte in out}


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="what a process has used is asked of /proc")
@pytest.mark.parametrize("words", ["bench s.lua m.sip --seconds 600", "run loop.lua m.sip --instructions 0 --cpu 0"])
def test_an_interrupt_is_one_line_and_exit_code_130(place, words):
    command = [sys.executable, "-m", "kemilua", *words.split()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=place, env=environment()) as process:
        try:
            wait_for_work(process)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, err.decode()) == (130, f"kemilua {words.split()[0]}: interrupted\n")


def wait_for_work(process: subprocess.Popen[bytes]) -> None:
    """Until the process has used more processor time than loading takes, or has ended."""
    ticks = os.sysconf("SC_CLK_TCK")
    while process.poll() is None:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        if (int(fields[11]) + int(fields[12])) / ticks > 2:
            return
        time.sleep(0.05)


def test_help_of_every_command_fits_any_terminal(place):
    for command in ("run", "rpc", "bench", "coverage"):
        assert run(command, "--help", PYTHONIOENCODING="ascii")[0].startswith("usage: kemilua")
