"""KSR.xlog: lines with pseudo-variables in them."""

from __future__ import annotations

import kemilua
import pytest
from builders import request
from harness import logged

PREFIX = "<script>: "
LEVELS = {"xdbg": 3, "xinfo": 2, "xnotice": 1, "xwarn": 0, "xerr": -1, "xcrit": -3, "xalert": -5}


def lines(engine, lua):
    """What the Lua returns, and the levels and texts it logs."""
    result = engine.eval(lua, message=request())
    return result, [(int(effect.level), effect.text) for effect in engine.take_effects() if isinstance(effect, kemilua.Log)]


@pytest.mark.parametrize("name", LEVELS)
def test_each_function_has_its_level(script, name):
    engine = script(log_level="dbg")
    assert lines(engine, f"return KSR.xlog.{name}('$rU at $rd 100%')") == ((1,), [(LEVELS[name], PREFIX + "bob at example.com 100%")])


NAMES = {
    "L_ALERT": -5,
    "L_BUG": -4,
    "L_CRIT2": -3,
    "L_CRIT": -3,
    "L_CRIT0": -2,
    "L_ERR": -1,
    "l_warn": 0,
    "L_Notice": 1,
    "L_INFO": 2,
    "L_DBG": 3,
    "info": -1,
    "": -1,
    "nonsense": -1,
}


@pytest.mark.parametrize(("name", "level"), NAMES.items())
def test_levels_by_name_and_any_other_is_an_error(script, name, level):
    assert lines(script(log_level="dbg"), f"return KSR.xlog.xlog('{name}', 'x')") == ((1,), [(level, PREFIX + "x")])


def test_null_prints_as_null_a_failure_as_nothing(script):
    assert lines(script(), "return KSR.xlog.xinfo('[$hdr(X-Nope)][$(rU{s.substr,50,1})][$$][$cl]')")[1] == [
        (2, PREFIX + "[<null>][][$][0]")
    ]


def test_a_bad_name_refuses_the_whole_line(script):
    result, logged_lines = lines(script(), "return KSR.xlog.xinfo('a $nosuch b'), KSR.xlog.xerr('ends in $'), KSR.xlog.xerr(nil)")
    assert result == (-1, -1, -1)
    assert {level for level, _ in logged_lines} == {-1}
    assert not any(text.startswith(PREFIX) for _, text in logged_lines)


def test_a_level_that_is_not_printed_is_not_even_parsed(script):
    assert lines(script(log_level="warn"), "return KSR.xlog.xinfo('$nosuch'), KSR.xlog.xdbg(nil)") == ((1, 1), [])


def test_an_empty_text_prints_the_prefix(script):
    assert lines(script(), "return KSR.xlog.xerr('')") == ((1,), [(-1, PREFIX)])


def test_too_long_a_line_is_refused(script):
    lua = "KSR.pv.sets('$var(x)', string.rep('a', 40000)) return KSR.xlog.xerr('$var(x)'), KSR.xlog.xerr('short')"
    assert lines(script(), lua) == ((-1, 1), [(-1, PREFIX + "short")])


def test_prefix_is_a_parameter_and_may_be_a_format(script):
    assert lines(script(modparams={"xlog": {"prefix": "p$rU: "}}), "KSR.xlog.xerr('x')")[1] == [(-1, "p$rU: x")]
    assert lines(script(modparams={"xlog": {"prefix": "p$rU: ", "prefix_mode": 1}}), "KSR.xlog.xerr('x')")[1] == [(-1, "pbob: x")]


def test_parameters_of_native_xlog_are_taken(script):
    parameters = {"buf_size": 8192, "force_color": 1, "log_facility": "LOG_LOCAL0", "log_colors": "L_ERR=cr", "methods_filter": -1}
    assert lines(script(modparams={"xlog": parameters}), "return KSR.xlog.xerr('x')") == ((1,), [(-1, PREFIX + "x")])
    with pytest.raises(kemilua.KemiluaError, match="nosuch"):
        script(modparams={"xlog": {"nosuch": 1}})


def test_facilities_are_taken_and_unknown_ones_warned_about(script):
    engine = script()
    assert lines(engine, "return KSR.xlog.xlog_facility('LOG_LOCAL0', 'L_ERR', 'x')") == ((1,), [(-1, PREFIX + "x")])
    result, found = lines(engine, "return KSR.xlog.xlog_facility('LOG_NOPE', 'L_ERR', 'x')")
    assert result == (1,)
    assert [level for level, _ in found] == [0, -1]


def test_a_line_of_a_routed_request(script):
    engine = script("function ksr_request_route() KSR.xlog.xinfo('$rm $ru from $si:$sp ($ci)\\n') end")
    assert logged(engine.receive(request())) == [PREFIX + "OPTIONS sip:bob@example.com from 198.51.100.7:5060 (call-1)\n"]
