"""KSR.uac.uac_auth: answers to the challenges of a branch that failed; and From and To given back in replies."""

from __future__ import annotations

import hashlib
import re

import kemilua
import pytest
from builders import answer, first_line, header, invite, request
from harness import logged, sent

SCRIPT = """
function ksr_request_route() KSR.tm.t_on_failure("failed") KSR.tm.t_relay() end
function failed()
    {before}
    local result = KSR.uac.{call}
    KSR.info("result " .. result .. " " .. KSR.pv.get("$ru"))
    if result > 0 then KSR.tm.t_relay() end
end
"""
URI = "sip:bob@203.0.113.1"
MD5 = 'Digest realm="example.org", nonce="n1"'
CREDENTIAL = "al:example.org:secret"
AVPS = {"auth_realm_avp": "$avp(r)", "auth_username_avp": "$avp(u)", "auth_password_avp": "$avp(p)"}


@pytest.fixture
def challenged(script):
    """`challenged(challenge, ...)`: the result of the call, and the request that is sent then (None: there is none)."""

    def challenged(*challenges, code=401, call="uac_auth()", before="", body=None, **params):
        text = SCRIPT.replace("{call}", call).replace("{before}", before)
        engine = script(text, modparams={"uac": {"credential": CREDENTIAL, **params}})
        data = sent(engine.receive(invite(URI) if body is None else request("MESSAGE", URI, body=body)))[-1]
        name = "Proxy-Authenticate" if code == 407 else "WWW-Authenticate"
        effects = engine.receive(answer(data, code, "Who", [f"{name}: {one}" for one in challenges]))
        (line,) = [line.split() for line in logged(effects) if line.startswith("result")]
        requests = [one for one in sent(effects) if first_line(one).startswith(("INVITE", "MESSAGE"))]
        return int(line[1]), (requests[0] if requests else None)

    return challenged


def response(challenge_nonce="n1", user="al", realm="example.org", password="secret", method="INVITE", algorithm="md5"):
    def hashed(text):
        return hashlib.new(algorithm, text.encode()).hexdigest()

    return hashed(f"{hashed(f'{user}:{realm}:{password}')}:{challenge_nonce}:{hashed(f'{method}:{URI}')}")


def field(data, name, which="Authorization"):
    (value,) = header(data, which)
    return re.search(rf'[ ,]{name}="?([^",]*)', value)[1]


@pytest.mark.parametrize(("code", "name"), [(401, "Authorization"), (407, "Proxy-Authorization")])
def test_header_is_added_behind_all_others(challenged, code, name):
    result, data = challenged(MD5 + ', opaque="o"', code=code)
    fields = f'uri="{URI}", opaque="o", response="{response()}", algorithm=MD5'
    assert result == 1
    assert header(data, name) == [f'Digest username="al", realm="example.org", nonce="n1", {fields}']
    assert data.index(b"Content-Length") < data.index(name.encode())
    assert header(data, "CSeq") == ["1 INVITE"]


@pytest.mark.parametrize(("name", "algorithm"), [("MD5", "md5"), ("SHA-256", "sha256"), ("SHA-512-256", "sha512_256")])
def test_algorithms(challenged, name, algorithm):
    _, data = challenged(f"{MD5}, algorithm={name}")
    assert (field(data, "response"), field(data, "algorithm")) == (response(algorithm=algorithm), name)


def test_quality_of_protection(challenged):
    _, data = challenged(f'{MD5}, qop="auth,auth-int"')
    first, second = (hashlib.md5(text.encode()).hexdigest() for text in ("al:example.org:secret", f"INVITE:{URI}"))
    cnonce = field(data, "cnonce")
    assert 'qop=auth, nc=00000001, cnonce="' in header(data, "Authorization")[0]
    assert field(data, "response") == hashlib.md5(f"{first}:n1:00000001:{cnonce}:auth:{second}".encode()).hexdigest()


def test_body_counts_where_it_is_protected(challenged):
    _, data = challenged(f'{MD5}, qop="auth-int"', body="hello")
    second = f"MESSAGE:{URI}:{hashlib.md5(b'hello').hexdigest()}"
    first, second = (hashlib.md5(text.encode()).hexdigest() for text in ("al:example.org:secret", second))
    text = f"{first}:n1:00000001:{field(data, 'cnonce')}:auth-int:{second}"
    assert field(data, "response") == hashlib.md5(text.encode()).hexdigest()


def test_cnonce_is_kamailios_hash_of_the_nonce(challenged):
    assert field(challenged(f"{MD5}, qop=auth")[1], "cnonce") == "25606"


def test_first_algorithm_that_is_known_is_answered(challenged):
    _, data = challenged(f"{MD5}, algorithm=SHA-1", f"{MD5}, algorithm=SHA-256", MD5)
    assert field(data, "algorithm") == "SHA-256"


@pytest.mark.parametrize(
    ("challenges", "code"),
    [
        ([], 401),
        (['Digest realm="other", nonce="n"'], 401),
        (['Digest realm="EXAMPLE.ORG", nonce="n"'], 401),
        (['Digest realm="example.org"'], 401),
        (['Digest realm="", nonce="n"'], 401),
        (['Basic realm="example.org"'], 407),
        ([f"{MD5}, algorithm=SHA-1"], 401),
        ([MD5], 403),
    ],
)
def test_what_cannot_be_answered(challenged, challenges, code):
    assert challenged(*challenges, code=code) == (-1, None)


def test_credentials_of_the_last_parameter_count(challenged):
    _, data = challenged(MD5, credential=["old:example.org:x", CREDENTIAL, "al:other:y"])
    assert (field(data, "username"), field(data, "response")) == ("al", response())


@pytest.mark.parametrize(
    ("values", "user"),
    [
        ({"r": "example.org", "u": "u", "p": "secret"}, "u"),
        ({"u": "u", "p": "secret"}, "u"),
        ({"r": "", "u": "u", "p": "secret"}, "u"),
        ({"r": "other", "u": "u", "p": "secret"}, "al"),
        ({"u": "u"}, "al"),
        ({"p": "secret"}, "al"),
        ({}, "al"),
    ],
)
def test_variables_come_before_the_parameter(challenged, values, user):
    before = " ".join(f"KSR.pv.sets('$avp({name})', '{value}')" for name, value in values.items())
    _, data = challenged(MD5, before=before, **AVPS)
    assert (field(data, "username"), field(data, "response")) == (user, response(user=user))


def test_variables_count_together_alone(challenged):
    before = "KSR.pv.sets('$avp(u)', 'u') KSR.pv.sets('$avp(p)', 'p')"
    assert field(challenged(MD5, before=before, auth_username_avp="$avp(u)", auth_password_avp="$avp(p)")[1], "username") == "al"


@pytest.mark.parametrize(("mode", "password"), [(0, "secret"), (1, hashlib.md5(b"al:example.org:secret").hexdigest()), (2, "secret")])
def test_password_may_be_a_hash(challenged, mode, password):
    _, data = challenged(MD5, call=f"uac_auth_mode({mode})", credential=f"al:example.org:{password}")
    assert field(data, "response") == response()


def test_password_may_hold_colons(challenged):
    assert field(challenged(MD5, credential="al:example.org:a:b:")[1], "response") == response(password="a:b:")


def test_request_goes_where_it_failed(challenged):
    _, data = challenged(MD5, before="KSR.seturi('sip:else@203.0.113.7')")
    assert first_line(data) == f"INVITE {URI} SIP/2.0"


def test_user_that_would_break_the_header_is_refused(challenged):
    assert challenged(MD5, before="KSR.pv.sets('$avp(u)', 'u\\r\\nX: 1') KSR.pv.sets('$avp(p)', 'p')", **AVPS) == (-1, None)


def test_outside_of_a_failure_route(script):
    engine = script("function ksr_request_route() KSR.info('r ' .. KSR.uac.uac_auth()) end", modparams={"uac": {"credential": CREDENTIAL}})
    assert logged(engine.receive(invite()))[-1] == "r -1"


def test_timeout_has_no_challenge(script):
    engine = script(SCRIPT.replace("{call}", "uac_auth()").replace("{before}", ""), modparams={"tm": {"fr_timer": 500}})
    engine.receive(invite(URI))
    assert [line for line in logged(engine.handle_timer(engine.clock.advance(2))) if line.startswith("result")] == [f"result -1 {URI}"]


@pytest.mark.parametrize(
    "params",
    [
        {"credential": "al"},
        {"credential": "al:realm"},
        {"credential": ":r:p"},
        {"credential": "u::p"},
        {"credential": "u:r: "},
        {"credential": 1},
    ]
    + [{name: value} for name in (*AVPS, "restore_from_avp", "restore_to_avp") for value in ("$ru", "name", "$avp(", 1)],
)
def test_bad_parameters(script, params):
    with pytest.raises(kemilua.ConfigError, match=r"modparam uac"):
        script(None, modparams={"uac": params})


# ---- replies

REPLACE = """
function ksr_request_route() {call} KSR.tm.t_relay() end
function ksr_reply_route() KSR.info("from " .. KSR.pv.get("$fu")) end
"""


@pytest.mark.parametrize("mode", ["auto", "manual"])
@pytest.mark.parametrize("call", ["KSR.uac.uac_replace_from('\"Z\"', 'sip:z@z')", "KSR.uac.uac_replace_to('\"Z\"', 'sip:z@z')"])
def test_reply_shows_the_caller_what_it_wrote(script, mode, call):
    engine = script(REPLACE.replace("{call}", f"KSR.rr.record_route() {call}"), modparams={"uac": {"restore_mode": mode}})
    data = sent(engine.receive(invite(URI)))[-1]
    assert '"Z" <sip:z@z>' in header(data, "From")[0] + header(data, "To")[0]
    for code in (180, 200):
        effects = engine.receive(answer(data, code, "Well"))
        (back,) = sent(effects)
        assert header(back, "From") == ["<sip:alice@example.com>;tag=a1"]
        assert header(back, "To") == [f"<{URI}>;tag=b1"]
        assert logged(effects)[-1] == ("from sip:z@z" if "_from" in call else "from sip:alice@example.com")


def test_variable_tells_what_replies_show(script):
    call = "KSR.rr.record_route() KSR.uac.uac_replace_from('\"Z\"', 'sip:z@z') KSR.info(KSR.pv.get('$avp(from)')) {more}"
    told = {"": "<sip:alice@example.com>", "KSR.pv.sets('$avp(from)', '<sip:other@h>')": "<sip:other@h>"}
    for more, shown in told.items():
        text = REPLACE.replace("{call}", call.replace("{more}", more))
        engine = script(text, modparams={"uac": {"restore_from_avp": "$avp(from)"}})
        effects = engine.receive(invite(URI))
        assert logged(effects) == ["<sip:alice@example.com>"]
        (back,) = sent(engine.receive(answer(sent(effects)[-1], 180, "Ringing")))
        assert header(back, "From") == [f"{shown};tag=a1"]


def test_negative_reply_too(script):
    engine = script(REPLACE.replace("{call}", "KSR.rr.record_route() KSR.uac.uac_replace_from_uri('sip:z@z')"))
    data = sent(engine.receive(invite(URI)))[-1]
    back = sent(engine.receive(answer(data, 404, "Not Found")))[-1]
    assert header(back, "From") == ["<sip:alice@example.com>;tag=a1"]


def test_name_alone_is_not_restored_nor_is_anything_in_mode_none(script):
    for mode, call in (("auto", "KSR.uac.uac_replace_from('\"Z\"', '')"), ("none", "KSR.uac.uac_replace_from_uri('sip:z@z')")):
        engine = script(REPLACE.replace("{call}", call), modparams={"uac": {"restore_mode": mode}})
        data = sent(engine.receive(invite(URI)))[-1]
        back = sent(engine.receive(answer(data, 180, "Ringing")))[-1]
        assert header(back, "From") == header(data, "From") != ["<sip:alice@example.com>;tag=a1"]
