"""What peers take from the messages they got, and which message they were waiting for."""

from __future__ import annotations

import pytest
from stateful.fields import UnknownPlaceError, fill, matches, part

MESSAGE = "\r\n".join(
    [
        "INVITE sip:bob@192.0.2.4;x=1 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa.0;rport=5060",
        "v: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb",
        "Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.9;lr;x=%2C,y>",
        'Record-Route: "A, B" <sip:192.0.2.2;lr>',
        "From: <sip:alice@example.com>;tag=f1",
        "To:  <sip:bob@example.com> ; tag=t-1;y=2",
        "Call-ID: call-1",
        "CSeq: 17 INVITE",
        'Contact: "A" <sip:alice@192.0.2.3;ob>;q=1;pub-gruu="sip:p;gr";temp-gruu="sip:t;gr"',
        'WWW-Authenticate: Digest realm="r", nonce="abc"',
        "X: uloc-1a-2b-3",
        "SIP-ETag: a.1.2.3",
        "",
        "Via: of the body",
    ]
)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("via", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa.0;rport=5060\r\nv: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb\r\n"),
        ("topvia", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa.0;rport=5060"),
        ("branch", "z9hG4bKa.0"),
        ("rr", 'Record-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.9;lr;x=%2C,y>\r\nRecord-Route: "A, B" <sip:192.0.2.2;lr>\r\n'),
        ("routes", 'Route: "A, B" <sip:192.0.2.2;lr>\r\nRoute: <sip:192.0.2.9;lr;x=%2C,y>\r\nRoute: <sip:192.0.2.1;lr>\r\n'),
        ("routes_uas", 'Route: <sip:192.0.2.1;lr>\r\nRoute: <sip:192.0.2.9;lr;x=%2C,y>\r\nRoute: "A, B" <sip:192.0.2.2;lr>\r\n'),
        ("from", "<sip:alice@example.com>;tag=f1"),
        ("to", "<sip:bob@example.com> ; tag=t-1;y=2"),
        ("fromtag", "f1"),
        ("totag", "t-1"),
        ("callid", "call-1"),
        ("cseq", "17 INVITE"),
        ("cseqnum", "17"),
        ("contact", "sip:alice@192.0.2.3;ob"),
        ("ruri", "sip:bob@192.0.2.4;x=1"),
        ("nonce", "abc"),
        ("ruid", "uloc-1a-2b-3"),
        ("pubgruu", "sip:p;gr"),
        ("tempgruu", "sip:t;gr"),
        ("etag", "a.1.2.3"),
    ],
)
def test_part_of_a_message(place: str, value: str) -> None:
    assert part(MESSAGE, place) == value


@pytest.mark.parametrize("place", ["via", "branch", "totag", "rr", "nonce", "contact", "cseqnum"])
def test_part_that_is_not_there_is_empty(place: str) -> None:
    assert part("SIP/2.0 200 OK\r\n\r\n", place) == ""


def test_contact_without_angle_brackets_ends_at_its_parameters() -> None:
    assert part("SIP/2.0 200 OK\r\nm: sip:a@b;q=1\r\n\r\n", "contact") == "sip:a@b"


def test_template_is_filled_from_messages_by_name() -> None:
    template = "ACK {i.ruri} SIP/2.0\r\n{i.routes_uas}To: {r.to}\r\n\r\n{not a place} {}"
    bound = {"i": "INVITE sip:b SIP/2.0\r\nRecord-Route: <sip:p;lr>\r\n\r\n", "r": "SIP/2.0 200 OK\r\nt: <sip:b>;tag=1\r\n\r\n"}
    assert fill(template, bound) == "ACK sip:b SIP/2.0\r\nRoute: <sip:p;lr>\r\nTo: <sip:b>;tag=1\r\n\r\n{not a place} {}"


def test_template_of_a_message_that_did_not_come_is_refused() -> None:
    with pytest.raises(KeyError, match="i"):
        fill("{i.to}", {"r": MESSAGE})


def test_unknown_part_is_refused() -> None:
    with pytest.raises(UnknownPlaceError, match="nosuch"):
        fill("{i.nosuch}", {"i": MESSAGE})


RFC_2617 = "Mufasa|testrealm@host.com|Circle Of Life|GET|/dir/index.html|00000001|0a4f113b|auth"
RFC_7616 = "Mufasa|http-auth@example.org|Circle of Life|GET|/dir/index.html|00000001|f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ|auth"
NONCE_2617 = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
NONCE_7616 = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"


@pytest.mark.parametrize(
    ("place", "arguments", "nonce", "response"),
    [
        ("response", RFC_2617, NONCE_2617, "6629fae49393a05397450978507c4ef1"),
        ("response", RFC_7616, NONCE_7616, "8ca523f5e9506fed4657c9700eebdbec"),
        ("response_sha256", RFC_7616, NONCE_7616, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_response_is_that_of_the_rfc(place: str, arguments: str, nonce: str, response: str) -> None:
    challenge = f'SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest nonce="{nonce}"\r\n\r\n'
    assert fill(f"{{c.{place}|{arguments}}}", {"c": challenge}) == response


def test_body_is_in_the_digest_where_its_integrity_is_protected() -> None:
    def response(place: str, qop: str, body: str) -> str:
        return part('X: nonce="n"\r\nX: nonce="n"', place, f"u|r|p|INVITE|sip:b|00000001|c|{qop}|{body}")

    assert response("response_int", "auth-int", "a") != response("response_int", "auth-int", "b")
    assert response("response_sha256", "auth-int", "a") != response("response_sha256", "auth-int", "b")
    assert response("response_sha256", "auth", "a") == response("response_sha256", "auth", "b")
    assert response("response", "auth", "a") != response("response", "", "a")


REPLY = "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "wanted", "fits"),
    [
        (MESSAGE, {"method": "INVITE"}, True),
        (MESSAGE, {"method": "INV"}, False),
        (MESSAGE, {"status": 180}, False),
        (MESSAGE, {"status": 180, "method": "INVITE"}, False),
        (REPLY, {"method": "INVITE"}, False),
        (REPLY, {"status": 180}, True),
        (REPLY, {"status": 18}, False),
        (REPLY, {"status": "1xx"}, True),
        (REPLY, {"status": "4xx"}, False),
        (REPLY, {"status": 180, "method": "INVITE"}, True),
        (REPLY, {"status": 180, "method": "CANCEL"}, False),
        ("SIP/2.0", {"status": 180}, False),
        ("", {"method": "INVITE"}, False),
    ],
)
def test_message_that_fits(text: str, wanted: dict[str, object], fits: bool) -> None:
    assert matches(text, wanted) is fits
