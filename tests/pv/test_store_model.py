"""Variables of a message against a plain list of (name, value), newest first.

Short lists are walked, long ones looked up by name; nobody may see which.
"""

from __future__ import annotations

from collections.abc import Callable

import kemilua
import pytest
from builders import request
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = st.integers(0, 40)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("push"), NAMES, st.integers(0, 999)),
        st.tuples(st.just("pop"), NAMES, st.just(0)),
        st.tuples(st.just("all"), NAMES, st.just(0)),
        st.tuples(st.just("only"), NAMES, st.integers(0, 999)),
        st.tuples(st.just("get"), NAMES, st.integers(0, 5)),
        st.tuples(st.just("count"), NAMES, st.just(0)),
        st.tuples(st.just("join"), NAMES, st.just(0)),
    ),
    min_size=60,
    max_size=200,
)

CLASSES = {
    "avp": {
        "push": "KSR.pv.seti('$avp(n%d)', %d)",
        "pop": "KSR.pv.unset('$avp(n%d)')",
        "all": "KSR.pv.unset('$(avp(n%d)[*])')",
        "only": "KSR.pv.seti('$(avp(n%d)[*])', %d)",
        "get": "answer(KSR.pv.get('$(avp(n%d)[%d])'))",
        "count": "answer(KSR.pv.get('$cnt($avp(n%d))'))",
        "join": "answer(KSR.pv.get('$(avp(n%d)[*])'))",
    },
    "field": {
        "push": "KSR.pv.seti('$xavp(r[0]=>n%d)', %d)",
        "pop": "KSR.pvx.xavp_child_rm('r', 'n%d')",
        "all": "KSR.pv.unset('$xavp(r[0]=>n%d[*])')",
        "only": "KSR.pv.unset('$xavp(r[0]=>n%d[*])') KSR.pv.seti('$xavp(r[0]=>n%d)', %d)",
        "get": "answer(KSR.pv.get('$xavp(r[0]=>n%d[%d])'))",
        "count": "answer(KSR.pv.get('$cnt($xavp(r[0]=>n%d))'))",
    },
}


def lua(kind: str, step: tuple[str, int, int]) -> str:
    what, name, value = step
    code = CLASSES[kind].get(what, "")
    numbers = (name, value) if code.count("%d") == 2 else (name, name, value) if code.count("%d") == 3 else (name,)
    return code % numbers if code else ""


def model(kind: str, steps: list[tuple[str, int, int]]) -> list[object]:
    items: list[tuple[int, int]] = []
    answers: list[object] = []
    for what, name, value in steps:
        mine = [kept for of, kept in items if of == name]
        if what == "push":
            items.insert(0, (name, value))
        elif what == "pop" and mine:
            items.remove((name, mine[0]))
        elif what in ("all", "only"):
            items = [item for item in items if item[0] != name]
            if what == "only":
                items.insert(0, (name, value))
        elif what == "get":
            answers.append(mine[value] if value < len(mine) else None)
        elif what == "count":
            answers.append(len(mine))
        elif what == "join" and kind == "avp":
            answers.append(", ".join(map(str, mine)) or None)
    return answers


@pytest.mark.parametrize("kind", CLASSES)
@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_a_long_list_answers_as_a_plain_one(kind: str, steps: list[tuple[str, int, int]]):
    engine = kemilua.Engine(log_level="ALERT")
    head = "local got = {} local function answer(x) got[#got + 1] = tostring(x) end KSR.pv.seti('$xavp(r=>first)', 1)\n"
    code = head + "\n".join(lua(kind, step) for step in steps) + "\nreturn table.concat(got, ';')"
    got = engine.eval(code, message=kemilua.Message.parse(request(), engine=engine))[0]
    assert got == ";".join("nil" if answer is None else str(answer) for answer in model(kind, steps))


def test_names_of_any_case_are_one_in_a_long_xavi(script: Callable[..., kemilua.Engine]):
    engine = script()
    message = kemilua.Message.parse(request(), engine=engine)
    code = """
        for i = 1, 100 do KSR.pv.seti('$xavi(Name' .. i .. '=>Key)', i) end
        for i = 1, 100 do KSR.pv.seti('$xavi(name1[0]=>K' .. i .. ')', i) end
        local first, last = KSR.pv.get('$xavi(NAME1=>key)'), KSR.pv.get('$xavi(name100=>KEY)')
        return first, last, KSR.pv.get('$xavi(Name1=>k50)'), KSR.pv.get('$xavi(name1=>K1)')
    """
    assert engine.eval(code, message=message) == (1, 100, 50, 1)


def test_copies_and_turns_of_a_long_list_keep_its_order(script: Callable[..., kemilua.Engine]):
    engine = script()
    message = kemilua.Message.parse(request(), engine=engine)
    code = """
        for i = 1, 50 do KSR.pv.seti('$xavp(a=>v)', i) KSR.pv.seti('$xavp(b' .. i .. '=>v)', i) end
        local got = {KSR.pv.get('$xavp(b1=>v)'), KSR.pv.get('$xavp(a[49]=>v)')}
        KSR.pvx.xavp_lshift('a', 2)
        got[3], got[4], got[5] = KSR.pv.get('$xavp(a=>v)'), KSR.pv.get('$xavp(a[49]=>v)'), KSR.pv.get('$xavp(b1=>v)')
        KSR.pvx.xavp_copy('b7', 0, 'a')
        got[6], got[7] = KSR.pv.get('$xavp(a[50]=>v)'), KSR.pv.get('$cnt($xavp(a))')
        return table.concat(got, ' ')
    """
    assert engine.eval(code, message=message) == ("1 1 48 49 1 7 51",)
