"""KSR.auth: requests are challenged, and their credentials checked with a password that the script has."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from typing import Any

import kamailio
import kemilua
import pytest
from builders import header, request
from credentials import answered, challenge, nonce_of, register
from harness import Harness, logged, only_send
from hypothesis import given
from hypothesis import strategies as st

CHECK = """
function ksr_request_route()
    local found = KSR.auth.pv_auth_check("example.com", "secret", FLAGS, CHECKS)
    KSR.info("result " .. found .. "\\n")
    if found < 0 then KSR.auth.auth_challenge("example.com", 1) end
end
"""
Checked = tuple[Harness, Callable[..., int]]


@pytest.fixture
def checks(script) -> Callable[..., Checked]:
    """`checks(flags, checks, **modparams)`: an engine that challenges, and `check(request)`, what pv_auth_check gave."""

    def checks(flags: int = 0, checks: int = 0, shared: kemilua.SharedState | None = None, **params: Any) -> Checked:
        text = CHECK.replace("FLAGS", str(flags)).replace("CHECKS", str(checks))
        engine = script(text, modparams={"auth": params}, **({"shared": shared} if shared else {}))

        def check(data: bytes) -> int:
            (line,) = [line for line in logged(engine.receive(data)) if line.startswith("result")]
            return int(line.split()[1])

        return engine, check

    return checks


def test_a_challenge_that_is_answered_lets_in(checks):
    engine, check = checks()
    reply = challenge(engine, register())
    assert reply.startswith(b"SIP/2.0 401 Unauthorized\r\n")
    (value,) = header(reply, "WWW-Authenticate")
    assert re.fullmatch(r'Digest realm="example.com", nonce="[A-Za-z0-9+/]{32}", qop="auth", algorithm=MD5', value)
    assert check(answered(nonce_of(reply))) == 1


def test_other_requests_are_challenged_by_a_407(checks):
    engine, check = checks()
    reply = challenge(engine, request("MESSAGE"))
    assert reply.startswith(b"SIP/2.0 407 Proxy Authentication Required\r\n")
    data = request("MESSAGE")
    assert check(answered(nonce_of(reply), data, header="Proxy-Authorization")) == 1
    assert check(answered(nonce_of(reply), data, header="Authorization")) == -5


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, 1),
        ({"password": "Secret"}, -2),
        ({"user": "bob"}, 1),
        ({"realm": "example.org"}, -5),
        ({"response": "0" * 31}, -1),
        ({"algorithm": "SHA-256"}, 1),
        ({"algorithm": "sha-512-256", "hash": "SHA-512-256"}, 1),
        ({"algorithm": "SHA-512"}, 1),
        ({"algorithm": "MD4", "hash": "MD5"}, -1),
        ({"qop": None}, 1),
        ({"nonce": "abc"}, -1),
        ({"tamper": True}, -1),
        ({"cnonce": ""}, -1),
    ],
)
def test_what_credentials_come_to(checks, told, expected):
    engine, check = checks()
    assert check(answered(nonce_of(challenge(engine, register())), **told)) == expected


def test_auth_int_covers_the_body(checks):
    """Kamailio leaves the body out, and so refuses a client that is right."""
    engine, check = checks()
    nonce = nonce_of(challenge(engine, register()))
    good = answered(nonce, register(body="hello"), qop="auth-int")
    assert check(good) == 1
    assert check(good.replace(b"hello", b"hullo")) == -2


def test_nonces_end(checks, clock):
    engine, check = checks(nonce_expire=60)
    data = answered(nonce_of(challenge(engine, register())))
    clock.advance(60)
    assert check(data) == 1
    clock.advance(1)
    assert check(data) == -4


def test_engines_of_one_state_take_each_others_nonces_and_no_others(checks):
    shared = kemilua.SharedState()
    (one, _), (_, check) = checks(shared=shared), checks(shared=shared)
    data = answered(nonce_of(challenge(one, register())))
    assert check(data) == 1
    _, elsewhere = checks(secret="another")
    assert elsewhere(data) == -1


def test_servers_with_one_secret_take_each_others_nonces(checks, clock):
    (one, _), (other, check), (stranger, refuse) = checks(secret="s3cret"), checks(secret="s3cret"), checks(secret="another")
    for engine in other, stranger:
        challenge(engine, register())
    clock.advance(1)
    data = answered(nonce_of(challenge(one, register())))
    assert check(data) == 1
    assert refuse(data) == -1


def test_one_time_nonces_are_used_once_by_all_engines(checks):
    shared = kemilua.SharedState()
    (one, check), (_, other) = checks(shared=shared, one_time_nonce=1), checks(shared=shared, one_time_nonce=1)
    data = answered(nonce_of(challenge(one, register())))
    assert (other(data), check(data), other(data)) == (1, -6, -6)


def test_nonce_counts_go_up_on_all_engines(checks):
    shared = kemilua.SharedState()
    (one, check), (_, other) = checks(shared=shared, nonce_count=1), checks(shared=shared, nonce_count=1)
    nonce = nonce_of(challenge(one, register()))
    assert len(nonce) == 40

    def with_count(count: int) -> bytes:
        return answered(nonce, nc=f"{count:08x}")

    turns = [(check, 1), (other, 1), (other, 9), (check, 9), (check, 10)]
    assert [ask(with_count(count)) for ask, count in turns] == [1, -4, 1, -4, 1]
    assert check(with_count(256)) == -4  # as much as is noted
    assert check(answered(nonce, nc="one")) == -1


def test_old_numbers_are_forgotten(checks):
    engine, check = checks(nonce_count=1, nc_array_size=4)
    nonces = [nonce_of(challenge(engine, register())) for _ in range(5)]
    assert [check(answered(nonce)) for nonce in reversed(nonces)] == [1, 1, 1, 1, -4]


@pytest.mark.parametrize(
    ("bit", "change"),
    [
        (1, lambda data: data.replace(b"REGISTER sip:example.com ", b"REGISTER sip:example.com:5070 ")),
        (2, lambda data: data.replace(b"call-1", b"call-2")),
        (4, lambda data: data.replace(b"tag=a1", b"tag=a2")),
    ],
)
def test_nonces_are_bound_to_their_request(checks, bit, change):
    engine, check = checks(auth_checks_register=bit)
    nonce = nonce_of(challenge(engine, register()))
    assert len(nonce) == 56
    data = answered(nonce)
    assert check(data) == 1
    assert check(change(data)) == -4


def test_nonces_are_bound_to_where_they_came_from(checks):
    engine, _ = checks(auth_checks_register=8)
    data = answered(nonce_of(challenge(engine, register())))
    for source, expected in (("198.51.100.7", 1), ("198.51.100.8", -4)):
        (line,) = [line for line in logged(engine.receive(data, source=(source, 5060))) if line.startswith("result")]
        assert int(line.split()[1]) == expected


@pytest.mark.parametrize(("user", "expected"), [("alice", 1), ("Alice", -8), ("alice@example.com", 1), ("bob", -8)])
def test_the_user_is_who_the_request_is_from(checks, user, expected):
    engine, check = checks(checks=1)
    assert check(answered(nonce_of(challenge(engine, register())), user=user)) == expected


def test_ack_and_cancel_are_not_challenged(checks):
    _, check = checks()
    assert check(request("ACK", to_tag="b")) == 1
    assert check(request("PRACK", to_tag="b")) == 1


@pytest.mark.parametrize("realm", ["a\\r\\nX: 1", "a\\nb", "a\\0b"])
def test_a_realm_adds_no_line(script, realm):
    engine = script(f'function ksr_request_route() KSR.info(KSR.auth.www_challenge("{realm}", 0) .. "\\n") end')
    effects = engine.receive(register())
    assert "-2\n" in logged(effects)
    assert only_send(effects).data.startswith(b"SIP/2.0 500 ")


def test_credentials_that_were_taken_are_removed(script):
    text = """
        function ksr_request_route()
            if KSR.auth.pv_www_authenticate("example.com", "secret", 0) < 0 then KSR.auth.www_challenge("example.com", 1) return end
            KSR.info(KSR.auth.consume_credentials() .. "\\n")
            KSR.textopsx.msg_apply_changes()
            KSR.info(tostring(KSR.hdr.get("Authorization")) .. "\\n")
        end
    """
    engine = script(text)
    assert logged(engine.receive(answered(nonce_of(challenge(engine, register())))))[-2:] == ["1\n", "nil\n"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("algorithm", "sha-256"), ("algorithm", 5), ("qop", "both"), ("nc_array_size", 0), ("otn_in_flight_no", -1), ("nonce_expire", "soon")],
)
def test_parameters_that_are_none(script, name, value):
    with pytest.raises(kemilua.ConfigError, match=name):
        script("-- nothing", modparams={"auth": {name: value}})


@given(st.binary(max_size=80))
def test_a_nonce_of_ours_is_nobody_elses(nonce):
    """Whatever a client makes up is no nonce, and takes nothing down."""
    text = CHECK.replace("FLAGS", "0").replace("CHECKS", "0")
    with kemilua.Engine([kemilua.Source(text, "test.lua")], listen=["udp:192.0.2.1:5060"]) as engine:
        data = answered(base64.b64encode(nonce).decode())
        effects = engine.receive_datagram(data, source=("198.51.100.7", 5060), local=("192.0.2.1", 5060), now=1.7e9)
        assert only_send(effects).data.startswith(b"SIP/2.0 401 ")


# ---- beside the real one

SECRET = "one for both"
BESIDE = """
function ksr_request_route()
    if KSR.auth.pv_auth_check("example.com", "secret", 0, 0) < 0 then KSR.auth.auth_challenge("example.com", 1) return end
    KSR.sl.send_reply(200, "OK")
end
"""


def greeting(client: int, port: int) -> bytes:
    return register().replace(b"198.51.100.7:5060", f"127.0.0.1:{client}".encode())


@pytest.mark.skipif(bool(kamailio.missing()), reason=f"beside Kamailio: {kamailio.missing()}")
@pytest.mark.parametrize("params", [{}, {"auth_checks_register": 6}], ids=str)
def test_kamailio_and_kemilua_take_each_others_nonces(script, tmp_path, params):
    path = tmp_path / "auth.lua"
    path.write_text(BESIDE)
    modules = ["tm", "sl", "rr", "pv", "textops", "auth"]
    modparams = {"auth": {"secret": SECRET, **params}}
    engine = script(BESIDE, modparams=modparams)
    engine.clock.now = time.time() - 5
    challenge(engine, register())
    with kamailio.kamailio(tmp_path, path, greeting, modules=modules, modparams=modparams, aliases=()) as peer:
        plain = greeting(peer.client.getsockname()[1], peer.port)
        time.sleep(1.1)  # what is as old as it is itself it does not take
        engine.clock.now = time.time()
        theirs = answered(nonce_of(peer.exchange(plain)), plain)
        assert only_send(engine.receive(theirs)).data.startswith(b"SIP/2.0 200 ")
        ours = answered(nonce_of(challenge(engine, plain)), plain)
        assert peer.exchange(ours).startswith(b"SIP/2.0 200 ")
        wrong = answered(nonce_of(peer.exchange(plain)), plain, password="wrong")
        assert peer.exchange(wrong).startswith(b"SIP/2.0 401 ")
