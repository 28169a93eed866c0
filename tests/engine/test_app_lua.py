"""app_lua: both Lua contexts, load order, lua_run and its kin, callbacks, errors."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, reply, request
from harness import logged, only_send, sent
from kemilua import Source


def pv(engine, msg, name="$avp(r)"):
    return engine.pv_get(name, message=msg)


@pytest.fixture
def msg():
    return kemilua.Message.parse(request())


# ---- loading


def test_last_script_runs_first(script):
    engine = script(scripts=[Source("order = (order or '') .. 'a'", "a"), Source("order = (order or '') .. 'b'", "b")])
    assert engine.eval("return order") == ("ba",)
    assert engine.scripts == ["b", "a"]


def test_path_is_read_and_named_in_errors(script, tmp_path):
    path = tmp_path / "routing.lua"
    path.write_text("function f()\n  error('boom')\nend\n")
    engine = script(scripts=[path])
    assert engine.scripts == [str(path)]
    assert engine.lua_run("f") == -1
    assert "routing.lua:2: boom" in logged(engine.take_effects())[0]


def test_bytecode_is_a_script_too(script):
    text = "function f() KSR.info('compiled') end"
    (code,) = script().eval(f"return string.dump(load({text!r}))")
    engine = script(code.encode("utf-8", "surrogateescape"))
    assert engine.lua_run("f", message=request()) == 1
    assert logged(engine.take_effects()) == ["compiled"]


def test_missing_file_names_the_file(tmp_path):
    with pytest.raises(kemilua.ReadError, match=r"gone\.lua"):
        kemilua.Engine(tmp_path / "gone.lua")


def test_syntax_error_names_file_and_line(tmp_path):
    path = tmp_path / "bad.lua"
    path.write_text("x = 1\nfunction (\n")
    with pytest.raises(kemilua.ScriptSyntaxError) as caught:
        kemilua.Engine(path)
    assert (caught.value.where, caught.value.line) == (str(path), 2)
    assert "bad.lua:2:" in str(caught.value)


def test_error_at_top_level_is_an_error_of_the_engine():
    with pytest.raises(kemilua.ScriptError, match="boom") as caught:
        kemilua.Engine(Source("local function f() error('boom') end\nf()", "top.lua"))
    assert "top.lua:1" in caught.value.traceback
    assert "top.lua:2" in caught.value.traceback


def test_ksr_functions_refuse_at_top_level(script):
    engine = script("answer = KSR.info('x') probe = pcall(KSR.x.probe) version = KSRVERSION")
    assert engine.eval("return answer, probe, version") == (False, True, "2.0")


@pytest.mark.parametrize("scripts", [5, [5], "", [None]])
def test_what_is_no_script_is_refused(scripts):
    with pytest.raises((kemilua.ArgumentError, TypeError)):
        kemilua.Engine(scripts)


# ---- contexts


def test_dostring_and_loaded_scripts_are_apart(script, msg):
    engine = script("shared = 'loaded'")
    assert engine.lua_dostring("KSR.pv.sets('$$avp(r)', tostring(shared)) shared = 'dostring'", message=msg) == 1
    assert pv(engine, msg) == "nil"
    assert engine.lua_dostring("KSR.pv.sets('$$avp(r)', tostring(shared))", message=msg) == 1
    assert pv(engine, msg) == "dostring"
    assert engine.lua_runstring("KSR.pv.sets('$$avp(r)', tostring(shared))", message=msg) == 1
    assert pv(engine, msg) == "loaded"
    assert engine.eval("return shared") == ("loaded",)


def test_dofile_shares_its_context_with_dostring(script, msg, tmp_path):
    path = tmp_path / "some.lua"
    path.write_text("seen = (seen or 0) + 1 KSR.pv.seti('$avp(r)', seen)")
    engine = script()
    engine.lua_dostring("seen = 5")
    assert engine.lua_dofile(path, message=msg) == 1
    assert pv(engine, msg) == 6


def test_runstring_needs_a_loaded_script(script):
    engine = script()
    assert engine.lua_runstring("x = 1") == -1
    assert len(logged(engine.take_effects())) == 1


# ---- lua_run


def test_parameters_arrive_as_text(script, msg):
    engine = script("function f(...) KSR.pv.sets('$avp(r)', select('#', ...) .. table.concat({...}, '|') .. type((...))) end")
    assert engine.lua_run("f", "a", "2", "", message=msg) == 1
    assert pv(engine, msg) == "3a|2|string"


def test_pseudo_variables_in_all_words_are_evaluated(script, msg):
    engine = script("function bob(a, b) KSR.pv.sets('$avp(r)', a .. ' ' .. b) end")
    assert engine.lua_run("$rU", "<$rm>", "$$x", message=msg) == 1
    assert pv(engine, msg) == "<OPTIONS> $x"


def test_pseudo_variables_in_the_other_functions_are_evaluated(script, msg, tmp_path):
    (tmp_path / "bob.lua").write_text("KSR.pv.sets('$avp(r)', 'file')")
    engine = script("x = 1")
    assert engine.lua_dostring("KSR.pv.sets('$$avp(r)', '$rU')", message=msg) == 1
    assert pv(engine, msg) == "bob"
    assert engine.lua_runstring("KSR.pv.sets('$$avp(r)', '$rm')", message=msg) == 1
    assert pv(engine, msg) == "OPTIONS"
    assert engine.lua_dofile(f"{tmp_path}/$(rU).lua", message=msg) == 1
    assert pv(engine, msg) == "file"


@pytest.mark.parametrize("words", [(), ("f", "1", "2", "3", "4")])
def test_wrong_number_of_words_is_refused(script, words):
    with pytest.raises((kemilua.ArgumentError, TypeError)):
        script("function f() end").lua_run(*words)


@pytest.mark.parametrize("word", [5, None, ["x"]])
def test_words_are_text(script, word):
    with pytest.raises(TypeError, match="str or bytes"):
        script("function f() end").lua_run("f", word)


def test_words_may_be_bytes(script, msg):
    engine = script("function f(a) KSR.pv.sets('$avp(r)', a) end")
    assert engine.lua_run(b"f", b"\xff", message=msg) == 1
    assert pv(engine, msg) == "\udcff"


@pytest.mark.parametrize(("length", "result"), [(1022, 1), (1023, -1)], ids=["longest", "too long"])
def test_words_have_at_most_1022_bytes(script, length, result):
    assert script("function f() end").lua_run("f", "x" * length) == result


@pytest.mark.parametrize("name", ["gone", "t.f", "", "number"])
def test_function_that_is_not_there_gives_minus_one_and_a_line(script, name):
    engine = script("number = 5 t = {f = print}")
    assert engine.lua_run(name) == -1
    if name:
        assert f"no such function [{name}]" in logged(engine.take_effects())[0]


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("return", 1),
        ("return false", 1),
        ("KSR.x.exit()", 1),
        ("KSR.x.drop()", 1),
        ("error('~~ksr~exit~~', 0)", 1),
        ("error('x')", -1),
        ("error()", -1),
    ],
)
def test_results_are_app_lua_s(script, msg, body, result):
    assert script(f"function f() {body} end").lua_run("f", message=msg) == result


@pytest.mark.parametrize("name", ["lua_dostring", "lua_runstring"])
@pytest.mark.parametrize(
    ("code", "result"), [("", 1), ("return 5", 1), ("KSR.x.exit()", -1), ("x =", -1), ("error({})", -1), ("x" * 1023, -1)]
)
def test_chunks_have_app_lua_s_results(script, msg, name, code, result):
    assert getattr(script("y = 1"), name)(code, message=msg) == result


def test_unreadable_file_gives_minus_one_and_a_line(script, tmp_path):
    engine = script()
    assert engine.lua_dofile(tmp_path / "gone.lua") == -1
    assert "gone.lua" in logged(engine.take_effects())[0]


def test_engine_that_raises_tells_why(script):
    engine = script("function f() error('boom') end", errors="raise")
    with pytest.raises(kemilua.ScriptError, match=r"test\.lua:1: boom"):
        engine.lua_run("f")
    with pytest.raises(kemilua.NotFoundError, match="gone"):
        engine.lua_run("gone")
    with pytest.raises(kemilua.ScriptSyntaxError):
        engine.lua_dostring("x =")


def test_take_effects_gives_what_the_last_call_did_once(script, msg):
    engine = script("function f() KSR.info('f') KSR.sl.send_reply(200, 'OK') end function quiet() end")
    engine.lua_run("f", message=msg)
    effects = engine.take_effects()
    assert (logged(effects), len(sent(effects))) == (["f"], 1)
    assert engine.take_effects() == []
    engine.lua_run("f", message=msg)
    engine.lua_run("quiet")
    assert engine.take_effects() == []
    engine.eval("KSR.info('g')", message=msg)
    engine.lua_run("gone")
    assert "gone" in logged(engine.take_effects())[0]


# ---- KSR.app_lua


def test_scripts_run_scripts(script, msg):
    engine = script("""
        function f(a, b, c) KSR.pv.sets('$avp(r)', 'f' .. (a or '') .. (b or '') .. (c or '')) end
        function results()
            return KSR.app_lua.run('f'), KSR.app_lua.run_p1('f', '1'), KSR.app_lua.run_p2('f', '1', '2'), KSR.app_lua.run_p3('f', 1, 2, 3)
        end""")
    assert engine.eval("return results()", message=msg) == (1, 1, 1, 1)
    assert pv(engine, msg) == "f123"
    assert engine.eval("return KSR.app_lua.run('gone'), KSR.app_lua.dostring('x ='), KSR.app_lua.runstring('x = 1')", message=msg) == (
        -1,
        -1,
        1,
    )


def test_exit_of_an_inner_function_ends_that_one_alone(script, msg):
    engine = script("function f() KSR.x.exit() end function g() local r = KSR.app_lua.run('f') KSR.pv.seti('$avp(r)', r) end")
    assert engine.lua_run("g", message=msg) == 1
    assert pv(engine, msg) == 1


# ---- callbacks


def test_requests_and_replies_take_their_routes(script):
    engine = script("function ksr_request_route() KSR.info('request') end function ksr_reply_route() KSR.info('reply') end")
    assert logged(engine.receive(request())) == ["request"]
    assert logged(engine.receive(reply())) == ["reply"]


def test_reply_is_forwarded_to_the_next_via(script):
    send = only_send(script("x = 1").receive(reply()))
    assert first_line(send.data) == "SIP/2.0 200 OK"
    assert send.destination == ("198.51.100.7", 5060)
    assert b"z9hG4bK-ours" not in send.data


def test_dropped_reply_goes_nowhere(script):
    effects = script("function ksr_reply_route() KSR.x.drop() end").receive(reply())
    assert [type(effect) for effect in effects] == [kemilua.Drop]


def test_reply_is_forwarded_although_the_script_failed(script):
    effects = script("function ksr_reply_route() error('x') end").receive(reply())
    assert len(sent(effects)) == 1
    assert len(logged(effects)) == 1


def test_onsend_sees_each_request_that_leaves_and_may_stop_it(script):
    text = "function ksr_request_route() KSR.info(tostring(KSR.forward())) end function ksr_onsend_route() KSR.info('onsend') %s end"
    through = script(text % "").receive(request(uri="sip:bob@192.0.2.9"))
    stopped = script(text % "KSR.x.drop()").receive(request(uri="sip:bob@192.0.2.9"))
    assert (logged(through), len(sent(through))) == (["onsend", "1"], 1)
    assert (logged(stopped), len(sent(stopped))) == (["onsend", "-1"], 0)


def test_callbacks_are_named_by_core_parameters(script):
    core = {
        "kemi.request_route_callback": "my_request",
        "kemi.reply_route_callback": "none",
        "kemi.pre_routing_callback": "before",
        "kemi.received_route_callback": "received",
        "received_route_mode": 1,
    }
    engine = script(
        """
        function my_request() KSR.info('mine') end
        function ksr_reply_route() KSR.info('never') end
        function before(event) KSR.info(event) end
        function received() KSR.info('received') end""",
        core=core,
    )
    assert logged(engine.receive(request())) == ["received", "core:pre-routing", "mine"]
    assert logged(engine.receive(reply())) == ["received", "core:pre-routing"]


def test_events_without_a_callback_of_their_own_go_to_the_common_one(script):
    engine = script(
        """
        function heard(event) KSR.info(event) end
        function own(event) KSR.info("own " .. event) end
        function ksr_request_route() KSR.sl.send_reply(200, "OK") end""",
        core={"kemi.event_route_callback": "heard"},
        modparams={"sl": {"event_callback_lres_sent": "own"}},
    )
    assert logged(engine.receive(request())) == ["core:pre-routing", "corex:reply-out", "own sl:local-response"]


def test_message_dropped_before_routing_is_not_routed(script):
    engine = script(
        "function before() KSR.x.drop() end function ksr_request_route() KSR.info('never') end",
        core={"kemi.pre_routing_callback": "before"},
    )
    assert [type(effect) for effect in engine.receive(request())] == [kemilua.Drop]


def test_script_without_a_request_route_is_an_error_line(script):
    assert "no such function [ksr_request_route]" in logged(script("x = 1").receive(request()))[0]


def test_script_flags_live_for_one_callback(script):
    engine = script("function ksr_request_route() KSR.info(tostring(KSR.issflagset(1))) KSR.setsflag(1) end")
    assert [logged(engine.receive(request())) for _ in range(2)] == [["false"], ["false"]]


def test_message_flags_do_not_leak_into_the_next_message(script):
    engine = script("""function ksr_request_route()
        KSR.info(tostring(KSR.isflagset(1)) .. tostring(KSR.pv.get('$avp(x)')) .. tostring(KSR.pv.get('$du')))
        KSR.setflag(1) KSR.pv.sets('$avp(x)', 'y') KSR.setdsturi('sip:x')
    end""")
    assert [logged(engine.receive(request())) for _ in range(2)] == [["falsenilnil"], ["falsenilnil"]]


def test_var_stays_with_the_engine(script):
    engine = script("function ksr_request_route() KSR.pv.seti('$var(n)', KSR.pv.getvn('$var(n)', 0) + 1) end")
    for _ in range(3):
        engine.receive(request())
    assert engine.eval("return KSR.pv.get('$var(n)')", message=request()) == (3,)


# ---- errors


ENDINGS = {
    "error": "error('x')",
    "nil call": "nothing()",
    "error object": "error({})",
    "nil error": "error(nil)",
    "os.exit": "os.exit(1)",
    "endless loop": "while true do end",
    "endless pcall": "while true do pcall(function() while true do end end) end",
    "deep recursion": "local function f() return 1 + f() end f()",
    "runaway string": "local s = 'x' while true do s = s .. s end",
    "runaway table": "local t = {} while true do t[#t + 1] = {} end",
    "string.rep": "string.rep('x', 1 << 40)",
    "error in close": "do local x <close> = setmetatable({}, {__close = function() error('close') end}) end",
    "catastrophic pattern": "string.find(string.rep('a', 100000), string.rep('a*', 40) .. 'b')",
    "error in coroutine": "coroutine.wrap(function() error('x') end)()",
    "bad KSR use": "local x = KSR.hdr.nothing('x') < 0",
}


@pytest.mark.parametrize("code", ENDINGS.values(), ids=ENDINGS.keys())
def test_failure_ends_that_message_alone(script, code):
    engine = script(
        f"function ksr_request_route() if KSR.is_OPTIONS() then {code} end KSR.sl.send_reply(200, 'OK') end",
        limits=kemilua.Limits(instructions=2_000_000, memory=8 * 2**20),
    )
    failed = engine.receive(request())
    assert sent(failed) == []
    assert [effect.level for effect in failed] == [kemilua.Level.ERR]
    assert first_line(only_send(engine.receive(request("BYE"))).data) == "SIP/2.0 200 OK"


SURVIVED = {
    "error in gc": "setmetatable({}, {__gc = function() error('gc') end}) collectgarbage()",
    "coroutines call KSR": "local r = coroutine.wrap(function() coroutine.yield(KSR.is_OPTIONS()) end)() assert(r == true)",
    "pcall": "assert(not pcall(error, 'x'))",
    "exit caught": "local ok, e = pcall(KSR.x.exit) assert(not ok and e == '~~ksr~exit~~')",
    "debug library": "assert(debug.traceback())",
}


@pytest.mark.parametrize("code", SURVIVED.values(), ids=SURVIVED.keys())
def test_script_goes_on_after(script, code):
    engine = script(f"function ksr_request_route() {code} KSR.sl.send_reply(200, 'OK') end")
    for _ in range(3):
        assert first_line(only_send(engine.receive(request())).data) == "SIP/2.0 200 OK"


def test_log_of_a_failure_names_script_line_and_traceback(script):
    engine = script("local function inner()\n  error('boom')\nend\nfunction ksr_request_route()\n  inner() return 1\nend")
    (text,) = logged(engine.receive(request()))
    assert "ksr_request_route" in text
    assert "test.lua:2: boom" in text
    assert "test.lua:5" in text


LIMITS = {
    "budget": ("while true do end", kemilua.BudgetError),
    "memory": ("local t = {} while true do t[#t + 1] = 'x' .. #t end", kemilua.ScriptMemoryError),
    "script": ("error('x')", kemilua.ScriptError),
    "syntax": ("x =", kemilua.ScriptSyntaxError),
}


@pytest.mark.parametrize(("code", "kind"), LIMITS.values(), ids=LIMITS.keys())
def test_eval_raises_what_went_wrong(script, code, kind):
    engine = script(limits=kemilua.Limits(instructions=3_000_000, memory=2**20))
    with pytest.raises(kind) as caught:
        engine.eval(code)
    assert type(caught.value) is kind
    assert engine.eval("return 1") == (1,)


def test_eval_carries_lua_s_traceback(script):
    with pytest.raises(kemilua.ScriptError) as caught:
        script("function f() error('deep') end").eval("f() return 1")
    assert "test.lua:1" in caught.value.traceback


def test_without_limits_there_are_none(script):
    engine = script(limits=kemilua.Limits(instructions=0, memory=0))
    assert engine.eval("local n = 0 for i = 1, 20000000 do n = n + 1 end return n") == (20_000_000,)


@pytest.mark.parametrize("arguments", [{"instructions": -1}, {"memory": -1}, {"message_memory": 2**63}])
def test_impossible_limits_are_refused(arguments):
    with pytest.raises(ValueError, match="Limits"):
        kemilua.Limits(**arguments)


@pytest.mark.parametrize("value", [1.5, "1", True])
def test_limits_are_integers(value):
    with pytest.raises(TypeError, match="Limits"):
        kemilua.Limits(instructions=value)


# ---- eval


VALUES = {
    "nothing": ("", ()),
    "several": ("return 1, 'a', nil, true, 1.5", (1, "a", None, True, 1.5)),
    "large": ("return 1 << 62, -5", (1 << 62, -5)),
    "list": ("return {1, {2}, 'x'}", ([1, [2], "x"],)),
    "dict": ("return {a = 1, [5] = 2}", ({"a": 1, "5": 2},)),
    "empty table": ("return {}", ([],)),
    "function": ("return print", (None,)),
    "exit": ("KSR.x.exit() return 5", ()),
    "bytes": (r"return '\xff\0'", ("\udcff\0",)),
}


@pytest.mark.parametrize(("code", "values"), VALUES.values(), ids=VALUES.keys())
def test_eval_gives_python_values(script, code, values):
    assert script().eval(code, message=request()) == values


def test_table_in_itself_is_an_error(script):
    with pytest.raises(kemilua.KemiluaError):
        script().eval("local t = {} t.t = t return t")


def test_without_a_message_ksr_functions_refuse(script):
    engine = script()
    assert engine.eval("return KSR.is_INVITE()") == (False,)
    assert len(logged(engine.take_effects())) == 1


def test_malformed_bytes_for_a_run_raise(script):
    with pytest.raises(kemilua.MessageError):
        script().eval("return 1", message=b"nothing")


def test_time_is_what_the_host_gives(script, clock):
    engine = script("function ksr_request_route() KSR.info(tostring(KSR.pv.get('$Ts'))) end")
    assert logged(engine.receive(request())) == ["1700000000"]
    clock.advance(5)
    assert logged(engine.receive(request())) == ["1700000005"]
    assert engine.now == clock.now
    engine.now = 12
    assert engine.eval("return KSR.pv.get('$Ts')", message=request()) == (12,)


def test_now_may_be_left_out(script, clock):
    engine = script("function ksr_request_route() KSR.info(tostring(KSR.pv.get('$Ts'))) end")
    engine.receive(request())
    assert logged(engine.receive_datagram(request(), source=("198.51.100.7", 5060))) == ["1700000000"]


def test_no_timers_yet(script, clock):
    engine = script()
    assert engine.next_timer() is None
    assert engine.handle_timer(clock.now) == []


# ---- further libraries


@pytest.mark.parametrize("library", [("", 1), ("x", 0)])
def test_library_needs_name_and_address(library):
    with pytest.raises(kemilua.ArgumentError):
        kemilua.Engine(openlibs=[library])


FORBIDDEN = ["os.execute", "io", "package and package.loadlib", "debug", "os.remove", "os.rename"]


@pytest.mark.parametrize("name", FORBIDDEN)
def test_safe_libraries_lack(script, name):
    assert script(libraries="safe").eval(f"return {name} == nil") == (True,)
    assert script(libraries="full").eval(f"return {name} == nil") == (False,)
