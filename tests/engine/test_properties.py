"""What holds for any bytes, any script argument and any way a stream is cut."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import kemilua
import pytest
from builders import invite, reply, request
from harness import LISTEN, SOURCE, TOUCH, logged
from hypothesis import given, settings
from hypothesis import strategies as st
from kemilua import _lane

LANES = ["direct", "portable"] if _lane.DIRECT else ["portable"]
EFFECTS = (kemilua.Send, kemilua.Drop, kemilua.Log, kemilua.Alias, kemilua.Resolve, kemilua.Store, kemilua.Release)
MESSAGES = [
    request(),
    invite(headers={"Record-Route": "<sip:203.0.113.9;lr>", "Subject": "a, b", "X-Fold": "one\r\n two"}),
    request(
        "REGISTER", "sip:example.com", {"Contact": '"A" <sip:a@b>;q=0.5, <sip:c@d>', "Authorization": 'Digest username="u", realm="r"'}
    ),
    reply(),
    b"OPTIONS tel:+1;phone-context=x SIP/2.0\r\nv: SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK1;rport\r\nt: <sip:b>\r\nf: <sip:a>;tag=1\r\n"
    b"i: 1\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n",
]

TORTURE = {path.stem: path.read_bytes() for path in (Path(__file__).resolve().parents[3] / "shared" / "torture").glob("*.dat")}
"""The messages of RFC 4475, where they are beside this checkout."""
SAMPLES = [*MESSAGES, *TORTURE.values()]


def make(lane: str) -> kemilua.Engine:
    sockets = [LISTEN, LISTEN.replace("udp", "tcp")]
    return kemilua.Engine([kemilua.Source(TOUCH, "touch.lua")], listen=sockets, log_level="err", lane=lane)


@pytest.fixture(scope="module", params=LANES)
def router(request: pytest.FixtureRequest) -> Iterator[kemilua.Engine]:
    """One engine for all datagrams of a lane."""
    with make(request.param) as made:
        yield made


@pytest.fixture(scope="module")
def engine() -> Iterator[kemilua.Engine]:
    """One engine for all calls of functions, which know no lanes."""
    with make(LANES[0]) as made:
        yield made


# ---- any bytes


def broken(message: bytes) -> st.SearchStrategy[bytes]:
    """The message with a few of its slices left out, doubled or replaced."""

    def change(cuts: list[tuple[int, int, bytes]]) -> bytes:
        data = message
        for start, length, new in cuts:
            at = start % (len(data) + 1)
            data = data[:at] + new + data[at + length :]
        return data

    pieces = st.one_of(
        st.binary(max_size=6), st.sampled_from([b"\r\n", b"\r\n\r\n", b"\n", b":", b",", b";", b'"', b"<", b">", b"@", b" ", b"\0", b"\\"])
    )
    return st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 40), pieces), min_size=1, max_size=6).map(change)


DATAGRAMS = st.one_of(st.binary(max_size=600), st.sampled_from(SAMPLES).flatmap(broken))


@settings(max_examples=400, deadline=None)
@given(data=DATAGRAMS, transport=st.sampled_from(["udp", "tcp", "tls", "sctp", "ws", "wss"]))
def test_any_datagram_gives_effects_and_nothing_else(router: kemilua.Engine, data: bytes, transport: str) -> None:
    effects = router.receive_datagram(data, source=SOURCE, transport=transport, now=1.0)
    assert all(isinstance(effect, EFFECTS) for effect in effects)
    assert not [text for text in logged(effects) if text.startswith("error executing ksr_")]
    assert router.receive_datagram(MESSAGES[0], source=SOURCE, now=1.0)


@settings(max_examples=400, deadline=None)
@given(data=DATAGRAMS)
def test_what_parses_is_built_again_byte_for_byte(data: bytes) -> None:
    fault = None
    try:
        message = kemilua.Message.parse(data)
    except kemilua.MessageError as error:
        fault = error
    if fault is not None:
        assert -1 <= fault.offset <= len(data)
    else:
        assert message.to_bytes() == message.buffer
        assert message.buffer in data


@pytest.mark.parametrize("data", MESSAGES)
def test_good_message_is_built_again_byte_for_byte(data: bytes) -> None:
    assert kemilua.Message.parse(data).to_bytes() == data


@pytest.mark.skipif(not TORTURE, reason="the messages of RFC 4475 are not beside this checkout (folder ../shared)")
def test_tortuous_message_is_built_again_byte_for_byte() -> None:
    refused = set()
    for name, data in TORTURE.items():
        try:
            message = kemilua.Message.parse(data)
        except kemilua.MessageError:
            refused.add(name)
        else:
            assert message.to_bytes() == data, name
    assert refused == {"badinv01", "badvers", "bigcode", "insuf", "lwsruri", "lwsstart", "multi01", "quotbal"}


@settings(max_examples=300, deadline=None)
@given(data=st.sampled_from(SAMPLES).flatmap(broken))
def test_changes_applied_without_a_change_are_none(engine: kemilua.Engine, data: bytes) -> None:
    try:
        message = kemilua.Message.parse(data, engine=engine)
    except kemilua.MessageError:
        return
    before = message.buffer
    engine.eval("KSR.textopsx.msg_apply_changes()", message=message)
    engine.take_effects()
    assert message.buffer == before


@settings(max_examples=200, deadline=None)
@given(data=DATAGRAMS)
def test_frame_of_a_websocket_is_a_datagram(router: kemilua.Engine, data: bytes) -> None:
    """Whatever comes in one frame is one message: what follows a body is of no other."""
    frames = [router.receive_datagram(data, source=SOURCE, transport=transport, connection=3, now=1.0) for transport in ("ws", "wss")]
    kinds = [[type(effect) for effect in effects] for effects in frames]
    assert kinds[0] == kinds[1]
    sends = [effect for effects in frames for effect in effects if isinstance(effect, kemilua.Send) and effect.destination == SOURCE]
    assert all(effect.connection == 3 for effect in sends if effect.transport in ("ws", "wss"))


# ---- any way a stream is cut

STREAMED = st.lists(
    st.one_of(st.sampled_from(SAMPLES), st.just(b"\r\n\r\n"), st.binary(max_size=40), st.sampled_from(SAMPLES).flatmap(broken)),
    max_size=5,
)


def feed(pieces: list[bytes]) -> tuple[list[bytes], type[Exception] | None]:
    """What comes out of a stream, but for keep-alives, and what broke it."""
    stream, found = kemilua.Stream(), []
    for piece in pieces:
        found += stream.feed(piece)
        if stream.error is not None:
            break
    return [data for data in found if data.strip()], type(stream.error) if stream.error else None


@settings(max_examples=300, deadline=None)
@given(parts=STREAMED, cuts=st.lists(st.integers(0, 5000), max_size=6))
def test_stream_gives_the_same_however_it_is_cut(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    whole = feed([data])
    assert feed([data[a:b] for a, b in itertools.pairwise(places)]) == whole
    assert feed([data[i : i + 1] for i in range(len(data))]) == whole


@settings(max_examples=100, deadline=None)
@given(messages=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=3), tail=st.binary(max_size=40))
def test_what_follows_a_message_does_not_change_it(messages: list[bytes], tail: bytes) -> None:
    assert feed([b"".join(messages) + tail])[0][: len(messages)] == messages


@settings(max_examples=100, deadline=None)
@given(parts=STREAMED, cuts=st.lists(st.integers(0, 5000), max_size=6))
def test_engine_does_the_same_however_a_stream_is_cut(router: kemilua.Engine, parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})

    def route(pieces: list[bytes]) -> list[object]:
        stream, found = kemilua.Stream(), []
        for piece in pieces:
            found += router.receive_stream(stream, piece, SOURCE, connection=4, now=1.0)
            if stream.error is not None:
                break
        return [effect.data for effect in found if isinstance(effect, kemilua.Send) and effect.data != kemilua.PONG]

    assert route([data[a:b] for a, b in itertools.pairwise(places)]) == route([data])


# ---- any argument

VALUES = [
    "nil", "true", "false", "{}", "{1, a = {}}", "print", "coroutine.create(print)",
    "0", "-1", "1", "7.5", "-0.0", "1/0", "0/0", "2^31", "2^53", "2^63", "math.maxinteger", "math.mininteger",
    "''", "'x'", "'7'", "'-1'", "'0x10'", "'\\0'", "'a\\0b'", "'\\255\\254'", "'%s%n'", "'Via'", "'X: 1\\r\\n'", "'sip:a@b;x=1?y'",
    "'$ru'", "'$(ru{s.len})'", "'$(hdr(Via)[-1]{s.substr,1,2})'", "'$avp(a)'",
    "('x'):rep(1023)", "('x'):rep(70000)", "('$(ru{s.len})'):rep(300)",
]  # fmt: skip
KINDS = {"bool": bool, "int": int, "none": (int, bool)}
FILES = ("corex.file_read", "corex.file_write", "app_lua.dofile")


def functions() -> dict[str, tuple[str, int]]:
    """Return type and number of parameters by name, `KSR.` left out."""
    with kemilua.Engine() as made:
        rows = [row["func"] for row in made.rpc("app_lua.api_list")["methods"]]
    return {
        f"{row['module']}.{row['name']}".lstrip("."): (row["ret"], 0 if row["params"] == "none" else row["params"].count(",") + 1)
        for row in rows
    }


FUNCTIONS = functions()


@pytest.fixture
def call(engine: kemilua.Engine) -> Callable[[str, list[str]], object]:
    """Call a function on a message of its own and tell what it gave; "error" for a Lua error."""

    def call(name: str, arguments: list[str], data: bytes = MESSAGES[1]) -> object:
        try:
            values = engine.eval(f"return KSR.{name}({', '.join(arguments)})", message=data)
        except kemilua.ScriptError:
            return "error"
        finally:
            engine.take_effects()
        assert len(values) <= 1
        return values[0] if values else None

    return call


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_survives_every_wrong_argument(name: str, call: Callable[..., object], tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # of functions that write files
    returns, count = FUNCTIONS[name]
    for value in VALUES:
        for given_ in {0, 1, count - 1, count, count + 1, 6, 7} - {-1}:
            result = call(name, [value] * given_)
            if given_ < count or given_ > 6 or (count == 0 and given_ > 0):
                assert result is False, (name, value, given_)
            elif returns in KINDS:
                assert isinstance(result, KINDS[returns]), (name, value, given_, result)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_without_a_message_refuses(name: str, engine: kemilua.Engine) -> None:
    arguments = ", ".join(["'x'"] * FUNCTIONS[name][1])
    assert engine.eval(f"return KSR.{name}({arguments})") == (False,)


LITERALS = st.one_of(
    st.sampled_from(VALUES),
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.text(string.ascii_letters + string.digits + "$(){}[]<>@;:,=?&%\\ -.*|", max_size=20).map(
        lambda text: "'" + text.replace("\\", "\\\\") + "'"
    ),
    st.binary(max_size=12).map(lambda data: "'" + "".join(f"\\{byte:03}" for byte in data) + "'"),
)


@settings(max_examples=600, deadline=None)
@given(
    name=st.sampled_from([name for name in FUNCTIONS if name not in FILES]),
    arguments=st.lists(LITERALS, max_size=7),
    data=st.sampled_from(MESSAGES),
    more=st.lists(LITERALS, max_size=3),
)
def test_functions_survive_any_arguments_one_after_the_other(
    engine: kemilua.Engine, name: str, arguments: list[str], data: bytes, more: list[str]
) -> None:
    message = kemilua.Message.parse(data, engine=engine)
    for one in (arguments, more, arguments):
        code = f"return pcall(KSR.{name}, {', '.join(one)})" if one else f"return pcall(KSR.{name})"
        assert len(engine.eval(code, message=message)) <= 2
        engine.take_effects()
    message.to_bytes()
