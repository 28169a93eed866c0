"""What the masks of the wire recordings hide: tags and branches of our own making; and where a forward differs on purpose.

That everything else is as recorded, byte for byte, is in test_recordings.py.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator

import golden
import kemilua
import pytest

CALLER = ("127.0.0.1", 5099)
TAG = re.compile(rb"(?m)^(?:To|t): .*;tag=([0-9a-f]{32})\.([0-9a-f]{8})\r$")
BRANCH = re.compile(rb"(?m)^Via: SIP/2\.0/UDP 127\.0\.0\.1:5070;branch=(z9hG4bK[0-9a-f]{4}\.[0-9a-f]{32}\.0)\r$")
TAGGED = ["invite_sdp", "options_min", "compact", "nat_contact"]  # bye_route has a To-tag of its own

Run = Callable[..., list[kemilua.Send]]


@pytest.fixture(scope="module")
def messages() -> dict[str, bytes]:
    """The messages of the wire recordings by name."""
    rows = map(json.loads, golden.Recording("wire.jsonl", golden.ARCHIVE).text().splitlines())
    return {row["message"]: base64.b64decode(row["message_base64"]) for row in rows}


@pytest.fixture
def run() -> Iterator[Run]:
    """`run(lua, data)`: what is sent when that Lua routes the datagram."""
    with golden.new_engine("function ksr_request_route() case() end") as engine:

        def run(lua: str, data: bytes, engine: kemilua.Engine = engine) -> list[kemilua.Send]:
            engine.eval(f"function case() {lua} end")
            effects = engine.receive_datagram(data, source=CALLER, local=golden.LOCAL, now=golden.NOW)
            return [effect for effect in effects if isinstance(effect, kemilua.Send)]

        yield run


def tag_of(send: kemilua.Send) -> tuple[bytes, bytes]:
    ((server, request),) = TAG.findall(send.data)
    return server, request


@pytest.mark.parametrize("name", TAGGED)
def test_to_tag_is_the_same_for_every_reply_to_a_request(run: Run, messages: dict[str, bytes], name: str) -> None:
    replies = [
        *run("KSR.sl.send_reply(200, 'OK') KSR.sl.send_reply(404, 'No')", messages[name]),
        *run("KSR.sl.sl_reply_error()", messages[name]),
    ]
    assert len(replies) == 3
    assert len(set(map(tag_of, replies))) == 1


def test_to_tags_share_the_part_of_the_server_alone(run: Run, messages: dict[str, bytes]) -> None:
    tags = [tag_of(*run("KSR.sl.send_reply(200, 'OK')", messages[name])) for name in TAGGED]
    assert (len({server for server, _ in tags}), len({request for _, request in tags})) == (1, len(TAGGED))


def test_branch_is_the_same_for_a_retransmission_and_differs_between_requests(run: Run, messages: dict[str, bytes]) -> None:
    lua = "KSR.setdsturi('sip:127.0.0.1:5098') KSR.forward()"
    branches = {
        name: [BRANCH.findall(send.data)[0] for _ in range(2) for send in run(lua, messages[name])] for name in [*TAGGED, "bye_route"]
    }
    assert all(first == again for first, again in branches.values())
    assert len({first for first, _ in branches.values()}) == len(branches)


def test_server_of_replies_is_a_parameter(messages: dict[str, bytes]) -> None:
    with golden.new_engine(
        "function ksr_request_route() KSR.sl.send_reply(200, 'OK') end", core={"server_header": "Server: mine"}
    ) as engine:
        (send,) = engine.receive_datagram(messages["options_min"], source=CALLER, local=golden.LOCAL, now=golden.NOW)
    assert b"\r\nServer: mine\r\nContent-Length: 0\r\n\r\n" in send.data


def test_name_that_kamailio_could_not_resolve_is_left_to_the_host(run: Run, messages: dict[str, bytes]) -> None:
    (send,) = run("KSR.seturi('sip:x@nosuch.invalid') RESULT = KSR.forward()", messages["invite_sdp"])
    assert (send.destination, send.transport, send.local) == (("nosuch.invalid", 5060), "udp", golden.LOCAL)
