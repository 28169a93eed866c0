"""A scenario of our own, small enough to be read, for tests of the player and of the comparison."""

from __future__ import annotations

from typing import Any

import pytest
from stateful.scenario import Scenario, scenario_of

BRANCH = "z9hG4bK5a5c.0086ba9dd05cc52682df8c2b0a009b6f"
OTHER_BRANCH = "z9hG4bK5a5c.91373517a7d81ce0d34686e0eaa9f27e"
TAG = "0123456789abcdef0123456789abcdef-01234567"


def request(method: str, branch: str, *more: str) -> str:
    """A request as it comes to bob; `more` are further lines."""
    lines = [f"{method} sip:bob@127.0.0.1:23020 SIP/2.0", f"Via: SIP/2.0/UDP 127.0.0.1:23000;branch={branch}.0", *more]
    return "\r\n".join([*lines, "From: <sip:alice@example.com>;tag=f1", "Call-ID: call-1", f"CSeq: 1 {method}", "", ""])


def reply(status: str, tag: str) -> str:
    lines = [f"SIP/2.0 {status}", "Via: SIP/2.0/UDP 127.0.0.1:23010;branch=z9hG4bK-1", f"To: <sip:bob@example.com>;tag={tag}"]
    return "\r\n".join([*lines, "From: <sip:alice@example.com>;tag=f1", "Call-ID: call-1", "CSeq: 1 INVITE", "", ""])


ROW: dict[str, Any] = {
    "id": "own.call",
    "shows": "an INVITE, its retransmission, 180, CANCEL and what a command answers",
    "modules": ["jsonrpcs", "sl", "app_lua"],
    "modparams": [],
    "globals": [],
    "alias": [],
    "listen": ["udp:127.0.0.1:23000"],
    "endpoints": {"alice": "127.0.0.1:23010", "bob": "127.0.0.1:23020"},
    "lua": "",
    "steps": [
        {"op": "send", "from": "alice", "bytes": "INVITE", "t_ms": 4.0},
        {"op": "expect", "at": "bob", "match": {"method": "INVITE"}, "bind": "i", "observed": 0, "t_ms": 5.0},
        {"op": "send", "from": "bob", "bytes": f"180 {BRANCH}", "template": "180 {i.branch}", "t_ms": 600.0},
        {"op": "expect", "at": "alice", "match": {"status": "1xx", "method": "INVITE"}, "observed": 2, "t_ms": 600.4},
        {"op": "send", "from": "alice", "bytes": "CANCEL", "t_ms": 700.0},
        {"op": "rpc", "method": "own.list", "params": [1], "t_ms": 800.0, "answer": {"jsonrpc": "2.0", "result": {"tag": TAG}, "id": 3}},
    ],
    "end_ms": 900,
    "observed": [
        {"t_ms": 4.5, "at": "bob", "by": "step", "after_step": 0, "bytes": request("INVITE", BRANCH)},
        {"t_ms": 470.0, "at": "bob", "by": "timer", "window_ms": [437.0, 592.0], "bytes": request("INVITE", BRANCH)},
        {"t_ms": 600.3, "at": "alice", "by": "step", "after_step": 2, "bytes": reply("180 Ringing", TAG)},
        {"t_ms": 700.5, "at": "bob", "by": "step", "after_step": 4, "bytes": request("CANCEL", BRANCH, "Expires: 1")},
        {"t_ms": 700.6, "at": "alice", "by": "step", "after_step": 4, "bytes": reply("487 Request Terminated", TAG)},
    ],
    "logs": [
        {"t_ms": 4.3, "n": "relay", "v": [1, None]},
        {"t_ms": 600.2, "n": "reply", "v": [180, "a\u00e4\r\n"]},
    ],
}


@pytest.fixture
def row() -> dict[str, Any]:
    """The JSON object, to be changed."""
    import copy

    return copy.deepcopy(ROW)


@pytest.fixture
def scenario(row: dict[str, Any]) -> Scenario:
    return scenario_of("own", row)
