"""KSR.pvx: variables by their bare names."""

from __future__ import annotations

import kemilua
import pytest
from builders import request
from harness import SOURCE, logged


def parse(engine):
    return kemilua.Message.parse(request(), engine=engine, source=SOURCE, local=("192.0.2.1", 5060), now=engine.clock.now)


@pytest.fixture
def lua(script):
    """`lua("code")`: what it returns, on one message for all calls of a test."""
    engine = script(None, listen=["udp:192.0.2.1:5060", "udp:192.0.2.1:5090"], modparams={"pv": {"shvset": "z=i:1", "varset": "q=i:7"}})
    message = parse(engine)

    def lua(code):
        values = engine.eval(code if "return" in code else f"return {code}", message=message)
        lua.logged = logged(engine.take_effects())
        return values[0] if len(values) == 1 else values

    lua.engine = engine
    return lua


# ---- $var


def test_var_keeps_what_was_set_last_number_or_text(lua):
    assert lua("KSR.pvx.var_seti('x', 5), KSR.pvx.var_get('x'), KSR.pvx.var_sets('x', 's'), KSR.pvx.var_get('x')") == (1, 5, 1, "s")
    assert lua("KSR.pv.get('$var(x)')") == "s"


def test_var_that_was_never_set_is_0_and_warned_of(lua):
    assert lua("KSR.pvx.var_get('nope')") == 0
    assert any("$var(nope)" in line for line in lua.logged)


@pytest.mark.parametrize("name", ["''", "nil"])
def test_var_without_a_name_is_refused(lua, name):
    assert lua(f"KSR.pvx.var_sets({name}, 'x'), KSR.pvx.var_seti({name}, 1), KSR.pvx.var_get({name})") == (-1, -1, 0)


def test_nil_is_the_empty_text(lua):
    assert lua("KSR.pvx.var_sets('x', nil), KSR.pvx.var_get('x')") == (1, "")
    assert lua("KSR.pvx.avp_sets('x', nil), KSR.pvx.avp_get('x')") == (1, "")
    assert lua("KSR.pvx.shv_sets('z', nil), KSR.pvx.shv_get('z')") == (1, "")


def test_names_are_taken_as_they_are(lua):
    assert lua("KSR.pvx.var_sets('x y$ru', 'v'), KSR.pv.get('$var(x y$ru)')") == (1, "v")
    assert lua("KSR.pvx.avp_sets('s:q', 'v'), KSR.pvx.avp_get('s:q'), KSR.pvx.avp_get('q')") == (1, "v", None)
    assert lua("KSR.pvx.avp_sets('i:5', 'v'), KSR.pv.get('$avp(i:5)'), KSR.pv.get('$avp(s:i:5)')") == (1, None, "v")


def test_var_is_another_than_vn(lua):
    assert lua("KSR.pv.sets('$vn(v)', 'x') return KSR.pvx.var_get('v'), KSR.pvx.var_sets('v', 'y'), KSR.pv.get('$vn(v)')") == (0, 1, "x")


# ---- $shv


def test_shv_is_for_names_that_were_declared(lua):
    assert lua("KSR.pvx.shv_seti('w', 5), KSR.pvx.shv_get('w'), KSR.pvx.shv_sets('w', 's'), KSR.pvx.shvinc_get('w')") == (-1, 0, -1, 0)
    assert lua("KSR.pvx.shv_get('z'), KSR.pvx.shv_seti('z', 9), KSR.pvx.shv_get('z')") == (1, 1, 9)


def test_naming_an_shv_declares_it(lua):
    assert lua("KSR.pv.get('$shv(w)'), KSR.pvx.shv_seti('w', 5), KSR.pvx.shv_get('w')") == (0, 1, 5)


def test_shvinc_counts_numbers_only(lua):
    assert lua("KSR.pvx.shvinc_get('z'), KSR.pvx.shvinc_get('z'), KSR.pvx.shv_get('z')") == (2, 3, 3)
    assert lua("KSR.pvx.shv_sets('z', 's'), KSR.pvx.shvinc_get('z'), KSR.pvx.shv_get('z')") == (1, 0, "s")


def test_shv_is_shared_by_engines(script):
    state = kemilua.SharedState()
    first, second = (script(None, shared=state, modparams={"pv": {"shvset": "n=i:0"}}) for _ in range(2))
    for engine in (first, second):
        engine.eval("KSR.pvx.shvinc_get('n')", message=parse(engine))
    assert second.eval("return KSR.pvx.shv_get('n')", message=parse(second)) == (2,)


# ---- $avp


def test_avp_is_a_stack(lua):
    assert lua("KSR.pvx.avp_sets('a', '1'), KSR.pvx.avp_seti('a', 2), KSR.pvx.avp_get('a'), KSR.pvx.avp_rm('a'), KSR.pvx.avp_get('a')") == (
        *(1, 1, 2, 1),
        "1",
    )


def test_avp_forms_of_null(lua):
    assert lua("KSR.pvx.avp_get('a'), KSR.pvx.avp_gete('a'), KSR.pvx.avp_getw('a'), KSR.pvx.avp_rm('a')") == (None, "", "<null>", 1)


def test_avp_is_null_removes_the_newest_value_first(lua):
    lua("KSR.pvx.avp_sets('b', '1') KSR.pvx.avp_sets('b', '2') return 0")
    assert lua("KSR.pvx.avp_is_null('b'), KSR.pvx.avp_get('b'), KSR.pvx.avp_is_null('b'), KSR.pvx.avp_get('b')") == (-1, "1", 1, None)


def test_avp_without_a_name_is_refused(lua):
    assert lua("KSR.pvx.avp_sets('', '1'), KSR.pvx.avp_seti(nil, 1), KSR.pvx.avp_get(''), KSR.pvx.avp_is_null('')") == (-1, -1, None, 1)


# ---- $xavp, $xavi, $xavu


@pytest.mark.parametrize("kind", ["xavp", "xavi"])
def test_entries_are_a_stack(lua, kind):
    code = "X_sets('x', '1'), X_seti('x', 2), X_get('x'), X_rm('x'), X_get('x'), X_is_null('x'), X_rm('x'), X_is_null('x'), X_rm('x')"
    assert lua(code.replace("X_", f"KSR.pvx.{kind}_")) == (1, 1, 2, 1, "1", -1, 1, 1, 1)
    assert lua("X_get('x'), X_gete('x'), X_getw('x')".replace("X_", f"KSR.pvx.{kind}_")) == (None, "", "<null>")


def test_xavu_has_one_value_of_a_name(lua):
    assert lua("KSR.pvx.xavu_sets('u', '1'), KSR.pvx.xavu_seti('u', 2), KSR.pvx.xavu_rm('u'), KSR.pvx.xavu_get('u')") == (1, 1, 1, None)
    assert lua("KSR.pvx.xavu_rm(''), KSR.pvx.xavu_rm('nope')") == (-1, 1)


@pytest.mark.parametrize("kind", ["xavp", "xavi", "xavu"])
def test_empty_names_are_refused(lua, kind):
    code = "X_sets('', '1'), X_seti(nil, 1), X_child_sets('', 'c', '1'), X_child_seti('r', '', 1), X_get(''), X_is_null('')"
    assert lua(code.replace("X_", f"KSR.pvx.{kind}_")) == (-1, -1, -1, -1, None, 1)


def test_rm_all_counts(lua):
    lua("for i = 1, 3 do KSR.pvx.xavp_seti('m', i) end return 0")
    assert lua("KSR.pvx.xavp_rm_all('m'), KSR.pvx.xavp_rm_all('m')") == (3, 1)


def test_field_that_is_set_again_is_replaced_and_comes_first(lua):
    lua("for _, k in ipairs{'a', 'b', 'c', 'a'} do KSR.pvx.xavp_child_sets('r', k, k) end return 0")
    assert lua("KSR.pvx.xavp_get_keys('r', 0)") == ["a", "c", "b"]


def test_fields_are_those_of_the_newest_entry(lua):
    lua("KSR.pv.sets('$xavp(r=>a)', '1') KSR.pv.sets('$xavp(r=>a)', '2') return 0")
    assert lua("KSR.pvx.xavp_child_rm('r', 'a'), KSR.pvx.xavp_child_get('r', 'a'), KSR.pvx.xavp_rm('r')") == (1, None, 1)
    assert lua("KSR.pvx.xavp_child_get('r', 'a')") == "1"


def test_entry_of_one_value_becomes_one_of_fields(lua):
    lua("KSR.pvx.xavp_sets('r', 'old') KSR.pvx.xavp_sets('r', 'new') return 0")
    assert lua("KSR.pvx.xavp_child_getw('r', 'c'), KSR.pvx.xavp_child_rm('r', 'c'), KSR.pvx.xavp_child_sets('r', 'c', 'x')") == (
        "<null>",
        1,
        1,
    )
    assert lua("KSR.pv.get('$xavp(r[0]=>c)'), KSR.pv.get('$xavp(r[1])'), KSR.pv.get('$xavp(r[2])')") == ("x", "old", None)


def test_xavi_names_have_no_case(lua):
    assert lua("KSR.pvx.xavi_child_sets('H', 'To', 't'), KSR.pvx.xavi_child_get('h', 'TO'), KSR.pvx.xavi_child_seti('h', 'tO', 4)") == (
        1,
        "t",
        1,
    )
    assert lua("KSR.pvx.xavi_get_keys('h', 0), KSR.pvx.xavi_getd_p1('H', 0)") == (["tO"], {"tO": [4]})
    assert lua("KSR.pvx.xavi_child_rm('H', 'to'), KSR.pvx.xavi_child_is_null('H', 'To'), KSR.pvx.xavi_is_null('h')") == (1, 1, -1)


def test_xavu_child_is_null_looks_into_xavp(lua):
    assert lua("KSR.pvx.xavu_child_sets('u', 'c', 'x'), KSR.pvx.xavu_child_get('u', 'c'), KSR.pvx.xavu_child_is_null('u', 'c')") == (
        1,
        "x",
        1,
    )
    assert lua("KSR.pvx.xavp_child_sets('u', 'c', 'x'), KSR.pvx.xavu_child_is_null('u', 'c')") == (1, -1)


def test_entry_of_fields_is_a_text_that_says_so(lua):
    assert lua("KSR.pvx.xavp_child_sets('r', 'c', 'x') return KSR.pvx.xavp_get('r')").startswith("<<xavp:0x")
    assert lua("KSR.pvx.xavp_child_rm('r', 'c') return KSR.pvx.xavp_get('r'), KSR.pvx.xavp_is_null('r')") == ("<<xavp:(nil)>>", -1)


# ---- tables


def test_tables_of_entries(lua):
    lua("KSR.pv.sets('$xavp(z=>a)', '1') KSR.pv.sets('$xavp(z[0]=>a)', '2') KSR.pv.seti('$xavp(z[0]=>b)', 3) return 0")
    lua("KSR.pv.sets('$xavp(z=>c)', '4')")
    assert lua("KSR.pvx.xavp_get_keys('z', 1), KSR.pvx.xavp_get_keys('z', -1), KSR.pvx.xavp_get_keys('z', 2)") == (["b", "a"], None, None)
    older = {"a": ["2", "1"], "b": [3]}
    assert lua("KSR.pvx.xavp_getd_p1('z', 1), KSR.pvx.xavp_getd_p1('z', -1), KSR.pvx.xavp_getd_p1('z', -3)") == (older, older, None)
    assert lua("KSR.pvx.xavp_getd('z')") == [{"c": ["4"], **older}, older, {"a": ["2", "1"]}]


def test_values_alone_are_left_out_of_tables(lua):
    lua("KSR.pv.sets('$xavp(m=>a)', '1') KSR.pvx.xavp_sets('m', 'v') KSR.pv.sets('$xavp(m=>b)', '2') return 0")
    assert lua("KSR.pvx.xavp_getd('m')") == [{"b": ["2"], "a": ["1"]}, {"a": ["1"]}]


def test_empty_list_is_the_last_argument(lua):
    lua("KSR.pvx.xavp_sets('s', 'v') return 0")
    assert lua("KSR.pvx.xavp_getd('s'), KSR.pvx.xavp_get_keys('s', 0), KSR.pvx.xavp_getd_p1('s', 0)") == ("s", 0, [])
    assert lua("KSR.pvx.xavp_getd('nope'), KSR.pvx.xavp_getd_p1('nope', 0), KSR.pvx.xavp_get_keys(nil, 0)") == (None, None, None)


def test_many_fields_are_grouped_in_linear_time(lua):
    lua("local t = {} for i = 1, 20000 do t[i] = 'p' .. i end KSR.pvx.xavp_params_explode(table.concat(t, ';'), 'big') return 0")
    assert lua("#KSR.pvx.xavp_get_keys('big', 0)") == 20000


# ---- whole lists


def test_copy_goes_behind_the_others(lua):
    lua("for i = 1, 4 do KSR.pv.sets('$xavp(cp=>a)', '' .. i) end KSR.pvx.xavp_sets('dst', 'd') return 0")
    assert lua("KSR.pvx.xavp_copy('cp', 1, 'dst'), KSR.pv.get('$xavp(dst)'), KSR.pv.get('$xavp(dst[1]=>a)')") == (1, "d", "3")
    assert lua("KSR.pvx.xavp_copy_dst('cp', 0, 'dst', 0), KSR.pv.get('$xavp(dst[2]=>a)'), KSR.pv.get('$xavp(cp=>a)')") == (1, "4", "4")
    assert lua("KSR.pvx.xavp_copy('cp', 9, 'x'), KSR.pvx.xavp_copy('cp', -1, 'x'), KSR.pvx.xavp_copy('no', 0, 'x')") == (-1, -1, -1)
    assert lua("KSR.pvx.xavp_copy('cp', 0, ''), KSR.pvx.xavp_copy('dst', 0, 'dst'), KSR.pv.get('$xavp(dst[3])')") == (-1, 1, "d")


@pytest.mark.parametrize(
    ("by", "order"), [(1, "2341"), (3, "4123"), (0, "1234"), (4, "1234"), (-1, "4123"), (9, "2341"), (-2147483648, "1234")]
)
def test_lshift_turns_the_entries_of_a_name(lua, by, order):
    lua("for i = 4, 1, -1 do KSR.pvx.xavp_sets('s', '' .. i) KSR.pvx.xavp_sets('other', '' .. i) end return 0")
    assert lua(f"KSR.pvx.xavp_lshift('s', {by})") == 1
    read = [f"KSR.pv.get('$xavp({name}[{i}])')" for name in ("s", "other") for i in range(4)]
    assert "".join(lua(", ".join(read))) == order + "1234"


def test_lshift_of_nothing(lua):
    assert lua("KSR.pvx.xavp_lshift('nope', 1)") == -2


def test_push_dst_sets_the_next_hop(lua):
    lua("KSR.pvx.xavp_child_sets('d', 'uri', 'sip:new@h') KSR.pvx.xavp_child_sets('d', 'dsturi', 'sip:n:5090') return 0")
    lua("KSR.pvx.xavp_child_sets('d', 'socket', 'udp:192.0.2.1:5090')")
    assert lua("KSR.pvx.xavp_push_dst('d'), KSR.pv.get('$ru'), KSR.pv.get('$du'), KSR.pv.get('$fs')") == (
        *(1, "sip:new@h", "sip:n:5090"),
        "udp:192.0.2.1:5090",
    )
    assert lua("KSR.pvx.xavp_push_dst('nope'), KSR.pvx.xavp_sets('v', 'x'), KSR.pvx.xavp_push_dst('v')") == (-1, 1, -1)


def test_vars_become_fields(lua):
    lua("KSR.pvx.var_sets('a', 'text') KSR.pvx.var_sets('e', '') KSR.pvx.var_seti('n', 4) KSR.pvx.xavp_sets('d', 'old') return 0")
    assert lua("KSR.pvx.pv_var_to_xavp('*', 'd'), KSR.pvx.xavp_get_keys('d', 0), KSR.pvx.xavp_getd_p1('d', 0)") == (
        *(1, ["q", "a", "n"]),
        {"q": [7], "a": ["text"], "n": [4]},
    )
    assert lua("KSR.pvx.pv_var_to_xavp('e', 'd'), KSR.pvx.xavp_getd_p1('d', 0), KSR.pv.get('$xavp(d[1])')") == (1, {"e": [""]}, None)
    assert lua("KSR.pvx.pv_var_to_xavp('nope', 'd'), KSR.pvx.xavp_is_null('d'), KSR.pvx.pv_var_to_xavp('a', '')") == (-1, 1, -1)


def test_fields_become_vars_the_oldest_wins(lua):
    lua("KSR.pv.sets('$xavp(t=>a)', '1') KSR.pv.sets('$xavp(t[0]=>a)', '3') KSR.pv.seti('$xavp(t=>b)', 2) return 0")
    assert lua("KSR.pvx.pv_xavp_to_var('t'), KSR.pvx.var_get('a'), KSR.pvx.var_get('b')") == (1, "1", 2)
    assert lua("KSR.pvx.pv_xavp_to_var('nope'), KSR.pvx.xavp_sets('t', 's'), KSR.pvx.pv_xavp_to_var('t')") == (-1, 1, -1)


def test_lists_are_printed_into_the_log(lua):
    lua("KSR.pvx.xavp_child_sets('r', 'a', 'x') KSR.pvx.xavp_child_seti('r', 'b', 2) KSR.pvx.xavp_sets('s', 'y') return 0")
    assert lua("KSR.pvx.pv_xavp_print(), KSR.pvx.pv_xavu_print(), KSR.pvx.pv_xavi_print()") == (1, 1, 1)
    assert lua.logged == ["$xavp s=y", "$xavp r={b=2, a=x}"]


# ---- parameters


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('a=1;b="x;y";c', {"a": ["1"], "b": ["x;y"], "c": [""]}),
        ("a=1;b=two;c;", {"a": ["1"], "b": ["two"], "c": [""]}),
        ("a=1;d=", {"a": ["1"], "d": [""]}),
        ("a=1;A=2;a=3", {"a": ["1", "3"], "A": ["2"]}),
        ("a='q'; b=2", {"a": ["q"], "b": ["2"]}),
        ("a=1,b=2", {"a": ["1"]}),
        *[(text, None) for text in ("", ";a=1", "a=1;;b=2", " a=1", "a=x y", 'a="open', "a=1;=2", ";", "a;;", "  ", 'a="q"x', "a=;b")],
    ],
)
def test_parameters_become_fields(lua, text, fields):
    assert lua(f"KSR.pvx.xavp_params_explode([[{text}]], 'p'), KSR.pvx.xavp_getd_p1('p', 0)") == (-1 if fields is None else 1, fields)


def test_every_explosion_is_a_new_entry(lua):
    assert lua("KSR.pvx.xavp_params_explode('a=1;b=2', 'p'), KSR.pvx.xavp_params_explode('c=3', 'p'), KSR.pvx.xavp_get_keys('p', 1)") == (
        *(1, 1),
        ["a", "b"],
    )
    assert lua("KSR.pvx.xavp_params_explode('a', ''), KSR.pvx.xavp_params_explode(nil, 'p')") == (-1, -1)


def test_separator_is_the_first_character(lua):
    assert lua("KSR.pvx.xavp_xparams_explode('a=1&b=x;y', '&;', 'p'), KSR.pvx.xavp_getd_p1('p', 0)") == (1, {"a": ["1"], "b": ["x;y"]})
    assert lua("KSR.pvx.xavp_xparams_explode('a=1;b', '', 'p'), KSR.pvx.xavp_getd_p1('p', 0)") == (1, {"a": ["1;b"]})


@pytest.mark.parametrize(
    ("text", "separators", "mode", "items"),
    [
        ("a,b,,c", ",", "", ["a", "b", "c"]),
        (" a , b ; c ", ",;", "t", ["a", "b", "c"]),
        (" a , b ", ",", "", [" a ", " b "]),
        ("a, b", ",", "T", ["a", " b"]),
        ("a,  ,b", ",", "trim", ["a", "b"]),
    ],
)
def test_items_of_a_list_become_fields(lua, text, separators, mode, items):
    assert lua(f"KSR.pvx.xavp_slist_explode('{text}', '{separators}', '{mode}', 'l'), KSR.pvx.xavp_getd_p1('l', 0)") == (1, {"v": items})


def test_lists_of_nothing(lua):
    assert lua("KSR.pvx.xavp_slist_explode(',,', ',', '', 'l'), KSR.pvx.xavp_is_null('l')") == (1, -1)
    for arguments in ("'', ',', '', 'l'", "'a', '', '', 'l'", "'a', ',', '', ''", "nil, nil, nil, nil"):
        assert lua(f"KSR.pvx.xavp_slist_explode({arguments})") == -1


def test_fields_become_parameters(lua):
    lua("KSR.pvx.xavp_child_seti('p', 'n', -5) KSR.pvx.xavp_child_sets('p', 'e', '') KSR.pvx.xavp_child_sets('p', 's', 'a;\"b') return 0")
    assert lua("KSR.pvx.xavp_params_implode('p', '$var(o)'), KSR.pv.get('$var(o)')") == (1, 's=a;"b;e;n=4294967291;')
    assert lua("KSR.pvx.xavp_params_implode_qval('p', '$avp(o)'), KSR.pv.get('$avp(o)')") == (1, 's="a;"b";e;n=4294967291;')


@pytest.mark.parametrize("target", ["'$si'", "'var(o)'", "'$nosuch'", "''", "nil", "'$mf'"])
def test_parameters_go_to_what_takes_text(lua, target):
    assert lua(f"KSR.pvx.xavp_params_explode('a=1', 'p'), KSR.pvx.xavp_params_implode('p', {target})") == (1, -1)


def test_nothing_is_imploded_from_nothing(lua):
    assert lua(
        "KSR.pvx.xavp_sets('v', 'x'), KSR.pvx.xavp_params_implode('v', '$var(o)'), KSR.pvx.xavp_params_implode('nope', '$var(o)')"
    ) == (
        *(1, -1),
        -1,
    )


def test_xavu_fields_replace_those_before(lua):
    assert lua("KSR.pvx.xavu_params_explode('a=1;b=x;a=2', 'u'), KSR.pvx.xavu_params_implode('u', '$var(o)'), KSR.pv.get('$var(o)')") == (
        *(1, 1),
        "a=1;b=x;",
    )
    assert lua("KSR.pvx.xavu_params_explode('c', 'u'), KSR.pvx.xavu_child_get('u', 'a'), KSR.pvx.xavu_child_get('u', 'c')") == (1, None, "")


# ---- $sbranch


def test_sbranch_becomes_a_branch(lua):
    lua("KSR.pv.sets('$sbranch(uri)', 'sip:b@h') KSR.pv.sets('$sbranch(dst_uri)', 'sip:d@h') return 0")
    lua("KSR.pv.sets('$sbranch(path)', '<sip:p;lr>')")
    assert lua("KSR.pv.seti('$sbranch(q)', 500), KSR.pvx.sbranch_append(), KSR.pvx.sbranch_reset()") == (True, 1, 1)
    read = ", ".join(f"KSR.pv.get('$(branch({name})[0])')" for name in ("uri", "dst_uri", "path", "q"))
    assert lua(read) == ("sip:b@h", "sip:d@h", "<sip:p;lr>", 500)
    assert lua("KSR.pv.get('$sbranch(uri)'), KSR.pvx.sbranch_append(), KSR.pvx.sbranch_set_ruri()") == (None, -1, -1)


def test_sbranch_becomes_the_request_uri(lua):
    lua("KSR.setbflag(3) KSR.pv.sets('$du', 'sip:old') KSR.pv.sets('$sbranch(uri)', 'sip:b@h') KSR.pv.seti('$sbranch(flags)', 5) return 0")
    assert lua("KSR.pvx.sbranch_set_ruri(), KSR.pv.get('$ru'), KSR.pv.get('$du'), KSR.pv.get('$bf')") == (1, "sip:b@h", None, 13)
    assert lua("KSR.pv.seti('$sbranch(q)', 300), KSR.pvx.sbranch_set_ruri(), KSR.pv.get('$ds')") == (True, 1, "Contact: <sip:b@h>;q=0.3")


def test_branches_have_a_limit(lua):
    lua("KSR.pv.sets('$sbranch(uri)', 'sip:b@h') return 0")
    assert lua("local n = 0 for i = 1, 40 do if KSR.pvx.sbranch_append() == 1 then n = n + 1 end end return n") == 11


# ---- evalx


@pytest.mark.parametrize(
    ("target", "text", "result", "value"),
    [
        ("$var(e)", "x-$rm-$(var(none))", 1, "x-OPTIONS-0"),
        ("$var(e)", "x-$avp(none)", 1, "x-<null>"),
        ("$var(e)", "", 1, ""),
        ("$var(e) ", "$$", 1, "$"),
        ("$(var(e){s.len})", "lng", 1, "lng"),
        *[("$var(e)", text, -1, 0) for text in ("x-$nosuch", "a $ b")],
        *[(target, "x", -1, 0) for target in ("var(e)", "$nosuch", "", " $var(e)", "$si", "$mf")],
    ],
)
def test_evaluated_text_goes_to_a_variable(lua, target, text, result, value):
    assert lua(f"KSR.pvx.evalx('{target}', '{text}'), KSR.pv.get('$var(e)')") == (result, value)


def test_value_is_not_evaluated_again(lua):
    assert lua("KSR.pv.sets('$var(f)', 'in $rm'), KSR.pvx.evalx('$var(e)', '$var(f)'), KSR.pvx.var_get('e')") == (True, 1, "in $rm")
    assert lua("KSR.pvx.evalx(nil, 'x'), KSR.pvx.evalx('$var(e)', nil)") == (-1, -1)
