"""KSR.htable: tables of values by key, shared by engines, with a time to live."""

from __future__ import annotations

import threading

import kemilua
import pytest
from builders import request
from harness import SOURCE, logged

TABLES = [
    "a=>size=8;",
    "e=>size=4;autoexpire=2;",
    "i=>size=4;initval=5;",
    "u=>size=4;autoexpire=100;updateexpire=0;",
    "w=>autoexpire=1;initval=3",
]
NAMES = [
    "alpha",
    "beta",
    "user_name",
    "a@b",
    "A@B",
    "x",
    "y:z",
    "1234",
    "-",
    "[]",
    "^~",
    "{}",
    "key1",
    "key2",
    "longer key with spaces",
    "abc",
]
IN_ORDER = [
    "{}",
    "-",
    "user_name",
    "[]",
    "abc",
    "ABC",
    "aBC",
    "longer key with spaces",
    "beta",
    "key2",
    "key1",
    "x",
    "a@b",
    "A@B",
    "y:z",
    "^~",
]


def make(script, text=None, **more):
    return script(text, modparams={"htable": {"htable": TABLES, **more.pop("htable", {})}}, **more)


@pytest.fixture
def engine(script):
    return make(script)


@pytest.fixture
def lua(engine):
    return runner(engine)


def runner(engine):
    """`lua("code")`: what it returns on a message of its own; a T in front of a call is KSR.htable.sht_."""

    def lua(code):
        message = kemilua.Message.parse(request(), engine=engine, source=SOURCE, local=("192.0.2.1", 5060), now=engine.clock.now)
        engine.now = engine.clock.now
        values = engine.eval((code if "return" in code else f"return {code}").replace("T.", "KSR.htable.sht_"), message=message)
        lua.logged = logged(engine.take_effects())
        return values[0] if len(values) == 1 else values

    return lua


# ---- one item


def test_text_and_numbers_are_kept(lua):
    assert lua("T.sets('a', 'k', 'v'), T.get('a', 'k'), T.seti('a', 'k', 7), T.get('a', 'k'), T.sets('a', 'k', '7')") == (1, "v", 1, 7, 1)
    assert lua("T.get('a', 'k')") == "7"


def test_keys_and_values_may_be_empty_but_not_missing(lua):
    assert lua("T.sets('a', '', 'e'), T.get('a', ''), T.sets('a', 'x', ''), T.get('a', 'x')") == (1, "e", 1, "")
    assert lua("T.sets('a', nil, 'n'), T.get('a', nil), T.sets('a', 'y', nil), T.get('a', 'y')") == (-1, None, 1, "")
    assert lua("T.rm('a', nil), T.inc('a', nil), T.setex('a', nil, 3), T.setxs('a', nil, 'x', 3), T.is_null('a', nil)") == (
        1,
        -255,
        1,
        -1,
        1,
    )


def test_keys_compare_by_case_and_by_every_byte(lua):
    assert lua("T.sets('a', 'K', 'big'), T.get('a', 'k'), T.sets('a', 'a\\0b', 'n'), T.get('a', 'a'), T.get('a', 'a\\0b')") == (
        1,
        None,
        1,
        None,
        "n",
    )


def test_forms_of_a_missing_item(lua):
    assert lua("T.get('a', 'no'), T.gete('a', 'no'), T.getw('a', 'no'), T.is_null('a', 'no')") == (None, "", "<null>", 1)
    assert lua("T.sets('a', 'k', 'v'), T.is_null('a', 'k'), T.rm('a', 'k'), T.rm('a', 'k'), T.is_null('a', 'k')") == (1, -1, 1, 1, 1)


@pytest.mark.parametrize("table", ["'no'", "'A'", "''", "nil"])
def test_unknown_table(lua, table):
    assert lua(f"T.get({table}, 'k'), T.gete({table}, 'k'), T.getw({table}, 'k'), T.is_null({table}, 'k')") == (None, "", "<null>", 2)
    for call in ("sets(X, 'k', 'v')", "seti(X, 'k', 1)", "setex(X, 'k', 1)", "setxs(X, 'k', 'v', 1)", "setxi(X, 'k', 1, 1)", "rm(X, 'k')"):
        assert lua("T." + call.replace("X", table)) == -1
    for call in ("reset(X)", "rm_name(X, 're', '.')", "match_name(X, 'eq', 'k')", "lock(X, 'k')", "unlock(X, 'k')", "cn(X, '**', '')"):
        assert lua("T." + call.replace("X", table)) == -1
    assert lua(f"T.inc({table}, 'k'), T.dec({table}, 'k'), T.rm_name_re({table}, '.'), T.rm_value_re({table}, '.')") == (-255, -255, 1, 1)
    lua(f"T.get({table}, 'k')")
    assert any("no hash table" in line for line in lua.logged)


def test_initial_value_stands_for_missing_items(lua):
    assert lua("T.get('i', 'z'), T.gete('i', 'z'), T.is_null('i', 'z')") == (5, 5, -2)
    assert lua("T.inc('i', 'z'), T.get('i', 'z'), T.is_null('i', 'z'), T.dec('i', 'y')") == (6, 6, -2, 4)


def test_counting(lua):
    assert lua("T.seti('a', 'n', 7), T.inc('a', 'n'), T.dec('a', 'n'), T.dec('a', 'n'), T.get('a', 'n')") == (1, 8, 7, 6, 6)
    assert lua("T.sets('a', 's', '5'), T.inc('a', 's'), T.get('a', 's'), T.inc('a', 'none'), T.get('a', 'none')") == (
        1,
        -255,
        "5",
        -255,
        None,
    )
    assert lua("T.seti('a', 'n', 2147483647), T.inc('a', 'n'), T.get('a', 'n')") == (1, -2147483648, -2147483648)


def test_reset_empties_a_table(lua):
    assert lua("T.sets('a', 'k', 'v'), T.reset('a'), T.get('a', 'k'), KSR.pv.get('$shtcn(a=>**)')") == (1, 0, None, 0)


# ---- time


def test_items_expire_at_the_second_after(lua, clock):
    assert lua("T.sets('e', 'k', 'v'), KSR.pv.get('$shtex(e=>k)')") == (1, 2)
    clock.advance(2)
    assert lua("T.get('e', 'k'), KSR.pv.get('$shtex(e=>k)')") == ("v", 0)
    clock.advance(1)
    assert lua("T.get('e', 'k'), T.is_null('e', 'k'), T.inc('e', 'k'), KSR.pv.get('$shtex(e=>k)')") == (None, 1, -255, -1)


def test_expired_items_are_there_until_they_are_purged(lua, clock):
    lua("T.sets('e', 'k', 'v'), T.sets('e', 'm', 'w')")
    clock.advance(4)
    assert lua("KSR.pv.get('$shtcn(e=>**)'), KSR.pv.get('$shtcn(e=>~~k)'), T.match_name('e', 'eq', 'k'), T.get('e', 'k')") == (
        2,
        0,
        1,
        None,
    )
    assert lua("KSR.pv.get('$shtex(e=>k)'), T.setex('e', 'k', 10), T.get('e', 'k'), T.get('e', 'm')") == (-2, 1, "v", None)


def test_every_write_restarts_the_time_to_live(lua):
    for write in ("T.sets('e', 'k', 'x')", "T.inc('e', 'n')", "KSR.pv.get('$shtinc(e=>n)')", "KSR.pv.sets('$sht(e=>k)', 'y')"):
        lua("T.sets('e', 'k', 'v'), T.seti('e', 'n', 1), T.setex('e', 'k', 50), T.setex('e', 'n', 50)")
        lua(write)
        assert lua("KSR.pv.get('$shtex(e=>k)') + KSR.pv.get('$shtex(e=>n)')") == 52, write


def test_only_creation_does_without_updateexpire(lua, clock):
    assert lua("T.sets('u', 'k', 'v'), T.setex('u', 'k', 40), T.sets('u', 'k', 'w'), KSR.pv.get('$shtex(u=>k)')") == (1, 1, 1, 40)
    assert lua("T.setxs('u', 'k', 'x', 0), KSR.pv.get('$shtex(u=>k)'), T.setxi('u', 'k', 1, 60), KSR.pv.get('$shtex(u=>k)')") == (
        1,
        40,
        1,
        60,
    )


# 6.2: what has expired and was not swept yet is written like a new item; 5.6.3 keeps the old time, and the value is gone at once.
@pytest.mark.parametrize(
    "write",
    [
        "T.sets('u', 'k', 2)",
        "T.sets('u', 'k', 'much longer than it was')",
        "T.seti('u', 'k', 2)",
        "T.setxs('u', 'k', 'x', 0)",
        "T.setxi('u', 'k', 2, 0)",
        "KSR.pv.sets('$sht(u=>k)', 'x')",
        "KSR.pv.seti('$sht(u=>k)', 2)",
    ],
)
def test_write_to_an_expired_item_begins_its_time_anew(lua, clock, write):
    lua("T.sets('u', 'k', 'v')")
    clock.advance(50)
    assert lua(f"{write}, KSR.pv.get('$shtex(u=>k)')")[1] == 50
    clock.advance(52)
    assert lua(f"T.get('u', 'k'), {write}, KSR.pv.get('$shtex(u=>k)')")[::2] == (None, 100)
    assert lua("T.get('u', 'k')") is not None


def test_time_to_live_of_one_item(lua):
    assert lua("T.setxs('e', 'm', 'v', 50), KSR.pv.get('$shtex(e=>m)'), T.setxi('e', 'm', 1, 0), KSR.pv.get('$shtex(e=>m)')") == (
        1,
        50,
        1,
        2,
    )
    assert lua("T.setxi('e', 'm', 1, -3), KSR.pv.get('$shtex(e=>m)'), T.setex('e', 'none', 10), T.get('e', 'none')") == (1, 2, 1, None)
    assert lua("KSR.pv.seti('$shtex(e=>m)', 77), KSR.pv.get('$shtex(e=>m)'), KSR.pv.get('$shtex(e=>none)')") == (True, 77, -1)


@pytest.mark.parametrize(
    "never", ["T.setex('e', 'k', 0)", "T.setex('e', 'k', -5)", "KSR.pv.sets('$shtex(e=>k)', 'x')", "KSR.pv.unset('$shtex(e=>k)')"]
)
def test_item_that_never_expires(lua, clock, never):
    lua(f"T.sets('e', 'k', 'v'), {never}")
    assert lua("KSR.pv.get('$shtex(e=>k)')") == -int(clock.now)
    clock.advance(1_000_000)
    assert lua("T.get('e', 'k')") == "v"


def test_table_without_autoexpire_keeps_for_ever(lua, clock):
    assert lua("T.setxs('a', 'k', 'v', 1), T.setex('a', 'k', 1), KSR.pv.get('$shtex(a=>k)')") == (1, 1, 0)
    clock.advance(1_000_000)
    assert lua("T.get('a', 'k')") == "v"


def test_expired_item_starts_anew_from_the_initial_value(lua, clock):
    lua("T.seti('w', 'k', 8)")
    clock.advance(3)
    assert lua("T.get('w', 'k'), T.inc('w', 'k'), T.get('w', 'k')") == (3, 4, 4)


# ---- many items


@pytest.fixture
def filled(lua):
    lua("for _, k in ipairs{'alpha', 'beta', 'Alphabet', 'gamma'} do T.sets('a', k, 'v' .. k) end T.seti('a', 'num', 5) return 0")
    return lua


@pytest.mark.parametrize(
    ("pattern", "names", "values"),
    [
        ("~~al", 2, 2),
        ("al", 2, 2),
        ("~%a", 3, 3),
        ("%~al", 1, 0),
        ("==alpha", 1, 0),
        ("**", 5, 5),
        ("**x", 5, 5),
        ("eq5", 0, 1),
        ("~~", 0, 0),
        ("==", 0, 0),
        ("~~AL.*t", 1, 1),
        ("~~[", 0, 0),
        ("x%", 0, 0),
        ("", 0, 0),
    ],
)
def test_counts_of_names_and_values(filled, pattern, names, values):
    assert filled(f"KSR.pv.get('$shtcn(a=>{pattern})'), KSR.pv.get('$shtcv(a=>{pattern})')") == (names, values)
    assert filled("KSR.pv.get('$shtcn(no=>**)')") is None


@pytest.mark.parametrize(
    ("op", "value", "count"),
    [
        *[("", "al", 2), ("~~", "al", 2), ("~%", "a", 3), ("%~", "al", 1), ("==", "alpha", 1), ("**", "", 5), ("**", "x", 5)],
        *[
            ("eq", "5", 0),
            ("al", "pha", 2),
            ("xx", "al", 0),
            ("~", "al", -1),
            ("~~~", "al", -1),
            ("~~", "[", 0),
            ("~~", "", 0),
            ("==", "", 0),
        ],
    ],
)
def test_count_of_names_by_operator(filled, op, value, count):
    assert filled(f"T.cn('a', '{op}', '{value}')") == count


@pytest.mark.parametrize(
    ("op", "value", "name", "text"),
    [
        *[
            ("eq", "alpha", 1, -1),
            ("eq", "zz", -1, -1),
            ("eq", "num", 1, -1),
            ("ne", "alpha", 1, 1),
            ("re", "ALPHA", 1, 1),
            ("re", "num", 1, -1),
        ],
        *[("re", "[", -1, -1), ("re", "", -1, -1), ("sw", "al", 1, -1), ("sw", "AL", -1, -1), ("sw", "val", -1, 1), ("ne", "", -1, -1)],
        *[("ew", "a", -1, -1), ("in", "a", -1, -1), ("", "a", -1, -1), ("EQ", "alpha", -1, -1)],
    ],
)
def test_whether_any_item_matches(filled, op, value, name, text):
    assert filled(f"T.match_name('a', '{op}', '{value}'), T.match_str_value('a', '{op}', '{value}')") == (name, text)


@pytest.mark.parametrize(
    ("call", "result", "left"),
    [
        *[
            ("rm_name('a', 'sw', 'al')", 1, 4),
            ("rm_name('a', 'ew', 'bet')", 1, 4),
            ("rm_name('a', 'in', 'm')", 1, 3),
            ("rm_name('a', 're', '^A')", 1, 3),
        ],
        *[
            ("rm_value('a', 'sw', 'val')", 1, 4),
            ("rm_value('a', 're', '.')", 1, 1),
            ("rm_value('a', 'in', 'et')", 1, 3),
            ("rm_value('a', 'ew', 'x')", 1, 5),
        ],
        *[
            ("rm_name_re('a', 'A$')", 1, 2),
            ("rm_value_re('a', 'A$')", 1, 2),
            ("rm_name_re('a', '[')", -1, 5),
            ("rm_value_re('a', '')", -1, 5),
        ],
        *[
            ("rm_name('a', 'eq', 'alpha')", -1, 5),
            ("rm_name('a', nil, nil)", -1, 5),
            ("rm_name('a', 'sw', '')", -1, 5),
            ("rm_name_re('a', nil)", -1, 5),
        ],
    ],
)
def test_matching_items_are_removed(filled, call, result, left):
    assert filled(f"T.{call}, KSR.pv.get('$shtcn(a=>**)')") == (result, left)


@pytest.mark.parametrize("pattern", ["(a)\\\\1", "(((a{1,250}){1,250}){1,250})", "a" * 8193])
def test_regular_expression_that_could_cost_much_is_refused(filled, pattern):
    assert filled(f"T.rm_name_re('a', '{pattern}'), KSR.pv.get('$shtcn(a=>**)')") == (-1, 5)


# ---- pseudo-variables


def test_key_is_a_format(lua):
    assert lua("KSR.pv.sets('$sht(a=>$rm::$var(none))', 'd'), T.get('a', 'OPTIONS::0'), KSR.pv.get('$sht(a=>$rm::0)')") == (True, "d", "d")
    assert lua("KSR.pv.sets('$sht(a=>$avp(none))', 'n'), T.get('a', '<null>')") == (True, "n")


def test_blanks_belong_to_keys_and_not_to_tables(lua):
    assert lua("KSR.pv.sets('$sht(a=>p)', 'x'), KSR.pv.get('$sht( a =>p)'), KSR.pv.get('$sht(a=> p)'), KSR.pv.get('$sht(a=>p )')") == (
        *(True, "x"),
        *(None, None),
    )
    assert lua("KSR.pv.seti('$sht(a=>)', 3), T.get('a', ''), KSR.pv.get('$(sht(a=>){s.len})')") == (True, 3, 1)


def test_null_removes_an_item(lua):
    assert lua("KSR.pv.sets('$sht(a=>p)', 'x'), KSR.pv.unset('$sht(a=>p)'), KSR.pv.is_null('$sht(a=>p)'), KSR.pv.unset('$sht(a=>p)')") == (
        *(True, True),
        *(True, True),
    )


def test_variables_of_an_unknown_table(lua):
    assert lua("KSR.pv.sets('$sht(no=>p)', 'x'), KSR.pv.seti('$shtex(no=>p)', 1), KSR.pv.get('$sht(no=>p)')") == (False, False, None)
    assert lua("KSR.pv.get('$sht(a)'), KSR.pv.get('$sht()'), KSR.pv.get('$shtinc(no=>p)'), KSR.pv.get('$shtex(no=>p)')") == (None,) * 4


def test_counting_variables(lua):
    assert lua("KSR.pv.get('$shtinc(a=>n)'), T.seti('a', 'n', 3), KSR.pv.get('$shtinc(a=>n)'), KSR.pv.get('$shtdec(a=>n)')") == (
        None,
        1,
        4,
        3,
    )
    assert lua("KSR.pv.get('$shtinc(i=>w)'), KSR.pv.get('$shtdec(i=>w)'), KSR.pv.sets('$shtinc(a=>n)', 'x')") == (6, 5, True)


# ---- iterators


def fill(names):
    return "".join(f"T.sets('a', '{name}', 'v{number}') " for number, name in enumerate(names))


def walk(name="i"):
    return f"local r = {{}} while T.iterator_next('{name}') > 0 do r[#r + 1] = KSR.pv.get('$shtitkey({name})') end return r"


def test_order_is_that_of_slots_and_hashes(lua):
    lua(f"{fill([*NAMES, 'ABC', 'aBC'])} return 0")
    assert lua(f"T.iterator_start('i', 'a') {walk()}") == [*IN_ORDER, "1234", "alpha"]


def test_walk_reads_and_changes_its_item(lua):
    lua(f"{fill(['k1', 'k2', 'k3'])} T.iterator_start('i', 'a') return 0")
    assert lua("KSR.pv.get('$shtitkey(i)'), T.iterator_sets('i', 'x'), T.iterator_next('i'), KSR.pv.get('$shtitkey(i)')") == (
        None,
        -1,
        1,
        "k2",
    )
    assert lua("T.iterator_sets('i', 'new'), KSR.pv.get('$shtitval(i)'), T.iterator_seti('i', 7), KSR.pv.get('$shtitval(i)')") == (
        1,
        "new",
        1,
        7,
    )
    assert lua("T.iterator_setex('i', 5), T.get('a', 'k2'), T.iterator_sets('i', nil), T.get('a', 'k2')") == (1, 7, 1, "")


def test_removal_moves_on_to_the_next(lua):
    lua(f"{fill(['k1', 'k2', 'k3'])} T.iterator_start('i', 'a') T.iterator_next('i') return 0")
    assert lua("T.iterator_rm('i'), KSR.pv.get('$shtitkey(i)'), T.iterator_rm('i'), T.iterator_rm('i'), T.iterator_rm('i')") == (
        1,
        "k3",
        1,
        -2,
        -1,
    )
    assert lua("KSR.pv.get('$shtcn(a=>**)'), T.iterator_end('i'), T.iterator_end('i'), T.iterator_next('i')") == (0, 1, -1, -1)


def test_walk_starts_over_after_the_end(lua):
    lua(f"{fill(['k1', 'k2'])} T.iterator_start('i', 'a') return 0")
    assert [lua("T.iterator_next('i')") for _ in range(6)] == [1, 1, -1, 1, 1, -1]


def test_walk_survives_what_others_do_to_the_table(lua):
    lua(f"{fill(['k1', 'k2', 'k3'])} T.iterator_start('i', 'a') T.iterator_next('i') return 0")
    assert lua("T.rm('a', 'k2'), KSR.pv.get('$shtitkey(i)'), T.iterator_sets('i', 'x'), T.iterator_next('i')") == (1, None, -1, 1)
    assert lua("KSR.pv.get('$shtitkey(i)'), T.reset('a'), T.iterator_rm('i'), T.get('a', 'k3')") == ("k3", 0, -2, None)


def test_there_are_four_names_of_31_bytes(lua):
    assert [lua(f"T.iterator_start('it{i}', 'a')") for i in range(5)] == [1, 1, 1, 1, -1]
    assert lua("T.iterator_end('it0'), T.iterator_start(string.rep('x', 32), 'a'), T.iterator_start(string.rep('x', 31), 'a')") == (
        1,
        -1,
        1,
    )
    assert lua("T.iterator_start('', 'a'), T.iterator_start(nil, 'a'), T.iterator_start('it1', 'no')") == (-1, -1, -1)
    assert lua("T.iterator_next('it1'), T.iterator_start('n', 'a'), T.iterator_end('it1'), T.iterator_start('n', 'a')") == (-1, -1, 1, 1)


def test_iterators_last_from_message_to_message(lua):
    lua(f"{fill(['k1', 'k2', 'k3'])} T.iterator_start('i', 'a') return 0")
    assert lua(walk()) == ["k2", "k3", "k1"]


# ---- engines that share


def test_tables_are_shared(script):
    state = kemilua.SharedState()
    first, second = (runner(make(script, shared=state)) for _ in range(2))
    first("T.seti('a', 'k', 1)")
    assert second("T.inc('a', 'k')") == 2
    assert first("T.get('a', 'k')") == 2


def test_lock_is_taken_again_by_its_owner_and_ends_with_the_run(script):
    state = kemilua.SharedState()
    first, second = (runner(make(script, shared=state)) for _ in range(2))
    assert first("T.lock('a', 'k'), T.lock('a', 'k'), T.unlock('a', 'k'), T.unlock('a', 'k'), T.unlock('a', 'k')") == (1, 1, 1, 1, 1)
    assert first("T.lock('a', 'k')") == 1
    assert second("T.lock('a', 'k'), T.unlock('a', 'k')") == (1, 1)
    assert first("T.lock('a', nil), T.unlock('a', nil)") == (-1, -1)


def test_lock_that_its_own_thread_holds_is_refused(script):
    state = kemilua.SharedState()
    second = runner(make(script, shared=state))

    @kemilua.export("other.run")
    def run() -> int:
        return second("T.lock('a', 'k')")

    first = runner(make(script, shared=state, exports=[run]))
    assert first("T.lock('a', 'k'), KSR.other.run()") == (1, -1)
    assert any("lock" in line for line in second.logged)


def test_lock_keeps_other_threads_out(script):
    state = kemilua.SharedState()
    code = "for i = 1, 2000 do T.lock('a', 'k') T.seti('a', 'k', T.get('a', 'k') + 1) T.unlock('a', 'k') end return 0"
    engines = [make(script, shared=state, limits=kemilua.Limits(instructions=0)) for _ in range(2)]
    runner(engines[0])("T.seti('a', 'k', 0)")
    threads = [threading.Thread(target=runner(engine), args=(code,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runner(engines[0])("T.get('a', 'k')") == 4000


# ---- memory


def test_tables_have_the_memory_limit_of_the_engine(script):
    lua = runner(make(script, limits=kemilua.Limits(memory=2 * 2**20)))
    assert lua("local s, n = string.rep('x', 1000), 0 while T.sets('a', n, s) > 0 do n = n + 1 end return n") in range(1000, 2001)
    assert lua("T.sets('a', 'k', string.rep('x', 1000)), T.get('a', 0) == string.rep('x', 1000), T.reset('a'), T.sets('a', 'k', 'v')") == (
        -1,
        True,
        0,
        1,
    )


def test_chosen_keys_do_not_collide(lua):
    """Keys of one Kamailio hash: the words of a key may be swapped."""
    code = """
    local words = {'abcd', 'efgh', 'ijkl', 'mnop', 'qrst', 'uvwx', 'yz01', '2345'}
    local function swap(n) if n == 1 then T.seti('a', table.concat(words), 1) return end
      for i = 1, n do swap(n - 1) local j = n % 2 == 0 and i or 1 words[j], words[n] = words[n], words[j] end end
    swap(8) return KSR.pv.get('$shtcn(a=>**)')"""
    assert lua(code) == 40320


# ---- timers and events


def test_expired_items_are_purged_when_the_timer_runs(engine, clock):
    lua = runner(engine)
    lua("T.sets('e', 'k', 'v'), T.sets('a', 'k', 'v')")
    due = engine.next_timer()
    clock.advance(10)
    engine.handle_timer(clock.now)
    clock.advance(25)
    assert engine.handle_timer(clock.now) == []
    assert lua("KSR.pv.get('$shtcn(e=>**)'), KSR.pv.get('$shtcn(a=>**)')") == (0, 1)
    assert due is not None
    assert engine.next_timer() == clock.now + 20


def test_engine_without_expiring_tables_has_no_timer(script):
    assert script(None, modparams={"htable": {"htable": "a=>size=3"}}).next_timer() is None
    assert script(None).next_timer() is None


def test_first_look_counts_from_the_start_that_was_given(script):
    engine = script(None, modparams={"htable": {"htable": "a=>size=3;autoexpire=10", "timer_interval": 7}}, now=1000.5)
    assert (engine.now, engine.next_timer()) == (1000.5, 1007.5)


def test_a_message_runs_timers_that_are_due(engine, clock):
    lua = runner(engine)
    engine.receive(request())
    lua("T.sets('e', 'k', 'v')")
    clock.advance(30)
    assert lua("KSR.pv.get('$shtcn(e=>**)')") == 1
    engine.receive(request())
    assert lua("KSR.pv.get('$shtcn(e=>**)')") == 0


EVENTS = """
function on_event(name)
    KSR.info(name .. " " .. KSR.pv.getw("$shtrecord(key)") .. " " .. KSR.pv.getw("$shtrecord(value)"))
    if KSR.pv.get("$shtrecord(key)") == "keep" then KSR.htable.sht_setex("e", "keep", 1000) end
end
"""


def test_event_of_an_expired_item(script, clock):
    engine = make(script, EVENTS, htable={"event_callback": "on_event", "timer_interval": 5})
    lua = runner(engine)
    lua("T.seti('e', 'gone', 7), T.sets('e', 'keep', 'x'), KSR.pv.get('$shtrecord(key)')")
    clock.advance(10)
    assert sorted(logged(engine.handle_timer(clock.now))) == ["htable:expired:e gone 7", "htable:expired:e keep x"]
    assert lua("T.get('e', 'gone'), T.get('e', 'keep'), KSR.pv.get('$shtrecord(key)')") == (None, "x", None)
    assert engine.next_timer() == clock.now + 5


def test_event_at_the_start(script):
    text = "function on_event(name) KSR.htable.sht_inc('i', name) end"
    state = kemilua.SharedState()
    engines = [make(script, text, shared=state, htable={"event_callback": "on_event", "event_callback_mode": 1}) for _ in range(2)]
    assert runner(engines[1])("T.get('i', 'htable:mod-init')") == 6
    assert runner(make(script, text, htable={"event_callback": "on_event"}))("T.get('i', 'htable:mod-init')") == 5


# ---- parameters


@pytest.mark.parametrize(
    ("text", "slots", "expire"),
    [
        ("t=>size=8;", 256, 0),
        ("t=>;", 16, 0),
        ("t=>size=0", 8, 0),
        ("t=>size=1;", 8, 0),
        ("t=>size=32", 16384, 0),
        (" t => autoexpire = 9 ; ", 16, 9),
    ],
)
def test_definition(script, text, slots, expire):
    (table,) = script(None, modparams={"htable": {"htable": text}}).rpc("htable.listTables")
    assert (table["name"], table["size"], table["expire"], table["updateexpire"]) == ("t", slots, expire, 1)


@pytest.mark.parametrize(
    "text",
    ["t", "=>size=3", "t=>color=red", "t=>size=x", "t=>size=", "t=>size", "t=>autoexpire=-1", "t=>", "t=> ", ["t=>size=3", "t=>size=3"]],
)
def test_bad_definition_is_refused(script, text):
    with pytest.raises(kemilua.ConfigError):
        script(None, modparams={"htable": {"htable": text}})


def test_attributes_of_databases_are_taken_and_listed(script):
    engine = script(None, modparams={"htable": {"htable": "t=>dbtable=rows;dbmode=1;cols='a,b';colnull=-;dmqreplicate=1"}})
    assert engine.rpc("htable.listTables") == [
        {"name": "t", "dbtable": "rows", "dbmode": 1, "expire": 0, "updateexpire": 1, "size": 16, "dmqreplicate": 1}
    ]
    with pytest.raises(kemilua.NotFoundError, match="db_url"):
        script(None, modparams={"htable": {"db_url": "mysql://"}})


# ---- RPC


def test_rpc_of_one_item(engine):
    lua = runner(engine)
    assert engine.rpc("htable.sets", "a", "k", "v") == "Ok. Key set to new value."
    assert engine.rpc("htable.get", "a", "k") == {"item": {"name": "k", "value": "v", "flags": 2, "expire": "NEVER"}}
    assert engine.rpc("htable.seti", "a", "k", 7) == "Ok. Key set to new value."
    assert engine.rpc("htable.get", "a", "k")["item"]["value"] == 7
    assert engine.rpc("htable.seti", "a", 5, "x") == "Ok. Key set to new value."
    assert lua("T.get('a', '5')") == 0
    assert engine.rpc("htable.setxs", "e", "k", "v", 50) == "Ok. Key set to new value."
    assert engine.rpc("htable.setxi", "e", "n", 1, 40) == "Ok. Key set to new value."
    assert lua("KSR.pv.get('$shtex(e=>k)'), KSR.pv.get('$shtex(e=>n)')") == (50, 40)
    assert engine.rpc("htable.setex", "e", "k", 9) == "Ok"
    assert engine.rpc("htable.get", "e", "k")["item"]["expire"].startswith("2023-11-1")
    assert engine.rpc("htable.delete", "a", "k") == "Ok. Key deleted."


@pytest.mark.parametrize(
    ("call", "code", "text"),
    [
        (("htable.get", "a", "no"), 500, "Key name doesn't exist in htable."),
        (("htable.get", "no", "k"), 500, "No such htable"),
        (("htable.get", "a"), 500, "Not enough parameters (htable name and key name)"),
        (("htable.delete", "a", "no"), 404, "Key not found in htable."),
        (("htable.delete",), 500, "Not enough parameters (htable name & key name)"),
        (("htable.sets", "a", "k"), 500, "Not enough parameters (htable name, key name and value)"),
        (("htable.dump",), 500, "No htable name given"),
        (("htable.flush", "no"), 500, "No such htable"),
        (("htable.store", "a"), 500, "No htable db_url"),
        (("htable.reload", "a"), 500, "No htable db_url"),
        (("htable.nope",), 500, "Method Not Found"),
    ],
)
def test_faults_of_rpc(engine, call, code, text):
    with pytest.raises(kemilua.RpcError, match=text.replace("(", "\\(").replace(")", "\\)")) as caught:
        engine.rpc(*call)
    assert caught.value.code == code


def test_rpc_without_tables(script):
    for command in ("htable.listTables", "htable.stats"):
        with pytest.raises(kemilua.RpcError, match="No htables"):
            script(None).rpc(command)


def test_rpc_of_whole_tables(engine):
    lua = runner(engine)
    lua(f"{fill(['abc', 'ABC', '[]', 'alpha'])} T.seti('a', 'beta', 5) return 0")
    assert engine.rpc("htable.dump", "a") == [
        {"entry": 66, "size": 3, "slot": [{"name": n, "value": v, "type": "str"} for n, v in (("[]", "v2"), ("abc", "v0"), ("ABC", "v1"))]},
        {"entry": 82, "size": 1, "slot": [{"name": "beta", "value": 5, "type": "int"}]},
        {"entry": 250, "size": 1, "slot": [{"name": "alpha", "value": "v3", "type": "str"}]},
    ]
    assert engine.rpc("htable.stats")[-1] == {"name": "a", "slots": 256, "all": 5, "min": 0, "max": 3}
    assert [table["name"] for table in engine.rpc("htable.listTables")] == ["w", "u", "i", "e", "a"]
    assert engine.rpc("htable.flush", "a") == "Ok. Htable flushed."
    assert engine.rpc("htable.dump", "a") == []
