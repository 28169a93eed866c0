"""Values of kemilua are dataclasses to everybody, though not made by `dataclasses`."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import sys

import kemilua
import pytest
from kemilua._records import dataclass


@dataclass(frozen=True, slots=True)
class Ours:
    """One of each: a field without a default, and one with."""

    name: str
    size: int = 5

    @property
    def doubled(self) -> int:
        return self.size * 2


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """One of each: a field without a default, and one with."""

    name: str
    size: int = 5

    @property
    def doubled(self) -> int:
        return self.size * 2


PAIR = [Ours, Theirs]
WAYS = {
    "repr": lambda kind: repr(kind("x")).partition("(")[2],
    "equal": lambda kind: (kind("x") == kind("x", 5), kind("x") == kind("y"), kind("x") == ("x", 5), kind("x") != kind("x")),
    "hash": lambda kind: (hash(kind("x", 1)), len({kind("x"), kind("x"), kind("y")})),
    "slots": lambda kind: (kind.__slots__, kind.__match_args__, hasattr(kind("x"), "__dict__")),
    "doc": lambda kind: kind.__doc__,
    "property": lambda kind: kind("x", 4).doubled,
    "names": lambda kind: (kind.__module__, kind.__annotations__),
    "signature": lambda kind: str(inspect.signature(kind)),
    "is": lambda kind: (dataclasses.is_dataclass(kind), dataclasses.is_dataclass(kind("x"))),
    "fields": lambda kind: [(one.name, one.type, one.default) for one in dataclasses.fields(kind)],
    "asdict": lambda kind: (dataclasses.asdict(kind("x", 1)), dataclasses.astuple(kind("x", 1))),
    "replace": lambda kind: (dataclasses.replace(kind("x"), size=1).size, dataclasses.replace(kind("x")) == kind("x")),
    "frozen": lambda kind: kind.__dataclass_params__.frozen,
    "copy": lambda kind: (copy.copy(kind("x")) == kind("x"), copy.deepcopy(kind("x", 2)).size),
}
WRONG = {
    "missing": lambda kind: kind(),
    "too many": lambda kind: kind("x", 1, 2),
    "unknown": lambda kind: kind("x", nope=1),
    "set": lambda kind: setattr(kind("x"), "name", "y"),
    "delete": lambda kind: delattr(kind("x"), "size"),
    "order": lambda kind: kind("x") < kind("y"),
    "replace": lambda kind: dataclasses.replace(kind("x"), nope=1),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_answer_is_that_of_a_dataclass(way):
    ours, theirs = (way(kind) for kind in PAIR)
    assert ours == theirs


def said(kind: type, way) -> tuple[type, str]:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the question
        way(kind)
    return caught.type, str(caught.value).replace(kind.__name__, "")


@pytest.mark.parametrize("way", WRONG.values(), ids=WRONG.keys())
def test_refusal_is_that_of_a_dataclass(way):
    assert said(Ours, way) == said(Theirs, way)


def test_pattern_matches_by_place_and_name():
    match Ours("x", 3):
        case Ours("x", size=3):
            pass
        case _:
            pytest.fail("no match")


def test_dataclass_may_be_derived_from_one_of_ours():
    @dataclasses.dataclass(frozen=True)
    class More(kemilua.Drop):
        code: int = 0

    more = More("why", 7)
    assert (more.reason, more.code) == ("why", 7)
    assert more == dataclasses.replace(more)
    assert more != kemilua.Drop("why")


def test_plain_class_derived_from_one_of_ours_may_have_more():
    class More(kemilua.Drop):
        pass

    more = More("why")
    more.note = "x"
    assert (more.note, more, dataclasses.replace(more).reason) == ("x", More("why"), "why")
    with pytest.raises(dataclasses.FrozenInstanceError):
        more.reason = "other"


@pytest.mark.skipif(sys.version_info < (3, 13), reason="copy.replace is new in Python 3.13")
def test_copy_replace_takes_one():
    assert copy.replace(kemilua.Drop("x"), reason="y") == kemilua.Drop("y")
