"""KSR.sanity: messages that are not what RFC 3261 wants, and the replies to them."""

from __future__ import annotations

import pytest
from builders import first_line, header, invite, reply, request
from harness import only_send, sent

DIGEST = 'Digest username="a", realm="r", nonce="n", uri="sip:x", response="00"'


def changed(old: str, new: str, **more: str) -> bytes:
    return request("INVITE", headers=more).replace(old.encode(), new.encode())


@pytest.fixture
def check(script):
    """`check(bits, message)`: the result, and the status lines of what was sent."""

    def check(bits, message, uris=15, **sanity):
        engine = script(f"function ksr_request_route() R = KSR.sanity.sanity_check({bits}, {uris}) end", modparams={"sanity": sanity})
        lines = [first_line(data).removeprefix("SIP/2.0 ") for data in sent(engine.receive(message))]
        return engine.eval("return R")[0], *lines

    return check


def test_good_message_passes_everything(check):
    message = invite(headers={"Expires": "60", "Authorization": DIGEST, "Route": "<sip:192.0.2.9;lr>"})
    assert check(131071, message) == (1,)


FAILURES = [
    (2, changed("INVITE sip:bob@example.com", "INVITE foo"), "400 Bad Request URI"),
    (2, changed("INVITE sip:bob@example.com", "INVITE http://x"), "400 Bad Request URI"),
    (32, changed("CSeq: 1 INVITE", "CSeq: 1 BYE"), "400 CSeq method does not match request method"),
    (32, changed("CSeq: 1 INVITE", "CSeq: 1 invite"), "400 CSeq method does not match request method"),
    (64, changed("CSeq: 1 ", "CSeq: 2147483648 "), "400 CSeq number is illegal"),
    (64, changed("CSeq: 1 ", "CSeq: x "), "400 CSeq number is illegal"),
    (128, changed("Content-Length: 0", "Content-Length: 5"), "400 Content-Length mis-match"),
    (256, changed("", "", Expires="x"), "400 Expires value is illegal"),
    (256, changed("", "", Expires="4294967296"), "400 Expires value is illegal"),
    (256, changed("", "", Expires="1x"), "400 Expires value is illegal"),
    (256, changed("", "", Expires=""), "400 Bad Expires Header"),
    (512, changed("", "", **{"Proxy-Require": "foo, bar"}), "420 Bad Proxy Require Extension"),
    (512, changed("", "", **{"Proxy-Require": ""}), "400 Bad Proxy Require Header"),
    (1024, changed("INVITE sip:bob@example.com", "INVITE foo"), "400 Bad Request URI"),
    (1024, changed("From: <sip:alice@example.com>", "From: <foo>"), "400 Invalid From Header"),
    (1024, changed("To: <sip:bob@example.com>", "To: <foo>"), "400 Invalid To Header"),
    (1024, changed("", "", Contact="<foo>"), "400 Bad Contact URI"),
    (1024, changed("", "", Contact="<sip:a@b"), "400 Bad Contact Header"),
    (1024, changed("", "", Contact=""), "400 Bad Contact Header"),
    (1024, changed("", "", Contact="foo"), "400 Bad Contact Header"),
    (2048, changed("", "", Authorization="Digest x"), "400 Bad Auth Header"),
    (2048, changed("", "", Authorization=DIGEST.replace('username="a", ', "")), "400 Bad Auth Credentials"),
    (2048, changed("", "", Authorization=DIGEST + ", qop=auth, nc=1"), "400 Bad Auth Credentials"),
    (2048, changed("", "", Authorization=DIGEST.replace('"a"', '""')), "400 Auth Empty User"),
    (8192, changed("", "", Authorization=DIGEST.replace('"n"', '""')), "400 Auth Empty Nonce"),
    (8192, changed("", "", **{"Proxy-Authorization": DIGEST.replace('"00"', '""')}), "400 Auth Empty Response"),
    (4096, changed(";tag=a1", ";tag=a1;TAG=b2"), "400 Many From Tag Params"),
    (4096, changed("To: <sip:bob@example.com>", "To: <sip:bob@example.com>;tag=1;tag=1"), "400 Many To Tag Params"),
]


@pytest.mark.parametrize(("bit", "message", "status"), FAILURES, ids=[f"{bit}-{status}-{i}" for i, (bit, _, status) in enumerate(FAILURES)])
def test_failure_is_answered_at_once(check, bit, message, status):
    assert check(bit, message) == (-1, status)


PASSES = [
    (1024, changed("", "", Contact="*")),
    (256, changed("", "", Expires="5 6")),
    (64, changed("CSeq: 1 ", "CSeq: 2147483647 ")),
    (128, changed("Content-Length: 0\r\n", "")),
    (2048, changed("", "", Authorization=DIGEST + ', qop=auth, nc=1, cnonce="c"')),
    (8192, changed("", "", Authorization="Bearer x")),
    (4096, changed(";tag=a1", ';tag=a1;tagx=2;tag;x=";tag=3"')),
    (8 | 16, changed("SIP/2.0/UDP", "SIP/2.0/TCP")),
    (0, changed("INVITE sip:bob@example.com", "INVITE foo")),
    (32768, changed("", "", Route="<sip:192.0.2.9;lr>, <sip:192.0.2.8>")),
    (32768, changed("", "", **{"Record-Route": "<sip:192.0.2.9;lr>, <sip:192.0.2.8>"})),
]


@pytest.mark.parametrize(("bits", "message"), PASSES)
def test_what_only_looks_odd_passes(check, bits, message):
    assert check(bits, message) == (1,)


@pytest.mark.parametrize(
    ("bit", "message"),
    [
        (4, changed("", "", Broken="1").replace(b"Broken: 1", b"Broken")),
        (2048, changed("", "", Authorization="Basic x")),
        (16384, changed(";branch=z9hG4bK-1", "")),
        (32768, changed(";branch=z9hG4bK-1", ";branch=1")),
        (32768, changed("", "", Route="<sip:192.0.2.9>")),
        (32768, changed("", "", **{"Record-Route": "<sip:192.0.2.9>, <sip:192.0.2.8;lr>"})),
        (32768, changed("X: y", "Route: <sip:192.0.2.8>", Route="<sip:192.0.2.9;lr>", X="y")),
        (32768, changed("", "", Route="<sip:192.0.2.9;lr>, <sip:192.0.2.8")),
        (2, changed("INVITE sip:bob@example.com", "ACK foo")),
    ],
)
def test_failure_without_an_answer(check, bit, message):
    assert check(bit, message) == (-1,)


@pytest.mark.parametrize(("bit", "result"), [(16384, -2), (32768, 1)])
def test_message_without_a_branch_is_not_to_be_answered(ask, bit, result):
    message = changed(";branch=z9hG4bK-1", "")
    assert ask(f"return KSR.sanity.sanity_check({bit}, 0), KSR.sl.send_reply(404, 'X')", message) == (-1, result)


def test_uris_are_chosen_by_bits(ask):
    message = changed("From: <sip:alice@example.com>", "From: <foo>")
    assert ask("KSR.sanity.sanity_check(1024, 1 + 4 + 8), KSR.sanity.sanity_check(1024, 2)", message) == (1, -1)


def test_first_failure_ends_the_checks(check):
    message = changed("CSeq: 1 INVITE", "CSeq: 1 BYE", Expires="x")
    assert check(256 + 32, message) == (-1, "400 CSeq method does not match request method")


def test_request_line_of_a_reply_fails_and_is_not_answered(ask):
    results = ask(", ".join(f"KSR.sanity.sanity_check({bit}, 1)" for bit in (1, 2, 32, 1024, 64)), reply())
    assert results == (-1, -1, -1, -1, 1)


def test_unsupported_extension_is_named(script):
    engine = script("function ksr_request_route() KSR.sanity.sanity_check(512, 0) end", modparams={"sanity": {"proxy_require": "foo, sec"}})
    send = only_send(engine.receive(request(headers={"Proxy-Require": "foo,Sec"})))
    assert header(send.data, "Unsupported") == ["Sec"]
    assert engine.receive(request(headers={"Proxy-Require": "sec"})) == []


def test_defaults_are_parameters(script):
    lua = "function ksr_request_route() R = KSR.sanity.sanity_check_defaults() end"
    bad = changed("INVITE sip:bob@example.com", "INVITE foo")
    results = []
    for sanity in ({}, {"default_checks": 1024, "uri_checks": 2}, {"default_checks": 1024, "uri_checks": 1}):
        engine = script(lua, modparams={"sanity": sanity})
        engine.receive(bad)
        results += engine.eval("return R")
    assert results == [-1, 1, -1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("size_message", invite()),
        ("size_method", request("OPTIONS")),
        ("size_ruri", request()),
        ("size_from_uri", request()),
        ("size_to_uri", request()),
        ("size_contact_uri", request(headers={"Contact": "<sip:a@b>, <sip:abcdef@b>"})),
        ("size_route_uri", request(headers={"Route": "<sip:abcdef@b;lr>"})),
        ("size_path_uri", request(headers={"Path": "<sip:abcdef@b;lr>"})),
        ("size_pai_uri", request(headers={"P-Asserted-Identity": "<sip:abcdef@b>"})),
        ("size_header", request()),
        ("size_headers", request()),
        ("size_body", invite()),
    ],
)
def test_size_is_limited_where_asked_for(check, name, message):
    assert [check(65536, message, **{name: size}) for size in (6, 100_000, 0)] == [(-1,), (1,), (1,)]
    assert check(0, message, **{name: 6}) == (1,)
    assert check(0, message, **{name: 6, "size_checks": 1}) == (-1,)


# ---- noreply


@pytest.fixture
def later(script):
    """`later(lua, message)`: with noreply, what `return lua` gives, and the status lines of what was sent."""

    def later(lua, message):
        engine = script(f"function ksr_request_route() R = table.concat({{{lua}}}, ' ') end", modparams={"sanity": {"noreply": 1}})
        lines = [first_line(data).removeprefix("SIP/2.0 ") for data in sent(engine.receive(message))]
        return engine.eval("return R")[0], *lines

    return later


def test_answer_waits_for_the_script(later):
    message = changed("INVITE sip:bob@example.com", "INVITE foo")
    assert later("KSR.sanity.sanity_check(2, 0)", message) == ("-1",)
    assert later("KSR.sanity.sanity_check(2, 0), KSR.sanity.sanity_reply()", message) == ("-1 1", "400 Bad Request URI")


def test_check_that_passes_forgets_the_answer(later):
    lua = "KSR.sanity.sanity_check(2, 0), KSR.sanity.sanity_check(32, 0), KSR.sanity.sanity_reply()"
    assert later(lua, changed("INVITE sip:bob@example.com", "INVITE foo")) == ("-1 1 1", "500 Server Sanity Failure")


def test_nothing_is_answered_where_nothing_waits(later, ask):
    ack = changed("INVITE sip:bob@example.com", "ACK sip:b@h")
    assert later("KSR.sanity.sanity_check(32, 0), KSR.sanity.sanity_reply()", ack) == ("-1 1",)
    assert ask("KSR.sanity.sanity_reply()") == 1


def test_engine_with_sanity_alone_answers(script):
    engine = script("function ksr_request_route() KSR.sanity.sanity_check_defaults() KSR.sanity.sanity_reply() end", modules=["sanity"])
    data = only_send(engine.receive(changed("CSeq: 1 INVITE", "CSeq: 1 BYE"))).data
    assert first_line(data) == "SIP/2.0 400 CSeq method does not match request method"


@pytest.mark.parametrize(
    ("name", "header", "text"),
    [
        ("size_contact_uri", "Contact", "<sip:a@b"),
        ("size_contact_uri", "Contact", "<sip:a@b>, a"),
        ("size_contact_uri", "Contact", "<sip:a@b>, *"),
        ("size_route_uri", "Route", "<sip:a@b"),
        ("size_route_uri", "Route", "sip:a@b"),
        ("size_route_uri", "Record-Route", "<sip:a@b>, <sip:c"),
        ("size_path_uri", "Path", "<sip:a@b"),
        ("size_pai_uri", "P-Asserted-Identity", "<sip:a@b"),
        ("size_pai_uri", "P-Asserted-Identity", ""),
    ],
)
def test_address_that_cannot_be_read_has_no_size(check, name, header, text):
    message = request(headers={header: text})
    assert check(65536, message) == (-1,)
    assert check(65536, message, **{name: 0}) == (1,)


@pytest.mark.parametrize("contact", ["*", "*;expires=0", "<sip:a@b>;q=1, <sip:c@d>"])
def test_contacts_that_can_be_read_pass(check, contact):
    assert check(1024 | 65536, request(headers={"Contact": contact})) == (1,)
