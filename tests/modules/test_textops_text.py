"""KSR.textops on plain texts: which is greater, how they begin and end, what is in them."""

from __future__ import annotations

import pytest
from builders import request
from hypothesis import given
from hypothesis import strategies as st
from kemilua import Engine, Message

COMPARED = [
    ("cmp_str('a', 'a')", 1),
    ("cmp_str('a', 'A')", -1),
    ("cmp_str('a', 'b')", -2),
    ("cmp_str('ab', 'a')", -1),
    ("cmp_str('a', 'ab')", -2),
    ("cmp_str('\\255', 'a')", -1),
    ("cmp_str('a\\0b', 'a\\0c')", 1),
    ("cmp_str(nil, nil)", 1),
    ("cmp_str(nil, 'a')", -2),
    ("cmp_istr('a', 'A')", 1),
    ("cmp_istr('Z', 'a')", -1),
    ("cmp_istr('_', 'A')", -2),
    ("cmp_istr('ab', 'A')", -1),
    ("starts_with('hello', 'he')", 1),
    ("starts_with('he', 'hello')", -1),
    ("starts_with('abc', 'abd')", -2),
    ("starts_with('abd', 'abc')", -1),
    ("starts_with('', '')", 1),
    ("starts_with('a', nil)", 1),
    ("ends_with('hello', 'lo')", 1),
    ("ends_with('abc', 'bd')", -2),
    ("ends_with('abd', 'bc')", -1),
    ("ends_with('', 'x')", -1),
    ("ends_with('x', '')", 1),
]
FOUND = [
    ("str_find('aab', 'ab')", 2),
    ("str_find('hello', 'zz')", -1),
    ("str_find('hello', '')", 6),
    ("str_find('', '')", 1),
    ("str_find('a\\0ab', 'ab')", 3),
    ("str_find('a', nil)", -1),
    ("str_ifind('a\\0AB', 'ab')", 3),
    ("str_ifind('hello', '')", 1),
    ("str_ifind('x', 'y')", -1),
    ("str_ifind('a', nil)", 1),
    ("str_ifind(nil, 'a')", -1),
    ("str_any_in('abc', 'xyzc')", 1),
    ("str_any_in('abc', 'xyz')", -1),
    ("str_any_in('', 'a')", -1),
    ("str_all_in('abc', 'ab')", 1),
    ("str_all_in('abc', 'abcd')", -1),
    ("str_all_in('ab', 'baa')", 1),
    ("str_all_in('a', '')", -1),
]


@pytest.mark.parametrize(("call", "result"), COMPARED + FOUND)
def test_result(ask, call, result):
    assert ask(f"KSR.textops.{call}") == result


@pytest.fixture(scope="module")
def engine():
    with Engine(scripts=[]) as engine:
        yield engine


def value(engine: Engine, function: str, *texts: str) -> int:
    quoted = ", ".join("'" + "".join(f"\\{byte:03}" for byte in text.encode()) + "'" for text in texts)
    message = Message.parse(request(), engine=engine)
    return int(str(engine.eval(f"return KSR.textops.{function}({quoted})", message=message)[0]))


LETTERS = st.text("abAB", max_size=8)


@given(LETTERS, LETTERS)
def test_texts_are_ordered_as_their_bytes_are(engine, a, b):
    assert value(engine, "cmp_str", a, b) == (1 if a == b else -1 if a > b else -2)
    assert value(engine, "cmp_istr", a, b) == value(engine, "cmp_str", a.lower(), b.lower())
    assert (value(engine, "starts_with", a, b) == 1) == a.startswith(b)
    assert (value(engine, "ends_with", a, b) == 1) == a.endswith(b)


@given(LETTERS, LETTERS.filter(bool))
def test_places_are_those_of_the_first_one(engine, a, b):
    assert value(engine, "str_find", a, b) == (a.find(b) + 1 or -1)
    assert value(engine, "str_ifind", a, b) == (a.lower().find(b.lower()) + 1 or -1)
    if a:
        assert (value(engine, "str_any_in", a, b) == 1) == bool(set(a) & set(b))
        assert (value(engine, "str_all_in", a, b) == 1) == (set(b) <= set(a))
