"""KSR.textops on bodies: new ones, those of replies, and parts of a multipart body."""

from __future__ import annotations

import pytest
from builders import body_of, header, request
from harness import only_send
from hypothesis import given
from hypothesis import strategies as st
from kemilua import Engine, Message

PLAIN = request(headers={"Content-Type": "text/plain"}, body="hello\r\n")
PARTS = "--b|Content-Type: text/plain||one|--b|Content-Type: application/sdp|Content-Disposition: x||v=0|--b--|"


UNDIVIDED = [("text/plain", 1), ("text/plain;charset=utf-8", -1), ("multipart/mixed", 1), ("multipart/mixed;boundary=", -1)]


@pytest.mark.parametrize(("kind", "result"), UNDIVIDED, ids=[kind for kind, _ in UNDIVIDED])
@pytest.mark.parametrize("name", ["Content-Type", "c"])
def test_body_that_is_not_divided_is_one_part_unless_its_type_has_parameters(ask, name, kind, result):
    lua = "KSR.textops.get_body_part('x/y', '$var(r)'), KSR.pv.get('$var(r)'), KSR.textops.get_body_part_raw('x/y', '$var(r)')"
    message = request("MESSAGE", headers={name: kind}, body=b"hello")
    assert ask(lua, message) == (result, "hello" if result == 1 else 0, result)


def crlf(text: str) -> str:
    return text.replace("|", "\r\n")


def multipart(body: str = PARTS, kind: str = 'multipart/mixed;boundary="b"') -> bytes:
    return request(headers={"Content-Type": kind}, body=crlf(body))


MIXED = multipart()


@pytest.fixture
def applied(ask):
    """`applied(lua, message)`: what the Lua (an expression) gave; the Content-Types and the body then, `|` for line ends."""

    def applied(lua, message):
        result, text = ask(f"local r = {lua} KSR.textopsx.msg_apply_changes() return r, KSR.pv.get('$mb')", message)
        data = text.encode("utf-8", "surrogateescape")
        assert header(data, "Content-Length") == [str(len(body_of(data)))]
        return result, header(data, "Content-Type"), body_of(data).decode().replace("\r\n", "|")

    return applied


# ---- whole bodies

SET = [
    (PLAIN, "set_body('new', 'text/plain')", (1, ["text/plain"], "new")),
    (PLAIN, "set_body('new', 'text/PLAIN')", (1, ["text/PLAIN"], "new")),
    (request(), "set_body('new', 'a/b')", (1, ["a/b"], "new")),
    (PLAIN, "set_body('', 'a/b')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body('new', '')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body(nil, nil)", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body_hex('68 694A4b', 'a/b')", (1, ["a/b"], "hiJK")),
    (PLAIN, "set_body_hex('68\\t69 ', 'a/b')", (1, ["a/b"], "hi")),
    (PLAIN, "set_body_hex('68\\n69', 'a/b')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body_hex('68\\r\\n69', 'a/b')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body_hex('6 869', 'a/b')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body_hex('686', 'a/b')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body_hex('6g', 'a/b')", (-1, ["text/plain"], "hello|")),
    (PLAIN, "set_body_hex('', 'a/b')", (-1, ["text/plain"], "hello|")),
]


@pytest.mark.parametrize(("message", "call", "result"), SET)
def test_body_is_set(applied, message, call, result):
    assert applied(f"KSR.textops.{call}", message) == result


def test_of_two_bodies_the_last_is_sent_with_both_types(applied):
    lua = "KSR.textops.set_body('new', 'a/b') r = KSR.textops.set_body('newer', 'c/d')"
    assert applied(lua, PLAIN) == (1, ["a/b", "c/d"], "newer")


def test_length_is_added_where_there_is_none(ask):
    message = request().replace(b"Content-Length: 0\r\n", b"")
    text = ask("KSR.textops.set_body('new', 'a/b') KSR.textopsx.msg_apply_changes() return KSR.pv.get('$mb')", message)
    assert text.endswith("Content-Type: a/b\r\nContent-Length: 3\r\n\r\nnew")


def test_no_body_where_headers_cannot_be_parsed(ask):
    message = request().replace(b"Content-Length", b"X Bad: 1\r\nContent-Length")
    assert ask("KSR.textops.set_body('b', 'a/b'), KSR.textops.set_body_multipart('b', 'a/b', '')", message) == (-1, -1)


@pytest.mark.parametrize(
    ("calls", "results", "types", "body"),
    [
        ("T.set_reply_body('hi', 'a/b')", "1", ["a/b"], b"hi"),
        ("T.set_reply_body_hex('68 69', 'a/b')", "1", ["a/b"], b"hi"),
        ("T.set_reply_body('hi', 'a/b'), T.set_reply_body('ho', 'c/d')", "1 -1", ["a/b", "c/d"], b"hi"),
        ("T.set_reply_body('', 'a/b'), T.set_reply_body('hi', ''), T.set_reply_body_hex('6', 'a/b')", "-1 -1 -1", [], b""),
    ],
)
def test_body_of_a_reply(script, calls, results, types, body):
    lua = f"local T = KSR.textops R = table.concat({{{calls}}}, ' ') KSR.sl.send_reply(200, 'OK')"
    engine = script(f"function ksr_request_route() {lua} end")
    data = only_send(engine.receive(request())).data
    assert (header(data, "Content-Type"), header(data, "Content-Length"), body_of(data)) == (types, [str(len(body))], body)
    assert engine.eval("return R") == (results,)


# ---- made multipart

MIXED_B = ['multipart/mixed;boundary="B"']
DEFAULT = ['multipart/mixed;boundary="unique-boundary-1"']
OLD = "--unique-boundary-1|Content-Type: text/plain||hello||--unique-boundary-1|"
MADE = [
    ("set_body_multipart('new', 'a/b', 'B')", (1, MIXED_B, "--B|Content-Type: a/b||new|--B|")),
    ("set_body_multipart('new\\r\\n\\r\\n', 'a/b', 'B')", (1, MIXED_B, "--B|Content-Type: a/b||new||--B|")),
    ("set_body_multipart('new', '', 'B')", (1, MIXED_B, "--B|Content-Type: text/plain||new|--B|")),
    ("set_body_multipart('', 'a/b', 'B')", (1, MIXED_B, "--B|Content-Type: text/plain||hello||--B|")),
    ("set_body_multipart('new', 'a/b', '-B')", (-1, ["text/plain"], "hello|")),
    ("set_body_multipart(nil, nil, nil)", (1, DEFAULT, OLD)),
    ("set_body_multipart_mode()", (1, DEFAULT, OLD)),
    ("set_body_multipart_boundary('B')", (1, MIXED_B, "--B|Content-Type: text/plain||hello||--B|")),
    ("set_body_multipart_content('n', 'a/b')", (1, DEFAULT, OLD.replace("text/plain", "a/b").replace("hello|", "n"))),
]


@pytest.mark.parametrize(("call", "result"), MADE)
def test_body_becomes_multipart(applied, call, result):
    assert applied(f"KSR.textops.{call}", PLAIN) == result


def test_version_of_mime_is_told(ask):
    lua = "KSR.textops.set_body_multipart_mode() KSR.textopsx.msg_apply_changes() return KSR.hdr.get('Mime-Version')"
    assert ask(lua, PLAIN) == "1.0"


def test_nothing_becomes_no_part(applied):
    assert applied("KSR.textops.set_body_multipart('', 'a/b', 'B')", request()) == (-1, [], "")


def test_message_without_a_body_becomes_multipart(applied):
    """Ends Kamailio."""
    lua = "KSR.textops.set_body_multipart('text', 'text/plain', 'bb') KSR.textops.append_body_part('two', 'text/x')"
    assert applied(f"1 {lua}", request()) == (1, ['multipart/mixed;boundary="bb"'], "--bb|Content-Type: text/plain||text|--bb|")


def test_parts_are_appended_once_it_is_multipart(applied):
    lua = """KSR.textops.set_body_multipart('one', 'a/b', 'B') KSR.textopsx.msg_apply_changes()
        r = KSR.textops.append_body_part('two', 'c/d')"""
    closed = "--B|Content-Type: a/b||one|--B|Content-Type: c/d||two|--B--|"
    assert applied(lua, request()) == (1, MIXED_B, closed)


def test_multipart_body_is_closed_when_sent(script):
    lua = "KSR.textops.set_body_multipart('one', 'a/b', 'B') KSR.textopsx.msg_apply_changes() KSR.forward_uri('sip:203.0.113.1')"
    data = only_send(script(f"function ksr_request_route() {lua} end").receive(PLAIN)).data
    assert body_of(data) == crlf("--B|Content-Type: a/b||one|--B--|").encode()


def test_body_with_other_delimiters_does_not_replace_a_multipart_one(applied):
    lua = "1 KSR.textops.set_body_multipart('text', 'text/plain', 'other') KSR.textops.append_body_part('two', 'text/x')"
    assert applied(lua, MIXED) == (1, ['multipart/mixed;boundary="b"'], PARTS)


# ---- parts

START = PARTS.removesuffix("--b--|")
PART_CALLS = [
    ("append_body_part('two', 'c/d')", 1, START + "--b|Content-Type: c/d||two|--b--|"),
    ("append_body_part('two\\r\\n\\r\\n', 'c/d')", 1, START + "--b|Content-Type: c/d||two||--b--|"),
    ("append_body_part_cd('two', 'c/d', 'e')", 1, START + "--b|Content-Type: c/d|Content-Disposition: e||two|--b--|"),
    ("append_body_part_cd('two', 'c/d', nil)", 1, START + "--b|Content-Type: c/d||two|--b--|"),
    ("append_body_part_hex('74 77', 'c/d')", 1, START + "--b|Content-Type: c/d||tw|--b--|"),
    ("append_body_part_hex_cd('7477', 'c/d', 'e')", 1, START + "--b|Content-Type: c/d|Content-Disposition: e||tw|--b--|"),
    ("append_body_part_hex('7', 'c/d')", -1, PARTS),
    ("append_body_part_hex('74\\r\\n77', 'c/d')", -1, PARTS),
    ("append_body_part_hex_cd('74\\n', 'c/d', 'e')", -1, PARTS),
    ("append_body_part('', 'c/d')", -1, PARTS),
    ("append_body_part('two', '')", -1, PARTS),
    ("remove_body_part('TEXT/plain')", 1, "--b|Content-Type: application/sdp|Content-Disposition: x||v=0|--b--|"),
    ("remove_body_part('application/sdp')", 1, "--b|Content-Type: text/plain||one|--b--|"),
    ("remove_body_part('text')", -1, PARTS),
    ("remove_body_part('')", -1, PARTS),
    ("remove_body_part(nil)", -1, PARTS),
    ("filter_body('text/plain')", 1, "one"),
    ("filter_body('application/sdp')", 1, "Content-Disposition: x||v=0"),
    ("filter_body('foo')", -1, PARTS),
]


@pytest.mark.parametrize("kind", ["multipart/related", "multipart/alternative", "multipart/mixedup"])
@pytest.mark.parametrize(
    "call", ["append_body_part('two', 'c/d')", "append_body_part_cd('two', 'c/d', 'e')", "append_body_part_hex('74', 'c/d')"]
)
def test_part_is_appended_to_mixed_ones_alone(applied, kind, call):
    kind = f'{kind};boundary="b"'
    assert applied(f"KSR.textops.{call}", multipart(kind=kind)) == (-1, [kind], PARTS)


@pytest.mark.parametrize(("call", "result", "body"), PART_CALLS)
def test_part(applied, call, result, body):
    assert applied(f"KSR.textops.{call}", MIXED) == (result, ['multipart/mixed;boundary="b"'], body)


@pytest.mark.parametrize(
    ("lua", "body"),
    [
        (
            "T.append_body_part('x', 'c/d') T.append_body_part('y', 'e/f')",
            START + "--b|Content-Type: c/d||x|--b|Content-Type: e/f||y|--b--|",
        ),
        ("T.remove_body_part('text/plain') T.remove_body_part('application/sdp')", "--b--|"),
        (
            "T.remove_body_part('text/plain') T.remove_body_part('text/plain')",
            "--b|Content-Type: application/sdp|Content-Disposition: x||v=0|--b--|",
        ),
        (
            "T.remove_body_part('text/plain') T.append_body_part('y', 'e/f')",
            "--b|Content-Type: application/sdp|Content-Disposition: x||v=0|--b|Content-Type: e/f||y|--b--|",
        ),
        ("T.append_body_part('x', 'c/d') T.set_body_multipart('y', 'e/f', 'b')", "--b|Content-Type: e/f||y|--b--|"),
    ],
)
def test_changes_of_parts_go_together(applied, lua, body):
    assert applied(f"1 local T = KSR.textops {lua}", MIXED) == (1, ['multipart/mixed;boundary="b"'], body)


@pytest.mark.parametrize("behind", ["", "epilogue|"])
def test_body_whose_only_part_is_removed_still_has_its_close_delimiter(applied, behind):
    body = "--b|Content-Type: text/plain||one|--b--|" + behind
    assert applied("KSR.textops.remove_body_part('text/plain')", multipart(crlf(body)))[::2] == (1, "--b--|")


@pytest.mark.parametrize("call", ["append_body_part('x', 'c/d')", "remove_body_part('text/plain')", "filter_body('text/plain')"])
@pytest.mark.parametrize("message", [PLAIN, request(), request(body="x"), multipart(kind="multipart/mixed"), multipart("")])
def test_other_bodies_have_no_parts(ask, call, message):
    assert ask(f"KSR.textops.{call}", message) == -1


READ = [
    ("text/plain", 1, "|one|", "Content-Type: text/plain||one|--b|"),
    ("Application/SDP", 1, "Content-Disposition: x||v=0|", "Content-Type: application/sdp|Content-Disposition: x||v=0|--b--|"),
    ("text", -1, "", ""),
    ("", -1, "", ""),
]


@pytest.mark.parametrize(("kind", "result", "text", "raw"), READ)
def test_part_is_read(ask, kind, result, text, raw):
    lua = "KSR.pv.sets('$var(t)', '') KSR.pv.sets('$var(r)', '') local T = KSR.textops"
    calls = f"T.get_body_part('{kind}', '$var(t)'), KSR.pv.get('$var(t)'), T.get_body_part_raw('{kind}', '$var(r)'), KSR.pv.get('$var(r)')"
    assert ask(f"{lua} return {calls}", MIXED) == (result, crlf(text), result, crlf(raw))


@pytest.mark.parametrize(("message", "result"), [(PLAIN, (1, "hello\r\n")), (request(body="x"), (1, "x")), (request(), (-1, None))])
def test_whole_body_is_read_where_it_has_no_parts(ask, message, result):
    assert ask("KSR.textops.get_body_part('text/plain', '$avp(x)'), KSR.pv.get('$avp(x)')", message) == result


@pytest.mark.parametrize(("name", "result"), [("$avp(x)", 1), ("$ci", -1), ("$foo(", -1), ("x", -1), ("", -1)])
def test_part_needs_a_variable(ask, name, result):
    assert ask(f"KSR.textops.get_body_part('text/plain', '{name}')", MIXED) == result


LINES = ["--b", "--b--", "--bb", "Content-Type: a/b", "c : a/b", "", "x", "Content-Type:", "\n--b"]


@pytest.fixture(scope="module")
def engine():
    with Engine(scripts=[]) as engine:
        yield engine


@given(st.lists(st.sampled_from(LINES), max_size=12).map("\r\n".join), st.booleans())
def test_any_body_has_parts_or_none(engine, body, removes):
    """What is removed was there; what is read is a piece of the body; the length is right."""
    message = Message.parse(request(headers={"Content-Type": "multipart/mixed;boundary=b"}, body=body), engine=engine)
    change = "KSR.textops.remove_body_part('a/b')" if removes else "KSR.textops.append_body_part('new', 'c/d')"
    lua = "KSR.pv.unset('$var(x)') local g = KSR.textops.get_body_part('a/b', '$var(x)') local x = KSR.pv.get('$var(x)')"
    found, text, changed = engine.eval(f"{lua} return g, x, {change}", message=message)
    assert (text or "") in body
    data = message.to_bytes()
    assert header(data, "Content-Length") == [str(len(body_of(data)))]
    if removes:
        assert found == changed
        assert (body_of(data).decode() == body) == (changed == -1)
    elif body:
        assert changed == 1
        assert b"new" in body_of(data)


def test_body_shorter_than_its_length_is_not_replaced(ask):
    message = request(body="hello").replace(b"Content-Length: 5", b"Content-Length: 6")
    assert ask("KSR.textops.set_body('hi', 'text/plain')", message) == -1
    assert ask("KSR.textops.set_body('hi', 'text/plain')", request(body="hello")) == 1


@pytest.mark.parametrize(("word", "length"), [("HELLO", "6"), ("HELL", "4"), ("HELLOS", "6")])
def test_wrong_length_is_mended_with_a_body_of_another_length(ask, word, length):
    message = request(body="hello").replace(b"Content-Length: 5", b"Content-Length: 6")
    text = ask(f"KSR.textops.replace_body('hello', '{word}') KSR.textopsx.msg_apply_changes() return KSR.pv.get('$mb')", message)
    assert header(text.encode(), "Content-Length") == [length]
