"""KSR.textops that changes what a pattern, a key or an expression finds: in the message, its headers, its body, the Request-URI, a text."""

from __future__ import annotations

import pytest
from textops import BAD, EMPTY, MESSAGE, into_variable

LINES = MESSAGE.decode().split("\r\n")


@pytest.fixture
def changed(ask):
    """`changed("replace('bob', 'X')")`: the result, and the lines that the message then has and had not before."""

    def run(calls, message=MESSAGE):
        lua = f"local rc = KSR.textops.{calls} KSR.textopsx.msg_apply_changes() return rc, KSR.pv.get('$mb')"
        result, text = ask(lua, message)
        return result, [line for line in text.split("\r\n") if line not in LINES]

    return run


def with_body(body):
    head = MESSAGE.partition(b"\r\n\r\n")[0].replace(b"Content-Length: 27", b"Content-Length: %d" % len(body))
    return head + b"\r\n\r\n" + body


VIA = "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKopt"
CHANGES = [
    ("replace('al', '\\\\1$rU')", 1, ['From: "\\1$rU" <sip:al@h>;tag=a']),
    ("replace('bob', 'XX')", 1, ["To: <sip:XX@example.com>"]),
    ("replace('^X-', 'Y-')", 1, ["Y-Foo: one, two "]),
    ("replace('z*', 'Z')", 1, [f"Z{VIA}"]),
    ("replace('INVITE sip', 'q')", -1, []),
    ("replace('(', 'Z')", -1, []),
    ("replace_all('^X-', 'Y-')", 1, ["Y-Foo: one, two ", "Y-Bar: x", "Y-Foo: three"]),
    ("replace_all('bob', 'X')", 1, ["To: <sip:X@example.com>", "X X"]),
    ("replace_all('b*', 'X')", -1, []),
    ("replace_body('b', 'X')", 1, ["aX a"]),
    ("replace_body_all('b', 'X')", 1, ["aX a", "XX X", "XoX XoX"]),
    ("replace_body_all('^a?', 'X')", -1, ["Xb a"]),
    ("replace_body_all('bob', 'robert')", 1, ["Content-Length: 33", "robert robert"]),
    ("replace_body_atonce('^b', 'X')", 1, ["Xb b", "Xob bob"]),
    ("replace_hdrs('x-', 'Y-')", 1, ["MaY-Forwards: 10"]),
    ("replace_hdrs('last', 'Y-')", -1, []),
    ("replace_str('bob', 'X', 'f')", 1, ["To: <sip:X@example.com>"]),
    ("replace_str('bob', 'X', nil)", 1, ["To: <sip:X@example.com>"]),
    ("replace_str('bob', 'X', '')", 1, ["To: <sip:X@example.com>", "X X"]),
    ("replace_str('BOB', 'X', 'a')", 1, []),
    ("replace_str('', 'X', 'a')", 1, []),
    ("replace_hdrs_str('bob', 'X', 'f')", 1, ["To: <sip:X@example.com>"]),
    ("replace_hdrs_str('bob', 'X', 'a')", 1, ["To: <sip:X@example.com>", "Content-Length: 23", "X X"]),  # it goes on behind the headers
    ("replace_body_str('bob', 'X', 'a')", 1, ["Content-Length: 23", "X X"]),
    ("search_append('bob', '-more')", 1, ["To: <sip:bob-more@example.com>"]),
    ("search_append_body('bob', '-more')", 1, ["Content-Length: 32", "bob-more bob"]),
    ("search_append('zzz', '-more')", -1, []),
    ("subst('/bob/X/g')", 1, ["To: <sip:X@example.com>", "X X"]),
    ("subst('/BOB/X/')", -1, []),
    ("subst('/BOB/X/i')", 1, ["To: <sip:X@example.com>"]),
    ("subst('/sip:(.*)@/sip:\\\\1-x@/')", 1, ["To: <sip:bob-x@example.com>"]),
    ("subst('/^X-B(.)r: (.)/X-B\\\\1r: \\\\2$rU/')", 1, ["X-Bar: xbob"]),
    ("subst('/z*/X/')", -1, []),
    ("subst('bob')", -1, []),
    ("subst_body('/^b/X/g')", 1, ["Xb b", "Xob bob"]),
    ("subst_body('/a.*a/X/s')", 1, ["Content-Length: 1", "X"]),
    ("subst_hf('X-Foo', '/o/0/g', 'a')", 1, ["X-Foo: 0ne, tw0 ", " f0lded"]),
    ("subst_hf('X-Foo', '/e/0/g', 'f')", 1, ["X-Foo: on0, two "]),
    ("subst_hf('X-Foo', '/e/0/g', 'l')", 1, ["X-Foo: thr00", " fold0d"]),
    ("subst_hf('X-Foo', '/one/0/', 'l')", -1, []),
    ("subst_hf('v', '/UDP 1/TCP 1/', 'a')", 1, [VIA.replace("UDP", "TCP"), "v: SIP/2.0/TCP 10.0.0.1"]),
    ("subst_hf('None', '/x/y/', 'a')", -1, []),
    ("subst_hf('X-Foo', 'bad', 'a')", -1, []),
    ("replace('bob', 'X') KSR.textops.replace('bob', 'Y')", 1, ["To: <sip:XY@example.com>"]),
    ("replace('one', '1') KSR.hdr.remove('X-Foo')", 1, ["1X-Bar: x"]),
]


@pytest.mark.parametrize(("call", "result", "lines"), CHANGES, ids=[call for call, _, _ in CHANGES])
def test_change(changed, call, result, lines):
    assert changed(call) == (result, lines)


REMOVALS = [
    ("remove_hf_re('^x-f')", ["X-Bar"]),
    ("remove_hf_re('^Z')", None),
    ("remove_hf_re('(')", None),
    ("remove_hf_exp('^X-', 'bar')", ["X-Bar"]),
    ("remove_hf_exp('^X-', 'Z')", []),
    ("remove_hf_exp('^X-', '')", None),
    ("remove_hf_exp('X', '(')", None),
]


@pytest.mark.parametrize(("call", "left"), REMOVALS, ids=[call for call, _ in REMOVALS])
def test_headers_are_removed_by_patterns_of_their_names(ask, call, left):
    lua = f"local rc = KSR.textops.{call} KSR.textopsx.msg_apply_changes() return rc, KSR.pv.get('$mb')"
    result, text = ask(lua, MESSAGE)
    names = [line.partition(":")[0] for line in text.split("\r\n") if line.startswith("X-")]
    assert (result, names) == ((-1, ["X-Foo", "X-Bar", "X-Foo"]) if left is None else (1, left))


SECOND = "a\na\ra\r\na"
STARTS = [
    ("replace_body_all('^a|[\\n]', 'X')", "XXX\ra\rXX"),
    ("replace_body_atonce('^a|[\\n]', 'X')", "XXa\ra\rXa"),
    ("replace_body_all('^a|[\\r]', 'X')", "X\nXXXX\nX"),
    ("replace_body_atonce('^a|[\\r]', 'X')", "X\nXXaX\nX"),
    ("subst_body('/^a|[\\n]/X/g')", "XXX\ra\rXX"),
    ("subst_body('/^a|[\\r]/X/g')", "X\nXXXX\nX"),
]


@pytest.mark.parametrize(("call", "body"), STARTS, ids=[call for call, _ in STARTS])
def test_next_search_starts_a_line_behind_a_line_end(ask, call, body):
    lua = f"KSR.textops.{call} KSR.textopsx.msg_apply_changes() return KSR.pv.get('$rb')"
    assert ask(lua, with_body(SECOND.encode())) == body


def test_length_counts_what_is_done_to_the_body_as_such(changed):
    message = with_body(b"bbb x bb")
    for call, lines in [("subst('/bb+/X/g')", ["X x X"]), ("replace_body('bbb', 'yyyyy')", ["Content-Length: 10", "yyyyy x bb"])]:
        result, found = changed(call, message)
        assert (result, [line for line in found if line != "Content-Length: 8"]) == (1, lines)


@pytest.mark.parametrize(
    "call", ["replace_body('x', 'y')", "replace_body_all('x', 'y')", "replace_body_str('x', 'y', 'a')", "subst_body('/a/b/')"]
)
def test_no_body_is_not_changed(changed, call):
    assert changed(call, EMPTY)[0] == changed(call, BAD)[0] == -1


def test_bad_header_leaves_the_bytes_to_change(ask):
    calls = [
        "replace_all('bob', 'X')",
        "subst('/last/X/')",
        "replace_hdrs('bob', 'X')",
        "subst_hf('To', '/bob/X/', 'a')",
        "remove_hf_re('^X-')",
    ]
    assert ask(", ".join(f"KSR.textops.{call}" for call in calls), BAD) == (1, 1, -1, -1, -1)


URIS = [
    ("subst_uri('/bob/carol/')", 1, "sip:carol@example.com"),
    ("subst_uri('/sip:(.*)@(.*)/sip:\\\\2@\\\\1/')", 1, "sip:example.com@bob"),
    ("subst_uri('/o/0/g')", 1, "sip:b0b@example.c0m"),
    ("subst_uri('/zzz/carol/')", -1, "sip:bob@example.com"),
    ("subst_user('/b/X/g')", 1, "sip:XoX@example.com"),
    ("subst_user('/(.*)/+\\\\1/')", 1, "sip:+bob@example.com"),
    ("subst_user('/bob//')", 1, "sip:example.com"),
    ("subst_user('/bob/$rd/')", 1, "sip:example.com@example.com"),
    ("subst_user('/^/X/')", -1, "sip:bob@example.com"),
    ("subst_user('/example/X/')", -1, "sip:bob@example.com"),
]


@pytest.mark.parametrize(("call", "result", "uri"), URIS, ids=[call for call, _, _ in URIS])
def test_uri_is_changed_at_once(ask, call, result, uri):
    assert ask(f"local rc = KSR.textops.{call} return rc, KSR.pv.get('$ru')", MESSAGE) == (result, uri)


TEXTS = [
    ("'banana', '/a/0/g', '$var(r)'", 1, "b0n0n0"),
    ("'banana', '/x/0/g', '$var(r)'", -1, "unset"),
    ("'banana', '/a*/0/g', '$var(r)'", -1, "unset"),
    ("'banana', 'a', '$var(r)'", -1, "unset"),
    ("'banana', '/a/0/', '$ci'", -1, "unset"),
]


@pytest.mark.parametrize(("arguments", "result", "value"), TEXTS, ids=[arguments for arguments, _, _ in TEXTS])
def test_text_is_changed_into_a_variable(ask, arguments, result, value):
    assert ask(into_variable(f"subst_v({arguments})")) == (result, value)


def test_variables_of_a_replacement_may_hold_substitutions_of_their_own(ask):
    lua = """KSR.pv.sets("$var(t)", "abc") local rc = KSR.textops.subst_v("x-x", "/x/$(var(t){re.subst,,b,+,g})/g", "$var(r)")
        return rc, KSR.pv.get("$var(r)")"""
    assert ask(lua) == (1, "a+c-a+c")
