"""How long variables live and what they are to Lua. (Their stacks, indexes and names: tests/c/pv/test_store.c.)"""

from __future__ import annotations

from collections.abc import Callable

import kemilua
import pytest
from builders import request

Script = Callable[..., kemilua.Engine]


def message(engine: kemilua.Engine) -> kemilua.Message:
    return kemilua.Message.parse(request(), engine=engine)


def test_message_variables_end_with_their_message_and_script_variables_do_not(script: Script):
    engine = script()
    set_all = "for _, name in ipairs({'avp', 'xavp', 'xavu', 'xavi', 'var', 'vn', 'shv'}) do KSR.pv.sets('$' .. name .. '(a)', 'set') end"
    get_all = """
        local got = {}
        for i, name in ipairs({'avp', 'xavp', 'xavu', 'xavi', 'var', 'vn', 'shv'}) do got[i] = KSR.pv.gete('$' .. name .. '(a)') end
        return table.concat(got, ',')
    """
    first = message(engine)
    engine.eval(set_all, message=first)
    assert engine.eval(get_all, message=first) == ("set,set,set,set,set,set,set",)
    assert engine.eval(get_all, message=message(engine)) == (",,,,set,set,set",)
    assert engine.eval(get_all, message=first) == ("set,set,set,set,set,set,set",)


def test_shv_is_seen_by_engines_that_share_state(script: Script):
    state = kemilua.SharedState()
    one, two, other = script(shared=state), script(shared=state), script()
    one.eval("KSR.pv.seti('$shv(n)', 41) KSR.pv.seti('$var(n)', 41)", message=message(one))
    assert two.eval("return KSR.pv.get('$shvinc(n)'), KSR.pv.get('$var(n)')", message=message(two)) == (42, 0)
    assert one.eval("return KSR.pv.get('$shv(n)')", message=message(one)) == (42,)
    assert other.eval("return KSR.pv.get('$shv(n)')", message=message(other)) == (0,)


@pytest.mark.parametrize(
    "name", ["$var(n)", "$vn(n)", "$shv(n)", "$avp(n)", "$xavp(n)", "$xavp(r=>n)", "$xavu(n)", "$xavu(r=>n)", "$xavi(n)"]
)
def test_integers_stay_integers_and_bytes_stay_bytes(script: Script, name: str):
    engine = script()
    code = f"""
        KSR.pv.seti('{name}', -5)
        local int, text = KSR.pv.get('{name}'), nil
        KSR.pv.sets('{name}', 'a\\0\\255')
        text = KSR.pv.get('{name}')
        return int, text, math.type(int), KSR.pv.is_null('{name}')
    """
    assert engine.eval(code, message=message(engine)) == (-5, "a\0\udcff", "integer", False)


def test_large_integers_are_kept_whole_and_cut_on_the_way_out(script: Script):
    engine = script()
    code = "KSR.pv.setl('$var(n)', 5000000000) return KSR.pv.get('$var(n)'), KSR.pv.getl('$var(n)'), KSR.pv.get('$(var(n){s.len})')"
    assert engine.eval(code, message=message(engine)) == (705032704, 5000000000.0, 10)


def test_a_list_prints_the_same_in_every_run(script: Script):
    engine = script()
    code = "KSR.pv.sets('$xavp(r=>a)', '1') return KSR.pv.get('$xavp(r)')"
    first, second = (engine.eval(code, message=message(engine)) for _ in range(2))
    assert first == second
    assert first[0].startswith("<<xavp:0x")


def test_a_message_that_is_full_refuses_and_the_run_goes_on(script: Script):
    engine = script(log_level="alert")
    code = """
        local text, refused = string.rep('x', 100000), 0
        for i = 1, 1000 do
            if not KSR.pv.sets('$avp(a' .. i .. ')', text) then refused = refused + 1 end
        end
        return refused > 0, KSR.pv.get('$(avp(a1){s.len})')
    """
    assert engine.eval(code, message=kemilua.Message.parse(request(), engine=engine)) == (True, 100000)
