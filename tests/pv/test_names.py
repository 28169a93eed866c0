"""Every pseudo-variable of Kamailio's core and of the modules that are here is a name here too."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kemilua
import pytest
from builders import request

EXPORTERS = [
    "cfgutils", "core", "corex", "htable", "ipops", "nathelper", "pv", "rr", "sdpops", "siputils", "textopsx", "xlog",
]  # fmt: skip
INNER = {
    "env": "HOME", "envn": "HOME", "def": "A", "defn": "A", "defv": "A", "defs": "A", "_s": "text", "af": "id", "branch": "uri",
    "sbranch": "uri", "snd": "ip", "sndto": "ip", "sndfrom": "ip", "xavp": "a", "xavu": "a", "xavi": "a", "avp": "a", "hdr": "To",
    "hdrc": "To", "hfl": "To", "hflc": "To", "var": "a", "vz": "a", "vn": "a", "Bf": "1", "Mf": "1", "Sf": "1", "cnt": "$avp(a)",
    "shv": "a", "shvinc": "a", "time": "sec", "utime": "sec", "timef": "%Y", "utimef": "%Y", "TV": "s", "nh": "u", "version": "num",
    "K": "UDP", "expires": "min", "msg": "len", "ksr": "ver", "sel": "ruri", "stat": "rcv_requests", "ccp": "core.debug",
    "rcv": "buf", "recv": "buf", "cfg": "line", "lsock": "n/a/listen", "atkv": "type", "pcv": "all", "hfitname": "a",
    "hfitbody": "a", "blitval": "a", "sdp": "body", "sdpitval": "a", "HN": "n", "rdir": "id", "sht": "a=>b", "shtex": "a=>b",
    "shtcn": "a=>b", "shtcv": "a=>b", "shtinc": "a=>b", "shtdec": "a=>b", "shtrecord": "key", "shtitkey": "a", "shtitval": "a",
    "dns": "a=>count", "ptrquery": "a=>hostname", "srvquery": "a=>count", "naptrquery": "a=>count", "rpl": "duri", "via0": "host",
    "via1": "host", "viaZ": "host", "msgbuf": "0", "C": "rg",
}  # fmt: skip
"""A text that each class takes inside its parentheses."""


def exported(root: Path) -> dict[str, dict[str, str]]:
    """The rows of the sheet by class name, for the exporters this test is about."""
    lines = (root / "docs" / "kamailio" / "pseudovariables.tsv").read_text().splitlines()
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["name"].partition("(")[0] or "(": row for row in rows if row["exporter"] in EXPORTERS}


def written(name: str) -> str:
    return f"${name}({INNER[name]})" if name in INNER else f"${name}"


@pytest.fixture(scope="module")
def evaluate() -> Iterator[Any]:
    with kemilua.Engine(listen=["udp:192.0.2.1:5060"], log_level="alert") as engine:
        message = kemilua.Message.parse(request(), engine=engine)
        yield lambda lua: engine.eval(lua, message=message)


def is_a_name(evaluate: Any, text: str) -> bool:
    """A format that has a bad name in it is refused; null and failures are not."""
    (result,) = evaluate(f"return KSR.xlog.xalert('{text}')")
    return bool(result == 1)


def test_every_exported_name_is_here(root: Path, evaluate: Any) -> None:
    missing = {name for name in exported(root) if not is_a_name(evaluate, written(name))}
    assert missing == set()


def test_index_and_inner_name_are_taken_where_the_sheet_says(root: Path, evaluate: Any) -> None:
    """Inside $( ), so that what is not taken is refused rather than text behind the name."""
    for name, row in exported(root).items():
        if name == "$":
            continue
        body = written(name)[1:]
        assert is_a_name(evaluate, f"$({body}[0])") == row["index"].startswith("yes"), name
        assert is_a_name(evaluate, f"$({name}(1x))") <= (name in INNER), name
        assert not is_a_name(evaluate, f"$({name}())"), name


def test_read_only_names_are_left_alone_and_true(root: Path, evaluate: Any) -> None:
    for name, row in exported(root).items():
        if row["access"] == "r":
            text = written(name)
            assert evaluate(f"return KSR.pv.sets('{text}', 'x'), KSR.pv.seti('{text}', 1), KSR.pv.unset('{text}')") == (True, True, True), (
                name
            )


def test_types_are_those_of_the_sheet(root: Path, evaluate: Any) -> None:
    """What is not null has the type that the sheet gives it."""
    types = {"int": int, "str": str, "both": (int, str)}
    for name, row in exported(root).items():
        (value,) = evaluate(f"return KSR.pv.get('{written(name)}')")
        assert value is None or isinstance(value, types[row["type"]]), name
        assert value is not None or row["when_null"] != "never", name
