"""KSR.textops on headers: whether they are there, what they say, and those that are removed."""

from __future__ import annotations

import pytest
from builders import invite, request

SEVERAL = b"".join([request()[:-2], b"X-Foo: one\r\nx-foo: two \r\nX-Foo: \r\nX-Foo: three\r\n\r\n"])
BAD = request().replace(b"Content-Length", b"X Bad: 1\r\nContent-Length")


# ---- whether they are there

NAMES = [("To", 1), ("t", 1), ("To ", 1), ("To:", 1), ("To: x", 1), ("To;", -1), ("To x", -1), (" To", -1), ("", -1), ("nope", -1)]


@pytest.mark.parametrize(("name", "result"), [*NAMES, ("x-FOO", 1), ("X-Foo:", -1), ("X-Foo ", -1), ("a" * 125, -1)])
def test_header_is_there(ask, name, result):
    assert ask(f"KSR.textops.is_present_hf('{name}')", SEVERAL) == result


def test_name_is_needed(ask):
    assert ask("KSR.textops.is_present_hf(nil), KSR.textops.remove_hf(nil), KSR.textops.remove_hf_idx(nil, 0)") == (-1, -1, -1)


@pytest.mark.parametrize("call", ["is_present_hf('To')", "remove_hf('To')", "remove_hf_idx('To', 0)", "remove_hf_match('To', 'eq', 'x')"])
def test_nothing_works_where_headers_cannot_be_parsed(ask, call):
    assert ask(f"KSR.textops.{call}", BAD) == -1


# ---- what they say


@pytest.mark.parametrize(
    ("message", "result"),
    [
        (invite(), 1),
        (request(), -1),
        (request().replace(b"Content-Length: 0", b"Content-Length: 5"), 1),
        (request().replace(b"Content-Length: 0\r\n", b"") + b"xx", -1),
    ],
    ids=["body", "none", "length alone", "no length"],
)
def test_length_tells_of_a_body(ask, message, result):
    assert ask("KSR.textops.has_body(), KSR.textops.has_body_type('')", message) == (result, result)


TYPES = [
    (None, "application/sdp", 1),
    (None, "text/plain", -1),
    ("Application/SDP ;x=y", "application / sdp;a=b", 1),
    ("application/sdp, text/plain", "application/sdp", -1),
    ("text/plain", "TEXT/plain", 1),
    ("text/plain", "text/*", -1),
    ("text/plain", "text", -1),
    ("text/plain", "", 1),
    ("foo", "foo", -1),
    ("application/pidf+xml", "application/pidf+xml", 1),
    ("application/pidf+xml", "application/xml", -1),
    ("application/one", "application/two", 1),
    ("application/one", "text/one", -1),
]


@pytest.mark.parametrize(("header", "wanted", "result"), TYPES)
def test_type_of_a_body(ask, header, wanted, result):
    message = request(headers={"Content-Type": header} if header is not None else {}, body="x")
    assert ask(f"KSR.textops.has_body_type('{wanted}')", message) == result


PRIVACY = [
    ("id", "ID", 1),
    ("id", "idx", -1),
    ("header;id", "id", 1),
    ("id; critical", "critical", 1),
    ("id\t;\tuser", "user", 1),
    ("history", "history", 1),
    ("none", "none", 1),
    ("id;foo", "id", -1),
    ("id;", "id", -1),
    ("id;;user", "id", -1),
    ("id x", "id", -1),
    ("none;id", "none", -1),
    ("id", "", -1),
]


@pytest.mark.parametrize(("header", "value", "result"), PRIVACY)
def test_privacy(ask, header, value, result):
    assert ask(f"KSR.textops.is_privacy('{value}')", request(headers={"Privacy": header})) == result


def test_privacy_is_what_the_first_header_says(ask):
    message = request(headers={"Privacy": "id", "privacy": "user"})
    assert ask("KSR.textops.is_privacy('id'), KSR.textops.is_privacy('user'), KSR.textops.is_privacy(nil)", message) == (1, -1, -1)


ZERO = "c=IN IP4 0.0.0.0\r\n"
HOLDS = [
    ("", [("audio", "")], -1),
    ("", [("audio", ZERO)], 1),
    ("", [("audio", "a=sendonly\r\n")], 2),
    ("", [("audio", "a=INACTIVE\r\n")], 2),
    ("", [("audio", "a=recvonly\r\n")], -1),
    ("", [("audio", ZERO + "a=sendonly\r\n")], 2),
    ("", [("video", ZERO), ("audio", "")], -1),
    ("", [("audio", ""), ("audio", "a=sendonly\r\n")], 2),
    ("", [("audio", ZERO), ("audio", "a=sendonly\r\n")], 1),
    ("a=sendonly\r\n", [("audio", "a=sendrecv\r\n")], 2),
    ("a=sendonly\r\n", [("audio", ZERO)], 1),
    ("a=sendonly\r\n", [("video", "")], -1),
    ("", [("AUDIO", ZERO)], -1),
]


@pytest.mark.parametrize(("session", "streams", "result"), HOLDS)
def test_hold(ask, session, streams, result):
    head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    body = head + session + "".join(f"m={kind} 4000 RTP/AVP 8\r\n{lines}" for kind, lines in streams)
    assert ask("KSR.textops.is_audio_on_hold()", invite(body=body)) == result


def test_no_description_is_not_on_hold(ask):
    assert ask("KSR.textops.is_audio_on_hold()") == -1


# ---- those that are removed


@pytest.fixture
def left(ask):
    """`left("remove_hf('X-Foo')")`: the result and the bodies of X-Foo that are left."""
    read = "local t, i = {}, 0 while true do local b = KSR.hdr.get_idx('X-Foo', i) if not b then break end t[#t + 1] = b i = i + 1 end"

    def left(call):
        change = f"local r = KSR.textops.{call} KSR.textopsx.msg_apply_changes()"
        result, bodies = ask(f"{change} {read} return r, table.concat(t, '|')", SEVERAL)
        return result, bodies.split("|")

    return left


@pytest.mark.parametrize(("call", "result"), [("remove_hf('X-Foo')", 1), ("remove_hf('X-None')", 1), ("remove_hf('X;')", -1)])
def test_all_of_a_name_are_removed(ask, call, result):
    left = -1 if call == "remove_hf('X-Foo')" else 1
    lua = f"KSR.textops.{call}, KSR.textopsx.msg_apply_changes(), KSR.hdr.is_present('X-Foo')"
    assert ask(lua, SEVERAL) == (result, 1, left)


INDEXES = [
    (0, 1, ["two ", "", "three"]),
    (1, 1, ["one", "", "three"]),
    (3, 1, ["one", "two ", ""]),
    (4, 2, ["one", "two ", "", "three"]),
    (-1, 1, ["one", "two ", ""]),
    (-4, 1, ["two ", "", "three"]),
    (-5, 1, ["one", "two ", "", "three"]),
]


@pytest.mark.parametrize(("index", "result", "bodies"), INDEXES)
def test_one_of_a_name_is_removed(left, index, result, bodies):
    assert left(f"remove_hf_idx('X-Foo', {index})") == (result, bodies)


@pytest.mark.parametrize(("name", "result"), [("To;", 1), ("X-None", 2), (" To", -1), ("", -1)])
def test_name_of_the_one_that_is_removed(ask, name, result):
    assert ask(f"KSR.textops.remove_hf_idx('{name}', 0)") == result


MATCHES = [
    ("eq", "one", 1, ["two ", "", "three"]),
    ("EQ", "two ", 1, ["one", "", "three"]),
    ("eq", "two", -2, ["one", "two ", "", "three"]),
    ("eq", "ONE", -2, ["one", "two ", "", "three"]),
    ("eq", "", 1, ["one", "two ", "three"]),
    ("ne", "one", 1, ["one"]),
    ("ne", "ten", 1, [""]),
    ("in", "o", 1, ["", "three"]),
    ("in", "", -2, ["one", "two ", "", "three"]),
    ("in", "O", -2, ["one", "two ", "", "three"]),
    ("re", "^T", 1, ["one", ""]),
    ("re", "x$", -2, ["one", "two ", "", "three"]),
    ("re", "(", -1, ["one", "two ", "", "three"]),
    ("sw", "one", -1, ["one", "two ", "", "three"]),
    ("", "one", -1, ["one", "two ", "", "three"]),
]


@pytest.mark.parametrize(("op", "text", "result", "bodies"), MATCHES)
def test_those_that_match_are_removed(left, op, text, result, bodies):
    assert left(f"remove_hf_match('X-Foo', '{op}', '{text}')") == (result, bodies)
