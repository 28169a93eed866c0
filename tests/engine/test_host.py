"""What scripts see of the process and the machine: environment, locale, time zone, files; the safe set sees nothing of it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading

import kemilua
import pytest
from builders import request
from command import environment
from harness import logged


def route(lua: str) -> str:
    return f"function ksr_request_route() {lua} end"


# ---- the environment: as it was when the engine was made


@pytest.fixture
def variable(monkeypatch):
    monkeypatch.setenv("KEMILUA_TEST", "at the start")
    return "KEMILUA_TEST"


READERS = ["os.getenv('KEMILUA_TEST')", "KSR.kx.get_env('KEMILUA_TEST')", "KSR.pv.get('$env(KEMILUA_TEST)')"]


@pytest.mark.parametrize("reader", READERS)
def test_environment_is_that_of_the_start(script, variable, reader, monkeypatch):
    engine = script(route(""))
    monkeypatch.setenv(variable, "later")
    assert engine.eval(f"return {reader}", message=request()) == ("at the start",)


def test_environment_says_where_modules_are(script, monkeypatch, tmp_path):
    (tmp_path / "mine.lua").write_text("return {name = 'mine'}")
    monkeypatch.setenv("LUA_PATH", f"{tmp_path}/?.lua;;")
    path, name = script(route("")).eval("return package.path, require('mine').name")
    assert (path.startswith(f"{tmp_path}/?.lua;/usr/local/share/"), name) == (True, "mine")


RACE = """
import os, threading, kemilua
engine = kemilua.Engine(kemilua.Source({route!r}), limits=kemilua.Limits(instructions=0))
runs = []
def read():
    for _ in range(20):
        engine.receive_datagram({data!r}, source=("192.0.2.1", 5060), local=("192.0.2.2", 5060))
        runs.append(1)
thread = threading.Thread(target=read)
thread.start()
n = 0
while thread.is_alive():
    n += 1
    os.environ["K%d" % (n % 5000)] = "v" * (n % 3000)
    if n % 3 == 0:
        os.environ.pop("K%d" % (n * 7 % 5000), None)
thread.join()
print(len(runs), n > 0)
"""
READING = """
for i = 1, 2000 do
    KSR.kx.get_env('X') KSR.pv.get('$env(X)') os.getenv('X') os.date('%Z %c') os.time({year = 2000, month = 1, day = 1})
end
"""


def test_environment_that_is_written_meanwhile_does_no_harm():
    code = textwrap.dedent(RACE).format(route=route(READING), data=request())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=environment(), check=False)
    assert (done.returncode, done.stdout) == (0, "20 True\n"), done.stderr


# ---- locale and time


def test_locale_of_the_process_stays(script):
    lua = "return os.setlocale(), os.setlocale(''), os.setlocale('C', 'numeric'), os.setlocale('POSIX'), os.setlocale('de_DE.UTF-8')"
    assert script(route("")).eval(lua) == ("C", "C", "C", "C", None)


TIMES = """
local t = os.time({year = 2024, month = 7, day = 1, hour = 12, min = 30})
local w = os.time({year = 2024, month = 1, day = 31 + 31, hour = 12, isdst = false})
print(t, w, os.date('%A %d %B %Y %H:%M:%S %Z %z %j %V %p', t), os.date('!%c', t), os.date('*t', t).isdst, os.date('%x %X %r', w))
"""


def test_local_time_is_that_of_the_zone(tmp_path):
    steps = ["import kemilua", "e = kemilua.Engine(log_level='info')", f"e.eval({TIMES!r}, message={request()!r})"]
    code = "; ".join([*steps, "print(e.take_effects()[0].text)"])
    env = environment(TZ="CET-1CEST,M3.5.0,M10.5.0/3")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env, check=True)
    assert done.stdout.split("\n")[0].split("\t") == [
        "1719829800",
        "1709377200",
        "Monday 01 July 2024 12:30:00 CEST +0200 183 27 PM",
        "Mon Jul  1 10:30:00 2024",
        "true",
        "03/02/24 12:00:00 12:00:00 PM",
    ]


def test_date_that_is_none_is_told(script):
    ok, text = script(route("")).eval("return pcall(os.date, '%Ez')")
    assert (ok, text) == (False, "bad argument #1 to 'os.date' (invalid conversion specifier '%Ez')")


# ---- files: regular ones only


@pytest.fixture
def fifo(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


OPENERS = {
    "loadfile": "return select(2, loadfile('{0}'))",
    "dofile": "return select(2, pcall(dofile, '{0}'))",
    "require": "package.path = '{0}' return select(2, pcall(require, 'x'))",
    "require of C": "package.cpath = '{0}' return select(2, pcall(require, 'x'))",
    "loadlib": "return select(2, package.loadlib('{0}', '*'))",
    "io.open": "return select(2, io.open('{0}'))",
    "io.open for writing": "return select(2, io.open('{0}', 'w'))",
    "io.lines": "return select(2, pcall(io.lines, '{0}'))",
    "io.input": "return select(2, pcall(io.input, '{0}'))",
    "io.output": "return select(2, pcall(io.output, '{0}'))",
}
CALLERS = {
    "corex.file_read": "KSR.corex.file_read('{0}')",
    "corex.file_write": "KSR.corex.file_write('{0}', 'x')",
    "app_lua.dofile": "KSR.app_lua.dofile('{0}')",
}


def within_seconds(function):
    """A FIFO that is opened keeps its thread for ever: the test goes on without it."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()
    thread.join(30)
    assert results, "it waits"
    return results[0]


@pytest.mark.parametrize("code", OPENERS.values(), ids=OPENERS)
def test_fifo_is_not_opened(code, fifo):
    def run():
        with kemilua.Engine() as engine:
            return engine.eval(code.format(fifo))[0]

    assert "not a regular file" in within_seconds(run)


@pytest.mark.parametrize("code", CALLERS.values(), ids=CALLERS)
def test_fifo_is_not_opened_by_a_ksr_function(code, fifo):
    def run():
        with kemilua.Engine(kemilua.Source(route(f"R = {code.format(fifo)}"), "t.lua"), log_level="err") as engine:
            lines = logged(engine.receive_datagram(request(), source=("192.0.2.1", 5060), local=("192.0.2.2", 5060)))
            return lines, engine.eval("return R")[0]

    lines, result = within_seconds(run)
    assert any("not a regular file" in line for line in lines)
    assert result in (-1, "", None)


def test_fifo_as_a_script_is_an_error(fifo):
    def run():
        with pytest.raises(kemilua.ReadError, match="not a regular file"):
            kemilua.Engine(fifo)
        return True

    assert within_seconds(run)


def test_file_is_loaded_as_lua_does(script, tmp_path):
    path = tmp_path / "file.lua"
    path.write_bytes(b"\xef\xbb\xbf#!/usr/bin/lua\nlocal a = ... return a, x, getinfo and getinfo(1).currentline")
    engine = script(route(""))
    assert engine.eval(f"x = 'global' getinfo = debug.getinfo return loadfile('{path}')(1)") == (1, "global", 2)
    assert engine.eval(f"return loadfile('{path}', 't', {{x = 'own'}})()") == (None, "own", None)
    assert engine.eval(f"return dofile('{path}')") == (None, "global", 2)
    assert engine.eval(f"package.path = '{tmp_path}/?.lua' return package.searchpath('file', package.path)") == (str(path),)
    assert engine.eval("return package.searchpath('a.b', '/none/?.lua;./?')") == (None, "no file '/none/a/b.lua'\n\tno file './a/b'")
    assert engine.eval(f"return select(2, loadfile('{tmp_path}'))") == (f"cannot read {tmp_path}: Is a directory",)
    assert engine.eval(f"return select(2, loadfile('{tmp_path}/none'))") == (f"cannot open {tmp_path}/none: No such file or directory",)


def test_devices_that_do_not_wait_are_there(script):
    assert script(route("")).eval("local f = io.open('/dev/null') return f:read('a')") == ("",)


# ---- the safe set


@pytest.fixture
def safe(script):
    return script(route(""), libraries="safe")


ABSENT = ["io", "debug", "dofile", "loadfile", "package.searchpath", "package.loadlib"]
ABSENT += [f"os.{name}" for name in ("getenv", "execute", "remove", "rename", "setlocale", "tmpname")]


@pytest.mark.parametrize("name", ABSENT)
def test_safe_set_lacks_what_reaches_the_host(safe, name):
    assert safe.eval(f"return {name}") == (None,)


@pytest.mark.parametrize("reader", [*READERS[1:], "KSR.pv.get('$(env(KEMILUA_TEST){s.len})')"])
def test_safe_set_sees_no_environment(script, variable, reader):
    engine = script(route(""), libraries="safe")
    assert engine.eval(f"return {reader}", message=request())[0] in ("", None, 0)
    assert engine.eval(f"return KSR.kx.get_envn('{variable}')", message=request()) == (0,)


def test_safe_set_requires_no_files(safe, tmp_path):
    (tmp_path / "secret.lua").write_text("return 'secret'")
    code = f"package.path = '{tmp_path}/?.lua' package.cpath = package.path return select(2, pcall(require, '{{}}'))"
    there, absent = (safe.eval(code.format(name))[0] for name in ("secret", "absent"))
    assert there == "module 'secret' not found:\n\tno field package.preload['secret']"
    assert there.replace("secret", "absent") == absent
    assert safe.eval("package.preload.own = function(name) return name end return (require('own'))") == ("own",)


@pytest.mark.parametrize("code", ["KSR.corex.file_read('{0}')", "KSR.corex.file_write('{0}', 'x')", "KSR.app_lua.dofile('{0}')"])
def test_safe_set_touches_no_files_through_ksr(script, code, tmp_path):
    path = tmp_path / "file"
    path.write_text("secret = = 1")
    engine = script(route(f"R = {code.format(path)}"), libraries="safe")
    lines = logged(engine.receive(request()))
    assert [line for line in lines if "scripts may not touch files here" in line]
    assert not [line for line in lines if "secret" in line]
    assert path.read_text() == "secret = = 1"


def test_host_s_own_files_are_read_in_the_safe_set(tmp_path):
    path = tmp_path / "route.lua"
    path.write_text("x = 7")
    with kemilua.Engine(path, libraries="safe") as engine:
        assert engine.eval("return x") == (7,)
