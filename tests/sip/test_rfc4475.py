"""The 49 torture messages of RFC 4475, as datagrams and as streams: what Kamailio routes is routed, what it drops is refused."""

from __future__ import annotations

from pathlib import Path

import kemilua
import pytest
from kemilua import Message, Stream

ROUTED = {
    # name: method or status, headers up to the first malformed one, bytes of body
    "badaspec": ("OPTIONS", 8, 0),
    "badbranch": ("OPTIONS", 8, 0),
    "baddate": ("INVITE", 10, 150),
    "baddn": ("OPTIONS", 8, 0),
    "bcast": (200, 9, 154),
    "bext01": ("OPTIONS", 9, 0),
    "clerr": ("INVITE", 9, 154),
    "cparam01": ("REGISTER", 8, 0),
    "cparam02": ("REGISTER", 8, 0),
    "dblreq": ("REGISTER", 8, 450),
    "esc01": ("INVITE", 9, 150),
    "esc02": ("RE%47IST%45R", 7, 0),
    "escnull": ("REGISTER", 9, 0),
    "escruri": ("INVITE", 9, 150),
    "intmeth": ("!interesting-Method0123456789_*+`.%indeed'~", 6, 0),
    "inv2543": ("INVITE", 7, 105),
    "invut": ("INVITE", 9, 40),
    "longreq": ("INVITE", 43, 150),
    "ltgtruri": ("INVITE", 9, 159),
    "lwsdisp": ("OPTIONS", 7, 0),
    "mcl01": ("OPTIONS", 7, 0),
    "mismatch01": ("OPTIONS", 7, 0),
    "mismatch02": ("NEWMETHOD", 9, 138),
    "mpart01": ("MESSAGE", 14, 553),
    "ncl": ("INVITE", 8, 0),
    "noreason": (100, 7, 0),
    "novelsc": ("OPTIONS", 7, 0),
    "regaut01": ("REGISTER", 8, 0),
    "regbadct": ("REGISTER", 8, 0),
    "regescrt": ("REGISTER", 8, 0),
    "scalar02": ("REGISTER", 9, 0),
    "scalarlg": (503, 5, 0),
    "sdp01": ("INVITE", 10, 150),
    "semiuri": ("OPTIONS", 8, 0),
    "transports": ("OPTIONS", 12, 0),
    "trws": ("OPTIONS", 8, 0),
    "unkscm": ("OPTIONS", 7, 0),
    "unksm2": ("REGISTER", 8, 0),
    "unreason": (200, 8, 154),
    "wsinv": ("INVITE", 14, 150),
    "zeromf": ("OPTIONS", 7, 0),
}

REFUSED = {
    # name: offset, status to answer with, what stood there
    "badinv01": (217, 400, b";,;,,"),
    "badvers": (33, 505, b"SIP/7.0"),
    "bigcode": (8, 400, b"4294967301"),
    "insuf": (150, 400, b"\r\n"),
    "lwsruri": (29, 400, b"lr SIP"),
    "lwsstart": (7, 400, b" sip:"),
    "multi01": (197, 400, b"CSeq: 59"),
    "quotbal": (78, 400, b"\r\n"),
}

UNREADABLE = {"esc02", "intmeth", "mcl01", "ncl", "scalarlg"}
"""A malformed or doubled header ends their index: what looks at all headers finds nothing."""

UNFRAMED = {
    # name: what a stream gives before it breaks, or waits for more; the others are one whole message
    "baddn": [],
    "clerr": [],
    "dblreq": [300, 2, 443],
    "inv2543": [],
    "mcl01": [],
    "ncl": [],
}


@pytest.fixture(scope="module")
def torture(shared: Path) -> Path:
    """The folder of messages."""
    return shared / "torture"


def test_every_message_has_its_row(torture: Path):
    assert sorted(path.stem for path in torture.glob("*.dat")) == sorted([*ROUTED, *REFUSED])


@pytest.mark.parametrize("name", ROUTED)
def test_datagram_is_taken(torture: Path, name: str):
    data = (torture / f"{name}.dat").read_bytes()
    msg = Message.parse(data)
    assert (msg.method if msg.is_request else msg.status, len(msg.headers), len(msg.body)) == ROUTED[name]
    assert (msg.header("Via") is None) == (name in UNREADABLE)
    assert msg.buffer == data


@pytest.mark.parametrize("name", REFUSED)
def test_datagram_is_refused_where_it_is_wrong(torture: Path, name: str):
    data = (torture / f"{name}.dat").read_bytes()
    offset, hint, found = REFUSED[name]
    with pytest.raises(kemilua.MessageError, match="expected") as caught:
        Message.parse(data)
    assert (caught.value.offset, caught.value.hint) == (offset, hint)
    assert data[offset:].startswith(found)


@pytest.mark.parametrize("name", [*ROUTED, *REFUSED])
def test_stream_frames_it_by_content_length_alone(torture: Path, name: str):
    data = (torture / f"{name}.dat").read_bytes()
    assert [len(one) for one in Stream().feed(data)] == UNFRAMED.get(name, [len(data)])


@pytest.mark.parametrize("name", [*ROUTED, *REFUSED])
def test_stream_of_single_bytes_gives_the_same(torture: Path, name: str):
    data = (torture / f"{name}.dat").read_bytes()
    whole, single, found = Stream(), Stream(), []
    for at in range(len(data)):
        found += single.feed(data[at : at + 1])
        if single.error is not None:
            break
    assert found == whole.feed(data)
    assert repr(single.error) == repr(whole.error)
