# ruff: noqa: E501  (scripts, a line each)
"""What ends a run before its time, each in a process of its own, which the system ends when nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import kemilua
import pytest
from builders import request

SECONDS = 10  # of CPU that the child may take; the limit of the run is one
LANES = ["direct", "portable"] if kemilua.Engine().lane == "direct" else ["portable"]

PLAY = """
import faulthandler, resource, sys
faulthandler.enable()
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
import kemilua
from builders import request
OPTIONS = request(body=b"a" * 30000)
code = sys.stdin.read()
def play(engine):
    return engine.receive_datagram(OPTIONS, source=("198.51.100.7", 5060), local=("192.0.2.1", 5060))
"""

RUN = """
limits = kemilua.Limits(instructions={instructions}) if {instructions} >= 0 else kemilua.Limits()
script = kemilua.Source("function ksr_request_route() if calm then KSR.sl.send_reply(200, 'OK') return end calm = true " + code + " end", "hostile.lua")
engine = kemilua.Engine(script, limits=limits, log_level="ERR", modparams={{"htable": {{"htable": "t=>size=8;"}}}})
lines = [effect.text.splitlines()[0] for effect in play(engine) if isinstance(effect, kemilua.Log)]
served = any(isinstance(effect, kemilua.Send) for effect in play(engine))
print(len(lines), served, lines[-1] if lines else "")
"""


def child(program: str, code: str = "") -> subprocess.CompletedProcess[str]:
    support = Path(__file__).resolve().parents[1] / "support"
    paths = os.pathsep.join([str(support), *(path for path in sys.path if path)])
    command = [sys.executable, "-c", PLAY.format(seconds=SECONDS) + program]
    return subprocess.run(command, input=code, text=True, capture_output=True, timeout=120, env=dict(os.environ, PYTHONPATH=paths))


def play(code: str, instructions: int) -> str:
    done = child(RUN.format(instructions=instructions), code)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    return done.stdout.strip()


# Each stays for long in one operation of Lua, or in one function of a library or of KSR, again and again.
HOSTILE = {
    "order of long strings": "local a = ('x'):rep(2e7) local b, c = a .. 'y', a .. 'z' while true do local d = b < c end",
    "order of strings of NULs": "local a = ('\\0'):rep(2e7) local b = a .. 'z' while true do local c = a < b end",
    "equality of long strings": "local a = ('x'):rep(2e7) local b, c = a .. 'y', a .. 'z' while true do local d = b == c or rawequal(b, c) end",
    "long keys": "local a = ('x'):rep(2e7) local b, c = a .. 'y', a .. 'y' local t = {[b] = 1} while true do local d = t[c] rawset(t, c, 2) end",
    "numbers of many digits": "local s = ('0'):rep(2e7) while true do pcall(function() return s + 1 end) tonumber(s, 16) end",
    "a number of many blanks as an argument": "local s = (' '):rep(2e7) while true do KSR.pv.seti('$var(x)', s) end",
    "next in an emptied table": "local t = {} for i = 1, 1e6 do t[i] = i end for i = 1, 1e6 do t[i] = nil end while true do next(t) end",
    "a full table": "local t = {} for i = 1, 2^18 do t['k' .. i] = i end local i = 0 while true do i = i + 1 t['k' .. i] = nil t['z' .. i] = 1 end",
    "modes of the collector": "local t = {} for i = 1, 2e5 do t[i] = {} end while true do collectgarbage('generational') collectgarbage('incremental') end",
    "a collector without pause": "local t = {} for i = 1, 2e5 do t[i] = {} end collectgarbage('incremental', 1, 1000, 60) while true do local x = {} end",
    "continuation bytes": "local f, s = utf8.codes('a'), 'a' .. ('\\x80'):rep(2e7) while true do pcall(f, s, 1) end",
    "chains of __index": "local t = {} for i = 1, 1900 do t = setmetatable({}, {__index = t}) end while true do local x = t.a end",
    "chains of __newindex": "local t = {} for i = 1, 1900 do t = setmetatable({}, {__newindex = t}) end while true do t.a = 1 t.a = nil end",
    "format": "local s = ('x'):rep(1e7) while true do string.format('%s', s) end",
    "pack": "local s = ('!1'):rep(1e7) while true do string.pack(s) string.packsize(s) end",
    "cases": "local s = ('x'):rep(1e7) while true do s:upper() s:lower() s:reverse() end",
    "concatenation": "local s = ('x'):rep(1e6) while true do local t = s .. s .. s .. s end",
    "many arguments": "local function f(...) while true do table.pack(...) select('#', ...) end end f(table.unpack({}, 1, 2e5))",
    "dates": "local s = ('%c'):rep(1e5) while true do os.date(s) end",
    "sort": "local t = {} for i = 1, 5e5 do t[i] = (i * 7919) % 1000003 end while true do table.sort(t, function(a, b) return a > b end) table.sort(t) end",
    "patterns": "local s = ('a'):rep(30000) while true do s:find(('.-'):rep(20) .. 'b') end",
    "a needle in hay": "local s = ('a'):rep(1e6) while true do s:find(('a'):rep(5e5) .. 'b', 1, true) end",
    "chains of and": "load('return ' .. ('x and '):rep(3e5) .. 'x') while true do end",
    "chains of or": "load('return ' .. ('x or '):rep(3e5) .. 'x') while true do end",
    "chains of elseif": "load('if x then ' .. ('elseif x then '):rep(2e5) .. ' end') while true do end",
    "tracebacks of a deep stack": "local function f(n) if n > 0 then return 1 + f(n - 1) end while true do debug.traceback('', 1) pcall(error, 'x', 9e4) end end f(1e5)",
    "a path of many folders": "package.path = ('/nonexistent/?;'):rep(1e5) while true do pcall(require, 'x') end",
    "debug.sethook": "while true do pcall(load, 'return a.b.c') debug.sethook() end",
    "a regular expression of many nodes": 'while true do KSR.textops.search_body("(a{1,100}){1,100}$") end',
    "regular expressions compiled": "local i = 0 while true do i = i + 1 KSR.textops.search('(a{1,100}){1,90}b' .. i) end",
    "digests of a body": 'while true do KSR.pv.get("$(rb{s.sha512})") end',
    "cheap functions": "while true do KSR.is_method_in('I') end",
    "functions over the message": 'while true do KSR.textops.search("zz[a-f]+q") end',
    "a long argument": "local s = ('1'):rep(1e7) while true do KSR.siputils.is_numeric(s) end",
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_work_ends_with_one_log_line(code):
    """The collector's work, and what depends on the order of keys, is not the same each time: it ends by CPU time."""
    limits = ["the budget of 10000000 instructions is used up", "the limit of 1 seconds of CPU time is used up"]
    assert play(code, -1) in [f"1 True error executing ksr_request_route: {limit}" for limit in limits]


ENDLESS = [
    "chains of and",
    "next in an emptied table",
    "order of strings of NULs",
    "patterns",
    "digests of a body",
    "many arguments",
    "a collector without pause",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDLESS)
def test_hostile_work_without_a_budget_ends_by_cpu_time_with_one_log_line(name):
    assert play(HOSTILE[name], 0) == "1 True error executing ksr_request_route: the limit of 1 seconds of CPU time is used up"


CATCHERS = {
    "pcall": "while true do pcall(function() while true do end end) end",
    "finalizers": "for i = 1, 9 do setmetatable({}, {__gc = function() while true do end end}) end collectgarbage() while true do end",
    "close": "local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
    "handlers": "xpcall(function() while true do end end, function() while true do end end)",
    "coroutines": "local function f(n) if n > 0 then pcall(coroutine.wrap(f), n - 1) end while true do end end f(50)",
    "hooks": "debug.sethook(function() while true do end end, 'l') local x = 1\nlocal y = 2",
}


@pytest.mark.slow
@pytest.mark.parametrize("code", CATCHERS.values(), ids=CATCHERS.keys())
def test_nothing_of_a_script_goes_on_after_its_cpu_time(code):
    assert play(code, 0) == "1 True error executing ksr_request_route: the limit of 1 seconds of CPU time is used up"


def test_the_error_says_which_limit_it_was(script):
    engine = script("", limits=kemilua.Limits(instructions=0, cpu=0.05))
    with pytest.raises(kemilua.CpuLimitError, match=r"the limit of 0\.05 seconds of CPU time is used up"):
        engine.eval("while true do end")
    engine = script("", limits=kemilua.Limits(instructions=100_000, cpu=None))
    with pytest.raises(kemilua.BudgetError, match="the budget of 100000 instructions is used up") as raised:
        engine.eval("while true do end")
    assert type(raised.value) is kemilua.BudgetError


@pytest.mark.parametrize("cpu", [-1, float("nan"), 2**33])
def test_a_limit_of_cpu_time_that_cannot_be_is_refused(cpu):
    with pytest.raises(kemilua.ArgumentError, match="Limits: cpu must lie between"):
        kemilua.Limits(cpu=cpu)


def test_work_costs_the_same_each_time(script):
    """The budget that a run just needs is enough again, and one less is not."""

    def ends(instructions: int) -> bool:
        engine = script("", limits=kemilua.Limits(instructions=instructions, cpu=None))
        try:
            engine.eval(
                "local t = {} for i = 1, 300 do t[i] = KSR.pv.get('$ru') .. i end table.sort(t) return table.concat(t):find('a.-b')",
                message=request(),
            )
        except kemilua.BudgetError:
            return True
        return False

    low, high = 1, 1_000_000
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if ends(middle) else (low, middle)
    assert [ends(low), ends(high), ends(low), ends(high)] == [True, False, True, False]


# ---- signals

INTERRUPT = """
import os, signal, threading, time
limits = kemilua.Limits(instructions={instructions}, cpu=None)
calls = []
@kemilua.export("host.wait")
def wait() -> int:
    calls.append(1)
    time.sleep(0.02)
    return 1
engine = kemilua.Engine(kemilua.Source("function ksr_request_route() " + code + " end function f() " + code + " end function g() end"), limits=limits, lane="{lane}", exports=[wait])
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    {call}
except KeyboardInterrupt:
    after = len(calls)
    print("interrupted", engine.lua_run("g"), engine.eval("return 7"), after == len(calls))
"""

LOOPS = {
    "a loop": "while true do end",
    "a loop in pcall": "while true do pcall(function() while true do end end) end",
    "a sort": "local t = {} for i = 1, 1e5 do t[i] = (i * 7919) % 1000003 end while true do table.sort(t) end",
    "a pattern": "local s = ('a'):rep(30000) s:find(('.-'):rep(20) .. 'b')",
    "KSR": 'while true do KSR.textops.search_body("(a{1,100}){1,100}$") end',
    "an export in pcall": "while true do pcall(KSR.host.wait) end",
}
CALLS = {
    "receive_datagram": "play(engine)",
    "lua_run": "engine.lua_run('f', message=OPTIONS)",
    "eval": "engine.eval('f()', message=OPTIONS)",
}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("code", LOOPS.values(), ids=LOOPS.keys())
def test_sigint_ends_a_run_and_the_engine_serves_on(code, lane):
    done = child(INTERRUPT.format(instructions=0, lane=lane, call=CALLS["receive_datagram"]), code)
    assert done.stdout.strip() == "interrupted 1 (7,) True", (done.returncode, done.stderr[-2000:])


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("call", ["lua_run", "eval"])
def test_sigint_ends_every_entry(call, lane):
    done = child(INTERRUPT.format(instructions=10**15, lane=lane, call=CALLS[call]), "while true do end")
    assert done.stdout.strip() == "interrupted 1 (7,) True", (done.returncode, done.stderr[-2000:])


@pytest.mark.parametrize("lane", LANES)
def test_no_pcall_goes_on_after_an_interrupt_in_an_export(script, lane):
    calls = []

    @kemilua.export("host.stop")
    def stop() -> int:
        calls.append(1)
        raise KeyboardInterrupt

    engine = script("function ksr_request_route() for i = 1, 9 do pcall(KSR.host.stop) end after = true end", exports=[stop], lane=lane)
    with pytest.raises(KeyboardInterrupt):
        engine.receive_datagram(request(), source=("192.0.2.9", 5060))
    assert (len(calls), engine.eval("return after")) == (1, (None,))


# ---- the C stack

DEEP = """
import threading
engines, depth, ends = [], [0], []
@kemilua.export("host.deeper")
def deeper() -> int:
    depth[0] += 1
    if depth[0] < len(engines):
        play(engines[depth[0]])
    return 1
for _ in range({count}):
    engines.append(kemilua.Engine(kemilua.Source(code), exports=[deeper], log_level="ALERT"))
def go():
    try:
        play(engines[0])
        ends.append("served")
    except kemilua.NestingError as error:
        ends.append(str(error))
for kib in {sizes}:
    depth[0] = 0
    threading.stack_size(kib << 10)
    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
print(len(ends), sorted(set(ends)))
"""
RECURSION = "local function g(n) if n == 0 then KSR.host.deeper() else string.gsub('a', 'a', function() g(n - 1) end) end end function ksr_request_route() g(150) end"


def test_engines_nested_through_exports_end_before_the_c_stack_does():
    done = child(DEEP.format(count=60, sizes=[8192, 1024, 512, 256]), RECURSION)
    assert (done.returncode, done.stdout[:2]) == (0, "4 "), done.stderr[-2000:]


STACKS = {
    "callbacks of gsub": "local function f() return (string.gsub('a', 'a', f)) end f()",
    "patterns": "return ('a'):rep(300):find(('a?'):rep(250) .. ('a'):rep(250))",
    "parentheses": "load('return ' .. ('('):rep(190) .. '1' .. (')'):rep(190))",
    "metamethods": "local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k + 1] end return t[1]",
    "coroutines": "local function f() coroutine.wrap(f)() end f()",
    "a regular expression": "KSR.textops.search(('('):rep(240) .. 'a' .. (')'):rep(240))",
    "names in names": "KSR.pv.get(('$hdr('):rep(3000) .. '$ru' .. (')'):rep(3000))",
    "tables in tables": "local t = {} for i = 1, 40 do t = {t} end KSR.host.deeper()",
}


@pytest.mark.parametrize("code", STACKS.values(), ids=STACKS.keys())
def test_small_stacks_of_threads_are_no_less_safe(code):
    done = child(DEEP.format(count=1, sizes=[32, 48, 64, 96, 128, 192, 256]), f"function ksr_request_route() {code} end")
    assert (done.returncode, done.stdout[:2]) == (0, "7 "), done.stderr[-2000:]
    assert "served" in done.stdout
