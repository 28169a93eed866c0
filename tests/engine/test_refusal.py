"""kemilua.refusal: the reply to what cannot be read."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, header, reply, request

BAD = request().replace(b"OPTIONS sip:bob@example.com SIP/2.0", b"OPTIONS  sip:bob@example.com SIP/2.0")


def test_reply_has_what_a_client_needs_to_match_it() -> None:
    answer = kemilua.refusal(BAD)
    assert answer is not None
    assert first_line(answer) == "SIP/2.0 400 Bad Request"
    for name in ("Via", "From", "Call-ID", "CSeq"):
        assert header(answer, name) == header(BAD, name)
    (to,) = header(answer, "To")
    assert to.startswith("<sip:bob@example.com>;tag=")
    assert kemilua.Message.parse(answer).status == 400


@pytest.mark.parametrize(("name", "text"), [("From", "<sip:a@b"), ("From", ""), ("To", "<>"), ("CSeq", "x")])
def test_header_that_cannot_be_read_is_answered_as_it_came(name, text) -> None:
    bad = b"\r\n".join(f"{name}: {text}".encode() if line.startswith(f"{name}:".encode()) else line for line in request().split(b"\r\n"))
    answer = kemilua.refusal(bad)
    assert answer is not None
    assert first_line(answer) == "SIP/2.0 400 Bad Request"
    assert [line.partition(";tag=")[0] for line in header(answer, name)] == [text]


def test_reply_to_a_retransmission_is_the_same() -> None:
    assert kemilua.refusal(BAD) == kemilua.refusal(bytearray(BAD))


def test_another_version_is_answered_505() -> None:
    answer = kemilua.refusal(request().replace(b"com SIP/2.0\r\n", b"com SIP/3.0\r\n"))
    assert answer is not None
    assert first_line(answer) == "SIP/2.0 505 Version Not Supported"


def test_compact_folded_and_doubled_headers() -> None:
    echoed = b"v: SIP/2.0/UDP h\r\n ;branch=z9hG4bK1\r\nVIA: SIP/2.0/UDP g\r\nt: <sip:b>;Tag=1\r\n"
    bad = b"A  b SIP/2.0\r\n" + echoed + b"To: <sip:c>\r\nX: 1\r\n\r\nVia: body\r\n"
    answer = kemilua.refusal(bad)
    assert answer is not None
    assert answer.split(b"\r\n", 1)[1] == echoed + b"Content-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        request(),
        request("ACK").replace(b"ACK ", b"ACK  ", 1),
        reply().replace(b"200", b"20000000000"),
        BAD.replace(b"Via:", b"X-Via:"),
        b"",
        b"\r\n" * 20,
        b"x" * 60000,
    ],
    ids=["good", "ack", "reply", "no-via", "empty", "keep-alive", "noise"],
)
def test_nobody_is_answered(data: bytes) -> None:
    assert kemilua.refusal(data) is None
