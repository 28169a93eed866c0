"""KSR.auth_ephemeral: users whose name says until when it is good."""

from __future__ import annotations

import base64
import hmac

import kemilua
import pytest
from builders import request
from credentials import answered, challenge, nonce_of
from harness import logged, only_send
from hypothesis import given
from hypothesis import strategies as st

HASHES = ["sha1", "sha256", "sha384", "sha512"]
"""By sha_algorithm."""
NEVER = "4102444800:alice"
SCRIPT = """
function ksr_request_route()
    local found = KSR.auth_ephemeral.autheph_check("example.com")
    KSR.info("result " .. found .. "\\n")
    if found < 0 then KSR.auth.auth_challenge("example.com", 1) end
end
"""


def password(secret: str, name: str, hash: str = "sha1") -> str:
    return base64.b64encode(hmac.digest(secret.encode(), name.encode(), hash)).decode()


@pytest.fixture
def check(script):
    """`check(name, password, **modparams)`: what autheph_check gives for these credentials."""

    def check(name, password, **params):
        engine = script(SCRIPT, modparams={"auth_ephemeral": {"secret": ["first", "second"], **params}})
        data = answered(nonce_of(challenge(engine, request("REGISTER", "sip:example.com"))), user=name, password=password)
        (line,) = [line for line in logged(engine.receive(data)) if line.startswith("result")]
        return int(line.split()[1])

    return check


@pytest.mark.parametrize("secret", ["first", "second"])
@pytest.mark.parametrize("number", range(4))
def test_each_secret_lets_in(check, secret, number):
    assert check(NEVER, password(secret, NEVER, HASHES[number]), sha_algorithm=number) == 1


@pytest.mark.parametrize(
    ("name", "secret", "expected"),
    [
        (NEVER, "third", -2),
        ("1000:alice", "first", -7),
        ("alice", "first", -1),
        ("99999999999:alice", "first", -1),
        ("4102444800", "first", 1),
    ],
)
def test_what_names_come_to(check, name, secret, expected):
    assert check(name, password(secret, name)) == expected


def test_the_time_may_stand_behind_the_user(check):
    name = "alice:4102444800"
    assert check(name, password("first", name), username_format=0) == 1
    assert check(name, password("first", name)) == -1


def test_a_name_ends(script, ask, clock):
    engine = script("-- nothing", modparams={"auth_ephemeral": {"secret": "first"}})
    name = f"{int(clock.now) + 10}:alice"
    for seconds, expected in ((10, 1), (1, -7)):
        engine.handle_timer(clock.advance(seconds))
        assert ask(f"KSR.auth_ephemeral.autheph_authenticate('{name}', '{password('first', name)}')", engine=engine) == expected


def test_secrets_change_for_all_engines(script, ask):
    shared = kemilua.SharedState()
    one, other = (script("-- nothing", shared=shared, modparams={"auth_ephemeral": {"secret": ["first", "second"]}}) for _ in range(2))
    assert one.rpc("autheph.dump_secrets") == ["ID 0: second", "ID 1: first"]
    third = f"KSR.auth_ephemeral.autheph_authenticate('{NEVER}', '{password('third', NEVER)}')"
    assert ask(third, engine=other) == -1
    one.rpc("autheph.add_secret", "third")
    assert ask(third, engine=other) == 1
    assert other.rpc("autheph.dump_secrets") == ["ID 0: third", "ID 1: second", "ID 2: first"]
    other.rpc("autheph.rm_secret", 0)
    assert ask(third, engine=one) == -1
    with pytest.raises(kemilua.RpcError, match="Failed removing secret"):
        one.rpc("autheph.rm_secret", 7)
    with pytest.raises(kemilua.RpcError, match="Not enough parameters"):
        one.rpc("autheph.add_secret")


@pytest.mark.parametrize(("name", "value"), [("secret", ""), ("username_format", 2), ("sha_algorithm", 4), ("sha_algorithm", "sha1")])
def test_parameters_that_are_none(script, name, value):
    with pytest.raises(kemilua.ConfigError, match=name):
        script("-- nothing", modparams={"auth_ephemeral": {name: value}})


@given(secret=st.text("abc:;=$ \t", min_size=1, max_size=200), tail=st.text("abc:+ \x7f", max_size=300), number=st.integers(0, 3))
def test_passwords_are_those_of_hashlib(secret, tail, number):
    """Secrets and names of any length, with each hash."""
    name = f"4102444800:{tail}"
    with kemilua.Engine([], modparams={"auth_ephemeral": {"secret": secret, "sha_algorithm": number}}) as engine:
        message = kemilua.Message.parse(request(), engine=engine)
        good = password(secret, name, HASHES[number])
        quoted = "".join(f"\\{byte:03d}" for byte in name.encode())
        call = f'KSR.auth_ephemeral.autheph_authenticate("{quoted}", "{good}")'
        assert engine.eval(f"return {call}", message=message) == (1,)


def test_who_is_challenged_is_sent_a_nonce(script):
    engine = script(SCRIPT, modparams={"auth_ephemeral": {"secret": "first"}})
    assert only_send(engine.receive(request("MESSAGE"))).data.startswith(b"SIP/2.0 407 ")
