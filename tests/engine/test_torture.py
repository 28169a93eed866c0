"""The 49 messages of RFC 4475 as datagrams: what comes of each now, whether RFC 4475 wants that or not."""

from __future__ import annotations

from pathlib import Path

import kemilua
import pytest
from builders import first_line
from harness import LISTEN, SOURCE, TOUCH

OUTCOMES = {
    "badaspec": "answered",
    "badbranch": "answered",
    "baddate": "answered",
    "baddn": "answered",
    "badinv01": "dropped: expected a parameter",
    "badvers": "dropped: expected SIP/2.0",
    "bcast": "forwarded",
    "bext01": "answered",
    "bigcode": "dropped: expected three digits of a status",
    "clerr": "answered",
    "cparam01": "answered",
    "cparam02": "answered",
    "dblreq": "answered",
    "esc01": "answered",
    "esc02": "unanswered",
    "escnull": "answered",
    "escruri": "answered",
    "insuf": "dropped: expected a header From",
    "intmeth": "unanswered",
    "inv2543": "answered",
    "invut": "answered",
    "longreq": "answered",
    "ltgtruri": "answered",
    "lwsdisp": "answered",
    "lwsruri": "dropped: expected SIP/2.0",
    "lwsstart": "dropped: expected a Request-URI and a space",
    "mcl01": "unanswered",
    "mismatch01": "answered",
    "mismatch02": "answered",
    "mpart01": "answered",
    "multi01": "dropped: expected this header only once",
    "ncl": "unanswered",
    "noreason": "dropped: reply that cannot be forwarded",
    "novelsc": "answered",
    "quotbal": "dropped: expected '\"' at the end of the display name",
    "regaut01": "answered",
    "regbadct": "answered",
    "regescrt": "answered",
    "scalar02": "answered",
    "scalarlg": "dropped: reply that cannot be forwarded",
    "sdp01": "answered",
    "semiuri": "answered",
    "transports": "answered",
    "trws": "answered",
    "unkscm": "answered",
    "unksm2": "answered",
    "unreason": "dropped: reply that cannot be forwarded",
    "wsinv": "answered",
    "zeromf": "answered",
}
ANSWER = "function ksr_request_route() KSR.sl.send_reply(200, 'OK') end"


@pytest.fixture
def message(shared: Path, name: str) -> bytes:
    return (shared / "torture" / f"{name}.dat").read_bytes()


def outcome(effects: list[kemilua.Effect]) -> str:
    """ "answered", "forwarded", "dropped: why"; "unanswered" when the script had the message and no reply could be made of it."""
    for effect in effects:
        if isinstance(effect, kemilua.Send):
            return "answered" if effect.destination == SOURCE and first_line(effect.data) == "SIP/2.0 200 OK" else "forwarded"
        if isinstance(effect, kemilua.Drop):
            return f"dropped: {effect.reason}"
    return "unanswered"


def test_all_messages_are_in_the_table(shared: Path) -> None:
    assert sorted(path.stem for path in (shared / "torture").glob("*.dat")) == sorted(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_outcome_is_the_one_noted(name: str, message: bytes, lane: str) -> None:
    with kemilua.Engine([kemilua.Source(ANSWER, "answer.lua")], listen=[LISTEN], lane=lane, log_level="err") as engine:
        assert outcome(engine.receive_datagram(message, source=SOURCE, now=1.0)) == OUTCOMES[name]


@pytest.mark.parametrize("name", OUTCOMES)
def test_script_that_reads_and_edits_everything_does_not_fail(name: str, message: bytes) -> None:
    with kemilua.Engine([kemilua.Source(TOUCH, "touch.lua")], listen=[LISTEN], log_level="err", errors="raise") as engine:
        assert engine.receive_datagram(message, source=SOURCE, now=1.0)
