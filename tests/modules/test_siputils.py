"""KSR.siputils: checks on the message, on URIs and on text; the reply to OPTIONS."""

from __future__ import annotations

import pytest
from builders import first_line, header, invite, reply, request
from harness import only_send, sent

# ---- the message


def test_to_tag_tells_requests_within_a_dialog(ask):
    assert (ask("KSR.siputils.has_totag()", request()), ask("KSR.siputils.has_totag()", request(to_tag="b1"))) == (-1, 1)


def test_requests_and_replies_are_told_apart(ask):
    lua = "KSR.siputils.is_request(), KSR.siputils.is_reply(), KSR.siputils.is_sip(), KSR.siputils.is_http()"
    assert (ask(lua), ask(lua, reply())) == ((1, -1, 1, -1), (-1, 1, 1, -1))


def test_first_hop_of_a_request_has_one_via(ask):
    lua = "KSR.siputils.is_first_hop(), KSR.siputils.is_first_hop_mode(1)"
    assert (ask(lua), ask(lua, request(headers={"Via": "SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKx"}))) == ((1, 1), (-1, -1))


@pytest.mark.parametrize(
    ("routes", "strict", "loose"),
    [
        (None, 1, 1),
        ("<sip:192.0.2.1;lr>, <sip:203.0.113.9;lr>", 1, 1),
        ("<sip:203.0.113.9;lr>, <sip:192.0.2.1;lr>", -1, -1),
        ("<sip:example.com;lr>", -1, 1),
    ],
)
def test_first_hop_of_a_reply_is_ours_by_record_route(ask, routes, strict, loose):
    message = reply(headers={"Record-Route": routes} if routes else None)
    assert ask("KSR.siputils.is_first_hop(), KSR.siputils.is_first_hop_mode(1)", message) == (strict, loose)


def test_reply_that_spirals_through_ourselves_is_no_first_hop(ask):
    message = reply(headers={"Record-Route": "<sip:192.0.2.1;lr>"})
    assert ask("KSR.siputils.is_first_hop(), KSR.siputils.is_first_hop_mode(1)", message, source=("192.0.2.1", 5060)) == (-1, 1)


@pytest.mark.parametrize(("uri", "result"), [("sip:b@h;gr=abc", 1), ("sip:b@h;gr", 2), ("sip:b@h;gr=1;gr", 1), ("sip:b@h", -1)])
def test_gruu_has_a_value_or_none(ask, uri, result):
    assert ask("KSR.siputils.is_gruu()", request(uri=uri)) == result


def test_headers_that_can_be_parsed(ask):
    assert ask("KSR.siputils.sip_parse_headers()") == 1


@pytest.mark.parametrize(
    ("date", "result"),
    [("Tue, 14 Nov 2023 22:13:00 GMT", 1), ("Tue, 14 Nov 2023 22:00:00 GMT", -4), ("yesterday", -1), (None, -1)],
)
def test_date_is_not_older_than_said(ask, date, result):
    assert ask("KSR.siputils.hdr_date_check(60)", request(headers={"Date": date} if date else None)) == result


# ---- text


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("is_uri('sip:a@b')", 1),
        ("is_uri('sips:b:5061;x')", 1),
        ("is_uri('tel:+123')", 1),
        ("is_uri('urn:service:sos')", 1),
        ("is_uri('urn:isbn:0451450523')", 1),
        ("is_uri('urn:')", -1),
        ("is_uri('a')", -1),
        ("is_uri('')", -1),
        ("is_uri(nil)", -1),
        ("is_tel_number('+123')", 1),
        ("is_tel_number('0123')", 1),
        ("is_tel_number('+0123')", -2),
        ("is_tel_number('+')", -2),
        ("is_tel_number('12a')", -2),
        ("is_tel_number('')", -2),
        ("is_numeric('0123')", 1),
        ("is_numeric('-1')", -2),
        ("is_numeric('')", -2),
        ("is_alphanum('a1Z')", 1),
        ("is_alphanum('a.b')", -3),
        ("is_alphanum('')", -2),
        ("is_alphanumex('a.b_c', '._')", 1),
        ("is_alphanumex('a.b', '_')", -3),
        ("is_alphanumex('', '_')", -2),
        ("cmp_hdr_name('Subject', 's')", 1),
        ("cmp_hdr_name('SUBJECT', 'subject')", 1),
        ("cmp_hdr_name('X-A', 'x-a')", 1),
        ("cmp_hdr_name('To', 'From')", -1),
        ("cmp_hdr_name('X-A', 'x-b')", -2),
        ("cmp_hdr_name('x-b', 'X-A')", -1),
        ("cmp_hdr_name('X-A', 'X-AB')", -2),
        ("cmp_hdr_name('to: x', 't')", 1),
        ("cmp_hdr_name('(a', 'a')", -2),
    ],
)
def test_text_is_what_it_is_said_to_be_or_not(ask, call, result):
    assert ask(f"KSR.siputils.{call}") == result


@pytest.mark.parametrize(
    ("a", "b", "uri", "aor"),
    [
        ("sip:a@b", "sip:a@B", 1, 1),
        ("sip:a@b", "sip:A@b", -1, -1),
        ("sip:a@b", "sip:a@b:5060", -1, 1),
        ("sip:a@b:5060", "sip:a@b:5061", -1, -1),
        ("sip:a@b;x=1", "sip:a@b", 1, 1),
        ("sip:a@b;x=1", "sip:a@b;x=2", -1, 1),
        ("sip:a@b;user=phone", "sip:a@b", -1, 1),
        ("sip:a@b", "nonsense", -2, -2),
    ],
)
def test_uris_and_addresses_of_record_are_compared(ask, a, b, uri, aor):
    assert ask(f"KSR.siputils.cmp_uri('{a}', '{b}'), KSR.siputils.cmp_aor('{a}', '{b}')") == (uri, aor)


# ---- parameters of the Request-URI


def test_parameters_of_the_request_uri(ask):
    lua = "local u = KSR.siputils return u.uri_param('lr'), u.uri_param('x'), u.uri_param('LR')"
    assert ask(lua, request(uri="sip:b@h;lr;x=1")) == (1, -1, -1)
    lua = "local u = KSR.siputils return u.uri_param_any('X'), u.uri_param_any('LR'), u.uri_param_any('n')"
    assert ask(lua, request(uri="sip:b@h;lr;x=1")) == (1, 1, -1)
    lua = "local v = KSR.siputils.uri_param_value return v('x', '1'), v('x', '2'), v('lr', ''), v('X', '1')"
    assert ask(lua, request(uri="sip:b@h;lr;x=1")) == (1, -1, 1, -1)


def test_parameters_of_a_telephone_number(ask):
    lua = "local u = KSR.siputils return u.uri_param('lr'), u.uri_param_value('x', '1'), u.uri_param_any('X')"
    assert ask(lua, request(uri="tel:+1;x=1;lr")) == (1, 1, 1)
    assert ask("KSR.siputils.uri_param_rm('x'), KSR.pv.get('$ru')", request(uri="tel:+1;x=1;lr")) == (1, "tel:+1;lr")


def test_parameter_is_added_and_removed_at_once(ask):
    assert ask("KSR.siputils.add_uri_param('x=y'), KSR.siputils.add_uri_param(''), KSR.pv.get('$ru')") == (1, 1, "sip:bob@example.com;x=y")
    assert ask("KSR.siputils.add_uri_param(('x'):rep(1100))") == -1
    message = request(uri="sip:b@h;a;x=1;b")
    assert ask("KSR.siputils.uri_param_rm('X'), KSR.siputils.uri_param_rm('none'), KSR.pv.get('$ru')", message) == (1, 1, "sip:b@h;a;b")


# ---- OPTIONS


def options_engine(script, **more):
    return script("function ksr_request_route() R = KSR.siputils.options_reply() end", **more)


def test_options_are_answered_with_what_is_supported(script):
    send = only_send(options_engine(script).receive(request("OPTIONS", "sip:192.0.2.1")))
    assert first_line(send.data) == "SIP/2.0 200 OK"
    assert [header(send.data, name) for name in ("Accept", "Accept-Encoding", "Accept-Language", "Supported")] == [
        ["*/*"],
        [""],
        ["en"],
        [""],
    ]


def test_headers_of_the_answer_are_parameters(script):
    params = {
        "options_accept": "application/sdp",
        "options_accept_encoding": "gzip",
        "options_accept_language": "de",
        "options_support": "path",
    }
    send = only_send(options_engine(script, modparams={"siputils": params}).receive(request("OPTIONS", "sip:192.0.2.1")))
    names = ("Accept", "Accept-Encoding", "Accept-Language", "Supported")
    assert [header(send.data, name) for name in names] == [["application/sdp"], ["gzip"], ["de"], ["path"]]


@pytest.mark.parametrize("message", [invite(uri="sip:192.0.2.1"), request("OPTIONS", "sip:bob@192.0.2.1")], ids=["INVITE", "for a user"])
def test_other_requests_are_not_answered(script, message):
    engine = options_engine(script)
    assert sent(engine.receive(message)) == []
    assert engine.eval("return R") == (-1,)


def test_engine_with_siputils_alone_answers(script):
    engine = options_engine(script, modules=["siputils"])
    assert first_line(only_send(engine.receive(request("OPTIONS", "sip:192.0.2.1"))).data) == "SIP/2.0 200 OK"
    assert engine.eval("return R") == (1,)


def test_nobody_took_credentials(ask):
    message = request(headers={"Authorization": 'Digest username="bob", realm="h", nonce="n", uri="sip:h", response="0"'})
    assert ask("KSR.siputils.is_user('bob'), KSR.siputils.is_user(nil)", message) == (-1, -1)
