"""Scripts that mean harm, in the full library set: the host lives, and the next message is served."""

from __future__ import annotations

import contextlib

import kemilua
import pytest
from builders import request

LIMITS = kemilua.Limits(instructions=2_000_000, memory=16 * 2**20)
OPTIONS = request()

# Every function that a walk from the globals reaches, through tables, metatables and the upvalues of Lua functions.
WALK = """
local found, seen = {}, {}
local function walk(value, path)
    if type(value) == "table" and not seen[value] then
        seen[value] = true
        walk(debug.getmetatable(value), path .. "<meta>")
        for k, v in next, value do walk(v, path .. "." .. tostring(k)) end
    elseif type(value) == "function" and not seen[value] then
        seen[value] = true
        if debug.getinfo(value, "S").what == "C" then found[#found + 1] = {path, value} end
    elseif type(value) == "userdata" or type(value) == "string" then
        walk(debug.getmetatable(value), path .. "<meta>")
    end
end
walk(_G, "_G")
walk(string.gmatch("a b", "%a"), "gmatch's")
walk(coroutine.wrap(function() end), "wrap's")
"""


@pytest.fixture
def engine(script):
    return script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end", limits=LIMITS)


def serves(engine) -> bool:
    effects = engine.receive_datagram(OPTIONS, source=("198.51.100.7", 5060), local=("192.0.2.1", 5060), transport="udp", now=1.0)
    return any(isinstance(effect, kemilua.Send) and effect.data.startswith(b"SIP/2.0 200 OK") for effect in effects)


def test_no_c_function_shows_or_changes_its_upvalues(engine):
    count, touched = engine.eval(
        WALK
        + """
        local touched = ""
        for _, entry in ipairs(found) do
            for i = 1, 6 do
                local f = entry[2]
                local reached = debug.getupvalue(f, i) ~= nil or debug.setupvalue(f, i, 5) ~= nil or debug.upvalueid(f, i)
                if reached or pcall(debug.upvaluejoin, f, i, function() return i end, 1) then touched = touched .. " " .. entry[1] end
            end
        end
        return #found, touched""",
        message=OPTIONS,
    )
    assert touched == ""
    assert count > 400
    assert engine.eval("return KSR.pv.get('$ru')", message=OPTIONS) == ("sip:bob@example.com",)
    assert serves(engine)


def test_upvalues_of_lua_functions_are_still_the_scripts(engine):
    assert engine.eval(
        """
        local secret, other = 1, 2
        local function f() return secret end
        local function g() return other end
        local name, before = debug.getupvalue(f, 1)
        debug.setupvalue(f, 1, 7)
        debug.upvaluejoin(g, 1, f, 1)
        return name, before, f(), g(), debug.upvalueid(f, 1) == debug.upvalueid(g, 1)"""
    ) == ("secret", 1, 7, 7, True)


def test_locals_of_lua_functions_are_still_the_scripts(engine):
    assert engine.eval("local a, b = 1, 2 local name = debug.setlocal(1, 2, 5) return name, b, debug.getlocal(1, 1)") == ("b", 5, "a", 1)
    assert engine.eval("local function f(...) debug.setlocal(1, -1, 'new') return ... end return f('old')") == ("new",)
    assert engine.eval("local co = coroutine.wrap(function(x) coroutine.yield() end) co(5) return select('#', debug.getlocal(1, 1))") == (
        2,
    )


@pytest.mark.parametrize(
    "code",
    [
        "return ('abc'):gsub('.', function() for i = 1, 60 do debug.setlocal(2, i, nil) end collectgarbage() end)",
        "local t = {1, (function() for i = 1, 60 do debug.setlocal(2, i, 5) end end)(), 3, table.unpack({4, 5})} return t",
        "for i = 1, 3 do for n = 1, 20 do debug.setlocal(1, n, 'x') end end return i",
        "for k in pairs({1, 2}) do for n = 1, 20 do debug.setlocal(1, n, nil) end end return k",
        "local t = {3, 2, 1} table.sort(t, function(a, b) for i = 1, 20 do debug.setlocal(2, i, {}) end return a < b end) return t",
        "debug.sethook(function() for i = 1, 60 do debug.setlocal(2, i, 5) end end, 'crl') return KSR.pv.get('$ru') .. #{1, 2, 3}",
        "local x <close> = setmetatable({}, {__close = function() for i = 1, 60 do debug.setlocal(2, i, 5) end end}) return 1",
    ],
)
def test_frames_of_c_and_temporaries_cannot_be_written(engine, code):
    with contextlib.suppress(kemilua.ScriptError):  # a script may well fail by what it does to its own variables
        engine.eval(code, message=OPTIONS)
    assert serves(engine)


def test_userdata_keeps_its_metatable(engine):
    for value in ("io.stdout", "debug.upvalueid(function() return engine end, 1)"):
        with pytest.raises(kemilua.ScriptError, match="userdata keeps its metatable"):
            engine.eval(f"debug.setmetatable({value}, getmetatable(io.stdout))")
    assert engine.eval("debug.setmetatable(5, {__index = function() return 'five' end}) local n = 5 return n.name") == ("five",)


def test_the_registry_is_not_shown(engine):
    with pytest.raises(kemilua.ScriptError, match=r"debug\.getregistry is not available"):
        engine.eval("return debug.getregistry()")


def test_load_takes_the_bytecode_that_was_dumped_here_alone(engine):
    assert engine.eval("local n = 5 return load(string.dump(function(x) return x + 2 end, true))(n)") == (7,)
    refused = "attempt to load bytecode that string.dump did not make here"
    assert engine.eval("local d = string.dump(function() return 7 end) return load(d:sub(1, -2) .. '\\7')") == (None, refused)
    assert engine.eval("return load('\\27Lua')") == (None, refused)
    assert engine.eval("return load(function() return nil end, 'x', 'b')") == (None, refused)
    assert engine.eval("return load('\\27Lua', 'x', 't')") == (None, "attempt to load a binary chunk (mode is 't')")
    assert engine.eval("local d = string.dump(function() end) return load(function() local s = d d = nil return s end)")[0] is None
    assert engine.eval("local parts = {'return ', '4', '2'} return load(function() return table.remove(parts, 1) end)()") == (42,)


def test_bytecode_of_random_bytes_is_refused(engine):
    assert engine.eval(
        """
        local d, taken = string.dump(function(a, b) local t = {a, b} for i = 1, #t do t[i] = t[i] + 1 end return t end), 0
        for i = 1, #d do
            for _, byte in ipairs({0, 127, 255}) do
                local broken = d:sub(1, i - 1) .. string.char(byte) .. d:sub(i + 1)
                if broken ~= d and load(broken, "x", "b") then taken = taken + 1 end
            end
        end
        return taken"""
    ) == (0,)


def test_a_finalizer_cannot_free_the_values_that_a_table_is_made_of(script):
    """xavps are removed by a finalizer while they are turned into a table of a script."""
    engine = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end")  # so much collecting takes a whole budget
    for step in range(1, 40):
        size = engine.eval(
            f"""
            for i = 1, 60 do KSR.pvx.xavp_child_sets("x", "field" .. i, ("v"):rep(200)) end
            collectgarbage("setpause", 1)
            collectgarbage("setstepmul", 1000)
            for i = 1, {step} do
                setmetatable({{}}, {{__gc = function()
                    KSR.pvx.xavp_rm("x")
                    for j = 1, 60 do KSR.pvx.xavp_child_sets("y", "f" .. j, ("w"):rep(200)) end
                end}})
            end
            local got, wrong = KSR.pvx.xavp_getd("x") or {{}}, 0
            for _, fields in pairs(got) do
                for _, value in pairs(type(fields) == "table" and fields or {{}}) do
                    if (type(value) == "table" and value[1] or value) ~= ("v"):rep(200) then wrong = wrong + 1 end
                end
            end
            return wrong""",
            message=OPTIONS,
        )
        assert size == (0,)
    assert serves(engine)


def test_a_finalizer_cannot_call_what_makes_the_error_of_an_export(engine):
    @kemilua.export("host.fail")
    def fail() -> int:
        raise ValueError("no such user" * 100)

    engine.register(fail)
    texts = engine.eval(
        """
        collectgarbage("setpause", 1)
        collectgarbage("setstepmul", 1000)
        local stolen, results = {}, {}
        for i = 1, 200 do
            setmetatable({}, {__gc = function()
                for level = 1, 9 do
                    local info = debug.getinfo(level, "f")
                    if info then stolen[info.func] = true end
                end
            end})
            local _, text = pcall(KSR.host.fail)
            results[tostring(text)] = true
        end
        local id = debug.upvalueid(function() return stolen end, 1)
        for f in pairs(stolen) do if debug.getinfo(f, "S").what == "C" then pcall(f, id) end end
        local count = 0
        for _ in pairs(results) do count = count + 1 end
        return count""",
        message=OPTIONS,
    )
    assert texts == (1,)
    assert serves(engine)


# What earlier attempts made; whether it is refused, cut off or answered, it ends.
ATTEMPTS = {
    "endless loop": "while true do end",
    "loop in loops of pcall": "while true do pcall(function() while true do end end) end",
    "a large string": "return #string.rep('x', 1e9)",
    "many large strings": "local t = {} for i = 1, 1e9 do t[i] = string.rep('x', 1e6) .. i end",
    "recursion": "local function f() return 1 + f() end f()",
    "recursion through gsub": "local function f(s) return (s:gsub('.', f)) end f('x')",
    "finalizer that does not end": "setmetatable({}, {__gc = function() while true do end end}) collectgarbage()",
    "finalizers that fail": "for i = 1, 100 do setmetatable({}, {__gc = function() error('x') end}) end collectgarbage() return 1",
    "close that fails": "local x <close> = setmetatable({}, {__close = function() error('c') end}) error('boom')",
    "close that does not end": "local x <close> = setmetatable({}, {__close = function() while true do end end}) return 1",
    "KSR from a coroutine": "return coroutine.wrap(function() return KSR.pv.get('$ru') end)()",
    "coroutine that does not end": "return coroutine.wrap(function() while true do end end)()",
    "many coroutines": "while true do coroutine.resume(coroutine.create(function() coroutine.yield() end)) end",
    "exit": "os.exit(3)",
    "no hook": "debug.sethook() while true do end",
    "a hook that does not end": "debug.sethook(function() while true do end end, 'l')\nlocal x = 1\nreturn x",
    "pattern": "return ('a'):rep(5000):find(('.-'):rep(30) .. 'b')",
    "sort by no order": "local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return true end)",
    "doubling": "local s = 'x' while true do s = s .. s end",
    "error of nil": "error(nil)",
    "error that cannot be text": "error(setmetatable({}, {__tostring = function() error('y') end}))",
    "no string methods": "getmetatable('').__index = nil return ('x'):len()",
    "long separators": "return #table.concat({1, 2, 3}, ('z'):rep(1e8))",
    "a million results": "return #{table.unpack({}, 1, 1e7)}",
    "move without end": "table.move({}, 1, math.maxinteger - 1, 2)",
    "handler that does not end": "xpcall(function() error('a') end, function() while true do end end)",
    "nil with an endless index": "debug.setmetatable(nil, {__index = function() while true do end end}) local x = nil return x.y.z",
    "decoding": "for p, c in utf8.codes(string.rep('x', 5e7)) do end",
    "no KSR": "KSR = nil return 1",
    "many arguments": "return KSR.pv.get(table.unpack({}, 1, 200))",
    "chain of transformations": "return KSR.pv.get('$(var(a)' .. ('{s.len}'):rep(5000) .. ')')",
    "nested names": "return KSR.pv.get(('$hdr('):rep(3000) .. '$ru' .. (')'):rep(3000))",
    "nested format": "return KSR.xlog.xinfo(('$_s('):rep(3000) .. 'x' .. (')'):rep(3000))",
    "avps without end": "for i = 1, 1e9 do KSR.pv.sets('$avp(a)', string.rep('q', 1000)) end",
    "variables without end": "for i = 1, 1e9 do KSR.pv.sets('$var(a' .. i .. ')', 'q') end",
    "headers without end": "for i = 1, 1e9 do KSR.hdr.append('X: ' .. string.rep('y', 1000) .. '\\r\\n') end",
    "log lines without end": "for i = 1, 1e9 do KSR.err(string.rep('y', 10000)) end",
    "replies without end": "for i = 1, 1e9 do KSR.sl.send_reply(200, 'OK') end",
    "changes applied often": "for i = 1, 300 do KSR.hdr.append('X-A: 1\\r\\n') KSR.textopsx.msg_apply_changes() end",
    "names without end": "for i = 1, 1e9 do KSR.pv.get('$(var(x){s.substr,' .. i .. ',1})') end",
    "closed coroutines": "local co = coroutine.wrap(function() coroutine.close(coroutine.running()) end) co()",
    "yield through KSR": "return coroutine.wrap(function() debug.sethook(coroutine.yield, 'l') KSR.is_INVITE() return 1 end)()",
    "strange strides of the collector": "collectgarbage('generational') collectgarbage('step', 1 << 60) collectgarbage('incremental', 1)",
}


@pytest.mark.parametrize("libraries", ["full", "safe"])
@pytest.mark.parametrize("code", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_an_attempt_ends_and_the_host_serves_on(script, code, libraries):
    engine = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') end", limits=LIMITS, libraries=libraries, log_level="ALERT")
    with contextlib.suppress(kemilua.ScriptError):  # refused or cut off
        engine.eval(code, message=OPTIONS)
    assert serves(engine) is ("KSR = nil" not in code)
