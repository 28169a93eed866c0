"""What differs from run to run is found, and nothing else; and whose value stands for whose."""

from __future__ import annotations

import pytest
from stateful.align import align
from stateful.masks import Token, mask, mask_json, mask_values, near, skeleton, tokens
from stateful.names import Names

MD5 = "0086ba9dd05cc52682df8c2b0a009b6f"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (f"branch=z9hG4bK5a5c.{MD5}.0", "branch", f"z9hG4bK5a5c.{MD5}"),
        (f"branch=z9hG4bKcydzigwk.{MD5}.1f", None, ""),
        ("branch=z9hG4bK5a5c.0086ba9d.0", "slbranch", "z9hG4bK5a5c.0086ba9d"),
        ("branch=z9hG4bK-invite1", None, ""),
        (f"To: <sip:b>;tag={MD5}-0badf00d\r\n", "tmtag", f"{MD5}-0badf00d"),
        (f"To: <sip:b>;tag={MD5}.0badf00d\r\n", "sltag", f"{MD5}.0badf00d"),
        (f"{MD5}-0badf00d", "tmtag", f"{MD5}-0badf00d"),
        ("To: <sip:b>;tag=tagA\r\n", None, ""),
        ("Call-ID: 0123456789abcdef-77@127.0.0.1\r\n", "callid", "0123456789abcdef-77@127.0.0.1"),
        ("Call-ID: call-1\r\n", None, ""),
        ("From: <sip:k@localhost>;tag=uloc-1-2-3-4-5\r\n", "pingtag", "uloc-1-2-3-4-5"),
        ("Call-ID: 1a-2b-3c@127.0.0.1\r\n", "pingid", "1a-2b-3c@127.0.0.1"),
        ("branch=z9hG4bK123456\r\n", "pingbranch", "z9hG4bK123456"),
        ("uloc-1a-2b-3c", "ruid", "uloc-1a-2b-3c"),
        ("rdir-1-2-3", "rdir", "rdir-1-2-3"),
        ("<sip:127.0.0.1;lr;did=e65.9481>", "did", "e65.9481"),
        ('nonce="abcdefghijklmnopqrstuvwxyz0123456789"', "nonce", "abcdefghijklmnopqrstuvwxyz0123456789"),
        ("SIP/2.0 200 OK\r\nServer: kemilua 1.0\r\n", "server", "kemilua 1.0"),
        ("BYE sip:a SIP/2.0\r\nUser-Agent: kamailio (6.2.0)\r\n", "server", "kamailio (6.2.0)"),
        ("BYE sip:a SIP/2.0\r\nUser-Agent: phone\r\n", None, ""),
        ("X\r\nDate: Sun, 29 Nov 2026 20:50:33 GMT\r\n", "date", "Sun, 29 Nov 2026 20:50:33 GMT"),
        ("ACC: timestamp=1795899057;code=200", "timestamp", "1795899057"),
        ("Contact: <sip:a>;expires=298", "expires", "298"),
        ("Expires: 298", None, ""),
    ],
)
def test_value_of_a_run_is_found(text: str, kind: str | None, value: str) -> None:
    assert tokens(mask(text)) == ([] if kind is None else [Token(kind, value)])


def test_number_of_the_branch_stays() -> None:
    assert skeleton(mask(f"z9hG4bK5a5c.{MD5}.3")) == ("<branch>.3",)


def test_temporary_gruu_is_one_value_with_what_is_in_it() -> None:
    assert tokens(mask('temp-gruu="sip:uloctgr.uloc-1a-2b-3c.1@example.com"')) == [Token("tempgruu", "sip:uloctgr.uloc-1a-2b-3c.1")]


def test_values_are_hidden_within_what_was_recorded() -> None:
    lines = mask_values("seen", ["x\r\nServer: y\r\n", f"{MD5}.0badf00d", 1.0, None, True])
    assert skeleton(lines) == ('["seen", "x\\r\\nServer: <server>\\r\\n", "<sltag>", 1.0, null, true]',)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"Expires": 298}, {"Expires": 3}, True),
        ({"Expires": "298"}, {"Expires": 3}, True),
        ({"Expires": "permanent"}, {"Expires": 3}, False),
        ({"cell": "0x7ffb38cdf910"}, {"cell": "0x1"}, True),
        ({"hits": 298}, {"hits": 3}, False),
        ({"list": [{"timeout": 1}, {"timeout": 2}]}, {"list": [{"timeout": 3}, {"timeout": 4}]}, True),
        ({"list": [{"timeout": 1}]}, {"list": []}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ],
)
def test_number_that_depends_on_the_time_is_any_number(one: object, other: object, equal: bool) -> None:
    assert (skeleton(mask_json(one)) == skeleton(mask_json(other))) is equal


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("300", "297", True),
        ("300", "296", False),
        ("0", "0", True),
        ("0", "1", False),
        ("2", "0", False),
        (str(2**64 - 1), str(2**64 - 9), True),
    ],
)
def test_seconds_left_are_compared_with_a_tolerance(one: str, other: str, is_near: bool) -> None:
    assert near(one, other) is is_near
    assert near(other, one) is is_near


# ---- names


def tag(digit: str) -> str:
    return f"tag={digit * 32}.{digit * 8}"


def test_partners_have_one_name_and_strangers_another() -> None:
    names = Names()
    recorded, ours = mask(f"{tag('a')} {tag('b')}"), mask(f"{tag('c')} {tag('d')}")
    names.meet(recorded, ours)
    assert names.same(recorded[0], ours[0])
    assert names.shown(recorded[0], ours=False) == "tag=<sltag1> tag=<sltag2>"
    assert names.shown(mask(f"{tag('d')} {tag('c')} {tag('a')}")[0], ours=True) == "tag=<sltag2> tag=<sltag1> tag=<sltag!1>"


def test_value_keeps_the_partner_it_met_first() -> None:
    names = Names()
    names.meet(mask(tag("a")), mask(tag("c")))
    names.meet(mask(tag("a")), mask(tag("d")))
    names.meet(mask(tag("b")), mask(tag("c")))
    assert names.same(mask(tag("a"))[0], mask(tag("c"))[0])
    assert not names.same(mask(tag("a"))[0], mask(tag("d"))[0])
    assert not names.same(mask(tag("b"))[0], mask(tag("c"))[0])


def test_lines_of_another_kind_are_never_the_same() -> None:
    assert not Names().same(mask(tag("a"))[0], mask(tag("a").replace(".", "-"))[0])
    assert not Names().same(("a",), ("b",))


# ---- alignment


def distance(one: str, other: str) -> float:
    return 0.0 if one == other else 0.5 if one.lower() == other.lower() else 3.0


@pytest.mark.parametrize(
    ("left", "right", "pairs"),
    [
        ("", "", []),
        ("abc", "abc", ["aa", "bb", "cc"]),
        ("abc", "ac", ["aa", "b-", "cc"]),
        ("ac", "abc", ["aa", "-b", "cc"]),
        ("abc", "aBc", ["aa", "bB", "cc"]),
        ("abcd", "bd", ["a-", "bb", "c-", "dd"]),
        ("x", "y", ["x-", "-y"]),
    ],
)
def test_items_that_belong_together_are_paired_in_order(left: str, right: str, pairs: list[str]) -> None:
    assert [f"{one or '-'}{other or '-'}" for one, other in align(left, right, distance)] == pairs


def test_what_costs_less_alone_stays_alone() -> None:
    for cheap, stays in (("a", "a"), ("b", "b")):
        pairs = align("ab", "ba", distance, lambda item, cheap=cheap: 0.9 if item == cheap else 1.0)  # type: ignore[misc]
        assert [one for one, other in pairs if other is None] == [stays]
