"""The reference and the package name the same things: each public name stands in it, and it names nothing that is not there."""

from __future__ import annotations

import builtins
import inspect
import re
from typing import Any

import kemilua
import kemilua.dns
import pytest
from public import KINDS, members

CODE = re.compile(r"`([^`]+)`|^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
DNS = [getattr(kemilua.dns, name) for name in ("Resolver", "ResolverLike", "ResolveError")]
CLAIM = re.compile(r"\b([A-Za-z_]\w*)\(|\b([A-Z]\w*[a-z]\w*)\b")
"""What code claims to be there: something that is called, or a class."""
OTHERS = {"modparam", "Server", "Future"}
"""Of Kamailio and of the standard library."""


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "reference" / "python.md").read_text(encoding="utf-8")


def parameters(function: Any) -> set[str]:
    try:
        return set(inspect.signature(function).parameters) - {"self", "cls", "args", "kwargs"}
    except (TypeError, ValueError):
        return set()


def words(kind: type) -> set[str]:
    """The members of a class and the parameters of its calls."""
    found = members(kind) | parameters(kind)
    for name in members(kind):
        found |= parameters(getattr(kind, name, None))
    return found


def in_page(page: str, names: set[str]) -> list[str]:
    """Those of some names that the page does not have."""
    return sorted(name for name in names if not re.search(rf"\b{name}\b", page))


def test_every_public_name_is_in_the_reference(page):
    assert in_page(page, {name for name in kemilua.__all__ if not name.startswith("_")}) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_public_attribute_and_parameter_is_in_the_reference(page, kind):
    names = members(kind) if issubclass(kind, BaseException) else words(kind)
    if kind is kemilua.Level:  # its members by the first and the last
        names = {"ALERT", "DBG"}
    assert in_page(page, names) == []


def test_reference_names_nothing_that_is_not_there(page):
    known = {*kemilua.__all__, *OTHERS, *dir(builtins)}
    for kind in [*KINDS, *DNS]:
        known |= members(kind) | {kind.__name__}
    claimed = {name for code in CODE.findall(page) for claim in CLAIM.findall("".join(code)) for name in claim if name}
    assert {"Engine", "receive_datagram", "Message", "header", "StaleMessageError"} <= claimed
    assert sorted(claimed - known) == []


def test_every_exception_is_in_the_table_with_its_builtin_base(page):
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for kind in KINDS:
        if not issubclass(kind, kemilua.KemiluaError) or kind is kemilua.KemiluaError:
            continue
        (row,) = [row for row in rows if f"`{kind.__name__}`" in row.split("|")[1]]
        bases = {base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"} - {"object", "BaseException", "Exception"}
        also = set(NAME.findall(row.split("|")[2]))
        assert also <= bases, kind.__name__
        assert not bases or also, kind.__name__


def test_every_command_is_in_the_reference_and_no_other(root):
    text = (root / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_]+\.\w+)` \| (?:`([^`]*)`)? \| (.*) \|$", text, re.MULTILINE)
    with kemilua.Engine() as engine:
        assert listed == [(one.name, one.parameters, one.help) for one in engine.commands.values()]
