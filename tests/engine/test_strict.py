"""What `strict` finds: each way to use KSR wrongly, told by the line of the script, the function, and what is wrong."""

from __future__ import annotations

import kemilua
import pytest
from builders import invite, reply, request
from harness import logged

REGEX = "KSR.textops.search: not a regular expression"
CALLS = {
    "an argument is missing": ("KSR.hdr.append()", "KSR.hdr.append: not enough parameters"),
    "there is one too many": ('KSR.hdr.append("A: 1\\r\\n", 2)', "KSR.hdr.append: too many parameters: 2, of which it takes 1"),
    "there is one where none belongs": ("KSR.is_INVITE(1)", "KSR.is_INVITE: takes no parameters"),
    "a variable is unknown": ('KSR.pv.get("$nosuch")', 'KSR.pv.get: not a pseudo-variable: "$nosuch"'),
    "an unknown one is written": ('KSR.pv.sets("$nosuch", "a")', 'KSR.pv.sets: not a pseudo-variable: "$nosuch"'),
    "a text names an unknown one": ('KSR.xlog.xerr("a $nosuch(b")', 'KSR.xlog.xerr: not a format: "a $nosuch(b"'),
    "a read-only one gets a text": ('KSR.pv.sets("$rm", "BYE")', 'KSR.pv.sets: "$rm" is read-only'),
    "a read-only one gets a number": ('KSR.pv.seti("$ml", 1)', 'KSR.pv.seti: "$ml" is read-only'),
    "a read-only one is unset": ('KSR.pv.unset("$ci")', 'KSR.pv.unset: "$ci" is read-only'),
    "a transformation is unknown": ('KSR.pv.get("$(ru{s.nosuch})")', 'KSR.pv.get: bad transformation at "{s.nosuch}"'),
    "a table is unknown": ('KSR.htable.sht_get("nosuch", "a")', 'KSR.htable.sht_get: there is no hash table "nosuch"'),
    "a variable's table is unknown": ('KSR.pv.get("$sht(nosuch=>a)")', 'KSR.pv.get: there is no hash table "nosuch"'),
    "a variable has no name": ('KSR.pvx.var_sets("", "b")', "KSR.pvx.var_sets: $var() cannot be set"),
    "an expression is malformed": ('KSR.textops.search("a(")', REGEX + ", a parenthesis is not closed: a("),
    "a substitution is malformed": ('KSR.textops.subst("/a/b")', "KSR.textops.subst: substitution: a separator is missing"),
    "an operator is unknown": ('KSR.hdr.match_content("From", "nosuch", "a", "f")', "KSR.hdr.match_content: unknown operator or index"),
    "a list names an unknown method": ('KSR.is_method("INVITE|NOSUCH")', "KSR.is_method: unknown method [NOSUCH]"),
    "a header name is malformed": ('KSR.hdr.is_present("a b:c")', "KSR.hdr.is_present: invalid header name: [a b:c]"),
    "a flag is out of range": ("KSR.setflag(77)", "KSR.setflag: no flag 77, they are 0 to 31"),
    "a statistic is unknown": ('KSR.pv.get("$stat(nosuch)")', "KSR.pv.get: no statistic nosuch"),
    "a function to run is unknown": ('KSR.app_lua.run("nosuch")', "KSR.app_lua.run: no such function [nosuch] in lua scripts"),
    "modf knows no such function": ('KSR.x.modf("nosuch")', "KSR.x.modf: nosuch with 0 parameters is not known"),
    "there are no route blocks": ('KSR.route("nosuch")', "KSR.route: no route block [nosuch]"),
    "a reply has no reason": ('KSR.sl.sl_send_reply(404, "")', "KSR.sl.sl_send_reply: a reply needs a reason"),
    "a list has no name": ('KSR.pvx.xavu_rm("")', "KSR.pvx.xavu_rm: the name is empty"),
    "the route is the wrong one": ('KSR.textopsx.change_reply_status(404, "No")', "KSR.textopsx.change_reply_status: 0 cannot become 404"),
}
"""Lua, and the sentence."""

CORRECT = 'KSR.pv.sets("$ru", "sip:a@b") KSR.hdr.append("A: 1\\r\\n") KSR.pv.get("$avp(never)") KSR.sl.send_reply(404, "No")'


def routes(lua: str) -> str:
    return f"function ksr_request_route()\n  {lua}\n  KSR.hdr.append_to_reply('X: 1\\r\\n')\n  KSR.sl.send_reply(200, 'OK')\nend"


@pytest.mark.parametrize(("lua", "sentence"), CALLS.values(), ids=CALLS)
def test_misuse_is_raised_with_line_function_and_traceback_once_the_run_is_over(script, lua, sentence):
    engine = script(routes(lua), errors="raise")
    with pytest.raises(kemilua.MisuseError) as info:
        engine.receive(invite())
    error, effects = info.value, engine.take_effects()
    assert str(error) == f"test.lua:2: {sentence}"
    assert (error.where, error.line) == ("test.lua", 2)
    assert "test.lua:2: in function" in error.traceback
    assert logged(effects)[0] == f"misuse: {sentence}"
    assert next(effect.level for effect in effects if isinstance(effect, kemilua.Log)) == kemilua.Level.ERR
    assert b"\r\nX: 1\r\n" in effects[-1].data, "the run went on as in Kamailio"


@pytest.mark.parametrize(("lua", "sentence"), CALLS.values(), ids=CALLS)
def test_errors_log_marks_misuse_and_counts_it(script, lua, sentence):
    engine = script(routes(lua), strict=True)
    effects = engine.receive(invite())
    assert logged(effects)[0] == f"misuse: {sentence}"
    assert isinstance(effects[-1], kemilua.Send)
    assert engine.failures == 1
    assert str(engine.last_failure) == f"test.lua:2: {sentence}"


@pytest.mark.parametrize(("lua", "sentence"), CALLS.values(), ids=CALLS)
def test_without_strict_misuse_is_at_most_the_line_it_is_in_kamailio(script, lua, sentence):
    engine = script(routes(lua), errors="raise", strict=False)
    effects = engine.receive(invite())
    assert not any("misuse" in line for line in logged(effects))
    assert isinstance(effects[-1], kemilua.Send)
    assert (engine.failures, engine.last_failure) == (0, None)


def test_what_is_right_fails_nothing(script):
    engine = script(routes(CORRECT), errors="raise")
    assert isinstance(engine.receive(invite())[-1], kemilua.Send)
    assert engine.failures == 0


def test_a_function_where_its_row_forbids_it(script):
    @kemilua.export("t.reply_only", phases=kemilua.Phase.REPLY)
    def reply_only() -> int:
        return 1

    engine = script(routes("KSR.t.reply_only()"), exports=[reply_only], errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"^test\.lua:2: KSR\.t\.reply_only: not allowed in this route$"):
        engine.receive(invite())


def test_pcall_hides_no_misuse(script):
    engine = script(routes("pcall(KSR.hdr.append)"), errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"KSR\.hdr\.append: not enough parameters"):
        engine.receive(invite())


def test_the_first_of_several_is_raised_and_all_are_logged(script):
    engine = script(routes("KSR.hdr.append() KSR.pv.get('$nosuch')"), errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"KSR\.hdr\.append"):
        engine.receive(invite())
    assert len([line for line in logged(engine.take_effects()) if line.startswith("misuse: ")]) == 2


def test_a_script_error_behind_it_is_what_is_raised(script):
    engine = script(routes("KSR.hdr.append() error('boom')"), errors="raise")
    with pytest.raises(kemilua.ScriptError, match="boom") as info:
        engine.receive(invite())
    assert not isinstance(info.value, kemilua.MisuseError)
    assert logged(engine.take_effects())[0] == "misuse: KSR.hdr.append: not enough parameters"


def test_a_request_without_a_request_route(script):
    engine = script("function other() end", errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"^no such function \[ksr_request_route\] in lua scripts$"):
        engine.receive(invite())


@pytest.mark.parametrize("name", ["request_route", "reply_route", "onsend_route", "pre_routing"])
def test_a_callback_that_the_configuration_names_and_no_script_has(script, name):
    text = "function ksr_request_route() KSR.forward_uri('sip:203.0.113.1') end"
    engine = script(text, core={f"kemi.{name}_callback": "nosuch"}, errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"^no such function \[nosuch\] in lua scripts$"):
        engine.receive(reply() if name == "reply_route" else invite())


def test_routes_that_a_script_may_leave_out(script):
    engine = script("function ksr_request_route() KSR.forward_uri('sip:203.0.113.1') end", errors="raise")
    engine.receive(invite())
    engine.receive(reply())
    assert engine.failures == 0


def test_a_call_at_top_level_is_raised_by_the_engine_that_loads_the_script(script):
    with pytest.raises(kemilua.MisuseError, match=r"^test\.lua:1: KSR\.info: there is no message here$"):
        script("KSR.info('loaded')", errors="raise")
    assert script("KSR.info('loaded')", strict=True).failures == 1


def test_lua_run_and_eval(script):
    engine = script("function f() KSR.pv.get('$nosuch') end", errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"^test\.lua:1: "):
        engine.lua_run("f", message=invite())
    with pytest.raises(kemilua.MisuseError, match=r"^eval:1: KSR\.pv\.get"):
        engine.eval("return KSR.pv.get('$nosuch')", message=invite())
    assert engine.eval("return KSR.pv.get('$rm')", message=invite()) == ("INVITE",)


def test_lua_run_answers_as_ever_where_errors_are_logged(script):
    engine = script("function f() KSR.pv.get('$nosuch') end", strict=True)
    assert engine.lua_run("f", message=invite()) == 1
    with pytest.raises(kemilua.MisuseError):
        engine.eval("return KSR.pv.get('$nosuch')", message=invite())


def test_misuse_within_a_nested_run_reaches_the_outermost_caller(script):
    seen = []

    @kemilua.export("t.nest")
    def nest() -> int:
        seen.append(engine.lua_run("inner"))
        return 1

    engine = script("function inner() KSR.pv.get('$ru') end\n" + routes("KSR.t.nest()"), exports=[nest], errors="raise")
    with pytest.raises(kemilua.MisuseError, match=r"^test\.lua:1: KSR\.pv\.get: there is no message here$"):
        engine.receive(invite())
    assert seen == [1]


def test_malformed_messages_and_script_errors_count_as_failures(script):
    engine = script("function ksr_request_route() error('boom') end")
    engine.receive(b"no SIP at all, but more than twenty bytes\r\n\r\n")
    assert engine.failures == 1
    engine.receive(invite())
    assert (engine.failures, str(engine.last_failure)) == (2, "test.lua:1: boom")


def test_an_error_of_one_entry_is_not_told_of_the_next(script):
    engine = script(routes("if KSR.is_INVITE() then KSR.hdr.append() end"), errors="raise")
    with pytest.raises(kemilua.MisuseError):
        engine.receive(invite())
    assert engine.receive(request("OPTIONS"))
    assert engine.eval("return 1") == (1,)


def test_each_refused_call_is_one_line(script):
    engine = script(routes("for i = 1, 12 do KSR.hdr.append() end for i = 1, 12 do KSR.x.modf() end"))
    lines = logged(engine.receive(invite()))
    assert lines == ["KSR.hdr.append: not enough parameters"] * 12 + ["KSR.x.modf: the name of a function is missing"] * 12


def test_misuse_is_told_however_much_its_call_has_logged(script):
    engine = script(routes("KSR.is_method_in(string.rep('1', 20)) KSR.hdr.append()"), strict=True)
    assert logged(engine.receive(invite()))[-1] == "misuse: KSR.hdr.append: not enough parameters"
    assert engine.failures == 1
