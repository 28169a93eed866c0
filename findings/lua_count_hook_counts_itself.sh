#!/usr/bin/env bash
# A count hook of Lua also counts the instructions of the hook function itself, so the longer the hook, the more often it is called.
#
# Seen with lupa 2.8 (Lua 5.1, 5.2, 5.3, 5.4 and 5.5 in one package): debug.sethook(f, "", 100) around an empty loop of 100,000 turns, an
# instruction each, calls a short f 1,041 times, and one with a loop of 20 turns 9,083 times (Lua 5.4 and 5.5: 8,326), not 1,000 times.
# The manual says that hooks are off within a hook. They are, but the counter goes on. Whoever meters scripts by a count hook in Lua, or
# tests how often it comes, must take off what the hook costs.
#
# Run: bash findings/lua_count_hook_counts_itself.sh   (needs python3 and the package index; ends with 1 when that has changed)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check lupa==2.8 2>/dev/null
"$work/venv/bin/python" - <<'PYTHON'
import importlib
import sys

CODE = """
local calls = 0
local function short() calls = calls + 1 end
local function long() for i = 1, 20 do calls = calls + 0 end calls = calls + 1 end
local function count(hook)
    calls = 0
    debug.sethook(hook, "", 100)
    for i = 1, 100000 do end
    debug.sethook()
    return calls
end
return count(short), count(long)
"""
same = True
for release in (51, 52, 53, 54, 55):
    short, long = importlib.import_module(f"lupa.lua{release}").LuaRuntime().execute(CODE)
    print(f"Lua {release / 10}: 100,000 instructions, a hook every 100: a short hook is called {short} times, a longer one {long} times")
    same = same and 1000 < short < 1200 and 8000 < long < 9500
sys.exit(0 if same else 1)
PYTHON
