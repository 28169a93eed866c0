"""KSR.hdr: headers read as received, edits that show once applied or sent."""

from __future__ import annotations

import pytest
from builders import header, request
from harness import sent

TWO = request(headers={"X-Foo": "one", "Subject": "Hello, World", "x-foo": "two", "X-Empty": ""})


def lines(text):
    return text.split("\r\n")


def names(text):
    return [line.partition(":")[0] for line in lines(text)[1:] if line]


# ---- reading


@pytest.mark.parametrize(
    ("lua", "values"),
    [
        ("KSR.hdr.get('X-Foo'), KSR.hdr.gete('X-Foo'), KSR.hdr.getw('X-Foo')", ("one", "one", "one")),
        ("KSR.hdr.get('Nope'), KSR.hdr.gete('Nope'), KSR.hdr.getw('Nope')", (None, "", "<null>")),
        ("KSR.hdr.get('x-FOO'), KSR.hdr.get('s'), KSR.hdr.get('subject')", ("one", "Hello, World", "Hello, World")),
        ("KSR.hdr.get('X-Empty'), KSR.hdr.get(''), KSR.hdr.get(nil)", ("", None, None)),
        ("KSR.hdr.get_idx('X-Foo', 0), KSR.hdr.get_idx('X-Foo', 1), KSR.hdr.get_idx('X-Foo', -1)", ("one", "two", "two")),
        ("KSR.hdr.get_idx('X-Foo', 2), KSR.hdr.gete_idx('X-Foo', 2), KSR.hdr.getw_idx('X-Foo', 2)", (None, "", "<null>")),
        ("KSR.hdr.get_idx('X-Foo', -2), KSR.hdr.gete_idx('X-Foo', -3), KSR.hdr.getw_idx('X-Foo', 1)", ("one", "", "two")),
        ("KSR.hdr.is_present('X-Foo'), KSR.hdr.is_present('s'), KSR.hdr.is_present('Nope'), KSR.hdr.is_present('')", (1, 1, -1, -1)),
    ],
)
def test_header_is_read_by_name_and_index(ask, lua, values):
    assert ask(lua, TWO) == values


def test_body_keeps_trailing_blanks_and_folds(ask):
    assert ask("KSR.hdr.get('X-A'), KSR.hdr.get('X-B')", request(headers={"X-A": "  a   ", "X-B": "b\r\n\tc"})) == ("a   ", "b\r\n\tc")


def test_name_too_long_is_not_present(ask):
    long = "X" * 125
    assert ask(f"KSR.hdr.is_present('{long}'), KSR.hdr.get('{long}')", request(headers={long: "here"})) == (-1, "here")


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        ("'X-Foo', 'eq', 'ONE', 'f'", True),
        ("'X-Foo', 'EQ', 'two', 'first'", False),
        ("'X-Foo', 'eq', 'two', 'l'", True),
        ("'X-Foo', 'eq', 'two', 'o'", True),
        ("'X-Foo', 'eq', 'two', 'a'", False),
        ("'X-Foo', 'ne', 'three', 'a'", True),
        ("'X-Foo', 'in', 'o', 'a'", True),
        ("'X-Foo', 'sw', 't', 'l'", True),
        ("'X-Foo', 'sw', '', 'a'", True),
        ("'X-Foo', 'in', '', 'a'", True),
        ("'X-Foo', 're', '.', 'f'", False),
        ("'X-Foo', 'zz', 'one', 'f'", False),
        ("'X-Foo', 'eq', 'one', ''", False),
        ("'Nope', 'ne', 'x', 'f'", False),
    ],
)
def test_match_content_compares_without_case(ask, arguments, answer):
    assert ask(f"KSR.hdr.match_content({arguments})", TWO) is answer


# ---- editing


def test_appended_and_inserted_headers_keep_the_order_of_the_calls(edited):
    head = lines(
        edited("KSR.hdr.append('A: 1\\r\\n') KSR.hdr.append('B: 2\\r\\n') KSR.hdr.insert('C: 3\\r\\n') KSR.hdr.insert('D: 4\\r\\n')")
    )
    assert head[1:3] == ["C: 3", "D: 4"]
    assert head[-4:-2] == ["A: 1", "B: 2"]


def test_header_is_put_next_to_the_first_of_its_name(edited):
    assert names(edited("KSR.hdr.append_after('N: 1\\r\\n', 'X-Foo')", TWO))[6:9] == ["X-Foo", "N", "Subject"]
    assert names(edited("KSR.hdr.insert_before('N: 1\\r\\n', 's')", TWO))[6:9] == ["X-Foo", "N", "Subject"]


def test_header_next_to_none_goes_to_the_end_or_the_top(edited):
    assert names(edited("KSR.hdr.append_after('N: 1\\r\\n', 'Nope')"))[-1] == "N"
    assert names(edited("KSR.hdr.insert_before('N: 1\\r\\n', 'Nope')"))[0] == "N"


def test_all_headers_of_a_name_are_removed(edited):
    assert "X-Foo" not in (text := edited("KSR.hdr.remove('x-foo') KSR.hdr.remove('X-Foo')", TWO))
    assert "x-foo" not in text


def test_headers_are_replaced_at_either_end(edited):
    assert names(edited("KSR.hdr.rmappend('s', 'Subject: new\\r\\n')", TWO))[-1] == "Subject"
    assert lines(edited("KSR.hdr.rminsert('s', 'Subject: new\\r\\n')", TWO))[1] == "Subject: new"


@pytest.mark.parametrize(
    ("lua", "result"),
    [
        ("KSR.hdr.append('')", 1),
        ("KSR.hdr.append(nil)", -1),
        ("KSR.hdr.insert(nil)", -1),
        ("KSR.hdr.append_after('A: 1\\r\\n', nil)", -1),
        ("KSR.hdr.append_after(nil, 'To')", -1),
        ("KSR.hdr.insert_before('A: 1\\r\\n', nil)", -1),
        ("KSR.hdr.append_after('A: 1\\r\\n', ('x'):rep(125))", -1),
        ("KSR.hdr.remove('Nope')", 1),
        ("KSR.hdr.remove('')", -1),
        ("KSR.hdr.remove(' To')", -1),
        ("KSR.hdr.rmappend('', 'A: 1\\r\\n')", -1),
        ("KSR.hdr.rminsert('', 'A: 1\\r\\n')", -1),
        ("KSR.hdr.append_to_reply('')", -1),
        ("KSR.hdr.append_to_reply(nil)", -1),
        ("KSR.hdr.append_to_reply('A: 1\\r\\n')", 1),
    ],
)
def test_edit_tells_whether_it_could_be_noted(ask, lua, result):
    assert ask(lua) == result


def test_reads_see_the_message_as_received_until_changes_are_applied(ask):
    lua = "KSR.hdr.append('N: 1\\r\\n') KSR.hdr.remove('s') return KSR.hdr.is_present('N'), KSR.hdr.get('s'), KSR.pv.get('$hdr(N)')"
    assert ask(lua, TWO) == (-1, "Hello, World", None)
    lua = "KSR.hdr.append('N: 1\\r\\n') KSR.hdr.remove('s') KSR.textopsx.msg_apply_changes() return KSR.hdr.get('N'), KSR.hdr.get('s')"
    assert ask(lua, TWO) == ("1", None)


def test_edits_show_in_forwards_and_not_in_replies(script):
    lua = "KSR.hdr.append('N: 1\\r\\n') KSR.hdr.remove('Max-Forwards') KSR.forward_uri('sip:203.0.113.1') KSR.sl.send_reply(200, 'OK')"
    forwarded, answered = sent(script(f"function ksr_request_route() {lua} end").receive(request()))
    assert (header(forwarded, "N"), header(forwarded, "Max-Forwards")) == (["1"], [])
    assert header(answered, "N") == []


def test_inserted_header_stands_above_our_via(script):
    lua = "KSR.hdr.insert('N: 1\\r\\n') KSR.forward_uri('sip:203.0.113.1')"
    (forwarded,) = sent(script(f"function ksr_request_route() {lua} end").receive(request()))
    assert names(forwarded.decode())[:3] == ["N", "Via", "Via"]


def test_text_for_replies_is_in_every_reply_and_in_no_forward(script):
    lua = "KSR.hdr.append_to_reply('A: 1\\r\\n') KSR.hdr.append_to_reply('B: 2\\r\\n') KSR.sl.send_reply(100, 'T')"
    lua += " KSR.sl.send_reply(200, 'OK')"
    first, second, forwarded = sent(script(f"function ksr_request_route() {lua} KSR.forward_uri('sip:203.0.113.1') end").receive(request()))
    assert [header(data, "A") + header(data, "B") for data in (first, second, forwarded)] == [["1", "2"], ["1", "2"], []]
