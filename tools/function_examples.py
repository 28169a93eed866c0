"""The examples of KSR functions, docs/reference/examples/MODULE.lua: read, run, and written with what came of them.

    python tools/function_examples.py [--write]

Without --write it says which examples are not as they run. An example begins with `--- FUNCTION [MESSAGE]`, the name of one of the recorded
messages (`invite_sdp` unless told). Lines that end in `-->` are expressions, and what they return stands there; `--| ` lines behind them
tell what else came of it: lines that the message gained or lost, what was sent and logged. So a new example is its calls with an empty
`-->`, and --write completes it. tests/docs/test_examples.py holds that every function has one and that all are current.
"""

from __future__ import annotations

import base64
import difflib
import functools
import json
import os
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import kemilua

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference" / "examples"
RECORDINGS = ROOT / "tests" / "golden" / "data" / "recordings.zip"
USUAL = "invite_sdp"
PEER = ("127.0.0.1", 5099)
LOCAL = ("127.0.0.1", 5070)
NOW = 1_700_000_000.0
WIDTH = 120

SCRIPT = """\
function hello(...) KSR.info(table.concat({"hello", ...}, " ")) end
"""
FILES = {"greeting.txt": "welcome", "extra.lua": 'KSR.info("from extra.lua")\n'}
ENVIRONMENT = {"KEMILUA_ZONE": "us", "KEMILUA_PORT": "5080"}
SETUP: dict[str, Any] = {
    "listen": ["udp:127.0.0.1:5070 name main", "udp:127.0.0.1:5071 name second", "tcp:127.0.0.1:5070"],
    "aliases": ["example.com"],
    "defines": {"WITH_NAT": "yes", "MAX": 70},
    "core": {"xavp_via_params": "viap", "xavp_via_fields": "viaf", "xavp_via_reply_params": "viar", "server_id": 7},
    "modparams": {
        "cfgutils": {"lock_set_size": 4},
        "htable": {"htable": ["a=>size=8;", "ipban=>size=8;autoexpire=300;"]},
        "nathelper": {"received_avp": "$avp(received)"},
        "pv": {"shvset": "calls=i:1"},
        "tm": {"contacts_avp": "contacts", "contact_flows_avp": "flows"},
        "uac": {"restore_mode": "manual"},
    },
}
"""How the engine of an example is made, which the page of all functions shows."""

HEAD = re.compile(r"^--- (\w+)(?: (\w+))?$")
VALUE = re.compile(r"^(.*?)\s*-->(?: (.*))?$")
OURS = re.compile(r"(?<=;tag=)[0-9a-f]{32}\.[0-9a-f]{8}|(?<=branch=z9hG4bK)[0-9a-f]+\.[0-9a-f]{32}\.\d|\d+(?= bytes| of the engine)")
"""Tags and branches of our own making, and sizes in memory, which say nothing."""
DULL = ("To: ", "Server: ", "Content-Length: 0")
"""Lines that every reply has, though the request did not."""


@dataclass(frozen=True)
class Example:
    """What is called for one function, on which message, and what came of it."""

    module: str
    function: str
    message: str
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        """`KSR.hdr.get`, or `KSR.setflag` of the core."""
        return ".".join(["KSR", *([] if self.module == "core" else [self.module]), self.function])

    @property
    def calls(self) -> list[str]:
        """The lines of Lua, without what they return."""
        return [match[1] if (match := VALUE.match(line)) else line for line in self.lines if not line.startswith("--| ")]

    def text(self) -> str:
        """The example as it stands in its file."""
        return "\n".join([f"--- {self.function}{'' if self.message == USUAL else f' {self.message}'}", *self.lines, ""])

    def shown(self) -> str:
        """The example as a reader of a page sees it."""
        return "\n".join(line.replace("--| ", "-- ", 1) if line.startswith("--| ") else line for line in self.lines) + "\n"


def read(path: Path) -> list[Example]:
    """The examples of a file, in order."""
    found: list[Example] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if head := HEAD.match(line):
            found.append(Example(path.stem, head[1], head[2] or USUAL, ()))
        elif line and found:
            found[-1] = replace(found[-1], lines=(*found[-1].lines, line))
    return found


def examples() -> list[Example]:
    """All there are."""
    return [example for path in sorted(FOLDER.glob("*.lua")) for example in read(path)]


# ---- the recordings


@functools.cache
def recorded() -> list[dict[str, Any]]:
    """What Kamailio did, a dict for each file of recorded calls, those of the usual ports first."""
    with zipfile.ZipFile(RECORDINGS) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".json"))
        return [json.loads(archive.read(name)) for name in sorted(names, key=lambda name: name.startswith(("auth_", "left_")))]


@functools.cache
def messages() -> dict[str, bytes]:
    """The recorded messages by name; where a name stands for several, the first."""
    found: dict[str, bytes] = {}
    for recording in recorded():
        found.setdefault(recording["message_name"], base64.b64decode(recording["message_base64"]))
    return found


def plain(lua: str) -> str:
    """A call without blanks between its arguments, and with one kind of quotes."""
    return re.sub(r",\s+", ",", lua.replace("'", '"'))


@functools.cache
def answers() -> set[tuple[str, str, str]]:
    """Message, call and result of each recorded case that is one call."""
    return {
        (recording["message_name"], plain(case["lua"].removeprefix("return ")), literal(value_of(case["returns"][0])))
        for recording in recorded()
        for case in recording["cases"]
        if case["lua"].startswith("return ") and len(case.get("returns", ())) == 1
    }


def value_of(row: dict[str, Any]) -> Any:
    """A recorded value."""
    value: Any = row.get("v")
    if row["t"] == "string":
        return value.encode("latin-1").decode("utf-8", "surrogateescape")
    return float(value) if row["t"] == "float" else value


EDIT = re.compile(r"local r=(KSR\.[^;]*); local rc=KSR\.textopsx\.msg_apply_changes\(\); return r,rc,KSR\.pv\.get\(['\"]\$mb['\"]\)")


@functools.cache
def edits() -> set[tuple[str, str, str, tuple[str, ...]]]:
    """Message, call, result and changed lines of each recorded case that is one edit."""
    found = set()
    for recording in recorded():
        data = base64.b64decode(recording["message_base64"])
        for case in recording["cases"]:
            if (edit := EDIT.fullmatch(case["lua"])) and "returns" in case:
                result, _, message = map(value_of, case["returns"])
                lines = tuple(changed(data, message.encode("utf-8", "surrogateescape")))
                found.add((recording["message_name"], plain(edit[1]), literal(result), lines))
    return found


def was_recorded(example: Example) -> bool:
    """Whether Kamailio was asked just this, and answered it."""
    values = [(example.message, plain(row[1]), row[2] or "") for line in example.lines if (row := VALUE.match(line))]
    others = tuple(line for line in example.lines if not VALUE.match(line))
    return all(value in answers() for value in values) if not others else len(values) == 1 and (*values[0], others) in edits()


# ---- a run


def run(example: Example) -> Example:
    """The example with what comes of it now."""
    data, before = messages()[example.message], Path.cwd()
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, ENVIRONMENT):
        for name, text in FILES.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        os.chdir(folder)
        try:
            with new_engine() as engine:
                message = kemilua.Message.parse(data, source=PEER, local=LOCAL, now=NOW, engine=engine)
                lines = list(outcome(engine, message, example, data))
        finally:
            os.chdir(before)
    return replace(example, lines=tuple(lines))


def new_engine() -> kemilua.Engine:
    """The engine of an example."""
    script = kemilua.Source(SCRIPT, "examples.lua")
    return kemilua.Engine(
        script, resolver=Names(), random=lambda size: bytes(range(size)), log_level="dbg", now=NOW, hostname="sip.example.com", **SETUP
    )


RECORDS: dict[tuple[str, str], list[Any]] = {
    ("gw.example.com", "A"): ["192.0.2.9"],
    ("9.2.0.192.in-addr.arpa", "PTR"): ["gw.example.com"],
    ("_sip._udp.example.com", "SRV"): [(10, 20, 5060, "gw.example.com")],
    ("example.com", "NAPTR"): [(10, 20, "s", "SIP+D2U", "", "_sip._udp.example.com")],
}


class Names:
    """A resolver that knows one gateway."""

    def resolve(self, name: str, kind: str) -> list[Any]:
        return RECORDS.get((name, kind), [])


def outcome(engine: kemilua.Engine, message: kemilua.Message, example: Example, data: bytes) -> Iterator[str]:
    """The lines of an example: its calls with their results, then what else came of them."""
    asked = [VALUE.match(line) is not None for line in example.lines if not line.startswith("--| ")]
    code = ["local results = {n = 0}", "local function note(value) results.n = results.n + 1 results[results.n] = value end"]
    code += [f"note({call})" if wanted else call for call, wanted in zip(example.calls, asked, strict=True)]
    results = iter(engine.eval("\n".join([*code, "return table.unpack(results, 1, results.n)"]), message=message))
    for call, wanted in zip(example.calls, asked, strict=True):
        yield f"{call}  --> {literal(next(results))}" if wanted else call
    received, effects = lines_of(data), engine.take_effects()
    if not any(isinstance(effect, kemilua.Send) for effect in effects):
        yield from changed(data, message.to_bytes())
    for effect in effects:
        yield from (f"--| {shortened(line)}" for line in told(effect, received))


def changed(before: bytes, after: bytes) -> Iterator[str]:
    """The lines that a message gained and lost, as an example has them."""
    yield from (f"--| {shortened(line)}" for line in difflib.ndiff(lines_of(before), lines_of(after)) if line[0] in "+-")


def lines_of(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogateescape").split("\r\n")


def told(effect: kemilua.Effect, received: list[str]) -> Iterator[str]:
    """An effect, and which lines of what is sent were not received."""
    if isinstance(effect, kemilua.Log):
        yield f"logs {effect.level.name.lower()}: {effect.text}"
    elif isinstance(effect, kemilua.Send):
        first, *rest = lines_of(effect.data)
        where = f"{effect.transport}:{effect.destination[0]}:{effect.destination[1]}"
        manner = f"{', then close' if effect.close else ''}{', without a new connection' if effect.no_connect else ''}"
        yield f"sends to {where}{manner}: {first}"
        yield from (f"      {line}" for line in rest if line and line not in received and not line.startswith(DULL))
    else:
        yield repr(effect)


def shortened(line: str) -> str:
    """A line that fits a page, without what differs from run to run."""
    line = OURS.sub("...", kemilua.printable(line))
    return (line if len(line) <= WIDTH else line[: WIDTH - 3] + "...").rstrip()


ESCAPES = {"\\": "\\\\", '"': '\\"', "\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0"}


def literal(value: Any) -> str:
    """A value as Lua writes it."""
    if value is None or isinstance(value, bool):
        return {None: "nil", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return '"' + "".join(ESCAPES.get(letter, letter) for letter in value) + '"'
    if isinstance(value, list):
        return "{" + ", ".join(map(literal, value)) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {literal(one)}" for key, one in value.items()) + "}"
    return repr(value)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--write"]):
        print("usage: function_examples.py [--write]", file=sys.stderr)
        return 2
    stale = 0
    for path in sorted(FOLDER.glob("*.lua")):
        before = path.read_text(encoding="utf-8")
        text = "\n".join(run(example).text() for example in read(path))
        stale += text != before
        if text != before and arguments:
            path.write_text(text, encoding="utf-8")
        elif text != before:
            print(f"not as it runs: {path.relative_to(ROOT)}")
    return 0 if arguments else stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
