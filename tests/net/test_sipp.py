"""Calls of SIPp through `kemilua serve`, and the same through Debian's Kamailio with the same script: each ends as it says here.

The lines are what SIPp is to do (tests/support/sipp_scenario.py), and what it is to have seen at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kamailio
import pytest
import sipp
from beside import SIDES
from sipp import Endpoint, Seen
from sipp_scenario import expected

SCRIPT = Path(__file__).with_name("sipp.lua")
NAMES = ["caller", "one", "two", "three"]

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(sipp.missing()), reason=sipp.missing())]

Calls = Callable[..., dict[str, Seen]]


@pytest.fixture(scope="module", params=SIDES)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of the proxy."""
    if request.param == "kamailio" and kamailio.missing():
        pytest.skip(kamailio.missing())
    with SIDES[request.param](tmp_path_factory.mktemp(request.param), SCRIPT) as server:
        yield server.port


@pytest.fixture
def calls(port: int, tmp_path: Path) -> Calls:
    """Makes calls of the first endpoint to the others: `calls(action, line, line)`."""

    def make(action: str, *endpoints: str | Endpoint, folder: str = "", **others: str | Endpoint) -> dict[str, Seen]:
        named = {**dict(zip(NAMES, endpoints, strict=False)), **others}
        told = {name: Endpoint(one) if isinstance(one, str) else one for name, one in named.items()}
        return sipp.run(tmp_path / folder, port, action, told)

    return make


def lines(seen: Mapping[str, Seen]) -> list[str]:
    return [one.line for one in seen.values()]


def faults(seen: Mapping[str, Seen]) -> dict[str, str]:
    return {name: one.errors for name, one in seen.items() if one.failed}


COMPLETED = "INVITE <100 <180 <200 ACK BYE <202/BYE"
ANSWERING = "<INVITE 180 200 <ACK <BYE 202/BYE"
CANCELLING = "INVITE <100 <180 CANCEL <200/CANCEL <487 ACK"
CANCELLED = "<INVITE 180 <CANCEL 200/CANCEL 487 <ACK"
CANCELLED_AFTER_100 = "<INVITE 100 <CANCEL 200/CANCEL 487 <ACK"
CROSSED_BY_486 = "INVITE <100 <180 CANCEL <200/CANCEL <486 ACK"
REFUSED = "INVITE <100 <486 ACK"
BUSY = "<INVITE 486 <ACK"
SILENT = "<INVITE linger=2000"
MOVED = Endpoint("<INVITE 302 <ACK", contact="two")

CALLS = {
    "answered": ("relay", COMPLETED, ANSWERING),
    "busy": ("relay", REFUSED, BUSY),
    # CANCEL, and what the callee has said by then
    "cancelled before any reply": ("quiet", "INVITE CANCEL <200/CANCEL <487 ACK", "<INVITE pause=400 180 <CANCEL 200/CANCEL 487 <ACK"),
    "cancelled after 100": ("relay", "INVITE <100 CANCEL <200/CANCEL <487 ACK", CANCELLED_AFTER_100),
    "cancelled after 180": ("relay", CANCELLING, CANCELLED),
    "200 crosses CANCEL behind the proxy": (
        "relay",
        "INVITE <100 <180 CANCEL <200/CANCEL <200 ACK BYE <202/BYE",
        "<INVITE 180 <CANCEL 200/CANCEL 200 <ACK <BYE 202/BYE",
    ),
    "200 crosses CANCEL before the proxy": ("relay", "INVITE <100 <180 <200 CANCEL <200/CANCEL ACK BYE <202/BYE", ANSWERING),
    "486 crosses CANCEL": ("relay", CROSSED_BY_486, "<INVITE 180 <CANCEL 200/CANCEL 486 <ACK"),
    # parallel forking
    "forked, one answers": ("fork", COMPLETED, "<INVITE 180 pause=300 200 <ACK <BYE 202/BYE", CANCELLED, CANCELLED),
    "forked, all are busy": ("fork", REFUSED, BUSY, BUSY, BUSY),
    "forked, cancelled": ("fork", CROSSED_BY_486, CANCELLED, CANCELLED_AFTER_100, BUSY),
    # no answer
    "silent": ("short", "INVITE <100 <408 ACK", SILENT),
    "ringing": ("short", "INVITE <100 <180 <408 ACK", CANCELLED),
    # serial forking
    "serial, busy then answered": ("serial", COMPLETED, BUSY, ANSWERING),
    "serial, silent then answered": ("serial", COMPLETED, SILENT, ANSWERING),
    "serial, ringing then answered": ("serial", COMPLETED, CANCELLED, ANSWERING),
    "serial, both busy": ("serial", REFUSED, BUSY, BUSY),
    "serial, cancelled": ("serial", CANCELLING, CANCELLED, ""),
    # redirection
    "302 relayed": ("relay", "INVITE <100 <302 ACK", MOVED, ""),
    "302 followed": ("follow", COMPLETED, MOVED, ANSWERING),
}


@pytest.mark.parametrize("name", CALLS)
def test_call(calls, name):
    action, *endpoints = CALLS[name]
    seen = calls(action, *endpoints)
    assert lines(seen) == [expected(one.line if isinstance(one, Endpoint) else one) for one in endpoints]
    assert faults(seen) == {}


# ---- retransmissions


def test_a_repeated_invite_is_absorbed(calls):
    seen = calls("quiet", Endpoint("INVITE <180 <200 ACK BYE <202/BYE", t1=500), "<INVITE pause=800 180 200 <ACK <BYE 202/BYE")
    assert lines(seen) == ["INVITE <180 <200 ACK BYE <202/BYE", ANSWERING]
    assert seen["caller"].copies["INVITE"] >= 2


def test_200_comes_again_until_the_caller_acknowledges(calls):
    seen = calls("lossy", "INVITE <100 <180 <200 pause=800 ACK BYE <202/BYE", Endpoint(ANSWERING, t1=500))
    assert lines(seen) == [COMPLETED, ANSWERING]
    assert seen["caller"].copies["<200"] >= 2


COUNT = 20
LOSSY = {
    "answered": (COMPLETED, "<INVITE 200 <ACK? <BYE 202/BYE linger=7000"),
    "busy": (REFUSED, BUSY),
    "cancelled": ("INVITE <100 CANCEL <200/CANCEL? <487 ACK", CANCELLED_AFTER_100),
}
LOSERS = [("answered", "caller"), ("answered", "one"), ("busy", "caller"), ("busy", "one"), ("cancelled", "caller")]
"""Not the callee of what is cancelled: SIPp takes a CANCEL that comes again, since the answer was lost, for an unexpected one.
One attempt of ten fails, request and reply: with a T1 of 500 four were made while the other side was there, and of 200 calls one was lost
for good in one run of fifty."""


def test_calls_end_as_ever_where_one_message_of_twenty_is_lost(calls):
    def ended(kind: str, loser: str) -> dict[str, Seen]:
        told = [Endpoint(line, calls=COUNT, lost=5 * (name == loser), t1=200) for name, line in zip(NAMES, LOSSY[kind], strict=False)]
        return calls("lossy", *told, folder=f"{kind}-{loser}")

    with ThreadPoolExecutor(3) as pool:
        runs = dict(zip(LOSERS, pool.map(ended, *zip(*LOSERS, strict=True)), strict=True))
    # What the caller is told is the callee's word. SIPp as callee takes an ACK that comes again, behind BYE, for a fault.
    callers = {loss: seen["caller"] for loss, seen in runs.items()}
    outcomes = {loss: (caller.succeeded, caller.failed) for loss, caller in callers.items()}
    assert outcomes == dict.fromkeys(LOSERS, (COUNT, 0)), [caller.errors for caller in callers.values()]
    assert sum(one.retransmitted for seen in runs.values() for one in seen.values()) > 0, "nothing was lost"
    for (kind, loser), seen in runs.items():  # the trace of one that loses messages lacks them
        branches = [one for one in seen["one"].requests if one.startswith("INVITE ")]
        assert loser == "one" or len(branches) == COUNT, f"{kind}: an INVITE that the caller repeats goes on as another"


# ---- strict routers (RFC 2543)


def test_a_strict_router_of_the_route_set_stands_in_the_request_uri(calls):
    seen = calls("relay", COMPLETED, Endpoint("<INVITE 180 200 pause=200", router="router"), router="<ACK <BYE 202/BYE")
    assert seen["router"].requests == ["ACK sip:router Route: <sip:callee@one>", "BYE sip:router Route: <sip:callee@one>"]
    assert lines(seen) == [COMPLETED, "<INVITE 180 200", "<ACK <BYE 202/BYE"]


def test_from_a_strict_router_the_last_route_is_the_request_uri(calls):
    seen = calls("relay", "INVITE <100 <180 <200 ACK strict:BYE <202/BYE", ANSWERING)
    assert lines(seen) == [COMPLETED, ANSWERING]
    assert seen["one"].requests[-1] == "BYE sip:callee@one"
